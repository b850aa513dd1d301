"""A live server of two accounts, and a client that measures what the server refuses."""

from __future__ import annotations

import re
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus

import signer
import tarn_server
from exchange import Answer, encode, exchange
from signer import Identity, Request

# An error comes within this; on a busy machine the best of some attempts counts.
ERROR_SECONDS = 0.1
ATTEMPTS = 3

OWNER = Identity("AKIATARNGOLDENOWNER0", "the-owner-of-all-buckets+in/golden+tests")
SECOND = Identity("AKIATARNGOLDENSECOND", "somebody-else+with/an-account+of-his-own")
ACCOUNTS = {"owner": (OWNER, "111122223333"), "second": (SECOND, "444455556666")}
STRANGER = Identity("AKIATARNGOLDENUNKNOWN", "of-whom-the-server-has-never-heard")


class Mismatch(AssertionError):
    """The message shows the place and both texts."""


def new_server(*arguments: str) -> tarn_server.TarnServer:
    """A context: the server runs within it."""
    credentials = [text for identity, account in ACCOUNTS.values() for text in
                   ("--credential", f"{identity.access_key}:{identity.secret}:{account}")]
    return tarn_server.TarnServer(server_arguments=(*credentials, *arguments),
                                  secrets=(OWNER.secret, SECOND.secret))


@dataclass
class Timing:
    worst: float = 0.0
    where: str = ""

    def note(self, seconds: float, where: str) -> None:
        if seconds > self.worst:
            self.worst, self.where = seconds, where


class Client:
    """Sends requests to one server and measures its errors."""

    def __init__(self, server: tarn_server.TarnServer) -> None:
        self.server = server
        self.port = server.api_port
        self.host = f"127.0.0.1:{server.api_port}"
        self.timing = Timing()

    def call(self, method: str, target: str, body: bytes = b"",
             fields: signer.Fields | None = None, identity: Identity | None = OWNER) -> Answer:
        request = Request(method, target, [("Host", self.host), *(fields or [])], body)
        if identity:
            signer.sign_header(request, identity)
        return exchange(self.port, encode(request, self.host), method)

    def refusal(self, data: bytes, method: str, where: str, end: bool = False) -> Answer:
        """The answer to a request that must fail: in time, and never with 500.

        A request that is refused changes nothing, so it may be sent again for its time.
        """
        answers = []
        while len(answers) < ATTEMPTS:
            answers.append(exchange(self.port, data, method, end))
            if answers[-1].seconds <= ERROR_SECONDS or answers[-1].status < 400:
                break
        best = min(answer.seconds for answer in answers)
        if answers[0].status < 400:
            return answers[0]
        self.timing.note(best, where)
        if best > ERROR_SECONDS:
            raise Mismatch(f"{where}: refused after {best * 1000:.0f} ms")
        if answers[0].status == HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Mismatch(f"{where}: 500 for a client's fault: {answers[0].body[:300]!r}")
        return answers[0]

    def snapshot(self, bucket: str, *targets: str) -> list[tuple[int, bytes]]:
        """What is in a bucket, and what GET says of more targets; equal if nothing changed."""
        places = [f"/{bucket}?versions", f"/{bucket}?uploads", *targets]
        return [(answer.status, without_ids(answer.body))
                for answer in (self.call("GET", place) for place in places)]

    def count_of(self, operation: str) -> float:
        """How many answers other than refusals of malformed heads the server gave to it."""
        with urllib.request.urlopen(self.server.admin() + "/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        name = f'tarn_requests_total{{api="s3",operation="{operation}"'
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


def without_ids(body: bytes) -> bytes:
    """Of an error document."""
    return re.sub(rb"<(RequestId|HostId|ServerTime)>[^<]*", rb"<\1>", body)
