"""What .ci/run does: every step even after one failed (a broken build apart), then one sum.

Kept under an hour on two cores with an empty compiler cache: clang-tidy gets what time is left.
"""

from __future__ import annotations

import fnmatch
import os
import pathlib
import subprocess
import sys
import time

from . import report, tidy
from .build import LOGS, ROOT
from .report import Outcome, Status, failed, passed

RELEASE_BUILD_SECONDS_MAX = 12 * 60
TOTAL_SECONDS_MAX = 60 * 60  # the aim, by which clang-tidy's share is measured
# A machine that others use as well may be half as fast; only far beyond the aim is it our fault.
FAIL_SECONDS = 80 * 60
RESERVE_SECONDS = 2 * 60
TIDY_SECONDS_MAX = 10 * 60
ALLOWED_SKIPS = ROOT / ".ci" / "allowed-skips"


def release_build() -> list[Outcome]:
    """Builds what users build, from nothing, as they do; the compiler cache is left out of it."""
    existed = (ROOT / "build" / "release" / "build.ninja").exists()
    environment = {**os.environ, "TARN_LINK_DIRECTORY": str(ROOT / "build" / "bin"),
                   "CCACHE_RECACHE": "1"}
    started = time.monotonic()
    done = subprocess.run([str(ROOT / "deploy" / "up"), "--no-start"], cwd=ROOT, env=environment,
                          stdin=subprocess.DEVNULL, check=False)
    seconds = time.monotonic() - started
    if done.returncode != 0:
        return [failed("ci.release_build", "deploy/up --no-start failed; see above")]
    what = "again" if existed else "from nothing"
    print(f"release build {what}, packages included: {seconds:.0f} s on {os.cpu_count()} cores "
          f"(at most {RELEASE_BUILD_SECONDS_MAX} s)", flush=True)
    if seconds > RELEASE_BUILD_SECONDS_MAX:
        return [failed("ci.release_build", f"took {seconds:.0f} s")]
    return [passed("ci.release_build")]


def tests_run(name: str, *arguments: str) -> list[Outcome]:
    rows = LOGS / f"ci-{name}.jsonl"
    rows.unlink(missing_ok=True)
    command = [str(ROOT / "tests" / "run"), "--report", str(rows), *arguments]
    print(f"\n== {' '.join(['tests/run', *arguments])}", flush=True)
    status = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
    if not rows.exists():
        return [failed(f"ci.{name}", f"tests/run ended with status {status} and no report")]
    return [Outcome.from_json(line) for line in rows.read_text(encoding="utf-8").splitlines()]


def refuse_unknown_skips(outcomes: list[Outcome], allowed: list[str]) -> list[Outcome]:
    """A skip that no pattern allows becomes a failure."""
    return [failed(row.name, f"skipped, and not in .ci/allowed-skips: {row.detail}", row.log)
            if row.status is Status.SKIPPED
            and not any(fnmatch.fnmatchcase(row.name, pattern) for pattern in allowed) else row
            for row in outcomes]


def allowed_skips(path: pathlib.Path) -> list[str]:
    """The first word of every line that is no comment; the rest of it says why."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def broken_build(outcomes: list[Outcome]) -> bool:
    return any(row.status is Status.FAILED and row.name in ("build", "ci.release_build")
               for row in outcomes)


def main() -> int:
    started = time.monotonic()
    LOGS.mkdir(parents=True, exist_ok=True)
    outcomes = release_build()
    steps = [("release",), ("address", "--sanitize", "address"), ("thread", "--sanitize", "thread")]
    for step in steps:
        if broken_build(outcomes):
            break
        outcomes += tests_run(*step)
    if not broken_build(outcomes):
        left = TOTAL_SECONDS_MAX - RESERVE_SECONDS - (time.monotonic() - started)
        outcomes += tidy.run(ROOT / "build" / "release", min(TIDY_SECONDS_MAX, left))
    outcomes = refuse_unknown_skips(outcomes, allowed_skips(ALLOWED_SKIPS))
    seconds = time.monotonic() - started
    print(f"\nCI took {seconds / 60:.1f} minutes (aim: {TOTAL_SECONDS_MAX / 60:.0f})")
    if seconds > FAIL_SECONDS:
        outcomes.append(failed("ci.duration", f"took {seconds / 60:.0f} minutes"))
    report.print_report(outcomes)
    return report.exit_status(outcomes)


if __name__ == "__main__":
    sys.exit(main())
