"""The groups of tests written in Python: every tests/<group>/*_test.py, each in its own process."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from . import client_tools
from .build import LOGS, ROOT, Build
from .report import Outcome, failed

GROUPS = ("api", "clients", "edge", "faults")

# Seconds after which a module counts as hanging. The fault tests kill a server hundreds of times.
MODULE_TIMEOUT = {"faults": 1800}
DEFAULT_MODULE_TIMEOUT = 600

# Modules at a time. Client programs wait for themselves more than for the server.
JOBS = {"clients": 2}


def modules(group: str, match: str) -> list[pathlib.Path]:
    return [path for path in sorted((ROOT / "tests" / group).glob("*_test.py")) if match in path.stem]


def run_group(build: Build | None, group: str, match: str) -> list[Outcome]:
    found = modules(group, match)
    if not found:
        reason = f"no module matches '{match}'" if match else f"tests/{group} has no *_test.py"
        return [failed(f"{group}.modules", reason)]
    python = sys.executable if build is None else client_tools.venv_python()
    with ThreadPoolExecutor(JOBS.get(group, 1)) as pool:
        rows = pool.map(lambda path: run_module(build, group, path, python), found)
        return [outcome for outcomes in rows for outcome in outcomes]


def run_module(build: Build | None, group: str, path: pathlib.Path, python: str) -> list[Outcome]:
    name = f"{group}.{path.stem.removesuffix('_test')}"
    log = LOGS / f"{name}.log"
    results = LOGS / f"{name}.jsonl"
    results.unlink(missing_ok=True)
    environment = {**os.environ, "TARN_TEST_LOGS": str(LOGS / "servers" / name)}
    if build is not None:
        environment["TARN_BUILD_DIR"] = str(build.directory)
    command = [python, "-m", "runner.python_cases", name, str(path), str(results)]
    started = time.monotonic()
    status = run_with_limit(command, environment, log,
                            MODULE_TIMEOUT.get(group, DEFAULT_MODULE_TIMEOUT))
    print(f"  {name}: {time.monotonic() - started:.0f} s", flush=True)
    outcomes = read_outcomes(results, log)
    if status is None:
        outcomes.append(failed(f"{name}.timeout", "the module hung and was stopped", log))
    elif status != 0 and not any(o.status.value == "failed" for o in outcomes):
        outcomes.append(failed(f"{name}.process", f"ended with status {status}", log))
    elif not outcomes:
        outcomes.append(failed(f"{name}.module", "ran no test", log))
    return outcomes


def run_with_limit(command: list[str], environment: dict[str, str], log: pathlib.Path,
                   seconds: float) -> int | None:
    """The exit status, or None when the time ran out: then the whole process group is ended."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, env=environment,
                                   start_new_session=True)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            end_group(process)


def end_group(process: subprocess.Popen) -> None:
    """Ends what a module left behind too, a server for example."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def read_outcomes(results: pathlib.Path, log: pathlib.Path) -> list[Outcome]:
    if not results.exists():
        return []
    rows = [Outcome.from_json(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return [Outcome(row.name, row.status, row.detail, log) for row in rows]
