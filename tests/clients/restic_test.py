"""restic (minio-go 7): signed streaming uploads, many small objects, listings with a delimiter."""

from __future__ import annotations

import json
import unittest

import client_case
from client_case import ClientCase, data_of

PROGRAM = client_case.require_program("restic", "version")


class Round:
    def restic(self, *arguments: str, check: bool = True, **more: str):
        settings = {"RESTIC_REPOSITORY": f"s3:{self.endpoint}/{self.bucket}/backups",
                    "RESTIC_PASSWORD": "a password of the repository",
                    "RESTIC_CACHE_DIR": str(self.directory / "cache"), **more}
        options = ["--cacert", str(self.server.ca)] if self.scheme == "https" else []
        return self.run_command(PROGRAM, *options, *arguments, check=check,
                                environment=self.environment(**settings))

    def test_init_backup_check_restore_and_prune(self):
        self.bucket = self.new_bucket_name()
        source = self.directory / "source"
        (source / "dir").mkdir(parents=True)
        for number in range(40):
            (source / "dir" / f"small {number}").write_bytes(data_of(1000 + number, number))
        path, digest = self.large_file()
        path.rename(source / "large")
        self.restic("init")  # creates the bucket too
        self.restic("backup", str(source))
        (source / "dir" / "small 0").write_text("changed")
        self.restic("backup", str(source))
        self.restic("check", "--read-data")
        snapshots = json.loads(self.restic("snapshots", "--json").stdout)
        self.assertEqual(len(snapshots), 2)
        self.restic("restore", snapshots[0]["id"], "--target", str(self.directory / "restored"))
        restored = self.directory / "restored" / source.relative_to("/")
        self.assertEqual(client_case.sha256_of_file(restored / "large"), digest)
        for number in range(40):
            self.assertEqual((restored / "dir" / f"small {number}").read_bytes(),
                             data_of(1000 + number, number))
        self.restic("forget", "--keep-last", "1", "--prune")
        self.restic("check", "--read-data")
        self.assertEqual(len(json.loads(self.restic("snapshots", "--json").stdout)), 1)

    def test_a_wrong_secret_is_refused(self):
        self.bucket = self.new_bucket_name()
        self.restic("init")
        done = self.restic("snapshots", check=False, AWS_SECRET_ACCESS_KEY="wrong")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("access denied", done.stderr.lower())  # a HEAD's 403 has no body to name it


client_case.over_http_and_https(globals(), Round)


if __name__ == "__main__":
    unittest.main()
