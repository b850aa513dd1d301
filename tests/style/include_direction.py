"""Who may include whom (DESIGN section 2).

Three rules:
  1. A file includes only from its own module and from modules that its module links, directly or
     through others: the tarn_library() lines of the CMakeLists.txt are the one list of that.
  2. Those link lists obey the order of the design: common knows neither server nor edge, these two
     do not know each other, front -> auth -> operations -> storage, viewer -> cache -> origin.
  3. Protocol and policy code does no I/O: the pure modules include no header that does, and heavy
     headers stay out of our headers.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"(?P<own>[^"]+)"|<(?P<system>[^>]+)>)', re.MULTILINE)
LIBRARY = re.compile(r"^tarn_library\((?P<name>\S+)\s+(?P<directory>[^\s)]+)(?P<links>[^)]*)\)",
                     re.MULTILINE)

# From the outermost layer to the innermost: a module may link what stands after it, never before.
LAYERS = (
    ("server/front", "server/console", "server/cloudfront", "server/s3", "server/iam",
     "server/auth", "server/storage"),
    ("edge/viewer", "edge/control", "edge/cache", "edge/origin"),
)

PURE = ("common/base", "common/crypto", "common/http", "common/xml", "common/aws", "common/cdn")

IO_HEADERS = re.compile(
    r"boost/(asio|beast|process|interprocess)|rocksdb/|spdlog/|openssl/(ssl|bio)\.h|fstream$|"
    r"filesystem$|thread$|fcntl\.h|sys/(socket|epoll|stat|mman|uio)\.h|netinet/|netdb\.h")

# A parser of Beast is a pure function, so common/http may use it, hidden in a .cc file.
ALLOWED_IO = {"common/http": re.compile(r"boost/(beast/(http|core)|asio/buffer)")}

# Headers that cost seconds in every file that includes them, and who may have them in a .h file.
HEAVY = {
    re.compile(r"boost/(beast|asio\.hpp)"): ("common/net/",),
    re.compile(r"rocksdb/"): ("server/storage/",),
}


@dataclass(frozen=True)
class Module:
    name: str
    directory: str
    links: tuple[str, ...]


def parse_modules(cmake_texts: Iterable[str]) -> dict[str, Module]:
    """By directory. Links to other projects' libraries are left out."""
    found = [Module(match["name"], match["directory"], tuple(match["links"].split()))
             for text in cmake_texts for match in LIBRARY.finditer(text)]
    names = {module.name for module in found}
    return {module.directory: Module(module.name, module.directory,
                                     tuple(link for link in module.links if link in names))
            for module in found}


def reachable(modules: Mapping[str, Module]) -> dict[str, set[str]]:
    """For each module's directory, the directories it may include from, its own among them."""
    directory_of = {module.name: module.directory for module in modules.values()}
    result = {}
    for directory in modules:
        seen, queue = {directory}, [directory]
        while queue:
            for link in modules[queue.pop()].links:
                if directory_of[link] not in seen:
                    seen.add(directory_of[link])
                    queue.append(directory_of[link])
        result[directory] = seen
    return result


def link_findings(allowed: Mapping[str, set[str]]) -> list[str]:
    findings = []
    for directory, others in sorted(allowed.items()):
        top = directory.split("/")[0]
        for other in sorted(others - {directory}):
            if other.split("/")[0] not in (top, "common"):
                findings.append(f"CMakeLists.txt: {directory} must not link {other}")
            elif is_against_order(directory, other):
                findings.append(f"CMakeLists.txt: {directory} links {other}, against the order")
            elif directory in PURE and other not in PURE:
                findings.append(f"CMakeLists.txt: {directory} is pure and must not link {other}")
    return findings


def is_against_order(directory: str, other: str) -> bool:
    for layer in LAYERS:
        if directory in layer and other in layer:
            return layer.index(other) < layer.index(directory)
    return False


def module_of(path: str, allowed: Mapping[str, set[str]]) -> str | None:
    directory = path.rsplit("/", 1)[0]
    while directory:
        if directory in allowed:
            return directory
        directory = directory.rpartition("/")[0]
    return None


def file_findings(path: str, text: str, allowed: Mapping[str, set[str]]) -> list[str]:
    findings = []
    module = module_of(path, allowed)
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start(match.lastgroup)) + 1
        place = f"{path}:{line}"
        if match["own"]:
            findings += own_findings(place, path, module, match["own"], allowed)
        else:
            findings += system_findings(place, path, module, match["system"])
    return findings


def own_findings(place: str, path: str, module: str | None, header: str,
                 allowed: Mapping[str, set[str]]) -> list[str]:
    target = module_of(header, allowed)
    top = header.split("/")[0]
    if "/" not in header and not path.startswith("tests/"):  # tests have fixtures beside them
        return [f'{place}: include "{header}" by its path from the root']
    if path.split("/")[0] in ("server", "edge") and {path.split("/")[0], top} == {"server", "edge"}:
        return [f"{place}: server and edge must not include each other ({header})"]
    if module is None or target is None:
        return []  # a main.cc, a test, the command: they may use whatever they link
    if target not in allowed[module]:
        return [f"{place}: {module} must not include {header}: it does not link {target}"]
    return []


def system_findings(place: str, path: str, module: str | None, header: str) -> list[str]:
    findings = []
    exception = ALLOWED_IO.get(module or "") if path.endswith(".cc") else None
    if module in PURE and IO_HEADERS.match(header) and not (exception and exception.match(header)):
        findings.append(f"{place}: {module} is pure and must not include <{header}>")
    elif path.endswith(".h"):
        for pattern, owners in HEAVY.items():
            if pattern.match(header) and not path.startswith(owners):
                findings.append(f"{place}: <{header}> costs seconds; keep it in a .cc file")
    return findings


def main() -> int:
    texts = [tree.read(path) for path in tree.files() if path.endswith("CMakeLists.txt")]
    allowed = reachable(parse_modules(texts))
    findings = link_findings(allowed)
    for path in tree.cpp_files():
        findings += file_findings(path, tree.read(path), allowed)
    return tree.report(findings)


if __name__ == "__main__":
    sys.exit(main())
