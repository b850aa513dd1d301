"""A file system whose block device can be copied in an instant while it is written to.

The file system under test (ext4 or xfs) is in a loop device whose backing file lies on an XFS that
can share extents: `cp --reflink` of that file is atomic, and has what the device had been given so
far. Mounting the copy is what a machine does that comes up after a power cut. Needs root.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

HOST_BYTES = 24 << 30  # sparse; only what is written takes space
IMAGE_BYTES = 2 << 30
MAKE = {"ext4": ["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"],
        "xfs": ["mkfs.xfs", "-q", "-f"]}


class Unavailable(Exception):
    """This machine cannot do it."""


def run(*command: str | pathlib.Path) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise Unavailable(f"{command[0]}: {done.stderr.strip() or done.returncode}")


class CrashImages:
    """with CrashImages("ext4") as images: write below images.root, then images.crash()."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.root = pathlib.Path()
        self._stack = contextlib.ExitStack()
        self._folder = pathlib.Path()

    def __enter__(self) -> CrashImages:
        missing = [tool for tool in ("mkfs.xfs", f"mkfs.{self.kind}", "mount") if not
                   shutil.which(tool)]
        if missing or os.geteuid() != 0:
            raise Unavailable(f"needs {', '.join(missing)}" if missing else "needs root")
        try:
            self._folder = pathlib.Path(self._stack.enter_context(
                tempfile.TemporaryDirectory(prefix="tarn-power-", ignore_cleanup_errors=True)))
            host_file = self._folder / "host.img"
            self._make_file(host_file, HOST_BYTES)
            run("mkfs.xfs", "-q", "-f", "-m", "reflink=1", host_file)
            host = self._mount(host_file, "host")
            self._image = host / "image"
            self._make_file(self._image, IMAGE_BYTES)
            run(*MAKE[self.kind], self._image)
            self.root = self._mount(self._image, "root")
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def crash(self, before_copy=lambda: None, after_copy=lambda: None):
        """The file system as a power cut now would leave it, recovered, until the block ends."""
        copy = self._image.with_name("crashed")
        before_copy()
        run("cp", "--reflink=always", self._image, copy)
        after_copy()
        try:
            with contextlib.ExitStack() as stack:
                # An XFS has an identity, and is not mounted twice with the same one.
                options = "loop,nouuid" if self.kind == "xfs" else "loop"
                mounted = self._folder / "crashed"
                mounted.mkdir(exist_ok=True)
                run("mount", "-o", options, copy, mounted)
                stack.callback(unmount, mounted)
                yield mounted
        finally:
            copy.unlink()

    @staticmethod
    def _make_file(path: pathlib.Path, size: int) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    def _mount(self, image: pathlib.Path, name: str) -> pathlib.Path:
        target = self._folder / name
        target.mkdir()
        run("mount", "-o", "loop", image, target)  # the loop device goes with the mount
        self._stack.callback(unmount, target)
        return target


def unmount(target: pathlib.Path) -> None:
    if subprocess.run(["umount", str(target)], check=False).returncode != 0:
        subprocess.run(["umount", "--lazy", str(target)], check=False)
