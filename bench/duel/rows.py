"""What is measured: the workloads, their goals, and the request of each for each contender."""

from __future__ import annotations

import http.client
import itertools
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import content
from load import Load
from peers import Proxy
from process import Program
from s3 import BUCKET, LISTED_KEYS
from stage import S3Server, Stage

PUT_KEYS = 16384  # then the table starts over, and keys are overwritten


@dataclass(frozen=True)
class Goal:
    """Of Tarn: a multiple of the first contender's rate, a rate, or CPU time per request."""

    measure: str  # "ratio", "rate" (at least) or "cpu_us" (at most)
    value: float

    def is_met(self, measured: float) -> bool:
        return measured <= self.value if self.measure == "cpu_us" else measured >= self.value

    def text(self, base: str) -> str:
        return {"ratio": f"≥ {self.value:g} × {base}", "rate": f"≥ {self.value:,.0f}/s",
                "cpu_us": f"≤ {self.value:,.0f} µs CPU"}[self.measure]


@dataclass(frozen=True)
class Contender:
    name: str
    programs: list[Program]
    load: Callable[[], Load]  # anew for each run: signatures expire


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    goal: Goal
    contenders: Callable[[Stage], list[Contender]]
    origin_share: float | None = None  # requests to the origin for each of a viewer's


def proxy_row(name: str, title: str, path: str, goal: float, tls: bool = False,
              close: bool = False) -> Row:
    def contenders(stage: Stage) -> list[Contender]:
        return [Contender(proxy.name, proxy.programs, lambda proxy=proxy: load(proxy))
                for proxy in stage.proxies]

    def load(proxy: Proxy) -> Load:
        check(proxy, path, tls)
        check(proxy, path, tls)
        headers = proxy.headers(path) | ({"Connection": "close"} if close else {})
        address = f"https://127.0.0.1:{proxy.tls_port}" if tls else f"http://127.0.0.1:{proxy.port}"
        return Load(address + path, headers)

    return Row(name, title, Goal("ratio", goal), contenders,
               origin_share=0.0 if path.startswith("/hit/") else 1.0)


def check(proxy: Proxy, path: str, tls: bool) -> None:
    """The right bytes; the first call also fills the cache."""
    if tls:
        unverified = ssl._create_unverified_context()  # wrk does not look at it either
        connection = http.client.HTTPSConnection("127.0.0.1", proxy.tls_port, timeout=30,
                                                 context=unverified)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    connection.request("GET", path, headers=proxy.headers(path))
    answer = connection.getresponse()
    if answer.status != 200 or answer.read() != content.body(path.rpartition("/")[2]):
        raise RuntimeError(f"{proxy.name} does not serve {path}: {answer.status}")
    connection.close()


def s3_contenders(stage: Stage, load: Callable[[Stage, S3Server], Load]) -> list[Contender]:
    return [Contender(server.name, server.programs, lambda server=server: load(stage, server))
            for server in stage.s3_servers]


def get_contenders(stage: Stage) -> list[Contender]:
    """Everybody verifies signatures but nginx, which serves the same bytes as a file."""
    nginx = stage.proxies[0]
    unsigned = Load(f"http://127.0.0.1:{nginx.port}/static/4k")
    return [Contender(nginx.name, nginx.programs, lambda: unsigned),
            *s3_contenders(stage, lambda _, server: signed_get(server, f"/{BUCKET}/4k", {}, 64))]


def signed_get(server: S3Server, path: str, query: dict[str, str], connections: int) -> Load:
    target, headers = server.endpoint.signed("GET", path, query)
    return Load(f"http://{server.endpoint.host}{target}", headers, connections)


_put_numbers = itertools.count(1)


def put_load(stage: Stage, server: S3Server) -> Load:
    table, body = stage.directory / "puts.tsv", stage.directory / "put-body"
    body.write_bytes(content.body("4k"))
    server.endpoint.write_put_table(table, f"put/{next(_put_numbers)}", PUT_KEYS,
                                    content.body("4k"))
    return Load(f"http://{server.endpoint.host}", method="PUT", table=table, body=body)


def list_load(_: Stage, server: S3Server) -> Load:
    return signed_get(server, f"/{BUCKET}", {"list-type": "2", "prefix": "list/",
                                             "max-keys": str(LISTED_KEYS)}, connections=16)


ROWS = (
    proxy_row("hit-1k", "edge hit, 1 KiB", "/hit/1k", goal=1.5),
    proxy_row("hit-16k", "edge hit, 16 KiB", "/hit/16k", goal=1.2),
    proxy_row("hit-1m", "edge hit, 1 MiB", "/hit/1m", goal=1.0),
    proxy_row("tls-1k", "edge hit, TLS, 1 KiB", "/hit/1k", goal=1.4, tls=True),
    proxy_row("tls-16k", "edge hit, TLS, 16 KiB", "/hit/16k", goal=1.2, tls=True),
    proxy_row("tls-new", "edge hit, TLS, 1 KiB, connection each", "/hit/1k", goal=1.0, tls=True,
              close=True),
    proxy_row("pass-1k", "edge pass-through, 1 KiB", "/pass/1k", goal=1.3),
    proxy_row("pass-1m", "edge pass-through, 1 MiB", "/pass/1m", goal=2.5),
    Row("get-4k", "GET 4 KiB, signed (nginx: a file, unsigned)", Goal("ratio", 0.7),
        get_contenders),
    Row("put-4k", "PUT 4 KiB, signed, durable, 64 connections", Goal("rate", 10_000),
        lambda stage: s3_contenders(stage, put_load)),
    Row("list-1000", "LIST of 1000 keys, signed, 16 connections", Goal("cpu_us", 1000),
        lambda stage: s3_contenders(stage, list_load)),
)
