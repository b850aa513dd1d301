"""Starts real tarn-server and tarn-edge processes for a test, on free ports, and stops them by pid.

    with TarnServer(edges=1) as tarn:
        tarn.api("https")            # https://127.0.0.1:PORT
        tarn.edges[0].http_port

The programs come from $TARN_BUILD_DIR (build/release where it is not set). Logs go to a folder below
$TARN_TEST_LOGS that tests/run reads for secrets afterwards. TARN_TEST_ENDPOINT=http://host:port runs
the S3 tests against another server that is already up, which is how one compares.
"""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_SECONDS = 20  # a sanitizer build on a busy machine; a release build takes milliseconds
STOP_SECONDS = 15
_numbers = itertools.count(1)


class ServerError(AssertionError):
    """A program did not start, or did not stop as it should. The message quotes its log."""


def build_directory() -> pathlib.Path:
    return pathlib.Path(os.environ.get("TARN_BUILD_DIR") or ROOT / "build" / "release")


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as listener:
        listener.bind((host, 0))
        return listener.getsockname()[1]


class Program:
    """One process with a log. Ends with SIGTERM and must then exit with 0."""

    def __init__(self, path: str, arguments: list[str], log: pathlib.Path,
                 environment: dict[str, str] | None = None) -> None:
        binary = build_directory() / path
        if not binary.exists():
            raise ServerError(f"{binary} does not exist; tests/run builds it")
        self.name, self.log = binary.name, log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(binary), *arguments], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_until(self, condition, what: str) -> None:
        """Polls; fails at once when the process ends."""
        deadline = time.monotonic() + READY_SECONDS
        while not condition():
            if self.process.poll() is not None:
                raise ServerError(f"{self.name} ended with {self.process.returncode} before {what}"
                                  f"\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name}: not {what} after {READY_SECONDS} s"
                                  f"\n{self.log_tail()}")
            time.sleep(0.005)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerError(f"{self.name} did not stop within {STOP_SECONDS} s of SIGTERM"
                              f"\n{self.log_tail()}") from None
        if status != 0:
            raise ServerError(f"{self.name} ended with {status}\n{self.log_tail()}")

    def kill(self) -> None:
        """As a crash would: SIGKILL, then collected."""
        self.process.kill()
        self.process.wait()

    def log_tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass
class Edge:
    """One running point of presence."""

    pop: str
    host: str
    http_port: int
    https_port: int
    admin_port: int
    program: Program


