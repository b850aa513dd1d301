"""Heads that are too large, say things twice, say what they must not, or hide another request."""

from __future__ import annotations

import unittest

import api_client
import signer
from bad_input import BadInput
from exchange import Connection, encode
from signer import Request

UNREADABLE = ("BadRequest", "An error occurred when parsing the HTTP request.")
TOO_LARGE = ("RequestHeaderSectionTooLarge",
             "Your request header section exceeds the maximum allowed size.")
TOO_LONG = ("URITooLong", "The request URI is too long.")
INVALID_URI = ("InvalidURI", "Couldn't parse the specified URI.")
MISMATCH = ("SignatureDoesNotMatch", "The request signature we calculated does not match the "
            "signature you provided. Check your key and signing method.")
METADATA = ("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
KEY = ("KeyTooLongError", "Your key is too long")
NO_LENGTH = ("MissingContentLength", "You must provide the Content-Length HTTP header.")


class Metadata(BadInput):
    def refuse_metadata(self, name: str, fields: signer.Fields, size: int) -> None:
        for method, path in (("PUT", "/k"), ("PUT", "/kept"), ("POST", "/k?uploads")):
            self.refuse(f"{name}: {method} {path}", self.signed(method, path, b"", fields), 400,
                        METADATA, [("Size", str(size)), ("MaxSizeAllowed", "2048")])

    def test_one_value(self):
        self.refuse_metadata("value", [("x-amz-meta-a", "x" * 2048)], 2049)

    def test_one_name(self):
        self.refuse_metadata("name", [("x-amz-meta-" + "a" * 2048, "x")], 2049)

    def test_many_fields(self):
        fields = [(f"x-amz-meta-{n:02}", "x" * 62) for n in range(33)]
        self.refuse_metadata("many", fields, 33 * 64)

    def test_bytes_count_and_not_characters(self):
        self.refuse_metadata("bytes", [("x-amz-meta-a", "\xc3\xa9" * 1024)], 2049)


class Keys(BadInput):
    def test_too_long(self):
        for name, key, size in (("ASCII", "x" * 1025, 1025), ("two bytes", "%C3%A9" * 513, 1026),
                                ("four bytes", "%F0%9F%8E%AC" * 257, 1028)):
            for method in ("PUT", "GET", "DELETE"):
                self.refuse(f"{method} {name}", self.signed(method, f"/{key}"), 400, KEY,
                            [("Size", str(size)), ("MaxSizeAllowed", "1024")])

    def test_bytes_that_are_no_text(self):
        for name, key in (("no UTF-8", "%ff%fe"), ("cut off", "%c3"), ("too long", "%c0%af"),
                          ("a surrogate", "%ed%a0%80"), ("beyond Unicode", "%f4%90%80%80")):
            self.refuse(name, self.signed("PUT", f"/{key}", b"x"), 400, INVALID_URI,
                        [("URI", f"/{self.bucket}/{key}")])

    def test_escapes_that_are_none(self):
        for key in ("%", "%2", "%zz", "a%", "%%41"):
            self.refuse(key, self.signed("PUT", f"/{key}", b"x"), 400, INVALID_URI,
                        [("URI", f"/{self.bucket}/{key}")])

    def test_odd_keys_are_keys(self):
        """Each is stored as it is, listed, and is nobody else's."""
        keys = ["..", "../..", "../kept", "./kept", ".", "a/../kept", "kept/", "/kept", "//", "%01",
                "%7F", "%0D%0A", "%00", "%E2%80%AE", "%EF%BB%BF", "e%CC%81", "%C3%A9",
                "%F3%A0%80%81", "%EF%BF%BF", "con", "*", "%5C..%5Ckept", "%3Cscript%3E", "%25%25"]
        kept = self.everything()
        for key in keys:
            with self.subTest(key):
                path = f"/{self.bucket}/{key}"
                self.assertEqual(self.client.call("PUT", path, key.encode()).status, 200)
                self.assertEqual(self.client.call("GET", path).body, key.encode())
                version = self.client.call("HEAD", path).get("x-amz-version-id")
                gone = self.client.call("DELETE", f"{path}?versionId={version}")
                self.assertEqual(gone.status, 204)
                self.assertEqual(self.everything(), kept)


class Framing(BadInput):
    """Heads that two readers might end at different places: refused, and nothing behind is read."""

    def raw(self, *lines: str, method: str = "PUT", path: str = "/k",
            behind: bytes = b"hello") -> bytes:
        head = [f"{method} /{self.bucket}{path} HTTP/1.1", f"Host: {self.client.host}", *lines]
        return "\r\n".join([*head, "", ""]).encode("latin-1") + behind

    def test_lengths(self):
        heads = {
            "two lengths": ["Content-Length: 5", "Content-Length: 6"],
            "the same length twice": ["Content-Length: 5", "Content-Length: 5"],
            "a list of lengths": ["Content-Length: 5, 6"],
            "a sign": ["Content-Length: +5"],
            "negative": ["Content-Length: -5"],
            "hexadecimal": ["Content-Length: 0x5"],
            "no number": ["Content-Length: five"],
            "empty": ["Content-Length:"],
            "beyond all bounds": ["Content-Length: 99999999999999999999999"],
            "a blank within": ["Content-Length: 5 5"],
        }
        for name, lines in heads.items():
            self.refuse(name, self.raw(*lines), 400, UNREADABLE, closes=True)

    def test_transfer_codings(self):
        chunks = b"5\r\nhello\r\n0\r\n\r\n"
        for name, lines in {
            "both framings": ["Content-Length: 5", "Transfer-Encoding: chunked"],
            "both, the other way round": ["Transfer-Encoding: chunked", "Content-Length: 5"],
            "twice": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
            "an underscore": ["Transfer_Encoding: chunked", "Content-Length: 5"],
            "a blank before the colon": ["Transfer-Encoding : chunked"],
            "folded": ["Transfer-Encoding:", " chunked"],
        }.items():
            self.refuse(name, self.raw(*lines, behind=chunks), 400, UNREADABLE, closes=True)
        for coding in ("gzip", "gzip, chunked", "xchunked", "chunked, identity"):
            self.refuse(coding, self.raw(f"Transfer-Encoding: {coding}", behind=chunks), 501,
                        UNREADABLE, closes=True)

    def test_lines(self):
        request = f"PUT /{self.bucket}/k HTTP/1.1"
        host = f"Host: {self.client.host}"
        for name, head in {
            "bare line feeds": f"{request}\n{host}\nContent-Length: 5\n\n",
            "a bare carriage return": f"{request}\r\n{host}\rX: y\r\nContent-Length: 5\r\n\r\n",
            "a folded field": f"{request}\r\n{host}\r\nX: y\r\n z\r\nContent-Length: 5\r\n\r\n",
            "a zero byte": f"{request}\r\n{host}\r\nX: \0\r\nContent-Length: 5\r\n\r\n",
            "a control character": f"{request}\r\n{host}\r\nX: \x01\r\nContent-Length: 5\r\n\r\n",
            "a field without a name": f"{request}\r\n{host}\r\n: y\r\nContent-Length: 5\r\n\r\n",
            "a field without a colon": f"{request}\r\n{host}\r\nX\r\nContent-Length: 5\r\n\r\n",
            "a name in Latin-1": f"{request}\r\n{host}\r\n\xe9: y\r\nContent-Length: 5\r\n\r\n",
            "a blank in a name": f"{request}\r\n{host}\r\nX Y: z\r\nContent-Length: 5\r\n\r\n",
        }.items():
            self.refuse(name, head.encode("latin-1") + b"hello", 400, UNREADABLE, closes=True)

    def test_request_lines(self):
        rest = f"\r\nHost: {self.client.host}\r\nContent-Length: 5\r\n\r\nhello".encode()
        for name, line, status in (
                ("no version", f"PUT /{self.bucket}/k", 400),
                ("two blanks", f"PUT  /{self.bucket}/k HTTP/1.1", 400),
                ("a blank in the path", f"PUT /{self.bucket}/k k HTTP/1.1", 400),
                ("no path", "PUT HTTP/1.1", 400),
                ("a relative path", f"PUT {self.bucket}/k HTTP/1.1", 400),
                ("another protocol", f"PUT /{self.bucket}/k FTP/1.1", 400),
                ("the next version", f"PUT /{self.bucket}/k HTTP/2.0", 505),
                ("a method of blanks", f"P{chr(0)}T /{self.bucket}/k HTTP/1.1", 400)):
            self.refuse(name, line.encode("latin-1") + rest, status, UNREADABLE, closes=True)

    def test_hosts(self):
        line = f"PUT /{self.bucket}/k HTTP/1.1\r\n"
        for name, hosts in {
            "none": "", "two": f"Host: {self.client.host}\r\nHost: other\r\n",
            "a list": f"Host: {self.client.host}, other\r\n", "empty": "Host:\r\n",
            "a path": "Host: a/b\r\n", "somebody at": "Host: a@b\r\n",
        }.items():
            data = f"{line}{hosts}Content-Length: 5\r\n\r\nhello".encode()
            self.refuse(name, data, 400, UNREADABLE, closes=True)

    def test_what_is_hidden_behind_is_not_read(self):
        """The second request is signed and would store an object, were it seen."""
        inner = self.bytes_of(self.signed("PUT", "/smuggled", b"x"))
        for name, lines in {
            "both framings": [f"Content-Length: {len(inner) + 5}", "Transfer-Encoding: chunked"],
            "two lengths": ["Content-Length: 0", f"Content-Length: {len(inner)}"],
        }.items():
            self.refuse(name, self.raw(*lines, behind=b"0\r\n\r\n" + inner), 400, UNREADABLE,
                        closes=True)


class Sizes(BadInput):
    def test_too_large_a_head(self):
        details = [("MaxSizeAllowed", "{number}")]
        for name, lines in (("one field", ["X: " + "x" * 40000]),
                            ("many bytes", [f"X-{n}: " + "x" * 600 for n in range(90)]),
                            ("many fields", [f"X-{n}: y" for n in range(150)])):
            request = self.request("GET", "/kept", fields=[tuple(line.split(": ", 1))
                                                           for line in lines])
            self.refuse(name, request, 400, TOO_LARGE, details, closes=True)

    def test_too_long_a_target(self):
        for method in ("GET", "PUT", "HEAD"):
            self.refuse(method, self.request(method, "/" + "x" * 17000), 414, TOO_LONG, closes=True)

    def test_heads_that_are_no_http_at_all(self):
        for name, data in (("noise", bytes(range(128, 256)) + b"\r\n\r\n"),
                           ("blank lines", b"\r\n" * 4)):
            self.refuse(name, data, 400, UNREADABLE, closes=True)

    def test_a_handshake_that_is_none(self):
        """The first byte says TLS: what is none of that is not answered in HTTP."""
        with Connection(self.client.port) as connection:
            connection.send(b"\x16\x02" + b"\0" * 50 + b"\r\n\r\n")
            connection.end()
            self.assertTrue(connection.is_closed())
        self.assert_alive()


class Repeated(BadInput):
    """Fields that are there twice."""

    def test_parts_of_the_credentials(self):
        for name in ("x-amz-date", "x-amz-content-sha256", "authorization"):
            request = self.signed("GET", "/kept")
            value = request.get(name)
            request.fields.append((name, value))
            self.refuse(name, request, 400, (
                "InvalidArgument", "Only one value is allowed for each part of the credentials"),
                [("ArgumentName", name), ("ArgumentValue", value)])

    def test_what_was_signed_once(self):
        request = self.signed("PUT", "/k", b"x", [("x-amz-meta-a", "1")])
        request.fields.append(("x-amz-meta-a", "2"))
        details = [(name, "{any}") for name in (
            "AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes",
            "CanonicalRequest", "CanonicalRequestBytes")]
        self.refuse("metadata", request, 403, MISMATCH, details)

    def test_sums(self):
        fields = [("x-amz-checksum-crc32", "NhCmhg=="), ("x-amz-checksum-crc32", "NhCmhg==")]
        self.refuse("the same sum", self.signed("PUT", "/k", b"hello", fields), 400, (
            "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types "
            "are not allowed."))


class Expectations(BadInput):
    """With Expect: 100-continue the answer comes instead of an invitation."""

    def refuse_at_once(self, name: str, target: str, fields: signer.Fields, *expected) -> None:
        request = Request("PUT", target, [("Host", self.client.host), ("Expect", "100-Continue"),
                                          ("Content-Length", "5"), *fields])
        signer.sign_header(request, api_client.OWNER, signer.UNSIGNED)
        self.refuse(name, request, *expected, closes=True)

    def test_what_is_wrong_in_the_head(self):
        self.refuse_at_once("bucket", "/no-such-bucket/k", [], 404,
                            ("NoSuchBucket", "The specified bucket does not exist"),
                            [("BucketName", "no-such-bucket")])
        self.refuse_at_once("digest", f"/{self.bucket}/k", [("Content-MD5", "x")], 400,
                            ("InvalidDigest", "The Content-MD5 you specified was invalid."),
                            [("Content-MD5", "x")])
        self.refuse_at_once("condition", f"/{self.bucket}/kept", [("If-None-Match", "*")], 412,
                            ("PreconditionFailed",
                             "At least one of the pre-conditions you specified did not hold"),
                            [("Condition", "If-None-Match")])
        self.refuse_at_once("upload", f"/{self.bucket}/k?partNumber=1&uploadId=x", [], 404, (
            "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, "
            "or the upload may have been aborted or completed."), [("UploadId", "x")])

    def test_what_is_right(self):
        request = self.signed("PUT", "/k", b"hello", [("Expect", "100-continue")])
        head, _, body = self.bytes_of(request).partition(b"\r\n\r\n")
        with Connection(self.client.port) as connection:
            connection.send(head + b"\r\n\r\n")
            while b"100 Continue\r\n\r\n" not in connection.buffer:
                self.assertFalse(connection.is_closed())
            connection.send(body)
            answer = connection.answer("PUT")
        self.assertEqual((answer.status, answer.interim), (200, [100]))


class Lengths(BadInput):
    def test_none(self):
        for path in ("/k", "?tagging", "/kept?tagging"):
            request = self.signed("PUT", path, payload=signer.UNSIGNED)
            request.fields.append(("Transfer-Encoding", "chunked"))
            request.body = b"5\r\nhello\r\n0\r\n\r\n"
            self.refuse(path, request, 411, NO_LENGTH)

    def test_more_than_may_be(self):
        for path in ("/k", self.part.removeprefix(f"/{self.bucket}")):
            request = self.signed("PUT", path, payload=signer.UNSIGNED)
            request.fields.append(("Content-Length", str((5 << 30) + 1)))
            self.refuse(path[:5], request, 400, (
                "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"),
                [("ProposedSize", "5368709121"), ("MaxSizeAllowed", "5368709120")], closes=True)


if __name__ == "__main__":
    unittest.main()
