"""Signed requests: a few by hand through http.client, thousands prepared for wrk."""

from __future__ import annotations

import http.client
import pathlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import content

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "support"))
import sigv4  # noqa: E402

BUCKET = "duel"
LISTED_KEYS = 1000


@dataclass(frozen=True)
class Endpoint:
    """An S3 server on loopback and a credential that it knows."""

    port: int
    access_key: str
    secret: str

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def signed(self, method: str, path: str, query: dict[str, str] | None = None,
               body: bytes = b"", service: str = "s3",
               digest: str | None = None) -> tuple[str, dict[str, str]]:
        """Target and header fields, without Host: every client adds that itself. digest: the
        SHA-256 of a body that is not here."""
        target, headers = sigv4.sign(method, self.host, path, query or {}, {}, body,
                                     self.access_key, self.secret, service=service, digest=digest)
        del headers["host"]
        return target, headers

    def call(self, method: str, path: str, query: dict[str, str] | None = None,
             body: bytes = b"", service: str = "s3") -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            return self._call_on(connection, method, path, query, body, service)
        finally:
            connection.close()

    def _call_on(self, connection: http.client.HTTPConnection, method: str, path: str,
                 query: dict[str, str] | None, body: bytes, service: str) -> bytes:
        target, headers = self.signed(method, path, query, body, service)
        connection.request(method, target, body=body or None, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {target}: {answer.status} "
                               f"{text.decode(errors='replace')}")
        return text

    def answers(self) -> bool:
        try:
            self.call("GET", "/")
            return True
        except (OSError, RuntimeError):
            return False

    def fill(self) -> None:
        """The bucket with one object to read and, below list/, a page of keys."""
        self.call("PUT", f"/{BUCKET}")
        self.call("PUT", f"/{BUCKET}/4k", body=content.body("4k"))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for number in range(LISTED_KEYS):
            self._call_on(connection, "PUT", f"/{BUCKET}/list/{number:06}/object-{number * 7919}",
                          None, b"x", "s3")
        connection.close()

    def write_put_table(self, path: pathlib.Path, prefix: str, count: int, body: bytes) -> None:
        """Signed PUTs of that many keys, valid for 15 minutes, for replay.lua."""
        with path.open("w") as table:
            for line in self._put_lines(prefix, count, body):
                table.write(line)

    def _put_lines(self, prefix: str, count: int, body: bytes) -> Iterator[str]:
        for number in range(count):
            target, headers = self.signed("PUT", f"/{BUCKET}/{prefix}/{number:06}", body=body)
            fields = [f"{name}: {value}" for name, value in headers.items()]
            yield "\t".join([target, *fields]) + "\n"
