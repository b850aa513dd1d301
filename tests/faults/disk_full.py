#!/usr/bin/env python3
"""Fills the disk under a server, and checks that it refuses, goes on reading and deleting, recovers.

    disk_full.py [--megabytes N] [--rounds N] PATH/tarn-server

The data directory is on a tmpfs of that size. Needs root. Prints one summary line; 0 if all is right,
2 if this machine cannot run it.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import tarn_server  # noqa: E402
from crash_images import Unavailable, run as run_command, unmount  # noqa: E402
from kill9 import use_binary  # noqa: E402
from s3_wire import S3, Refused  # noqa: E402

SIZES = (100, 60_000, 900_000)  # a row, an inline body, a blob
RECOVERY_SECONDS = 20


def fill(s3: S3, prefix: str) -> dict[str, bytes]:
    """Puts objects until three puts in a row of the largest size are refused; what was accepted."""
    stored: dict[str, bytes] = {}
    refusals = number = 0
    while refusals < 3:
        key = f"{prefix}{number}"
        body = os.urandom(SIZES[-1] if refusals else SIZES[number % len(SIZES)])
        number += 1
        try:
            s3.put(key, body)
        except Refused as refused:
            if refused.status < 500:
                raise
            refusals += 1
        else:
            stored[key] = body
            refusals = 0
    return stored


def check_stored(s3: S3, stored: dict[str, bytes], what: str) -> list[str]:
    wrong = [f"{what}: {key} is not what was stored" for key, body in stored.items()
             if s3.get(key) != body]
    if sorted(s3.list_keys()) != sorted(stored):
        wrong.append(f"{what}: the listing shows what was refused")
    return wrong


def one_round(server: tarn_server.TarnServer, number: int) -> tuple[int, list[str]]:
    s3 = S3(server.api_port)
    stored = fill(s3, f"r{number}/")
    wrong = check_stored(s3, stored, "full disk")
    server.kill_server()
    server.start_server()
    s3 = S3(server.api_port)
    wrong += check_stored(s3, stored, "full disk, after a kill")
    for key in stored:
        try:
            s3.delete(key)
        except Refused as refused:
            wrong.append(f"a delete on the full disk: {refused}")
            break
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline:
        try:
            s3.put("again", b"x" * 500_000)
            s3.delete("again")
            return len(stored), wrong
        except Refused:
            time.sleep(0.2)
    return len(stored), [*wrong, f"no put succeeds {RECOVERY_SECONDS} s after all was deleted"]


def run(megabytes: int, rounds: int) -> tuple[str, list[str]]:
    violations: list[str] = []
    counts = []
    if os.geteuid() != 0:
        raise Unavailable("needs root")
    with tempfile.TemporaryDirectory(prefix="tarn-full-") as root:
        run_command("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", root)
        try:
            server = tarn_server.TarnServer(data=pathlib.Path(root) / "data")
            server.start()
            S3(server.api_port).make_bucket()
            for number in range(rounds):
                count, wrong = one_round(server, number)
                counts.append(count)
                violations += [f"round {number}: {text}" for text in wrong]
            server.stop()
        finally:
            unmount(pathlib.Path(root))
    summary = (f"disk_full: {megabytes} MB filled {rounds} times with {counts} objects, "
               f"{len(violations)} violations")
    return summary, violations


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", help="path of tarn-server")
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args(arguments)
    use_binary(options.server)
    try:
        summary, violations = run(options.megabytes, options.rounds)
    except Unavailable as reason:
        print(f"disk_full: this machine cannot run it: {reason}")
        return 2
    for violation in violations[:20]:
        print(violation, file=sys.stderr)
    print(summary)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
