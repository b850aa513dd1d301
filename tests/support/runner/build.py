"""Configures and builds a preset, and says how long that took."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[3]
LOGS = ROOT / "build" / "test-logs"
LIBRARY = ROOT / "deploy" / "lib.sh"

# The sanitizers' presets, by the name that --sanitize takes.
SANITIZER_PRESETS = {"address": "asan", "thread": "tsan"}


class BuildError(Exception):
    """The message says what to read."""


@dataclass(frozen=True)
class Build:
    preset: str
    directory: pathlib.Path
    seconds: float

    def program(self, path: str) -> pathlib.Path:
        return self.directory / path


def install_packages(purpose: str, *lists: str) -> bool:
    """True when nothing of the package lists is missing afterwards."""
    paths = [str(ROOT / "deploy" / f"packages.{name}") for name in lists]
    script = '. "$1"; shift; tarn_install_packages "$@"'
    command = ["bash", "-c", script, "tests/run", str(LIBRARY), purpose, *paths]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0


def build_preset(preset: str) -> Build:
    """Blocks for minutes when there is much to compile; the log is build/test-logs/build-*.log."""
    LOGS.mkdir(parents=True, exist_ok=True)
    directory = ROOT / "build" / preset
    log_path = LOGS / f"build-{preset}.log"
    configure = ["cmake", "--preset", preset, "-DTARN_TESTS=ON"]
    started = time.monotonic()
    print(f"building the preset {preset} (log: {log_path})", flush=True)
    with log_path.open("wb") as log:
        for command in (configure, ["ninja", "-C", str(directory)]):
            status = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=subprocess.STDOUT, check=False).returncode
            if status != 0:
                raise BuildError(f"{command[0]} failed:\n{last_errors(log_path)}\nlog: {log_path}")
    seconds = time.monotonic() - started
    print(f"built {preset} in {seconds:.0f} s on {os.cpu_count()} cores", flush=True)
    return Build(preset, directory, seconds)


def last_errors(log_path: pathlib.Path, limit: int = 20) -> str:
    """The lines of a build log that a reader wants first."""
    lines = log_path.read_text(errors="replace").splitlines()
    errors = [line for line in lines if re.search(r"error:|CMake Error|^FAILED:|undefined", line)]
    return "\n".join(f"  {line[:300]}" for line in (errors or lines[-limit:])[:limit])
