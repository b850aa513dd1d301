"""The load generator: wrk, one thread on its own core, and what it reports."""

from __future__ import annotations

import pathlib
import re
import subprocess
from dataclasses import dataclass, field

REPLAY = pathlib.Path(__file__).with_name("replay.lua")
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class LoadError(RuntimeError):
    """The answers were not what is measured."""


@dataclass(frozen=True)
class Load:
    """What wrk asks for. With a table (see replay.lua) every request is another one."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    connections: int = 64
    method: str = "GET"
    table: pathlib.Path | None = None
    body: pathlib.Path | None = None


@dataclass(frozen=True)
class LoadResult:
    requests: int
    seconds: float
    p99_seconds: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def run(load: Load, seconds: float, core: int) -> LoadResult:
    whole_seconds = max(1, round(seconds))  # all that wrk knows
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{load.connections}",
               f"-d{whole_seconds}s", "--latency", "--timeout", "10s"]
    for name, value in load.headers.items():
        command += ["-H", f"{name}: {value}"]
    if load.table:
        command += ["-s", str(REPLAY)]
    command.append(load.url)
    if load.table:
        command += ["--", load.method, str(load.table), str(load.body or "")]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=whole_seconds + 60)
    if done.returncode != 0:
        raise LoadError(f"wrk {load.url}: {done.stdout}{done.stderr}")
    return parse(done.stdout)


def parse(text: str) -> LoadResult:
    """wrk's report; an answer that is no success fails the measurement."""
    counts = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m),", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)",
                       text)
    if counts is None or p99 is None or counts[1] == "0":
        raise LoadError(f"no answers:\n{text}")
    if refused or broken:
        raise LoadError(f"not all answers were good:\n{text}")
    return LoadResult(int(counts[1]), float(counts[2]) * UNITS[counts[3]],
                      float(p99[1]) * UNITS[p99[2]])
