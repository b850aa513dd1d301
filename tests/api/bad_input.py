"""What the tests of bad input share: a bucket with something in it that must stay as it is."""

from __future__ import annotations

import functools
import itertools
import unittest
from http import HTTPStatus

import api_client
import placeholders
import signer
from exchange import Answer, encode
from signer import Request

MALFORMED_XML = ("MalformedXML", "The XML you provided was not well-formed or did not validate "
                 "against our published schema")
KEPT = b"what must not change"

_numbers = itertools.count(1)


@functools.cache
def client() -> api_client.Client:
    """Of the one server of this module."""
    made = api_client.Client(unittest.enterModuleContext(api_client.new_server()))
    unittest.addModuleCleanup(lambda: print(
        f"the slowest refusal took {made.timing.worst * 1000:.1f} ms: {made.timing.where}"))
    return made


class BadInput(unittest.TestCase):
    """Each test has a bucket with versions and locks, an object `kept`, and an upload of a part."""

    def setUp(self) -> None:
        self.client = client()
        self.bucket = f"bad-input-{next(_numbers):04}"
        lock = [("x-amz-bucket-object-lock-enabled", "true")]
        self.assertEqual(self.client.call("PUT", f"/{self.bucket}", b"", lock).status, 200)
        self.call("PUT", "/kept", KEPT)
        self.upload_id = self.call("POST", "/upload?uploads").element("UploadId")
        self.part = f"/{self.bucket}/upload?partNumber=1&uploadId={self.upload_id}"
        self.call("PUT", f"/upload?partNumber=1&uploadId={self.upload_id}", KEPT)

    def call(self, method: str, path: str, body: bytes = b"") -> Answer:
        answer = self.client.call(method, f"/{self.bucket}{path}", body)
        self.assertLess(answer.status, 300, answer.body)
        return answer

    def everything(self) -> list[tuple[int, bytes]]:
        return self.client.snapshot(self.bucket, f"/{self.bucket}/kept",
                                    f"/{self.bucket}/upload?uploadId={self.upload_id}")

    def request(self, method: str, path: str, body: bytes = b"",
                fields: signer.Fields | None = None) -> Request:
        host = ("Host", self.client.host)
        return Request(method, f"/{self.bucket}{path}", [host, *(fields or [])], body)

    def signed(self, method: str, path: str, body: bytes = b"",
               fields: signer.Fields | None = None, payload: str | None = None) -> Request:
        request = self.request(method, path, body, fields)
        signer.sign_header(request, api_client.OWNER, payload)
        return request

    def bytes_of(self, request: Request) -> bytes:
        return encode(request, self.client.host)

    def refuse(self, name: str, sent: Request | bytes, status: int, error: tuple[str, str],
               details: signer.Fields | None = None, *, closes: bool = False,
               end: bool = False) -> None:
        """Sends it, and asserts the whole answer, its time, and that nothing has changed.

        closes: the answer ends the connection. end: nothing comes after the bytes.
        """
        with self.subTest(name):
            data = sent if isinstance(sent, bytes) else self.bytes_of(sent)
            method = data.partition(b" ")[0].decode("latin-1")
            before = self.everything()
            answer = self.client.refusal(data, method, name, end)
            self.check(answer, method, status, error, details or [], closes)
            self.assertEqual(self.everything(), before, "something was left behind")

    def check(self, answer: Answer, method: str, status: int, error: tuple[str, str],
              details: signer.Fields, closes: bool) -> None:
        self.assertEqual((answer.status, answer.interim), (status, []), answer.body)
        self.assertEqual(answer.faults_of_common_fields(), [])
        expected = [("Content-Type", "application/xml")]
        if closes:
            expected.append(("Connection", "close"))
        self.assertCountEqual(answer.own_fields(), expected)
        document = placeholders.error_document(*error, details) if method != "HEAD" else ""
        body = answer.body.decode("latin-1")
        if not placeholders.matches(document, body, {}):
            self.assertEqual(body, placeholders.unescape(document))

    def assert_alive(self) -> None:
        self.assertEqual(self.client.call("GET", f"/{self.bucket}").status, HTTPStatus.OK)