@dataclass
class TarnServer:
    """A server with its edges. Not thread-safe; the ports stay the same over restart()."""

    edges_wanted: int = 0
    server_arguments: tuple[str, ...] = ()
    edge_arguments: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()  # of the clients; no log may hold one
    data: pathlib.Path | None = None  # a temporary directory, removed at the end, when not given
    edges: list[Edge] = field(default_factory=list)
    server: Program | None = None
    api_port: int = 0
    admin_port: int = 0
    _temporary: str | None = field(default=None, init=False, repr=False)
    _logs: pathlib.Path | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> TarnServer:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, value, trace) -> None:
        try:
            self.stop()
        except ServerError:
            if kind is None:  # else the test's own failure is the one to see
                raise
        finally:
            if self._temporary:
                shutil.rmtree(self._temporary, ignore_errors=True)

    def start(self) -> None:
        if self.data is None:
            self._temporary = tempfile.mkdtemp(prefix="tarn-test-")
            self.data = pathlib.Path(self._temporary) / "data"
        self._logs = log_directory()
        self.start_server()
        for number in range(1, self.edges_wanted + 1):
            self._start_edge(number)

    def start_server(self, environment: dict[str, str] | None = None) -> None:
        """Ready when this returns. After kill_server() it takes the same ports again."""
        ready = self._logs / "ready.json"
        ready.unlink(missing_ok=True)
        arguments = ["--data", str(self.data), "--listen", f"127.0.0.1:{self.api_port}",
                     "--admin-listen", f"127.0.0.1:{self.admin_port}",
                     "--ready-file", str(ready), *self.server_arguments]
        self.server = Program("server/tarn-server", arguments, self._logs / "server.log",
                              environment)
        self.server.wait_until(lambda: read_json(ready) is not None, "ready")
        ports = read_json(ready)
        ready.unlink()
        self.api_port, self.admin_port = ports["api"], ports["admin"]

    def _start_edge(self, number: int) -> None:
        """Edge n is on 127.0.1.n as in `tarn up`; the first one also where people look for it."""
        pop = f"TST{number}-P1"
        host = "127.0.0.1" if number == 1 else f"127.0.1.{number}"
        http_port, https_port, admin_port = (free_port(host) for _ in range(3))
        arguments = ["--listen", f"{host}:{http_port}", "--tls-listen", f"{host}:{https_port}",
                     "--server", f"http://127.0.0.1:{self.admin_port}",
                     "--s3-origin", f"http://127.0.0.1:{self.api_port}", "--pop", pop,
                     "--edge-id", f"test-edge-{number}", "--admin", f"{host}:{admin_port}",
                     "--token-file", str(self.data / "keys" / "edge-token"),
                     "--tls-directory", str(self.data / "tls"), *self.edge_arguments]
        program = Program("edge/tarn-edge", arguments, self._logs / f"edge-{number}.log")
        edge = Edge(pop, host, http_port, https_port, admin_port, program)
        self.edges.append(edge)
        program.wait_until(lambda: is_ready(edge), "ready")

    def stop(self) -> None:
        """Stops all, edges first, and only then complains about what went wrong."""
        faults = []
        for program in [edge.program for edge in self.edges] + [self.server]:
            try:
                if program is not None:
                    program.stop()
            except ServerError as error:
                faults.append(str(error))
        self.edges, self.server = [], None
        self._look_for_secrets()
        if faults:
            raise ServerError("\n".join(faults))

    def kill_server(self) -> None:
        self.server.kill()
        self.server = None

    def api(self, scheme: str = "http") -> str:
        """One port speaks both schemes: the first byte tells."""
        return f"{scheme}://127.0.0.1:{self.api_port}"

    def admin(self) -> str:
        return f"http://127.0.0.1:{self.admin_port}"

    def speaks(self, scheme: str) -> bool:
        return scheme in ("http", "https")

    @property
    def ca(self) -> pathlib.Path:
        return self.data / "tls" / "ca.pem"

    def _look_for_secrets(self) -> None:
        """Leaves a file `leaks` beside logs that hold one of this server's generated secrets."""
        if self._logs is None or self.data is None:
            return
        found = [(f"the content of keys/{path.name}", path.read_bytes().strip())
                 for path in (self.data / "keys").glob("*") if path.is_file()]
        found += [("a client's secret key", secret.encode()) for secret in self.secrets]
        for log in self._logs.glob("*.log"):
            text = log.read_bytes()
            leaked = [name for name, secret in found if len(secret) >= 16 and secret in text]
            if leaked:
                with (self._logs / "leaks").open("a") as file:
                    file.write(f"{log.name} holds {leaked[0]}\n")


class ForeignServer:
    """Another S3, already running, in the place of a TarnServer."""

    def __init__(self, url: str) -> None:
        self._url = urllib.parse.urlsplit(url)
        self.edges: list[Edge] = []

    def __enter__(self) -> ForeignServer:
        return self

    def __exit__(self, *_) -> None:
        pass

    def api(self, scheme: str = "http") -> str:
        return self._url._replace(scheme=scheme).geturl()

    def speaks(self, scheme: str) -> bool:
        return scheme == self._url.scheme

    @property
    def ca(self) -> None:
        return None


def start_for_clients(edges: int, arguments: tuple[str, ...],
                      secrets: tuple[str, ...]) -> TarnServer | ForeignServer:
    url = os.environ.get("TARN_TEST_ENDPOINT")
    return ForeignServer(url) if url else TarnServer(edges, arguments, secrets=secrets)


def log_directory() -> pathlib.Path:
    base = os.environ.get("TARN_TEST_LOGS")
    directory = pathlib.Path(base or tempfile.mkdtemp(prefix="tarn-logs-")) / f"{next(_numbers)}"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def read_json(path: pathlib.Path) -> dict | None:
    """None while the file is absent or half written."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def is_ready(edge: Edge) -> bool:
    """Its log has caught up with the server's, so that it knows every distribution."""
    try:
        with urllib.request.urlopen(f"http://{edge.host}:{edge.admin_port}/health", timeout=1):
            return True
    except OSError:  # also an answer that is not 200
        return False
