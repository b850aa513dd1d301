"""s3cmd: reads ACL, policy, CORS and lifecycle of what it is asked about, and signs URLs with V2."""

from __future__ import annotations

import time
import unittest

import client_case
from client_case import ClientCase

PROGRAM = client_case.require_program("s3cmd", "--version")

FILES = ("plain.txt", "with space", "with+plus", "percent%2Fencoded", "ünïcödé/日本語.txt",
         "deep/er/still", "semi;colon&amp=x", "#hash?question", "quote'd", "~tilde")


class Round:
    def setUp(self) -> None:
        super().setUp()
        self.bucket = self.new_bucket_name()
        self.s3cmd("mb", f"s3://{self.bucket}")

    def options(self, secret: str) -> list[str]:
        host = self.endpoint.partition("://")[2]
        options = [f"--access_key={client_case.ACCESS_KEY}", f"--secret_key={secret}",
                   f"--host={host}", f"--host-bucket={host}", "--config=/dev/null",
                   "--no-progress"]
        if self.scheme == "https":
            return [*options, "--ssl", f"--ca-certs={self.server.ca}"]
        return [*options, "--no-ssl"]

    def s3cmd(self, *arguments: str, secret: str = client_case.SECRET_KEY, check: bool = True):
        return self.run_command(PROGRAM, *self.options(secret), *arguments, check=check)

    def test_put_info_copy_move_and_delete(self):
        path = self.directory / "file"
        path.write_text("content")
        self.s3cmd("put", "--mime-type=text/x-odd", str(path), f"s3://{self.bucket}/dir/a b")
        info = self.s3cmd("info", f"s3://{self.bucket}/dir/a b").stdout
        for text in ("File size: 7", "MIME type: text/x-odd", "9a0364b9e99bb480dd25e1f0284c8555"):
            self.assertIn(text, info)
        self.s3cmd("info", f"s3://{self.bucket}")
        self.s3cmd("cp", f"s3://{self.bucket}/dir/a b", f"s3://{self.bucket}/copy")
        self.s3cmd("mv", f"s3://{self.bucket}/copy", f"s3://{self.bucket}/moved")
        self.s3cmd("get", f"s3://{self.bucket}/moved", str(self.directory / "got"))
        self.assertEqual((self.directory / "got").read_text(), "content")
        self.assertIn("DIR", self.s3cmd("ls", f"s3://{self.bucket}").stdout)
        refused = self.s3cmd("rb", f"s3://{self.bucket}", check=False)
        self.assertIn("BucketNotEmpty", refused.stderr)
        self.s3cmd("del", "--recursive", "--force", f"s3://{self.bucket}")
        self.s3cmd("rb", f"s3://{self.bucket}")

    def test_sync_there_and_back(self):
        source, target = self.directory / "source", self.directory / "target"
        target.mkdir()
        for name in FILES:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(f"content of {name}")
        self.s3cmd("sync", f"{source}/", f"s3://{self.bucket}/p/")
        self.s3cmd("sync", f"s3://{self.bucket}/p/", f"{target}/")
        for name in FILES:
            self.assertEqual((target / name).read_text(), f"content of {name}")

    def test_64_mib_in_parts(self):
        path, digest = self.large_file()
        self.s3cmd("put", "--multipart-chunk-size-mb=8", str(path), f"s3://{self.bucket}/large")
        self.s3cmd("get", f"s3://{self.bucket}/large", str(self.directory / "down"))
        self.assertEqual(client_case.sha256_of_file(self.directory / "down"), digest)
        self.assertNotIn("large", self.s3cmd("multipart", f"s3://{self.bucket}").stdout)

    def test_signed_url(self):
        path = self.directory / "file"
        path.write_text("signed")
        self.s3cmd("put", str(path), f"s3://{self.bucket}/a b")
        expires = str(int(time.time()) + 60)
        url = self.s3cmd("signurl", f"s3://{self.bucket}/a b", expires).stdout.strip()
        url = url.replace("http://", f"{self.scheme}://", 1)
        self.assertEqual(self.send("GET", url).body, b"signed")
        self.assert_refused(self.send("GET", client_case.tampered(url)), 403,
                            "SignatureDoesNotMatch")

    def test_a_wrong_secret_is_refused(self):
        done = self.s3cmd("ls", f"s3://{self.bucket}", secret="wrong", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("403", done.stderr)


client_case.over_http_and_https(globals(), Round)


if __name__ == "__main__":
    unittest.main()
