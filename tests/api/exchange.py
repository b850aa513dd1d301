"""Requests as bytes on a socket of their own, and answers with everything that came."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass, field

from signer import Fields, Request

TIMEOUT_SECONDS = 30
# In every answer; the value must match.
COMMON = {
    "x-amz-request-id": r"[0-9A-Z]{16}",
    "x-amz-id-2": r"[A-Za-z0-9+/=]{20,}",
    "date": r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
    "server": r"AmazonS3",
}


@dataclass
class Answer:
    status: int
    fields: Fields
    body: bytes
    seconds: float
    interim: list[int] = field(default_factory=list)  # the statuses before, 100
    closed: bool = False  # the server closed the connection behind it

    def get(self, name: str) -> str | None:
        return next((value for each, value in self.fields if each.lower() == name), None)

    def element(self, name: str) -> str | None:
        """The first XML element of that name, its content as it is."""
        found = re.search(rf"<{name}>(.*?)</{name}>", self.body.decode("latin-1"), re.DOTALL)
        return found[1] if found else None

    def faults_of_common_fields(self) -> list[str]:
        return [f"{name} is {self.get(name)!r}" for name, pattern in COMMON.items()
                if not re.fullmatch(pattern, self.get(name) or "")]

    def own_fields(self) -> Fields:
        """Without what every answer has."""
        return [(name, value) for name, value in self.fields
                if name.lower() not in COMMON and name.lower() != "content-length"]


class Broken(Exception):
    """The connection ended within an answer, or before one."""


def encode(request: Request, host: str) -> bytes:
    """Adds Host and Content-Length where the request does not say them itself."""
    fields = list(request.fields)
    names = {name.lower() for name, _ in fields}
    if "host" not in names:
        fields.insert(0, ("Host", host))
    if "content-length" not in names and "transfer-encoding" not in names and (
            request.body or request.method in ("PUT", "POST")):
        fields.append(("Content-Length", str(len(request.body))))
    head = f"{request.method} {request.target} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
    return head.encode("latin-1") + request.body


class Connection:
    """One connection to the server; answers are read one after the other."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server has answered and closed: what it said is still to be read

    def end(self) -> None:
        """No more is sent; answers can still be read."""
        self.socket.shutdown(socket.SHUT_WR)

    def answer(self, method: str = "GET") -> Answer:
        began, interim = time.monotonic(), []
        while True:
            head = self._until(b"\r\n\r\n").decode("latin-1")
            first, *lines = head.split("\r\n")
            status = int(first.split(" ")[1])
            fields = [tuple(line.split(": ", 1)) for line in lines if line]
            if status >= 200:
                break
            interim.append(status)
        answer = Answer(status, [(f[0], f[1] if len(f) > 1 else "") for f in fields], b"", 0.0,
                        interim)
        answer.body = self._body(answer, method)
        answer.seconds = time.monotonic() - began
        return answer

    def is_closed(self, seconds: float = 1.0) -> bool:
        """Whether the server ends the connection; what it sends instead is kept."""
        self.socket.settimeout(seconds)
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            return False
        except ConnectionResetError:
            return True
        self.buffer += data
        return not data

    def _body(self, answer: Answer, method: str) -> bytes:
        if method == "HEAD" or answer.status in (204, 304):
            return b""
        if (answer.get("transfer-encoding") or "").lower() == "chunked":
            return self._chunks()
        return self._exactly(int(answer.get("content-length") or 0))

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._until(b"\r\n"), 16):
            body += self._exactly(size)
            self._exactly(2)
        self._exactly(2)
        return body

    def _more(self) -> None:
        try:
            data = self.socket.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Broken(f"the connection ended after {self.buffer[:200]!r}")
        self.buffer += data

    def _until(self, end: bytes) -> bytes:
        while end not in self.buffer:
            self._more()
        found, _, self.buffer = self.buffer.partition(end)
        return found

    def _exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            self._more()
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found


def exchange(port: int, data: bytes, method: str = "GET", end: bool = False) -> Answer:
    """Sends bytes on a new connection and reads one answer. end: half-close after the bytes."""
    with Connection(port) as connection:
        began = time.monotonic()
        connection.send(data)
        if end:
            connection.end()
        answer = connection.answer(method)
        answer.seconds = time.monotonic() - began
        return answer
