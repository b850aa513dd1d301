"""No file over 700 lines, no function over 70 (the house style's hard limits)."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import tree

FILE_LINES_MAX = 700
FUNCTION_LINES_MAX = 70
SOURCES = (".cc", ".h", ".py", ".js", ".mjs", ".ts", ".go", ".java", ".rs")


@dataclass(frozen=True)
class Function:
    """The lines count from that of the opening brace to that of the closing one."""

    line: int
    lines: int
    head: str


# What may hold braces without being code: comments, characters, strings, raw strings. Digit
# separators (1'000) come first, so that they do not open a character.
NOT_CODE = re.compile(r"""(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])
    |//(?:\\\n|[^\n])*
    |/\*.*?\*/
    |R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"
    |"(?:\\.|[^"\\\n])*"
    |'(?:\\.|[^'\\\n])+'
    |^[ \t]*\#(?:\\\n|[^\n])*""", re.VERBOSE | re.DOTALL | re.MULTILINE)

SCOPE = re.compile(r"(?:^|[;\s>])(?:namespace|class|struct|union|enum|extern\s*$)\b")
ASSIGNMENT = re.compile(r"(?<![=!<>+\-*/%&|^])=(?!=)")


def without_text(source: str) -> str:
    """The source with comments and literals blanked, its lines kept."""
    return NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)


def cpp_functions(source: str) -> Iterator[Function]:
    """The functions at namespace or class level; lambdas count within their function."""
    code = without_text(source)
    open_scopes: list[bool] = []  # for each open brace: may functions stand directly within?
    start, head_at, head, after_block = 0, 0, "", False
    for match in re.finditer(r"[{};]", code):
        at, symbol = match.start(), match[0]
        if symbol == "{":
            if all(open_scopes):
                head = code[head_at:at].strip()
                kind = block_kind(head, after_block)
                open_scopes.append(kind == "scope")
                start = at if kind == "function" else -1
            else:
                open_scopes.append(False)
        elif symbol == "}" and open_scopes:
            was_scope = open_scopes.pop()
            if all(open_scopes) and not was_scope and start >= 0:
                first = code.count("\n", 0, start) + 1
                yield Function(first, code.count("\n", start, at), " ".join(head.split()))
        if all(open_scopes):
            head_at = at + 1
            after_block = symbol == "}"


def block_kind(head: str, after_block: bool) -> str:
    """Of a block at namespace or class level, by what stands before its brace."""
    outside = re.sub(r"<[^<>]*>", "", re.sub(r"\([^()]*\)", "()", head))
    if "operator" not in outside and ASSIGNMENT.search(outside):
        return "data"
    if SCOPE.search(head) and "(" not in outside:
        return "scope"
    # After a block: the body that follows a constructor's list of brace-initialised members.
    if "(" in outside or (after_block and (head == "" or head.startswith(","))):
        return "function"
    return "data"


def python_functions(source: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield Function(node.lineno, node.end_lineno - node.lineno + 1, node.name)


def findings(path: str, source: str) -> list[str]:
    result = []
    lines = source.count("\n")
    if path.endswith(SOURCES) and lines > FILE_LINES_MAX:
        result.append(f"{path}: {lines} lines; the limit is {FILE_LINES_MAX}")
    functions: Iterator[Function] = iter(())
    if path.endswith((".cc", ".h")):
        functions = cpp_functions(source)
    elif path.endswith(".py"):
        functions = python_functions(source)
    for function in functions:
        if function.lines > FUNCTION_LINES_MAX:
            result.append(f"{path}:{function.line}: a function of {function.lines} lines; "
                          f"the limit is {FUNCTION_LINES_MAX}: {function.head[:80]}")
    return result


def main() -> int:
    return tree.report([finding for path in tree.files() if path.endswith(SOURCES)
                        for finding in findings(path, tree.read(path))])


if __name__ == "__main__":
    sys.exit(main())
