"""The golden transcripts' own tools: what they read, and that a difference is one."""

from __future__ import annotations

import types
import unittest
import unittest.mock

import api_client
import placeholders
import player
import transcript
from exchange import Answer

TEXT = """\
# a remark
% --one --two=2

== First
> PUT /{bucket}/k
> X-Field: a: b
>|line
>|

@ GetObject, as second, policy {"a": [1, 2], "b": 3}
> GET /{bucket}/k
< 200
< ETag: "{etag:first}"
<|<?xml?>
<~<a>
<~  <b>{first}</b>
<~</a>

== Second
> DELETE /
>+ name: value
! 404 NoSuchKey: No: such key.
! Key: k
< Allow: GET
"""
COMMON = [("x-amz-request-id", "0123456789ABCDEF"), ("x-amz-id-2", "a" * 24),
          ("Date", "Sun, 22 Nov 2026 16:02:49 GMT"), ("Server", "AmazonS3")]
ERROR = ('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>No: such '
         "key.</Message><Key>k</Key><RequestId>0123456789ABCDEF</RequestId><HostId>"
         f"{'a' * 24}</HostId></Error>")


class Reading(unittest.TestCase):
    def test_all_marks(self):
        first, second = transcript.parse("file", TEXT)
        self.assertEqual((first.name, first.arguments), ("file: First", ("--one", "--two=2")))
        put, get = first.steps
        self.assertEqual((put.method, put.target, put.fields, put.body, put.answer),
                         ("PUT", "/{bucket}/k", [("X-Field", "a: b")], "line\n", None))
        self.assertEqual(get.directives,
                         ["GetObject", "as second", 'policy {"a": [1, 2], "b": 3}'])
        self.assertEqual((get.operation, get.body), ("GetObject", None))
        self.assertEqual((get.answer.status, get.answer.body),
                         (200, "<?xml?>\n<a><b>{first}</b></a>"))
        step = second.steps[0]
        self.assertEqual((step.directives, step.trailers), ([], [("name", "value")]))
        self.assertEqual((step.answer.status, step.answer.error, step.answer.details,
                          step.answer.fields),
                         (404, ("NoSuchKey", "No: such key."), [("Key", "k")], [("Allow", "GET")]))

    def test_mistakes_are_named_by_their_line(self):
        for text, line in (("> GET /", 1), ("== a\nGET /", 2), ("== a\n< 200", 2),
                           ("== a\n> GET /\n< OK", 3), ("== a\n> GET /\n! NoSuchKey", 3),
                           ("== a\n> GET /\n< 200\n> X: y", 4), ("== a\n> GET /\n> X", 3)):
            with self.subTest(repr(text)), self.assertRaisesRegex(transcript.TranscriptError,
                                                            f"file:{line}:"):
                transcript.parse("file", text)


class Placeholders(unittest.TestCase):
    def test_what_is_named_is_known_afterwards(self):
        variables = {"bucket": "b.c"}
        self.assertTrue(placeholders.matches("{bucket} {etag:one} {one} {x-3}",
                                             f"b.c {'0' * 32} {'0' * 32} xxx", variables))
        self.assertEqual(variables["one"], "0" * 32)
        self.assertEqual(placeholders.fill("/{one}{x-2}", variables), "/" + "0" * 32 + "xx")
        self.assertFalse(placeholders.matches("{etag:one}", "1" * 32, variables))

    def test_all_else_is_literal(self):
        for expected, actual in (("a.c", "abc"), ("{bucket}", "bXc"), ("{request-id}", "0123"),
                                 ("a", "a\n"), ("a\\x00", "a"), ("{etag}", "0" * 31)):
            self.assertFalse(placeholders.matches(expected, actual, {"bucket": "b.c"}), expected)
        self.assertTrue(placeholders.matches("\\r\\n\\t\\\\\\xff", "\r\n\t\\\xff", {}))
        self.assertTrue(placeholders.matches('{"Version": 1} ${filename}',
                                             '{"Version": 1} ${filename}', {}))

    def test_a_name_that_nobody_gave(self):
        for text in ("{unknown}", "{etag:x} {y}"):
            self.assertRaises(placeholders.UnknownVariable, placeholders.pattern, text, {})
        self.assertRaises(placeholders.UnknownVariable, placeholders.fill, "{etag:x}", {})


