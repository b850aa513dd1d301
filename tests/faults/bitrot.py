#!/usr/bin/env python3
"""Damages one file of a data directory at a time, and checks that a server notices.

    bitrot.py [--flips N] [--cuts N] [--seed N] PATH/tarn-server

For every class of file: flip one bit somewhere (--flips), or cut a file short or delete it (--cuts),
then start a server on a copy of the directory, read every object, and scrub. Right is: the start is
refused; or every object is read with its right bytes or refused with a 5xx. Never: wrong bytes with a
200, or an object that is silently gone. Damage in a class that holds data must also be noticed by one
of start, reads and scrub.

Prints one summary line; 0 if all is right.
"""

from __future__ import annotations

import argparse
import collections
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import tarn_server  # noqa: E402
from kill9 import use_binary  # noqa: E402
from s3_wire import S3, Refused, Unanswered, digest  # noqa: E402

# What is in a file, by its name. Of the classes in HOLDS_DATA every bit counts; the others are notes
# for people, or are only compared (the witness has two slots, of which the older one is a spare).
CLASSES = {"sst": "table", "log": "log", "MANIFEST": "manifest", "CURRENT": "current",
           "OPTIONS": "options", "IDENTITY": "identity", "LOG": "text log", "VERSION": "version",
           "WITNESS": "witness", "LOCK": "lock"}
HOLDS_DATA = ("blob", "table", "log", "manifest", "current", "version")


def class_of(path: pathlib.Path) -> str:
    if "blobs" in path.parts:
        return "blob"
    if "meta" not in path.parts and path.parent.name in ("keys", "tls"):
        return path.parent.name
    if path.suffix in (".sst", ".log") and path.stem.isdigit():
        return CLASSES[path.suffix[1:]]
    return CLASSES.get(path.name.partition("-")[0], "other")


class Sample:
    """A data directory as a kill leaves it: tables, a log with commits in it, blobs."""

    def __init__(self, folder: pathlib.Path, seed: int) -> None:
        self.data = folder / "sample"
        self.objects: dict[str, str] = {}
        chance = random.Random(seed)
        server = tarn_server.TarnServer(data=self.data)
        server.start()
        s3 = S3(server.api_port)
        s3.make_bucket()
        for part in ("table", "log"):  # the first half is in tables after the second start
            for number in range(10):
                self._put(s3, f"{part}/inline{number}", chance.randbytes(chance.randint(0, 9000)))
            for number in range(3):
                self._put(s3, f"{part}/blob{number}", chance.randbytes(65_537 + number * 70_000))
            s3.put(f"{part}/deleted", b"x")
            s3.delete(f"{part}/deleted")
            server.kill_server()
            if part == "table":
                server.start_server()
                s3 = S3(server.api_port)
        files = [path for path in self.data.rglob("*") if path.is_file()]
        self.files: dict[str, list[pathlib.Path]] = collections.defaultdict(list)
        for path in sorted(files):
            if path.stat().st_size > 0:
                self.files[class_of(path.relative_to(self.data))].append(path)

    def _put(self, s3: S3, key: str, body: bytes) -> None:
        s3.put(key, body)
        self.objects[key] = digest(body)


def flip(path: pathlib.Path, chance: random.Random) -> str:
    bit = chance.randrange(path.stat().st_size * 8)
    with path.open("r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0] ^ (1 << bit % 8)
        file.seek(bit // 8)
        file.write(bytes([byte]))
    return f"bit {bit % 8} of byte {bit // 8} flipped"


def cut(path: pathlib.Path, chance: random.Random) -> str:
    if chance.random() < 0.4:
        path.unlink()
        return "deleted"
    size = chance.randrange(path.stat().st_size)
    os.truncate(path, size)
    return f"cut to {size} bytes"


def try_to_use(data: pathlib.Path, sample: Sample) -> tuple[bool, list[str]]:
    """Whether the damage was noticed, and what was wrong."""
    server = tarn_server.TarnServer(data=data)
    try:
        server.start()
    except tarn_server.ServerError:
        return True, []
    noticed, wrong = False, []
    s3 = S3(server.api_port)
    try:
        for key, expected in sample.objects.items():
            try:
                seen = digest(s3.get(key))
            except (Refused, Unanswered):
                noticed = True
                continue
            if seen != expected:
                wrong.append(f"{key} is {'silently gone' if seen is None else 'read wrong'}")
        try:
            if sorted(s3.list_keys()) != sorted(sample.objects):
                wrong.append("the listing is wrong")
        except (Refused, Unanswered):
            noticed = True
    finally:
        s3.close()
        server.kill_server()
    binary = tarn_server.build_directory() / "server/tarn-server"
    scrub = subprocess.run([binary, "--data", str(data), "--scrub"], capture_output=True, check=False)
    return noticed or scrub.returncode != 0, wrong


def run(flips: int, cuts: int, seed: int) -> tuple[str, list[str]]:
    chance = random.Random(seed)
    violations: list[str] = []
    noticed: collections.Counter[str] = collections.Counter()
    tried: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="tarn-bitrot-") as root:
        sample = Sample(pathlib.Path(root), seed)
        missing = [name for name in HOLDS_DATA if name not in sample.files]
        if missing:
            violations.append(f"the sample has no file of class {missing}")
        copy = pathlib.Path(root) / "copy"
        for number in range(flips + cuts):
            damage = flip if number < flips else cut
            # Half of the tries go where the data is.
            names = [name for name in HOLDS_DATA if name in sample.files]
            name = chance.choice(names if chance.random() < 0.5 else sorted(sample.files))
            original = chance.choice(sample.files[name])
            shutil.copytree(sample.data, copy)
            path = copy / original.relative_to(sample.data)
            done = damage(path, chance)
            saw, wrong = try_to_use(copy, sample)
            tried[name] += 1
            noticed[name] += saw
            what = f"{original.relative_to(sample.data)} ({name}), {done}"
            violations += [f"{what}: {text}" for text in wrong]
            if not saw and name in HOLDS_DATA:
                violations.append(f"{what}: not noticed")
            shutil.rmtree(copy)
    classes = ", ".join(f"{name} {noticed[name]}/{tried[name]}" for name in sorted(tried))
    summary = (f"bitrot: {flips} flips and {cuts} cuts, noticed: {classes}; {len(violations)} "
               f"violations (seed {seed})")
    return summary, violations


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", help="path of tarn-server")
    parser.add_argument("--flips", type=int, default=100)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args(arguments)
    use_binary(options.server)
    summary, violations = run(options.flips, options.cuts, options.seed)
    for violation in violations[:20]:
        print(violation, file=sys.stderr)
    print(summary)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
