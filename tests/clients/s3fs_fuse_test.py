"""s3fs-fuse: a mounted bucket under cp, mv, rm and chmod; modes kept as metadata."""

from __future__ import annotations

import os
import pathlib
import stat
import subprocess
import time
import unittest

import client_case
from boto3_case import BucketCase
from client_case import MIB, data_of, sha256

PROGRAM = client_case.require_program("s3fs", "--version")
FUSERMOUNT = client_case.require_program("fusermount", "--version")

READY_SECONDS = 20
# What libfuse says where mounting is forbidden, as in most containers.
FORBIDDEN = ("mount failed:", "failed to open /dev/fuse", "device not found")

TREE = ("a.txt", "with space", "with+plus", "percent%2Fencoded", "dir/b.txt", "dir/deep/c.txt",
        "ünïcödé/日本語.txt", "semi;colon&amp=x", "#hash?question", "quote'd", "~tilde")


class Round:
    @classmethod
    def setUpClass(cls) -> None:
        if not os.access("/dev/fuse", os.R_OK | os.W_OK):
            raise unittest.SkipTest("this machine has no /dev/fuse that we may open")
        super().setUpClass()

    def setUp(self) -> None:
        super().setUp()
        self.local, self.mounted = self.directory / "local", self.directory / "mounted"
        self.local.mkdir()
        self.mounted.mkdir()
        self.process: subprocess.Popen | None = None
        self.addCleanup(self.unmount)
        self.mount()

    def launch(self, secret: str = client_case.SECRET_KEY) -> None:
        """In the foreground, so that it is a process of ours."""
        passwords = self.directory / "passwords"
        passwords.touch(0o600)
        passwords.write_text(f"{client_case.ACCESS_KEY}:{secret}\n")
        options = (f"url={self.endpoint}", f"endpoint={client_case.REGION}",
                   f"passwd_file={passwords}", "use_path_request_style", "sigv4", "use_xattr",
                   "retries=1", "multipart_size=5", "dbglevel=warn")
        if self.scheme == "https":
            options += ("no_check_certificate",)  # only from 1.91 on it can be told a CA
        with (self.directory / "s3fs.log").open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, self.bucket, str(self.mounted), "-f", "-o", ",".join(options)],
                env=self.environment(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT)

    def mount(self) -> None:
        """The bucket is mounted when this returns."""
        self.launch()
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_mounted():
            if self.process.poll() is not None:
                self.refuse()
            self.assertLess(time.monotonic(), deadline, self.log())
            time.sleep(0.02)

    def is_mounted(self) -> bool:
        try:
            return self.mounted.is_mount()
        except OSError:  # s3fs ends just now
            return False

    def refuse(self) -> None:
        for line in self.log().splitlines():
            if any(text in line for text in FORBIDDEN):
                self.skipTest(f"mounting is forbidden here: {line}")
        self.fail(f"s3fs ended with {self.process.returncode}: {self.log()}")

    def unmount(self) -> None:
        if self.is_mounted():
            self.run_command(FUSERMOUNT, "-u", str(self.mounted))
        else:
            self.process.terminate()
        self.process.wait(READY_SECONDS)

    def remount(self) -> None:
        """Afterwards nothing comes from a cache of s3fs."""
        self.unmount()
        self.mount()

    def log(self) -> str:
        return (self.directory / "s3fs.log").read_text(errors="replace")

    def fill(self, root: pathlib.Path) -> None:
        for name in TREE:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(f"content of {name}")

    def keys(self) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=self.bucket)
        return [row["Key"] for row in listed.get("Contents", [])]

    def test_a_tree_is_copied_moved_and_removed(self):
        self.fill(self.local)
        self.run_command("cp", "-r", str(self.local), str(self.mounted / "tree"))
        self.remount()
        self.run_command("diff", "-r", str(self.local), str(self.mounted / "tree"))
        self.run_command("mv", str(self.mounted / "tree"), str(self.mounted / "moved"))
        self.run_command("mv", str(self.mounted / "moved/a.txt"), str(self.mounted / "a b"))
        self.remount()
        self.assertEqual(sorted(os.listdir(self.mounted)), ["a b", "moved"])
        self.assertEqual((self.mounted / "a b").read_text(), "content of a.txt")
        os.remove(self.local / "a.txt")
        self.run_command("diff", "-r", str(self.local), str(self.mounted / "moved"))
        self.assertIn("moved/ünïcödé/日本語.txt", self.keys())
        with self.assertRaises(OSError):
            os.rmdir(self.mounted / "moved")
        self.run_command("rm", "-r", str(self.mounted / "moved"), str(self.mounted / "a b"))
        self.assertEqual((os.listdir(self.mounted), self.keys()), ([], []))

    def test_modes_and_times_are_metadata(self):
        path = self.mounted / "k"
        path.write_text("content")
        self.run_command("chmod", "640", str(path))
        os.utime(path, (1e9, 1e9))
        self.remount()
        found = path.stat()
        self.assertEqual((stat.S_IMODE(found.st_mode), found.st_size, int(found.st_mtime)),
                         (0o640, 7, 10**9))
        metadata = self.s3.head_object(Bucket=self.bucket, Key="k")["Metadata"]
        self.assertEqual(int(metadata["mode"]), stat.S_IFREG | 0o640)
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="k")["Body"].read(), b"content")

    def test_links_and_attributes(self):
        (self.mounted / "k").write_text("content")
        os.symlink("k", self.mounted / "link")
        os.setxattr(self.mounted / "k", "user.colour", b"blue")
        self.remount()
        self.assertEqual(os.readlink(self.mounted / "link"), "k")
        self.assertEqual((self.mounted / "link").read_text(), "content")
        self.assertEqual(os.getxattr(self.mounted / "k", "user.colour"), b"blue")

    def test_64_mib_in_parts_changed_in_the_middle(self):
        path, digest = self.large_file()
        target = self.mounted / "large"
        self.run_command("cp", str(path), str(target))
        self.remount()
        self.assertEqual(client_case.sha256_of_file(target), digest)
        head = self.s3.head_object(Bucket=self.bucket, Key="large")
        self.assertRegex(head["ETag"], r'-\d+"$')
        for file in (path, target):  # what did not change becomes copied parts
            with file.open("r+b") as stream:
                stream.seek(30 * MIB + 5)
                stream.write(b"changed")
                stream.seek(0, os.SEEK_END)
                stream.write(b"appended")
        self.remount()
        self.assertEqual(client_case.sha256_of_file(target), client_case.sha256_of_file(path))
        self.run_command("mv", str(target), str(self.mounted / "moved"))
        self.remount()
        self.assertEqual(client_case.sha256_of_file(self.mounted / "moved"),
                         client_case.sha256_of_file(path))
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket=self.bucket))

    def test_emptied_and_appended(self):
        path = self.mounted / "k"
        path.write_bytes(data_of(6 * MIB))
        with path.open("ab") as file:
            file.write(b"appended")
        self.remount()
        self.assertEqual(sha256(path.read_bytes()), sha256(data_of(6 * MIB) + b"appended"))
        os.truncate(path, 0)
        self.remount()
        self.assertEqual(path.read_bytes(), b"")

    def test_what_others_stored(self):
        self.s3.put_object(Bucket=self.bucket, Key="by/others/k", Body=data_of(3 * MIB))
        self.assertEqual(os.listdir(self.mounted / "by"), ["others"])
        with (self.mounted / "by/others/k").open("rb") as file:
            file.seek(MIB)
            self.assertEqual(file.read(100), data_of(3 * MIB)[MIB:MIB + 100])

    def test_many_files_in_a_folder(self):
        for number in range(1001):
            self.s3.put_object(Bucket=self.bucket, Key=f"many/{number:04}", Body=b"x")
        self.assertEqual(sorted(os.listdir(self.mounted / "many")),
                         [f"{number:04}" for number in range(1001)])

    def test_a_wrong_secret_is_refused(self):
        self.unmount()
        self.launch(secret="wrong")
        self.process.wait(READY_SECONDS)
        self.assertIn("SignatureDoesNotMatch", self.log())
        self.assertFalse(self.is_mounted())


client_case.over_http_and_https(globals(), Round, base=BucketCase)


if __name__ == "__main__":
    unittest.main()
