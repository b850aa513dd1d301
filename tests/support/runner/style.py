"""The group style: the checks of tests/style on the tree, their own tests, and linters."""

from __future__ import annotations

import shutil
import subprocess
import sys

from . import python_groups
from .build import LOGS, ROOT
from .report import Outcome, failed, passed, skipped

CHECKS = ("clang_format", "include_direction", "sizes", "layout", "machine_paths")


def run() -> list[Outcome]:
    outcomes = python_groups.run_group(None, "style", "")
    for check in CHECKS:
        command = [sys.executable, str(ROOT / "tests" / "style" / f"{check}.py")]
        outcomes.append(run_check(f"style.{check}", command))
    outcomes.append(run_shellcheck())
    return outcomes


def run_check(name: str, command: list[str]) -> Outcome:
    """A check prints its findings, one a line, and exits with 1 when there are some."""
    log = LOGS / f"{name}.log"
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    log.write_text(done.stdout + done.stderr)
    if done.returncode == 0:
        return passed(name, log)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return failed(name, f"{len(lines)} lines, the first: {lines[0] if lines else ''}", log)


def run_shellcheck() -> Outcome:
    if shutil.which("shellcheck") is None:
        return skipped("style.shellcheck", "shellcheck is not installed")
    sys.path.insert(0, str(ROOT / "tests" / "style"))
    import tree  # the list of the project's files, shared with the checks
    scripts = [path for path in tree.files() if tree.is_shell_script(path)]
    return run_check("style.shellcheck", ["shellcheck", "-x", *scripts])
