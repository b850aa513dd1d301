"""clang-tidy on the C++ files that changed, within a budget of time."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from .build import LOGS, ROOT
from .report import Outcome, Status, failed, passed, skipped

# Where the budget is short, the rules that everything stands on come first; they are also quick.
ORDER = ("common/base", "common/crypto", "common/http", "common/aws", "common/cdn", "common/xml",
         "server/storage", "edge/cache", "server", "edge", "common", "deploy")
JOBS = 2


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True,
                          check=False).stdout.strip()


def base_commit() -> str:
    """What the change is measured against; empty at the first commit."""
    head = git("rev-parse", "HEAD")
    candidates = [os.environ.get("TARN_CI_BASE", ""), git("merge-base", "HEAD", "origin/main"),
                  git("rev-parse", "--verify", "--quiet", "HEAD~1")]
    return next((commit for commit in candidates if commit and commit != head), "")


def changed_files() -> list[str]:
    base = base_commit()
    if not base:
        return git("ls-files").splitlines()
    return (git("diff", "--name-only", "--diff-filter=d", base).splitlines()
            + git("ls-files", "--others", "--exclude-standard").splitlines())


def sources_to_check(changed: Iterable[str], compiled: Iterable[str]) -> list[str]:
    """Of the compiled files, those that changed or whose header changed; tests are left out."""
    stems = {path.rpartition(".")[0] for path in changed if path.endswith((".cc", ".h"))}
    found = [path for path in set(compiled)
             if path.rpartition(".")[0] in stems and not path.startswith(("tests/", "bench/"))]
    return sorted(found, key=lambda path: (rank(path), path))


def rank(path: str) -> int:
    return next((i for i, prefix in enumerate(ORDER) if path.startswith(prefix + "/")), len(ORDER))


def compiled_files(build: pathlib.Path) -> list[str]:
    database = json.loads((build / "compile_commands.json").read_text())
    return [str(pathlib.Path(row["file"]).relative_to(ROOT)) for row in database
            if pathlib.Path(row["file"]).is_relative_to(ROOT)]


def run(build: pathlib.Path, budget_seconds: float) -> list[Outcome]:
    program = shutil.which("clang-tidy-19")
    if program is None:
        return [skipped("tidy", "clang-tidy-19 is not installed")]
    paths = sources_to_check(changed_files(), compiled_files(build))
    deadline = time.monotonic() + budget_seconds
    print(f"\n== clang-tidy on {len(paths)} changed files, {budget_seconds:.0f} s at most", flush=True)
    with ThreadPoolExecutor(JOBS) as pool:
        checked = list(pool.map(lambda path: check(program, build, path, deadline), paths))
    outcomes = [outcome for outcome in checked if outcome is not None]
    print(f"clang-tidy checked {len(outcomes)} of {len(paths)} changed files", flush=True)
    if not base_commit():
        # A history of one commit says nothing about what changed: the findings are shown, not judged.
        for outcome in outcomes:
            if outcome.status is Status.FAILED:
                print(f"  {outcome.name}: {outcome.detail}", flush=True)
        return []
    return outcomes


def check(program: str, build: pathlib.Path, path: str, deadline: float) -> Outcome | None:
    """None when the time is up, before or while the file is checked."""
    left = deadline - time.monotonic()
    if left <= 0:
        return None
    log = LOGS / "tidy" / (path.replace("/", ".") + ".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [program, "-p", str(build), "--quiet", str(ROOT / path)]
    try:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=left, check=False)
    except subprocess.TimeoutExpired:
        return None
    log.write_text(done.stdout + done.stderr)
    if done.returncode == 0:
        return passed(f"tidy.{path}", log)
    findings = [line for line in done.stdout.splitlines() if ": error:" in line]
    first = findings[0].replace(f"{ROOT}/", "") if findings else "clang-tidy failed"
    return failed(f"tidy.{path}", f"{len(findings)} findings, the first: {first}", log)
