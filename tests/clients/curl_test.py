"""curl with --aws-sigv4: no SDK between the reader and the wire."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import unittest
import urllib.parse

import client_case
from client_case import ODD_KEYS, ClientCase, data_of

PROGRAM = client_case.require_program("curl", "--version")


class Round:
    def setUp(self) -> None:
        super().setUp()
        self.bucket = self.new_bucket_name()
        self.assertEqual(self.curl("PUT", "")[0], 200)

    def curl(self, method: str, key: str, *options: str, query: str = "",
             secret: str | None = client_case.SECRET_KEY) -> tuple[int, bytes]:
        """Status and body. The key is encoded here: curl signs and sends a target as it is given."""
        path = urllib.parse.quote(f"/{self.bucket}" + (f"/{key}" if key else ""), safe="/~")
        target = self.directory / "answer"
        target.write_bytes(b"")
        # S3 wants this header; curl sends it by itself only from 8.x on, but signs it when given.
        credentials = ["--aws-sigv4", f"aws:amz:{client_case.REGION}:s3",
                       "--user", f"{client_case.ACCESS_KEY}:{secret}",
                       "--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"] if secret else []
        method_options = ["--head"] if method == "HEAD" else ["--request", method]
        done = self.run_command(
            PROGRAM, "--silent", "--show-error", "--path-as-is", "--max-time", "60", *credentials,
            *method_options, "--output", str(target), "--write-out", "%{http_code}", *options,
            f"{self.endpoint}{path}{query}")
        return int(done.stdout), target.read_bytes()

    def file(self, data: bytes) -> str:
        path = self.directory / "upload"
        path.write_bytes(data)
        return str(path)

    def test_put_get_head_range_list_and_delete(self):
        self.assertEqual(self.curl("PUT", "k", "--upload-file", self.file(b"0123456789"))[0], 200)
        self.assertEqual(self.curl("GET", "k"), (200, b"0123456789"))
        self.assertEqual(self.curl("GET", "k", "--range", "2-4"), (206, b"234"))
        status, head = self.curl("HEAD", "k")
        self.assertEqual(status, 200)
        self.assertIn(b"content-length: 10\r\n", head.lower())
        status, listing = self.curl("GET", "", query="?list-type=2&prefix=k")
        self.assertEqual(status, 200)
        self.assertIn(b"<KeyCount>1</KeyCount>", listing)
        self.assertEqual(self.curl("DELETE", "k")[0], 204)
        self.assertEqual(self.curl("GET", "k")[0], 404)
        self.assertEqual(self.curl("DELETE", "")[0], 204)

    def test_odd_keys(self):
        for key in ODD_KEYS:
            with self.subTest(key[:40]):
                # Not --upload-file: curl would add the file's name to a URL that ends in a slash.
                body = ("--data-binary", f"@{self.file(key.encode())}")
                self.assertEqual(self.curl("PUT", key, *body)[0], 200)
                self.assertEqual(self.curl("GET", key), (200, key.encode()))

    def test_64_mib_with_expect_and_without(self):
        path, digest = self.large_file()
        for name, options in [("expect", ["--header", "Expect: 100-continue"]),
                              ("no expect", ["--header", "Expect:"])]:
            with self.subTest(name):
                self.assertEqual(self.curl("PUT", name, "--upload-file", str(path), *options)[0], 200)
                status, body = self.curl("GET", name)
                self.assertEqual((status, client_case.sha256(body)), (200, digest))

    def test_multi_delete_by_hand(self):
        for key in ("a&b", "c"):
            self.curl("PUT", key, "--upload-file", self.file(b"x"))
        document = b"<Delete><Object><Key>a&amp;b</Key></Object></Delete>"
        md5 = base64.b64encode(hashlib.md5(document).digest()).decode()
        status, answer = self.curl("POST", "", "--data-binary", f"@{self.file(document)}",
                                   "--header", "Content-Type: application/xml",
                                   "--header", f"Content-MD5: {md5}", query="?delete=")
        self.assertEqual(status, 200, answer)
        self.assertIn(b"<Deleted><Key>a&amp;b</Key>", answer)
        self.assertEqual([self.curl("GET", key)[0] for key in ("a&b", "c")], [404, 200])

    def test_who_is_refused(self):
        self.curl("PUT", "k", "--upload-file", self.file(b"x"))
        for name, secret, code in [("wrong secret", "wrong", b"SignatureDoesNotMatch"),
                                   ("unsigned", None, b"AccessDenied")]:
            with self.subTest(name):
                status, body = self.curl("GET", "k", secret=secret)
                self.assertEqual(status, 403)
                self.assertIn(b"<Code>" + code + b"</Code>", body)
                status, body = self.curl("PUT", "k", "--upload-file", self.file(b"y"),
                                         secret=secret)
                self.assertEqual(status, 403)
        self.assertEqual(self.curl("GET", "k"), (200, b"x"))

    def test_a_form_uploads_a_file(self):
        """As pages do, with curl's own multipart/form-data."""
        policy = base64.b64encode(json.dumps({
            "expiration": "2100-01-01T00:00:00Z",
            "conditions": [{"bucket": self.bucket}, ["starts-with", "$key", "dir/"],
                           ["content-length-range", 0, 3 * client_case.MIB]]}).encode())
        signature = base64.b64encode(
            hmac.digest(client_case.SECRET_KEY.encode(), policy, "sha1")).decode()
        fields = {"key": "dir/${filename}", "AWSAccessKeyId": client_case.ACCESS_KEY,
                  "policy": policy.decode(), "signature": signature}
        for name, size in (("a \"quoted\" name.txt", 5), ("large", 3 * client_case.MIB)):
            with self.subTest(name):
                data = data_of(size)
                path = self.directory / name
                path.write_bytes(data)
                form = [option for field, value in fields.items()
                        for option in ("--form-string", f"{field}={value}")]
                escaped = str(path).replace('"', '\\"')
                status, body = self.curl("POST", "", *form, "--form", f'file=@"{escaped}"',
                                         secret=None)
                self.assertEqual((status, body), (204, b""))
                # Browsers, and curl since 7.81.0, send a quote in a file name as %22.
                stored = "dir/" + name.replace('"', "%22")
                self.assertEqual(self.curl("GET", stored), (200, data))

    def test_a_refused_upload_is_told_before_its_body(self):
        """With Expect, the final answer comes in the place of 100 and nothing is sent."""
        path, _ = self.large_file()
        status, _ = self.curl("PUT", "k", "--upload-file", str(path), "--header",
                              "Expect: 100-continue", "--write-out", "%{http_code}",
                              secret="wrong")
        self.assertEqual(status, 403)


client_case.over_http_and_https(globals(), Round)


if __name__ == "__main__":
    unittest.main()
