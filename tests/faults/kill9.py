#!/usr/bin/env python3
"""Kills a server under load again and again, and checks after each start that nothing was lost.

    kill9.py [--rounds N] [--writers N] [--seed N] [--point NAME] PATH/tarn-server

Prints one summary line; 0 if there was no violation. --point kills at a failpoint instead of at a
random time.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import tarn_server  # noqa: E402
from s3_wire import S3  # noqa: E402
from workload import INLINE_MAX, Writer, abort_uploads, check  # noqa: E402

START_SECONDS_MAX = 2.0
COLLECTION_SECONDS = 20


def use_binary(path: str) -> None:
    """TarnServer looks for BUILD/server/tarn-server."""
    os.environ["TARN_BUILD_DIR"] = str(pathlib.Path(path).resolve().parents[1])


def write_until_killed(server: tarn_server.TarnServer, writers: list[Writer], seconds: float,
                       dies_alone: bool) -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=writer.run, args=(server.api_port, stop))
               for writer in writers]
    for thread in threads:
        thread.start()
    if dies_alone:
        try:
            server.server.process.wait(60)
        except tarn_server.subprocess.TimeoutExpired:
            pass
    else:
        time.sleep(seconds)
    server.kill_server()
    stop.set()
    for thread in threads:
        thread.join()


def leaked_blobs(server: tarn_server.TarnServer, writers: list[Writer]) -> list[str]:
    """After the collector has run, as many blob files are there as the objects need."""
    needed = sum(1 for writer in writers for history in writer.keys.values()
                 if history.operations[-1].size > INLINE_MAX)
    deadline = time.monotonic() + COLLECTION_SECONDS
    while True:
        files = sum(1 for path in (server.data / "blobs").rglob("*") if path.is_file())
        # A copy may share its source's blob, and a multipart object has one a part.
        if files <= needed * 2:
            return []
        if time.monotonic() > deadline:
            return [f"{files} blob files for {needed} objects that need one"]
        time.sleep(0.2)


def run(rounds: int, writer_count: int, seed: int, point: str) -> tuple[str, list[str]]:
    chance = random.Random(seed)
    violations: list[str] = []
    checked = 0
    slowest = 0.0
    with tempfile.TemporaryDirectory(prefix="tarn-kill9-") as root:
        server = tarn_server.TarnServer(data=pathlib.Path(root) / "data")
        writers = [Writer(number, seed) for number in range(writer_count)]
        server.start()
        S3(server.api_port).make_bucket()
        if point:
            server.kill_server()
        for number in range(rounds):
            if point:
                passes = chance.randint(1, 30)
                server.start_server({"TARN_FAILPOINTS": f"{point}=crash@{passes}"})
            write_until_killed(server, writers, chance.uniform(0.005, 0.5), bool(point))
            started = time.monotonic()
            server.start_server()
            slowest = max(slowest, time.monotonic() - started)
            count, wrong = check(writers, server.api_port, time.monotonic(), time.monotonic(),
                                 settle=True)
            checked += count
            violations += [f"round {number}: {text}" for text in wrong]
            if number % 10 == 9:
                abort_uploads(writers, server.api_port)
            if point:
                server.kill_server()
        if point:
            server.start_server()
        abort_uploads(writers, server.api_port)
        violations += leaked_blobs(server, writers)
        server.stop()
    violations += [failure for writer in writers for failure in writer.failures]
    if slowest > START_SECONDS_MAX:
        violations.append(f"a start took {slowest:.2f} s")
    acknowledged = sum(writer.acknowledged for writer in writers)
    in_flight = sum(writer.unanswered for writer in writers)
    summary = (f"kill9{' at ' + point if point else ''}: {rounds} kills, {acknowledged} acknowledged "
               f"operations, {in_flight} under way, {checked} key checks, slowest start "
               f"{slowest * 1000:.0f} ms, {len(violations)} violations (seed {seed})")
    return summary, violations


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", help="path of tarn-server")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--point", default="", help="a failpoint to die at")
    options = parser.parse_args(arguments)
    use_binary(options.server)
    summary, violations = run(options.rounds, options.writers, options.seed, options.point)
    for violation in violations[:20]:
        print(violation, file=sys.stderr)
    print(summary)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
