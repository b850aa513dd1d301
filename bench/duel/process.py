"""Programs under measurement: pinned to a core, observed through /proc, stopped by their pid."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 30
STOP_SECONDS = 10


class ProgramError(RuntimeError):
    """A program did not start or broke off. The message quotes its log."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started within runs, with all its threads, on this core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Program:
    """One process in the foreground, with its children. Its output goes to a log."""

    def __init__(self, command: list[str], log: pathlib.Path, core: int | None = None,
                 environment: dict[str, str] | None = None, pass_fds: tuple[int, ...] = ()) -> None:
        self.name, self.log = pathlib.Path(command[0]).name, log
        with log.open("ab") as output, \
                on_core(core) if core is not None else contextlib.nullcontext():
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})}, pass_fds=pass_fds)

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_until(self, condition: Callable[[], bool], what: str, pause: float = 0.005) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ProgramError(f"{self.name} was not {what} (exit status "
                                   f"{self.process.poll()})\n{self.log_tail()}")
            time.sleep(pause)

    def wait_for_port(self, port: int) -> None:
        self.wait_until(lambda: accepts(port), f"listening on port {port}")

    def log_tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def cpu_seconds(self) -> float:
        """User and system time of the process and its living children."""
        return sum(ticks(pid) for pid in family(self.pid)) / TICKS_PER_SECOND

    def resident_bytes(self) -> int:
        return sum(status_kib(pid, "VmRSS") for pid in family(self.pid)) * 1024

    def stop(self) -> None:
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def accepts(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def family(pid: int) -> list[int]:
    """The process and its descendants (nginx's master and worker)."""
    pids = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            pids += family(int(child))
    return pids


def ticks(pid: int) -> int:
    # The name may hold blanks, so what follows it is counted from its closing parenthesis:
    # utime and stime are fields 14 and 15 of proc(5).
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def status_kib(pid: int, name: str) -> int:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0
