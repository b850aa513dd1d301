#!/usr/bin/env python3
"""Writes into golden transcripts what the server answers now: tests/api/record.py FILE...

Each `?`, and each answer that differs from what the file expects, becomes the answer that came; all
else stays. What a difference means is for the reader of the diff: a golden pair says what S3 does,
and not what the server did when it was recorded. $TARN_BUILD_DIR names the build (build/release).
"""

from __future__ import annotations

import pathlib
import re
import sys
from xml.sax.saxutils import unescape as from_xml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import api_client  # noqa: E402
import placeholders  # noqa: E402
import player  # noqa: E402
import transcript  # noqa: E402
from exchange import Answer  # noqa: E402

ERROR = re.compile(r"<\?xml[^>]*\?>\n<Error><Code>(.*?)</Code><Message>(.*?)</Message>(.*?)"
                   r"<RequestId>\w+</RequestId><HostId>[^<]*</HostId></Error>", re.DOTALL)
# What is recognised by its form where no variable has that value.
FORMS = [(re.compile(rf"\b{placeholders.TYPES[name]}"), f"{{{name}}}")
         for name in ("http-date", "time", "second")]
# Types of values that are known by where they stand.
BY_NAME = {"x-amz-version-id": "version-id", "x-amz-copy-source-version-id": "version-id",
           "VersionId": "version-id", "DeleteMarkerVersionId": "version-id",
           "UploadId": "upload-id", "NextUploadIdMarker": "upload-id",
           "NextContinuationToken": "token", "StringToSignBytes": "bytes", "CanonicalRequestBytes": "bytes"}
# Values that are recognised: no shorter ones, and not those that an answer has only by the hour.
MIN_VALUE = 8
COINCIDENCES = {"now", "http-now", "day-now", "epoch-now"}


def escaped(text: str) -> str:
    """A text of the wire as a line of a transcript."""
    marks = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
    return "".join(marks.get(c) or (c if " " <= c <= "~" else f"\\x{ord(c):02x}") for c in text)


def indented(xml: str) -> list[str]:
    """A document's elements, one a line, those with text alone on a line of their own."""
    lines, depth = [], 0
    for piece in re.findall(r"<[^/][^>]*>[^<]*</[^>]*>|</[^>]*>|<[^>]*>|[^<]+", xml):
        ends_itself = piece.startswith("<") and ("</" in piece[1:] or piece.endswith("/>"))
        depth -= piece.startswith("</")
        lines.append("  " * depth + piece)
        depth += piece.startswith("<") and not piece.startswith("</") and not ends_itself
    return lines


class Recorder(player.Player):
    """Goes on where an answer differs, and keeps it."""

    def __init__(self, client: api_client.Client, each: transcript.Transcript) -> None:
        super().__init__(client, each)
        self.recorded: dict[int, list[str]] = {}  # by the answer's first line
        self.dropped: set[int] = set()

    def check(self, step: transcript.Step, answer: Answer) -> None:
        known = dict(self.variables)
        try:
            super().check(step, answer)
        except api_client.Mismatch:
            if step.answer is None:
                raise
            self.variables = known
            self.recorded[step.answer.lines[0]] = self.lines_of(step.answer, answer)
            self.dropped |= set(step.answer.lines)

    def lines_of(self, expected: transcript.Answer, answer: Answer) -> list[str]:
        text = answer.body.decode("latin-1")
        error = ERROR.fullmatch(text)
        out = self.error_lines(expected, answer, error) if error else [f"< {answer.status}"]
        for name, value in answer.own_fields():
            if not (error and name == "Content-Type"):
                out.append(f"< {name}: {self.value(expected.fields, name, value)}")
        if not answer.body and answer.get("content-length") not in (None, "0"):
            out.append(f"< Content-Length: {answer.get('content-length')}")
        return out if error else out + self.body_lines(expected, text)

    def error_lines(self, expected: transcript.Answer, answer: Answer, error: re.Match) -> list[str]:
        def plain(text: str) -> str:
            return from_xml(text, {"&quot;": '"'})
        details = re.findall(r"<([\w-]+)>(.*?)</\1>", error[3], re.DOTALL)
        return [f"! {answer.status} {error[1]}: {self.named(plain(error[2]))}",
                *(f"! {name}: {self.value(expected.details, name, plain(value))}"
                  for name, value in details)]

    def body_lines(self, expected: transcript.Answer, text: str) -> list[str]:
        if placeholders.matches(expected.body, text, self.variables):
            return expected.body_lines
        if not text:
            return []
        if not text.startswith("<?xml"):
            return [f"<|{self.named(line)}" for line in text.split("\n")]
        first, _, rest = text.partition("\n")
        return [f"<|{first}", *(f"<~{self.element(line)}" for line in indented(rest))]

    def element(self, line: str) -> str:
        match = re.fullmatch(r"( *)<(\w+)>([^<]*)</\w+>", line)
        if not match:
            return self.named(line)
        return f"{match[1]}<{match[2]}>{self.value([], match[2], match[3])}</{match[2]}>"

    def value(self, expected: transcript.Fields, name: str, actual: str) -> str:
        """As the file has it, where that still fits."""
        for each, value in expected:
            if each.lower() == name.lower() and placeholders.matches(value, actual, self.variables):
                return value
        named = self.named(actual)
        kind = BY_NAME.get(name)
        fits = kind and placeholders.matches(f"{{{kind}}}", actual, {})
        return f"{{{kind}}}" if fits and named == escaped(actual) else named

    def named(self, text: str) -> str:
        text = escaped(text)
        for name, value in sorted(self.variables.items(), key=lambda pair: -len(pair[1])):
            if len(value) >= MIN_VALUE and name not in COINCIDENCES:
                text = text.replace(value, f"{{{name}}}")
        text = re.sub(r"x{20,}", lambda run: f"{{x-{len(run[0])}}}", text)
        for form, name in FORMS:
            text = form.sub(name, text)
        return text


def record(path: pathlib.Path) -> int:
    """The number of answers that were written."""
    lines = path.read_text(encoding="utf-8").split("\n")
    transcripts = transcript.parse(path.stem, "\n".join(lines))
    recorded, dropped = {}, set()
    with api_client.new_server(*transcripts[0].arguments) as server:
        client = api_client.Client(server)
        for each in transcripts:
            recorder = Recorder(client, each)
            recorder.play()
            recorded |= recorder.recorded
            dropped |= recorder.dropped
    out = []
    for number, line in enumerate(lines, 1):
        out += recorded.get(number, [] if number in dropped else [line])
    path.write_text("\n".join(out), encoding="utf-8")
    return len(recorded)


def main(names: list[str]) -> int:
    if not names or names[0].startswith("-"):
        print(__doc__)
        return 2
    for name in names:
        print(f"{name}: {record(pathlib.Path(name))} answers recorded")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
