"""Bodies that are cut off, that are not what was said of them, or that never come."""

from __future__ import annotations

import base64
import time
import unittest

import api_client
import signer
from bad_input import BadInput
from exchange import Connection

BODY = b"hello" * 4000
WRONG_SUM = {"crc32": 4, "crc32c": 4, "crc64nvme": 8, "sha1": 20, "sha256": 32, "sha512": 64,
             "md5": 16, "xxhash64": 8, "xxhash3": 8, "xxhash128": 16}
INCOMPLETE = ("IncompleteBody", "You did not provide the number of bytes specified by the "
              "Content-Length HTTP header")
ENDED = ("IncompleteBody", "The request body terminated unexpectedly")
TIMED_OUT = ("RequestTimeout", "Your socket connection to the server was not read from or written "
             "to within the timeout period. Idle connections will be closed.")
MISMATCH = ("SignatureDoesNotMatch", "The request signature we calculated does not match the "
            "signature you provided. Check your key and signing method.")


def wrong_value(algorithm: str) -> str:
    """In the form of a value, and not that of any body here."""
    return base64.b64encode(b"\x01" * WRONG_SUM[algorithm]).decode()


class Truncated(BadInput):
    """The client says how much will come, sends less, and ends."""

    def test_before_and_within_and_at_the_last_byte(self):
        for path in ("/k", "/kept", self.part.removeprefix(f"/{self.bucket}"), "?tagging"):
            whole = self.bytes_of(self.signed("PUT", path, BODY))
            for missing in (len(BODY), len(BODY) // 2, 1):
                self.refuse(f"PUT {path.partition('&')[0]} less {missing}", whole[:-missing], 400,
                            INCOMPLETE, closes=True, end=True)

    def test_within_chunks(self):
        for name, options in (("signed", {}), ("signed trailer", {"trailers": [
                ("x-amz-checksum-crc32", wrong_value("crc32"))]}),
                              ("unsigned trailer", {"signed": False, "trailers": [
                                  ("x-amz-checksum-crc32", wrong_value("crc32"))]})):
            request = self.request("PUT", "/k", b"")
            signer.stream(request, api_client.OWNER, [BODY], **options)
            whole = self.bytes_of(request)
            for missing in (len(request.body), len(request.body) // 2, 1):
                self.refuse(f"{name} less {missing}", whole[:-missing], 400, INCOMPLETE,
                            closes=True, end=True)

    def test_a_stream_that_ends_before_its_last_chunk(self):
        request = self.request("PUT", "/k", b"")
        signer.stream(request, api_client.OWNER, [BODY])
        request.body = request.body[:request.body.rindex(b"0;chunk-signature")]
        self.refuse("no last chunk", request, 400, ENDED)

    def test_a_form_that_ends_within_its_file(self):
        body = (b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
                b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + BODY)
        fields = [("Content-Type", "multipart/form-data; boundary=x")]
        self.refuse("no closing boundary", self.signed("POST", "", body, fields), 400, (
            "MalformedPOSTRequest",
            "The body of your POST request is not well-formed multipart/form-data."))

    def test_a_body_that_does_not_come(self):
        """The one refusal that takes its time: the server waits for ten seconds."""
        data = self.bytes_of(self.signed("PUT", "/k", BODY))[:-1]
        before = self.everything()
        with Connection(self.client.port) as connection:
            connection.send(data)
            began = time.monotonic()
            answer = connection.answer("PUT")
            self.assertGreater(time.monotonic() - began, 5)
        self.check(answer, "PUT", 400, TIMED_OUT, [], closes=True)
        self.assertEqual(self.everything(), before)


class Digests(BadInput):
    def test_content_md5(self):
        md5 = base64.b64encode(b"\x01" * 16).decode()
        for path in ("/k", self.part.removeprefix(f"/{self.bucket}")):
            self.refuse(f"wrong, {path[:5]}",
                        self.signed("PUT", path, b"hello", [("Content-MD5", md5)]), 400,
                        ("BadDigest", "The Content-MD5 you specified did not match what we "
                         "received."), [("ExpectedDigest", md5),
                                        ("CalculatedDigest", "XUFAKrxLKna5cZ2REBfFkg==")])
        for value in ("", "x", "XUFAKrxLKna5cZ2REBfFkg", "5d41402abc4b2a76b9719d911017c592",
                      "XUFAKrxLKna5cZ2REBfFkg==XUFA", "XUFAKrxLKna5cZ2REBfF*g=="):
            self.refuse(f"malformed {value!r}",
                        self.signed("PUT", "/k", b"hello", [("Content-MD5", value)]), 400,
                        ("InvalidDigest", "The Content-MD5 you specified was invalid."),
                        [("Content-MD5", value)])

    def test_the_sha256_of_the_signature(self):
        empty, hello = signer.EMPTY_SHA256, signer.sha256_hex(b"hello")
        for path in ("/k", self.part.removeprefix(f"/{self.bucket}"), "?cors", "?policy"):
            self.refuse(path[:5], self.signed("PUT", path, b"hello", payload=empty), 400,
                        ("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header "
                         "does not match what was computed."),
                        [("ClientComputedContentSHA256", empty),
                         ("S3ComputedContentSHA256", hello)])

    def test_wrong_sums_in_the_head(self):
        for algorithm in WRONG_SUM:
            fields = [(f"x-amz-checksum-{algorithm}", wrong_value(algorithm))]
            self.refuse(algorithm, self.signed("PUT", "/k", b"hello", fields), 400, (
                "BadDigest", f"The {algorithm.upper()} you specified did not match the calculated "
                "checksum."))

    def test_sums_of_the_wrong_length_in_the_head(self):
        for algorithm in WRONG_SUM:
            name = f"x-amz-checksum-{algorithm}"
            for value in ("", "AA==", "not base64!", wrong_value(algorithm) + "AAAA"):
                self.refuse(f"{algorithm} {value[:12]!r}",
                            self.signed("PUT", "/k", b"hello", [(name, value)]), 400,
                            ("InvalidRequest", f"Value for {name} header is invalid."))

    def test_wrong_sums_in_the_trailer(self):
        for algorithm in WRONG_SUM:
            trailers = [(f"x-amz-checksum-{algorithm}", wrong_value(algorithm))]
            for signed in (True, False):
                request = self.request("PUT", "/k")
                signer.stream(request, api_client.OWNER, [b"hello"], signed, trailers)
                self.refuse(f"{algorithm}, chunks {'signed' if signed else 'unsigned'}", request,
                            400, ("BadDigest", f"The {algorithm.upper()} you specified did not "
                                  "match the calculated checksum."))

    def test_malformed_sums_in_the_trailer(self):
        for algorithm in WRONG_SUM:
            name = f"x-amz-checksum-{algorithm}"
            request = self.request("PUT", "/k")
            signer.stream(request, api_client.OWNER, [b"hello"], False, [(name, "AA==")])
            self.refuse(algorithm, request, 400, (
                "InvalidRequest", f"Value for {name} trailing header is invalid."))


class ChunkSignatures(BadInput):
    def check_signature(self, name: str, old: bytes, new: bytes, trailers=None) -> None:
        """Replaces bytes of the framed body, of the same length."""
        request = self.request("PUT", "/k")
        signer.stream(request, api_client.OWNER, [b"hello"], True, trailers)
        self.assertIn(old, request.body)
        request.body = request.body.replace(old, new)
        details = [(field, "{any}") for field in ("AWSAccessKeyId", "StringToSign",
                                                  "SignatureProvided", "StringToSignBytes")]
        self.refuse(name, request, 403, MISMATCH, details)

    def test_other_bytes_than_were_signed(self):
        self.check_signature("body", b"hello", b"jello")

    def test_another_trailer_than_was_signed(self):
        trailers = [("x-amz-checksum-crc32", "NhCmhg==")]
        self.check_signature("trailer", b"NhCmhg==", b"AAAAAA==", trailers)

    def test_chunks_that_are_not_framed_as_they_should_be(self):
        framings = {
            "no size": b";chunk-signature=0\r\nhello\r\n0\r\n\r\n",
            "a size that is no number": b"five\r\nhello\r\n0\r\n\r\n",
            "a size beyond all bounds": b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
            "bare line feeds": b"5\nhello\n0\n\n",
            "no signature where one is due": b"5\r\nhello\r\n0\r\n\r\n",
            "a short signature": b"5;chunk-signature=00\r\nhello\r\n0;chunk-signature=00\r\n\r\n",
            "an endless line": b"5;chunk-signature=" + b"0" * 10000,
        }
        for name, body in framings.items():
            request = self.request("PUT", "/k")
            signer.stream(request, api_client.OWNER, [b"hello"])
            request.body = body
            self.refuse(name, request, 400, ENDED)

    def test_more_than_was_said(self):
        for extra in (1, 8192):
            request = self.request("PUT", "/k", fields=[("x-amz-decoded-content-length", "5")])
            signer.stream(request, api_client.OWNER, [b"hello" + b"x" * extra])
            self.refuse(f"{extra} more", request, 400, INCOMPLETE)


if __name__ == "__main__":
    unittest.main()
