"""The groups of C++ tests: ctest runs them, each GoogleTest case on its own."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

from .build import LOGS, Build
from .report import Outcome, failed, passed, skipped

# Labels that tests/CMakeLists.txt gives to every test.
GROUPS = ("unit", "contract", "fuzz")
JOBS = 2
CASE_TIMEOUT_SECONDS = 300


def sanitizer_environment() -> dict[str, str]:
    symbolizer = shutil.which("llvm-symbolizer-19")
    environment = {
        "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        # Debian's librocksdb is not instrumented, so accesses inside it would be false reports.
        "TSAN_OPTIONS": "ignore_noninstrumented_modules=1:second_deadlock_stack=1",
    }
    if symbolizer:
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"):
            environment[name] += f":external_symbolizer_path={symbolizer}"
    return environment


def run_group(build: Build, group: str) -> list[Outcome]:
    log = LOGS / f"{build.preset}.{group}.log"
    report = LOGS / f"{build.preset}.{group}.xml"
    report.unlink(missing_ok=True)
    command = ["ctest", "--test-dir", str(build.directory), "--label-regex", f"^{group}$",
               "--parallel", str(JOBS), "--timeout", str(CASE_TIMEOUT_SECONDS),
               "--output-on-failure", "--output-junit", str(report)]
    environment = {**os.environ, **sanitizer_environment()}
    with log.open("wb") as output:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, env=environment,
                       stderr=subprocess.STDOUT, check=False)
    prefix = group if build.preset == "release" else f"{build.preset}.{group}"
    if not report.exists():
        return [failed(f"{prefix}.ctest", "ctest wrote no report", log)]
    outcomes = read_junit(report, prefix, log)
    return outcomes or [failed(f"{prefix}.ctest", f"no test has the label {group}", log)]


def read_junit(report: pathlib.Path, prefix: str, log: pathlib.Path) -> list[Outcome]:
    return [outcome_of(case, prefix, log)
            for case in ElementTree.parse(report).getroot().iter("testcase")]


def outcome_of(case: ElementTree.Element, prefix: str, log: pathlib.Path) -> Outcome:
    """ctest calls a case 'notrun' when it was skipped, but also when its program is missing."""
    name = f"{prefix}.{case.get('name')}"
    lines = (case.findtext("system-out") or "").splitlines()
    skip = case.find("skipped")
    if case.get("status") == "run":
        return passed(name, log)
    if case.get("status") == "disabled":
        return skipped(name, "disabled")
    if skip is not None and (skip.get("message") or "").startswith("SKIP_"):
        return skipped(name, line_after(lines, ": Skipped") or "skipped without a reason")
    reason = line_after(lines, ": Failure") or (skip.get("message") if skip is not None else "")
    return failed(name, reason or (lines[-1] if lines else "failed"), log)


def line_after(lines: list[str], ending: str) -> str:
    """GoogleTest prints 'file:line: Failure' (or Skipped), then the message."""
    for line, following in zip(lines, lines[1:]):
        if line.endswith(ending):
            return following.strip()
    return ""
