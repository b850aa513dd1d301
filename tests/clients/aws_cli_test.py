"""aws-cli, each version that people have: the current one of PyPI and the one of the distribution."""

from __future__ import annotations

import json
import os
import pathlib
import sys
import unittest

import client_case
from client_case import LARGE_BYTES, ODD_KEYS, ClientCase

PROGRAMS = {"Pypi": str(pathlib.Path(sys.executable).parent / "aws"), "Distribution": "/usr/bin/aws"}

# File names that `aws s3` can carry; the stranger keys go through `aws s3api`.
FILES = ("plain.txt", "with space", "with+plus", "percent%2Fencoded", "ünïcödé/日本語.txt",
         "deep/er/still", "semi;colon&amp=x", "#hash?question", "quote'd", "~tilde")


class Base(ClientCase):
    program = ""

    @classmethod
    def setUpClass(cls) -> None:
        if not os.path.exists(cls.program):
            raise unittest.SkipTest(f"{cls.program} is not installed")
        client_case.print_version(cls.program, "--version")
        super().setUpClass()

    def setUp(self) -> None:
        super().setUp()
        self.bucket = self.new_bucket_name()
        self.aws("s3", "mb", f"s3://{self.bucket}")

    def aws(self, *arguments: str, **more) -> str:
        return self.run_command(self.program, "--endpoint-url", self.endpoint, *arguments,
                                **more).stdout

    def api(self, operation: str, *arguments: str, **more) -> dict:
        text = self.aws("s3api", operation, "--bucket", self.bucket, "--output", "json",
                        *arguments, **more)
        return json.loads(text) if text.strip() else {}

    def refused(self, *arguments: str, **environment: str) -> str:
        done = self.run_command(self.program, "--endpoint-url", self.endpoint, *arguments,
                                check=False, environment=self.environment(**environment))
        self.assertNotEqual(done.returncode, 0)
        return done.stderr + done.stdout


class HighLevel:
    def test_buckets(self):
        self.assertIn(self.bucket, self.aws("s3", "ls"))
        self.aws("s3", "cp", "-", f"s3://{self.bucket}/k", stdin=b"from standard input")
        self.assertIn("BucketNotEmpty", self.refused("s3", "rb", f"s3://{self.bucket}"))
        self.assertEqual(self.aws("s3", "cp", f"s3://{self.bucket}/k", "-"), "from standard input")
        self.aws("s3", "rb", "--force", f"s3://{self.bucket}")
        self.assertIn("NoSuchBucket", self.refused("s3", "ls", f"s3://{self.bucket}"))

    def test_sync_there_and_back_and_remove(self):
        source, target = self.directory / "source", self.directory / "target"
        for name in FILES:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(f"content of {name}")
        self.aws("s3", "sync", str(source), f"s3://{self.bucket}/p")
        listed = self.aws("s3", "ls", "--recursive", f"s3://{self.bucket}/p")
        for name in FILES:
            self.assertIn(f" p/{name}\n", listed)
        self.aws("s3", "sync", f"s3://{self.bucket}/p", str(target))
        for name in FILES:
            self.assertEqual((target / name).read_text(), f"content of {name}")
        self.assertEqual(self.aws("s3", "sync", str(source), f"s3://{self.bucket}/p").strip(), "")
        self.aws("s3", "rm", "--recursive", f"s3://{self.bucket}/p")
        self.assertNotIn("Contents", self.api("list-objects-v2"))

    def test_64_mib_up_copied_moved_and_down(self):
        path, digest = self.large_file()
        self.aws("s3", "cp", str(path), f"s3://{self.bucket}/large")
        self.aws("s3", "cp", f"s3://{self.bucket}/large", f"s3://{self.bucket}/copy")
        self.aws("s3", "mv", f"s3://{self.bucket}/copy", f"s3://{self.bucket}/moved")
        target = self.directory / "down"
        self.aws("s3", "cp", f"s3://{self.bucket}/moved", str(target))
        self.assertEqual(client_case.sha256_of_file(target), digest)
        head = self.api("head-object", "--key", "large")
        self.assertEqual(head["ContentLength"], LARGE_BYTES)
        self.assertRegex(head["ETag"], r'^"[0-9a-f]{32}-8"$')
        self.assertEqual([row["Key"] for row in self.api("list-objects-v2")["Contents"]],
                         ["large", "moved"])

    def test_presign(self):
        self.aws("s3", "cp", "-", f"s3://{self.bucket}/a key", stdin=b"presigned")
        url = self.aws("s3", "presign", f"s3://{self.bucket}/a key").strip()
        self.assertEqual(self.send("GET", url).body, b"presigned")
        for changed in (client_case.tampered(url), client_case.with_changed_signature(url)):
            self.assert_refused(self.send("GET", changed), 403, "SignatureDoesNotMatch")


