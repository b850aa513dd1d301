"""Reads golden transcripts: requests and the answers that S3 gives, as text.

    % --compat=classic                         at the top: what the server is started with
    == What the steps show                     a transcript, with a new bucket {bucket} of its own
    @ GetObject, as second                     how the next request is sent; see below
    > GET /{bucket}/missing                    its request line
    > Range: bytes=0-8                         and its fields
    >|hello                                    a line of its body
    < 200                                      the status of the answer
    < ETag: "{etag:first}"                     and its fields
    <|<?xml version="1.0" encoding="UTF-8"?>   a line of its body
    <~<ListBucketResult>                       a piece of its body: neither the indentation nor
    <~  <Name>{bucket}</Name>                  the line's end belongs to it
    <~</ListBucketResult>
    ! 404 NoSuchKey: The specified key does not exist.
    ! Key: missing                             in the place of `<`: an error, and what its
                                               document has between Message and RequestId
    ?                                          in the place of an answer: record.py writes it
    # a remark

A line break stands between a `|` line and the line of the body after it; the last one has none.
\\r, \\n, \\t, \\\\ and \\xHH mean what they mean in C. A request without an answer is a step on
the way: any success will do. An answer is compared in full, every field of its head and every byte
of its body, but for the fields that every answer has (exchange.py) and Content-Length, which must
fit the body.

`@` is a list: the name of the operation, which makes the pair an example of it; an identity ("as
second", "as anonymous", "as stranger"); how it is signed ("presigned", "presigned 60", "v2", "v2
presigned"); how its payload is ("unsigned payload", "chunked", "chunked trailer", "unsigned
trailer", the trailer's lines being `>+ name: value`); "virtual-hosted"; "form", a browser's, with
the body as its file and `>+ name: value` for its fields; "policy {...}", whose texts for a form are
then {policy}, {policy-signature}, {policy-v2-signature} and {credential}.

What is refused must come within 100 ms and leave the bucket as it was, and what GET says of the
same target.

{name} is a variable, {type} stands for what varies, {type:name} also gives it a name; types and
variables are in placeholders.py.
"""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass, field

Fields = list[tuple[str, str]]
TO_BE_RECORDED = 0  # in the place of a status


@dataclass
class Answer:
    """Texts still hold placeholders."""

    status: int
    fields: Fields = field(default_factory=list)
    body: str = ""
    error: tuple[str, str] | None = None  # code and message
    details: Fields = field(default_factory=list)
    lines: list[int] = field(default_factory=list)  # where it stands, for record.py
    body_lines: list[str] = field(default_factory=list)


@dataclass
class Step:
    line: int
    directives: list[str] = field(default_factory=list)
    method: str = ""
    target: str = ""
    fields: Fields = field(default_factory=list)
    body: str | None = None
    trailers: Fields = field(default_factory=list)
    answer: Answer | None = None

    @property
    def operation(self) -> str | None:
        """The one that this is an example of."""
        named = [text for text in self.directives if re.fullmatch(r"[A-Z]\w+", text)]
        return named[0] if named else None


@dataclass
class Transcript:
    file: str
    title: str
    arguments: tuple[str, ...] = ()
    steps: list[Step] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.file}: {self.title}"


class TranscriptError(Exception):
    """The message names file and line."""


