#!/usr/bin/env python3
"""Cuts the power under load again and again, and checks what a server finds after each cut.

    powerloss.py [--images N] [--file-system ext4|xfs] [--mutant NAME] [--seed N]
                 [--keep DIR] PATH/tarn-server

The server writes to a file system in a loop device; a cut is an instant copy of the device
(crash_images.py), on which a second server is started. Everything acknowledged before the cut must be
there. With --mutant the writing server leaves out one of its syncs, and the run succeeds if that is
noticed: a test that cannot fail proves nothing.

Prints one summary line; 0 if there was no violation (or the mutant was caught), 2 if this machine
cannot run it.
"""

from __future__ import annotations

import argparse
import pathlib
import random
import shutil
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import tarn_server  # noqa: E402
from crash_images import CrashImages, Unavailable  # noqa: E402
from kill9 import use_binary  # noqa: E402
from s3_wire import S3  # noqa: E402
from workload import Writer, check  # noqa: E402

# ext4's journal makes a directory entry durable with the next synced commit, so the last one shows
# on neither file system here; it is for runs on others.
MUTANTS = {"no-wal-sync": "commit.sync=skip", "no-blob-fdatasync": "blob.fdatasync=skip",
           "no-directory-sync": "blob.dirsync=skip"}
CAUGHT_ENOUGH = 3  # images with violations after which a mutant's run may end


class Load:
    """Writers that go on until stopped, each in a thread."""

    def __init__(self, port: int, seed: int, count: int) -> None:
        self.writers = [Writer(number, seed, keep_history=True) for number in range(count)]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=writer.run, args=(port, self._stop))
                         for writer in self.writers]
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[str]:
        ended_early = [f"{writer.prefix} stopped by itself" for writer, thread
                       in zip(self.writers, self._threads) if not thread.is_alive()]
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return ended_early + [f for writer in self.writers for f in writer.failures]


def check_image(images: CrashImages, load: Load,
                keep: pathlib.Path | None) -> tuple[int, list[str]]:
    """Cuts the power now: how many keys were checked after it, and what was wrong."""
    times: list[float] = []

    def note() -> None:
        times.append(time.monotonic())

    with images.crash(note, note) as root:
        # The scrub is for the next test; here it would only slow down.
        server = tarn_server.TarnServer(data=root / "data")
        try:
            server.start()
        except tarn_server.ServerError as error:
            if keep:
                shutil.copytree(root / "data", keep, dirs_exist_ok=True)
            return 0, [f"the server does not start: {str(error)[-1500:]}"]
        try:
            return check(load.writers, server.api_port, times[0], times[1], settle=False)
        finally:
            server.kill_server()


def run(count: int, kind: str, mutant: str, seed: int, writers: int,
        keep: pathlib.Path | None = None) -> tuple[str, list[str]]:
    chance = random.Random(seed)
    violations: list[str] = []
    checked = bad_images = done = 0
    with CrashImages(kind) as images:
        server = tarn_server.TarnServer(data=images.root / "data")
        server.start()
        try:
            S3(server.api_port).make_bucket()
            if mutant:
                server.kill_server()
                server.start_server({"TARN_FAILPOINTS": MUTANTS[mutant]})
            load = Load(server.api_port, seed, writers)
            try:
                for done in range(1, count + 1):
                    time.sleep(chance.uniform(0.02, 0.4))
                    keys, wrong = check_image(images, load, keep)
                    checked += keys
                    violations += [f"image {done}: {text}" for text in wrong]
                    bad_images += bool(wrong)
                    if mutant and bad_images >= CAUGHT_ENOUGH:
                        break
            finally:
                violations += load.stop()
        finally:
            server.kill_server()
    acknowledged = sum(writer.acknowledged for writer in load.writers)
    name = f"powerloss on {kind}" + (f", mutant {mutant}" if mutant else "")
    summary = (f"{name}: {done} images, {acknowledged} acknowledged operations, {checked} key checks, "
               f"{bad_images} images with {len(violations)} violations (seed {seed})")
    return summary, violations


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", help="path of tarn-server")
    parser.add_argument("--images", type=int, default=30)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--file-system", choices=("ext4", "xfs"), default="ext4")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), default="")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR",
                        help="copy the last data directory that no server could open here")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args(arguments)
    use_binary(options.server)
    try:
        summary, violations = run(options.images, options.file_system, options.mutant, options.seed,
                                  options.writers, options.keep)
    except Unavailable as reason:
        print(f"powerloss: this machine cannot run it: {reason}")
        return 2
    for violation in violations[:20]:
        print(violation, file=sys.stderr)
    print(summary)
    return (0 if violations else 1) if options.mutant else (1 if violations else 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