class ApiLevel:
    def put(self, key: str, text: str = "body", *more: str) -> dict:
        path = self.directory / "body"
        path.write_text(text)
        return self.api("put-object", "--key", key, "--body", str(path), *more)

    def get(self, key: str, *more: str) -> str:
        path = self.directory / "got"
        self.api("get-object", "--key", key, *more, str(path))
        return path.read_text()

    def test_odd_keys_are_put_listed_and_deleted_together(self):
        keys = ODD_KEYS[:1] + ODD_KEYS[7:14]  # each is a process; boto3_test has them all
        for key in keys:
            self.put(key)
        for operation in ("list-objects", "list-objects-v2"):
            rows = self.api(operation, "--page-size", "3")["Contents"]
            self.assertEqual([row["Key"] for row in rows],
                             sorted(keys, key=lambda key: key.encode()))
        wanted = json.dumps({"Objects": [{"Key": key} for key in keys]})
        done = self.api("delete-objects", "--delete", wanted)
        self.assertEqual(len(done["Deleted"]), len(keys))
        self.assertNotIn("Contents", self.api("list-objects-v2"))

    def test_put_head_get_range_condition_copy_delete(self):
        etag = self.put("dir/k", "0123456789", "--metadata", "colour=blue", "--content-type",
                        "text/x-odd")["ETag"]
        head = self.api("head-object", "--key", "dir/k")
        self.assertEqual((head["Metadata"], head["ContentType"], head["ETag"]),
                         ({"colour": "blue"}, "text/x-odd", etag))
        self.assertEqual(self.get("dir/k", "--range", "bytes=2-4"), "234")
        target = str(self.directory / "none")
        names = ("s3api", "get-object", "--bucket", self.bucket, "--key", "dir/k")
        self.assertIn("PreconditionFailed", self.refused(*names, "--if-match", '"x"', target))
        self.assertIn("304", self.refused(*names, "--if-none-match", etag, target))
        self.api("copy-object", "--key", "copy", "--copy-source", f"{self.bucket}/dir/k")
        self.assertEqual(self.get("copy"), "0123456789")
        page = self.api("list-objects-v2", "--delimiter", "/")
        self.assertEqual([row["Prefix"] for row in page["CommonPrefixes"]], ["dir/"])
        self.api("delete-object", "--key", "copy")
        self.assertIn("404", self.refused("s3api", "head-object", "--bucket", self.bucket,
                                          "--key", "copy"))

    def test_errors_are_those_of_aws(self):
        ls = ("s3api", "list-objects-v2", "--bucket", self.bucket)
        self.assertIn("SignatureDoesNotMatch", self.refused(*ls, AWS_SECRET_ACCESS_KEY="wrong"))
        # On loopback an unknown key has itself as its secret, so it is the signature that is wrong.
        self.assertIn("SignatureDoesNotMatch", self.refused(*ls, AWS_ACCESS_KEY_ID="unknown-key"))
        self.assertIn("NoSuchKey", self.refused("s3api", "get-object", "--bucket", self.bucket,
                                                "--key", "none", str(self.directory / "x")))


for name, path in PROGRAMS.items():
    base = type(f"{name}Base", (Base,), {"program": path})
    areas = [type(f"{area.__name__}{name}", (area,), {}) for area in (HighLevel, ApiLevel)]
    client_case.over_http_and_https(globals(), *areas, base=base)
del Base, base


if __name__ == "__main__":
    unittest.main()