@dataclass
class _Body:
    """Collects the lines of a body."""

    text: str = ""
    begun: bool = False
    breaks: bool = False  # whether the next line begins on a new one

    def add(self, sigil: str, text: str) -> None:
        self.text += ("\n" if self.breaks else "") + (text.strip() if sigil == "~" else text)
        self.begun, self.breaks = True, sigil == "|"


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.transcripts: list[Transcript] = []
        self.step: Step | None = None
        self.arguments: tuple[str, ...] = ()
        self.directives: list[str] = []
        self.request, self.answer = _Body(), _Body()
        self.line = 0

    def fail(self, what: str) -> TranscriptError:
        return TranscriptError(f"{self.file}:{self.line}: {what}")

    def read(self, text: str) -> list[Transcript]:
        for self.line, line in enumerate(text.split("\n"), 1):
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("== "):
                self.end_step()
                self.transcripts.append(Transcript(self.file, line[3:].strip(), self.arguments))
            elif line.startswith("% ") and not self.transcripts:
                self.arguments += tuple(line[2:].split())
            elif not self.transcripts:
                raise self.fail("a line before the first title")
            elif line.startswith("@ "):
                self.end_step()
                self.directives += split_directives(line[2:])
            elif line[0] == ">":
                self.request_line(line)
            elif line[0] in "<!?":
                self.any_answer_line(line)
            else:
                raise self.fail("a line without its mark")
        self.end_step()
        return self.transcripts

    def end_step(self) -> None:
        if self.step is None:
            return
        if self.request.begun:
            self.step.body = self.request.text
        if self.step.answer and self.answer.begun:
            self.step.answer.body = self.answer.text
        self.transcripts[-1].steps.append(self.step)
        self.step = None

    def request_line(self, line: str) -> None:
        mark, text = line[1:2], line[2:]
        if mark == " " and re.match(r"> [A-Z]+ [/*]", line):
            self.end_step()
            method, _, target = text.partition(" ")
            self.step = Step(self.line, self.directives, method, target)
            self.directives, self.request, self.answer = [], _Body(), _Body()
        elif self.step is None or self.step.answer:
            raise self.fail("a request begins with its method and a path")
        elif mark in ("|", "~"):
            self.request.add(mark, text)
        elif mark == "+":
            self.step.trailers.append(self.pair(text))
        else:
            self.step.fields.append(self.pair(text))

    def any_answer_line(self, line: str) -> None:
        if self.step is None:
            raise self.fail("an answer without a request")
        if line == "?":
            self.step.answer = Answer(TO_BE_RECORDED)
        elif line[0] == "!":
            self.error_line(line)
        else:
            self.answer_line(line)
        self.step.answer.lines.append(self.line)

    def answer_line(self, line: str) -> None:
        mark, text = line[1:2], line[2:]
        if self.step.answer is None:
            if not text.strip().isdigit():
                raise self.fail("an answer begins with its status")
            self.step.answer = Answer(int(text))
        elif mark in ("|", "~"):
            self.answer.add(mark, text)
            self.step.answer.body_lines.append(line)
        else:
            self.step.answer.fields.append(self.pair(text))

    def error_line(self, line: str) -> None:
        if self.step.answer:
            self.step.answer.details.append(self.pair(line[2:]))
            return
        match = re.fullmatch(r"! (\d{3}) ([\w.]+): (.*)", line)
        if not match:
            raise self.fail("an error is `! STATUS Code: Message`")
        self.step.answer = Answer(int(match[1]), error=(match[2], match[3]))

    def pair(self, text: str) -> tuple[str, str]:
        name, colon, value = text.partition(":")
        if not colon:
            raise self.fail("a field is `name: value`")
        return name.strip(), value.removeprefix(" ")


def split_directives(text: str) -> list[str]:
    """At commas; a policy is the rest of its line."""
    before, marker, policy = text.partition("policy {")
    parts = [part.strip() for part in before.split(",") if part.strip()]
    return parts + ([f"{marker}{policy}"] if marker else [])


def parse(file: str, text: str) -> list[Transcript]:
    return _Reader(file).read(text)


def load(directory: pathlib.Path) -> list[Transcript]:
    """All transcripts of a folder; their titles are distinct within a file."""
    found = []
    for path in sorted(directory.glob("*.txt")):
        transcripts = parse(path.stem, path.read_text(encoding="utf-8"))
        names = [transcript.name for transcript in transcripts]
        twins = {name for name in names if names.count(name) > 1}
        if twins:
            raise TranscriptError(f"{path.name}: more than once: {sorted(twins)}")
        found += transcripts
    return found