class Comparing(unittest.TestCase):
    def setUp(self) -> None:
        self.first, self.second = transcript.parse("file", TEXT)
        client = types.SimpleNamespace(host="h")
        self.player = player.Player(client, self.first)

    def check(self, step: transcript.Step, status: int, fields: list, body: str) -> None:
        self.player.check(step, Answer(status, COMMON + fields, body.encode(), 0.0))

    def refuse(self, *arguments) -> None:
        self.assertRaises(api_client.Mismatch, self.check, *arguments)

    def test_an_answer(self):
        step, etag = self.first.steps[1], "0" * 32
        body = f"<?xml?>\n<a><b>{etag}</b></a>"
        self.check(step, 200, [("etag", f'"{etag}"')], body)
        self.refuse(step, 206, [("etag", f'"{etag}"')], body)
        self.refuse(step, 200, [("etag", etag)], body)
        self.refuse(step, 200, [], body)
        self.refuse(step, 200, [("etag", f'"{etag}"'), ("x-more", "1")], body)
        self.refuse(step, 200, [("etag", f'"{etag}"')] * 2, body)
        self.refuse(step, 200, [("etag", f'"{etag}"')], body + "\n")
        self.refuse(step, 200, [("etag", '"' + "1" * 32 + '"')], body)

    def test_an_error(self):
        step = self.second.steps[0]
        fields = [("Allow", "GET"), ("Content-Type", "application/xml")]
        self.check(step, 404, fields, ERROR)
        self.refuse(step, 404, fields[:1], ERROR)
        self.refuse(step, 404, fields, ERROR.replace("such key.", "such key"))
        self.refuse(step, 404, fields, ERROR.replace("<Key>k</Key>", ""))
        self.refuse(step, 404, fields, ERROR.replace("9ABCDEF<", "9ABCDE0<"))  # not the head's

    def test_fields_that_every_answer_has(self):
        step = self.first.steps[0]
        answer = Answer(204, COMMON[1:], b"", 0.0)
        self.player.check(step, answer)  # a step on the way
        step.answer = transcript.Answer(204)
        self.assertRaises(api_client.Mismatch, self.player.check, step, answer)


class Refusing(unittest.TestCase):
    """With a server that answers what the test says, and bucket contents likewise."""

    def play(self, answers: list[Answer], snapshots: list[bytes]) -> None:
        client = api_client.Client.__new__(api_client.Client)
        client.host, client.port, client.timing = "h", 0, api_client.Timing()
        client.snapshot = lambda *_: snapshots.pop(0)
        step = transcript.parse("file", TEXT)[1].steps[0]
        with unittest.mock.patch.object(api_client, "exchange", lambda *_: answers.pop(0)):
            player.Player(client, transcript.Transcript("file", "title")).play_step(step)

    def answer(self, status: int = 404, seconds: float = 0.0) -> Answer:
        fields = [("Allow", "GET"), ("Content-Type", "application/xml")]
        return Answer(status, COMMON + fields, ERROR.encode(), seconds)

    def test_in_time_and_without_a_trace(self):
        self.play([self.answer()], [b"", b""])

    def test_in_time_at_last(self):
        self.play([self.answer(seconds=1), self.answer(seconds=2), self.answer()], [b"", b""])

    def test_too_late_every_time(self):
        with self.assertRaisesRegex(api_client.Mismatch, "refused after 150 ms"):
            self.play([self.answer(seconds=s) for s in (0.2, 0.15, 0.3)], [b"", b""])

    def test_something_left_behind(self):
        with self.assertRaisesRegex(api_client.Mismatch, "left something behind"):
            self.play([self.answer()], [b"", b"more"])

    def test_a_fault_of_the_server(self):
        with self.assertRaisesRegex(api_client.Mismatch, "500 for a client's fault"):
            self.play([self.answer(500)], [b"", b""])


if __name__ == "__main__":
    unittest.main()
