"""The braces of golden transcripts: variables, what varies, and the text of an expected error."""

from __future__ import annotations

import re
import time
from xml.sax.saxutils import escape

QUOTE = {'"': "&quot;"}
TYPES = {
    "any": r".*?",
    "request-id": r"[0-9A-Z]{16}",
    "host-id": r"[A-Za-z0-9+/=]{20,}",
    "http-date": r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "second": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "bytes": r"[0-9a-f]{2}(?: [0-9a-f]{2})*",
    "amz-date": r"\d{8}T\d{6}Z",
    "etag": r"[0-9a-f]{32}(?:-\d+)?",
    "hex": r"[0-9a-f]{64}",
    "version-id": r"[A-Za-z0-9._-]{16,}",
    "upload-id": r"[A-Za-z0-9._-]{16,}",
    "token": r"[A-Za-z0-9+/=._-]+",
    "rule-id": r"[A-Za-z0-9+/=-]{8,}",
    "number": r"\d+",
}
# Not ${filename}, a form's own variable.
PLACEHOLDER = re.compile(r"(?<!\$)\{([a-z][a-z0-9-]*)(?::([a-z][a-z0-9-]*))?\}")
RUN = re.compile(r"\{x-(\d+)\}")  # so many letters x
ESCAPE = re.compile(r"\\(?:([rnt\\])|x([0-9a-fA-F]{2}))")
_ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}
DAY = 86400


class UnknownVariable(Exception):
    pass


def unescape(text: str) -> str:
    """\\xHH is that byte: the text is Latin-1 afterwards, as everything on the wire here."""
    wire = text.encode().decode("latin-1")
    return ESCAPE.sub(lambda m: _ESCAPES[m[1]] if m[1] else chr(int(m[2], 16)), wire)


def fill(text: str, variables: dict[str, str]) -> str:
    """A text of a request with its variables in their places."""
    def value(match: re.Match) -> str:
        if run := RUN.fullmatch(match[0]):
            return "x" * int(run[1])
        if match[2] or match[1] not in variables:
            raise UnknownVariable(match[0])
        return variables[match[1]]
    return PLACEHOLDER.sub(value, unescape(text))


def pattern(text: str, variables: dict[str, str]) -> tuple[re.Pattern, list[str]]:
    """What an expected text matches, and the names that its groups then have."""
    out, names, end = "", [], 0
    text = unescape(text)
    for match in PLACEHOLDER.finditer(text):
        out += re.escape(text[end:match.start()])
        end = match.end()
        if run := RUN.fullmatch(match[0]):
            out += f"x{{{run[1]}}}"
            continue
        kind, name = match.groups()
        if name is None and kind in variables:
            out += re.escape(variables[kind])
        elif name in variables:
            out += re.escape(variables[name])
        elif kind in names and name is None:
            out += f"\\{names.index(kind) + 1}"
        elif kind not in TYPES:
            raise UnknownVariable(match[0])
        elif name in names:
            out += f"\\{names.index(name) + 1}"
        elif name:
            names.append(name)
            out += f"({TYPES[kind]})"
        else:
            out += f"(?:{TYPES[kind]})"
    return re.compile(out + re.escape(text[end:]), re.DOTALL), names


def matches(expected: str, actual: str, variables: dict[str, str]) -> bool:
    """Adds what the expected text names to the variables."""
    compiled, names = pattern(expected, variables)
    found = compiled.fullmatch(actual)
    if found:
        variables.update(zip(names, found.groups()))
    return found is not None


def error_document(code: str, message: str, details: list[tuple[str, str]]) -> str:
    """The body of an error answer, with its placeholders."""
    extra = "".join(f"<{name}>{escape(value, QUOTE)}</{name}>" for name, value in details)
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
            f"<Message>{escape(message, QUOTE)}</Message>{extra}"
            "<RequestId>{request-id}</RequestId><HostId>{host-id}</HostId></Error>")


def moments(now: float) -> dict[str, str]:
    """Times around now, in the forms that requests and documents have."""
    result = {}
    for name, offset in (("now", 0), ("yesterday", -DAY), ("tomorrow", DAY), ("next-week", 7 * DAY),
                         ("an-hour-ago", -3600), ("in-an-hour", 3600)):
        moment = time.gmtime(now + offset)
        result[name] = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", moment)
        result[f"http-{name}"] = time.strftime("%a, %d %b %Y %H:%M:%S GMT", moment)
        result[f"amz-{name}"] = time.strftime("%Y%m%dT%H%M%SZ", moment)
        result[f"epoch-{name}"] = str(int(now + offset))
        result[f"day-{name}"] = time.strftime("%Y%m%d", moment)
    return result | {"today": result["day-now"]}
