"""Writers that note what was acknowledged, and the check of what is visible after a crash.

Every writer has keys of its own, so the operations on one key have an order. The rule (P0 of
reliability.md, section 2): what a key shows after the crash is the result of its last acknowledged
operation or of a later one that was under way, and its bytes are exactly those of one upload.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from dataclasses import dataclass, field

from s3_wire import S3, Refused, Unanswered, digest

KEYS_PER_WRITER = 10
INLINE_MAX = 64 * 1024
PART_BYTES = 5 << 20  # the least that S3 allows for a part that is not the last

# What a writer does, and how often.
OPERATIONS = {"put_inline": 40, "put_blob": 15, "delete": 15, "copy": 8, "create_only": 8,
              "overwrite_many": 8, "multipart": 6}


@dataclass
class Operation:
    """One change of one key: what the key shows if it took effect."""

    started: float
    result: str | None  # SHA-256 of the bytes, None for a delete
    size: int = 0
    acknowledged: float | None = None  # when; None while under way, and for ever if unanswered


@dataclass
class OpenUpload:
    key: str
    upload: str
    parts: dict[int, str] = field(default_factory=dict)  # acknowledged
    acknowledged: float = 0.0


class KeyHistory:
    """The operations on one key, in order, back to the last one that surely took effect."""

    def __init__(self) -> None:
        self.operations = [Operation(0.0, None, acknowledged=0.0)]

    def begin(self, result: str | None, size: int = 0) -> Operation:
        operation = Operation(time.monotonic(), result, size)
        self.operations.append(operation)
        return operation

    def acknowledge(self, operation: Operation, keep: bool) -> None:
        operation.acknowledged = time.monotonic()
        if not keep:  # what was before can no longer be seen
            self.operations = self.operations[self.operations.index(operation):]

    def withdraw(self, operation: Operation) -> None:
        """It was refused, so it changed nothing."""
        self.operations.remove(operation)

    def allowed(self, before: float, after: float) -> list[Operation]:
        """What may be visible in a state taken between the two times."""
        sure = max(i for i, operation in enumerate(self.operations)
                   if operation.acknowledged is not None and operation.acknowledged <= before)
        return [operation for i, operation in enumerate(self.operations)
                if i == sure or (i > sure and operation.started <= after)]

    def settle(self, seen: str | None) -> None:
        """The server is up again and shows this."""
        size = max((o.size for o in self.operations if o.result == seen), default=0)
        self.operations = [Operation(0.0, seen, size, acknowledged=0.0)]


class Writer:
    """One client. run() returns at the first request that gets no answer, or when stopped."""

    def __init__(self, number: int, seed: int, keep_history: bool = False) -> None:
        self.random = random.Random(f"{seed}/{number}")
        self.prefix = f"w{number}/"
        self.keys = {f"{self.prefix}k{i}": KeyHistory() for i in range(KEYS_PER_WRITER)}
        self.uploads: list[OpenUpload] = []
        self.keep_history = keep_history
        self.acknowledged = 0
        self.unanswered = 0
        self.failures: list[str] = []
        self._contents = itertools.count()

    def run(self, port: int, stop: threading.Event) -> None:
        s3 = S3(port)
        names, weights = list(OPERATIONS), list(OPERATIONS.values())
        try:
            while not stop.is_set():
                getattr(self, self.random.choices(names, weights)[0])(s3)
        except Unanswered:
            self.unanswered += 1
        except Refused as refused:
            # A server that dies may still answer 5xx, and one that is full must.
            if refused.status < 500:
                self.failures.append(f"{self.prefix} unexpected answer: {refused}")
        finally:
            s3.close()

    def content(self, size: int) -> bytes:
        """Bytes that no other upload has, and that a shift or a mix of two would not equal."""
        tag = f"{self.prefix}{next(self._contents)}:".encode()
        return (tag + self.random.randbytes(max(size - len(tag), 0)))[:max(size, len(tag))]

    def change(self, key: str, result: str | None, size: int, call) -> None:
        history = self.keys[key]
        operation = history.begin(result, size)
        try:
            call()
        except Refused as refused:
            if refused.status < 500:
                history.withdraw(operation)
            raise
        history.acknowledge(operation, self.keep_history)
        self.acknowledged += 1

    def any_key(self) -> str:
        return self.random.choice(list(self.keys))

    def put(self, s3: S3, key: str, size: int, headers: dict[str, str] | None = None) -> None:
        body = self.content(size)
        self.change(key, digest(body), len(body), lambda: s3.put(key, body, headers))

    def put_inline(self, s3: S3) -> None:
        self.put(s3, self.any_key(), self.random.choice((0, 100, 4096, 40_000, INLINE_MAX)))

    def put_blob(self, s3: S3) -> None:
        self.put(s3, self.any_key(), self.random.choice((INLINE_MAX + 1, 200_000, 1_000_000)))

    def overwrite_many(self, s3: S3) -> None:
        key = self.any_key()
        for _ in range(5):
            self.put(s3, key, 500)

    def delete(self, s3: S3) -> None:
        key = self.any_key()
        self.change(key, None, 0, lambda: s3.delete(key))

    def create_only(self, s3: S3) -> None:
        """If-None-Match: * must be refused exactly where the key is there."""
        key = self.any_key()
        there = self.keys[key].operations[-1].result is not None
        try:
            self.put(s3, key, 300, {"if-none-match": "*"})
            if there:
                self.failures.append(f"{key}: If-None-Match: * overwrote an object")
        except Refused as refused:
            if refused.status != 412:
                raise
            if not there:
                self.failures.append(f"{key}: If-None-Match: * found an object that was deleted")

    def copy(self, s3: S3) -> None:
        source, key = self.random.sample(list(self.keys), 2)
        last = self.keys[source].operations[-1]
        if last.result is not None:
            self.change(key, last.result, last.size, lambda: s3.copy(source, key))

    def multipart(self, s3: S3) -> None:
        upload = OpenUpload(self.any_key(), "")
        upload.upload = s3.create_upload(upload.key)
        upload.acknowledged = time.monotonic()
        self.uploads.append(upload)
        bodies = [self.content(PART_BYTES)] if self.random.random() < 0.2 else []
        bodies.append(self.content(self.random.choice((1000, 300_000))))
        for number, body in enumerate(bodies, 1):
            upload.parts[number] = s3.put_part(upload.key, upload.upload, number, body)
            upload.acknowledged = time.monotonic()
        whole = b"".join(bodies)
        self.uploads.remove(upload)  # from here on either outcome is right
        self.change(upload.key, digest(whole), len(whole),
                    lambda: s3.complete_upload(upload.key, upload.upload, upload.parts))


def check(writers: list[Writer], port: int, before: float, after: float,
          settle: bool) -> tuple[int, list[str]]:
    """Compares a server that recovered a state taken between the two times with the notes.

    Returns how many keys were checked and what was wrong. settle: the writers go on with this state.
    """
    s3 = S3(port)
    violations: list[str] = []
    checked = 0
    visible: list[str] = []
    for writer in writers:
        for key, history in writer.keys.items():
            allowed = history.allowed(before, after)
            try:
                seen = digest(s3.get(key))
            except (Refused, Unanswered) as error:
                violations.append(f"{key}: cannot be read: {error}")
                continue
            checked += 1
            if seen not in [operation.result for operation in allowed]:
                violations.append(describe(key, seen, history, allowed))
            if seen is not None:
                visible.append(key)
            if settle:
                history.settle(seen)
        violations += check_uploads(s3, writer, before)
    listed = s3.list_keys("w")
    if listed != sorted(visible):
        wrong = sorted(set(listed) ^ set(visible))
        violations.append(f"the listing and what can be read differ: {wrong[:5]}")
    s3.close()
    return checked, violations


def describe(key: str, seen: str | None, history: KeyHistory, allowed: list[Operation]) -> str:
    if seen is None:
        return f"{key}: lost (acknowledged, and now there is no object)"
    if allowed[0].result is None and len(allowed) == 1:
        return f"{key}: ghost (its delete was acknowledged)"
    older = [operation.result for operation in history.operations]
    return f"{key}: {'an older version is back' if seen in older else 'bytes that nobody uploaded'}"


def check_uploads(s3: S3, writer: Writer, before: float) -> list[str]:
    """Acknowledged parts of uploads that were open must be there."""
    violations = []
    for upload in writer.uploads:
        if not upload.upload or upload.acknowledged > before:
            continue
        try:
            there = s3.list_parts(upload.key, upload.upload)
        except (Refused, Unanswered) as error:
            violations.append(f"{upload.key}: an acknowledged upload is gone: {error}")
            continue
        missing = {n: etag for n, etag in upload.parts.items() if there.get(n) != etag}
        if missing:
            violations.append(f"{upload.key}: acknowledged parts {list(missing)} are not listed")
    return violations


def abort_uploads(writers: list[Writer], port: int) -> None:
    """All there are: also those whose completion was under way and did not take effect."""
    s3 = S3(port)
    while uploads := s3.list_uploads():
        for key, upload in uploads:
            s3.abort_upload(key, upload)
    s3.close()
    for writer in writers:
        writer.uploads.clear()
