"""rclone: ListObjects v1, unsigned payloads with Content-MD5, multipart by size, server-side copies."""

from __future__ import annotations

import unittest

import client_case
from client_case import ClientCase

PROGRAM = client_case.require_program("rclone", "version")

FILES = ("plain.txt", "with space", "with+plus", "percent%2Fencoded", "ünïcödé/日本語.txt",
         "deep/er/still", "semi;colon&amp=x", "#hash?question", "quote'd", "~tilde", "star*", "a" * 200)


class Round:
    def setUp(self) -> None:
        super().setUp()
        self.bucket = self.new_bucket_name()
        self.rclone("mkdir", f"tarn:{self.bucket}")

    def settings(self) -> dict[str, str]:
        settings = {"RCLONE_CONFIG": str(self.directory / "rclone.conf"),
                    "RCLONE_CONFIG_TARN_TYPE": "s3", "RCLONE_CONFIG_TARN_PROVIDER": "Other",
                    "RCLONE_CONFIG_TARN_ENDPOINT": self.endpoint,
                    "RCLONE_CONFIG_TARN_REGION": client_case.REGION,
                    "RCLONE_CONFIG_TARN_ACCESS_KEY_ID": client_case.ACCESS_KEY,
                    "RCLONE_CONFIG_TARN_SECRET_ACCESS_KEY": client_case.SECRET_KEY,
                    "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1"}
        if self.scheme == "https":
            settings["RCLONE_CA_CERT"] = str(self.server.ca)
        return settings

    def rclone(self, *arguments: str, **more: str) -> str:
        environment = self.environment(**(self.settings() | more))
        environment.pop("AWS_CA_BUNDLE", None)  # rclone 1.60 stops with a panic over it
        return self.run_command(PROGRAM, *arguments, environment=environment).stdout

    def test_copy_there_check_and_back(self):
        source = self.directory / "source"
        for name in FILES:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(f"content of {name}")
        self.rclone("copy", str(source), f"tarn:{self.bucket}/p")
        self.assertEqual(sorted(self.rclone("lsf", "-R", "--files-only", f"tarn:{self.bucket}/p")
                                .splitlines()), sorted(FILES))
        self.rclone("check", "--download", str(source), f"tarn:{self.bucket}/p")
        self.rclone("sync", f"tarn:{self.bucket}/p", str(self.directory / "back"))
        for name in FILES:
            self.assertEqual((self.directory / "back" / name).read_text(), f"content of {name}")
        self.assertEqual(self.rclone("lsf", "--dirs-only", f"tarn:{self.bucket}/p").split(),
                         ["deep/", "ünïcödé/"])
        self.rclone("purge", f"tarn:{self.bucket}/p")
        self.assertEqual(self.rclone("lsf", "-R", f"tarn:{self.bucket}"), "")
        self.rclone("rmdir", f"tarn:{self.bucket}")

    def test_64_mib_in_parts_copied_moved_and_read_in_ranges(self):
        path, digest = self.large_file()
        self.rclone("copyto", "--s3-upload-cutoff", "16M", "--s3-chunk-size", "8M", str(path),
                    f"tarn:{self.bucket}/large")
        self.rclone("copyto", f"tarn:{self.bucket}/large", f"tarn:{self.bucket}/copy")
        self.rclone("moveto", f"tarn:{self.bucket}/copy", f"tarn:{self.bucket}/moved")
        self.rclone("copyto", "--multi-thread-cutoff", "16M", "--multi-thread-streams", "4",
                    f"tarn:{self.bucket}/moved", str(self.directory / "down"))
        self.assertEqual(client_case.sha256_of_file(self.directory / "down"), digest)
        middle = self.rclone("cat", "--offset", "0", "--count", "0", f"tarn:{self.bucket}/large")
        self.assertEqual(middle, "")
        self.assertEqual(sorted(self.rclone("lsf", f"tarn:{self.bucket}").split()),
                         ["large", "moved"])

    def test_modification_times_survive(self):
        path = self.directory / "dated"
        path.write_text("x")
        self.rclone("copy", str(path), f"tarn:{self.bucket}")
        self.rclone("touch", "-t", "2020-02-03T04:05:06", f"tarn:{self.bucket}/dated")
        self.assertIn("2020-02-03 04:05:06", self.rclone("lsl", f"tarn:{self.bucket}"))

    def test_presigned_link(self):
        path = self.directory / "a file"
        path.write_text("linked")
        self.rclone("copy", str(path), f"tarn:{self.bucket}")
        url = self.rclone("link", "--expire", "60s", f"tarn:{self.bucket}/a file").strip()
        self.assertEqual(self.send("GET", url).body, b"linked")
        self.assert_refused(self.send("GET", client_case.tampered(url)), 403,
                            "SignatureDoesNotMatch")

    def test_a_wrong_secret_is_refused(self):
        environment = self.environment(**self.settings())
        environment |= {"RCLONE_CONFIG_TARN_SECRET_ACCESS_KEY": "wrong"}
        environment.pop("AWS_CA_BUNDLE", None)
        done = self.run_command(PROGRAM, "lsf", f"tarn:{self.bucket}", check=False,
                                environment=environment)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("SignatureDoesNotMatch", done.stderr)


client_case.over_http_and_https(globals(), Round)


if __name__ == "__main__":
    unittest.main()
