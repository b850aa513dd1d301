#!/usr/bin/env python3
"""Does random operations on a server and on a model of a bucket, and compares every answer.

    model.py [--operations N] [--seed N] PATH/tarn-server

Versions, copies, uploads, conditions, deletes, listings and kill -9 in between. Where an answer differs
the operations are cut down to a few that still show it. Prints one summary line; 0 without divergence.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import pathlib
import random
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import tarn_server  # noqa: E402
from reference_model import (ENABLED, NULL, SUSPENDED, Expected, Model, Upload,  # noqa: E402
                             Version, md5)
from s3_wire import S3, Refused, children, text_of  # noqa: E402

EPISODE = 2_000  # operations on one bucket
KEYS = ("a", "a/b", "a/c", "b", "b b", "d/é", "d/e/f")
SIZES = (0, 1, 17, 1000, 70_000)  # the last is a file of its own
# Operation: how often.
WEIGHTS = {"put": 24, "put_if": 8, "get": 16, "get_version": 10, "delete": 10, "delete_version": 12,
           "copy": 6, "copy_version": 5, "multi_delete": 4, "list": 4, "list_versions": 5,
           "create_upload": 4, "upload_part": 5, "complete": 4, "complete_if": 4, "abort": 2,
           "versioning": 2, "restart": 0.1}
SHRINK_RUNS_MAX = 400

Operation = tuple  # name, then random numbers that say which key, version, …


class Divergence(Exception):
    pass


def plan(chance: random.Random, count: int) -> list[Operation]:
    names = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=count)
    return [(name, *(chance.randrange(1 << 16) for _ in range(4))) for name in names]


def body_of(number: int) -> bytes:
    size = SIZES[number % len(SIZES)]
    return (b"%d." % number * (size // 2 + 1))[:size]


class Episode:
    """One bucket and its model. Operations that name what is not there do nothing."""

    def __init__(self, server: tarn_server.TarnServer, bucket: str, model: Model) -> None:
        self.server, self.bucket, self.model = server, bucket, model
        self.ids: dict[int, str] = {}  # what the server calls the model's versions and uploads
        self.s3 = S3(server.api_port)
        self.s3.call("PUT", f"/{bucket}")

    def run(self, operations: list[Operation]) -> None:
        for number, (name, *numbers) in enumerate(operations):
            try:
                getattr(self, name)(*numbers)
            except Divergence as divergence:
                raise Divergence(f"operation {number}, {name}{tuple(numbers)}: {divergence}") from None
        self.list(0, 0, 0, 0)
        self.list_versions(0, 0, 0, 0)
        for key in KEYS:
            self._ask(self.model.get(key), "GET", key)

    # ---- comparing ----

    def _id(self, name: int | str) -> str:
        return NULL if name == NULL else self.ids[name]

    def _ask(self, expected: Expected, method: str, key: str, query: dict | None = None,
             headers: dict | None = None, body: bytes = b"") -> None:
        path = f"/{self.bucket}/{key}" if key else f"/{self.bucket}"
        try:
            answer = self.s3.call(method, path, query, headers, body)
            status, code = (204 if method == "DELETE" else 200), ""
        except Refused as refused:
            answer, status, code = refused.headers, refused.status, refused.code
        if (status, code) != (expected.status, expected.code):
            raise Divergence(f"{status} {code}, not {expected.status} {expected.code}")
        if expected.body is not None and self.s3.body != expected.body:
            raise Divergence(f"{len(self.s3.body)} other bytes than the {len(expected.body)}")
        if (answer.get("x-amz-delete-marker") == "true") != expected.is_marker:
            raise Divergence(f"delete marker: {not expected.is_marker}, not {expected.is_marker}")
        shown = answer.get("x-amz-version-id")
        if expected.made is not None and expected.version is not None:
            if not shown or shown == NULL or shown in self.ids.values():
                raise Divergence(f"version id {shown} is not a new one")
            self.ids[expected.made] = shown
        wanted = None if expected.version is None else self._id(expected.version)
        if shown != wanted:
            raise Divergence(f"version id {shown}, not {wanted}")

    def _condition(self, kind: int, key: str, which: int) -> tuple[str, str]:
        if kind % 2:
            return "if-none-match", "*"
        version = self.model.version_at(key, which)
        return "if-match", version.etag if version and version.etag else "0" * 32

    def _key(self, number: int) -> str:
        return KEYS[number % len(KEYS)]

    # ---- operations ----

    def restart(self, *_: int) -> None:
        self.s3.close()
        self.server.kill_server()
        self.server.start_server()

    def versioning(self, number: int, *_: int) -> None:
        status = (ENABLED, SUSPENDED)[number % 3 == 0]
        body = f"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>"
        self._ask(self.model.set_versioning(status), "PUT", "", {"versioning": ""}, body=body.encode())

    def put(self, key: int, body: int, *_: int) -> None:
        name, content = self._key(key), body_of(body)
        self._ask(self.model.put(name, content), "PUT", name, body=content)

    def put_if(self, key: int, body: int, kind: int, which: int) -> None:
        name, content = self._key(key), body_of(body)
        condition = self._condition(kind, name, which)
        self._ask(self.model.put(name, content, condition), "PUT", name, headers=dict([condition]),
                  body=content)

    def get(self, key: int, *_: int) -> None:
        self._ask(self.model.get(self._key(key)), "GET", self._key(key))

    def get_version(self, key: int, which: int, *_: int) -> None:
        version = self.model.version_at(self._key(key), which)
        if version:
            self._ask(self.model.get_version(version), "GET", self._key(key),
                      {"versionId": self._id(version.name)})

    def delete(self, key: int, *_: int) -> None:
        self._ask(self.model.delete(self._key(key)), "DELETE", self._key(key))

    def delete_version(self, key: int, which: int, *_: int) -> None:
        name = self._key(key)
        version = self.model.version_at(name, which)
        if version:
            self._ask(self.model.delete_version(name, version), "DELETE", name,
                      {"versionId": self._id(version.name)})

    def _copy(self, source: str, version: Version, query: str, target: str, to_itself: bool) -> None:
        path = urllib.parse.quote(f"/{self.bucket}/{source}") + query
        expected = self.model.copy(version, target, to_itself)
        try:
            answer = self.s3.call("PUT", f"/{self.bucket}/{target}",
                                  headers={"x-amz-copy-source": path})
        except Refused as refused:
            if refused.status != expected.status:
                raise Divergence(f"{refused}, not {expected.status}") from None
            return
        if expected.status != 200:
            raise Divergence(f"200, not {expected.status} {expected.code}")
        if expected.made is not None:
            self.ids[expected.made] = answer["x-amz-version-id"]

    def copy(self, source: int, target: int, *_: int) -> None:
        version = self.model.current(self._key(source))
        if version:
            self._copy(self._key(source), version, "", self._key(target),
                       self._key(source) == self._key(target))

    def copy_version(self, source: int, target: int, which: int, *_: int) -> None:
        name = self._key(source)
        version = self.model.version_at(name, which)
        if version:
            latest = self.model.keys[name][-1] is version
            self._copy(name, version, f"?versionId={self._id(version.name)}", self._key(target),
                       latest and name == self._key(target))

    def multi_delete(self, *numbers: int) -> None:
        chosen: dict[int | str, tuple[str, Version]] = {}
        for number in numbers:
            name = self._key(number)
            version = self.model.version_at(name, number >> 4)
            if version:
                chosen.setdefault(f"{name} {version.name}", (name, version))
        objects = "".join(f"<Object><Key>{name}</Key><VersionId>{self._id(version.name)}</VersionId>"
                          "</Object>" for name, version in chosen.values())
        if not chosen:
            return
        body = f"<Delete>{objects}</Delete>".encode()
        for name, version in chosen.values():
            self.model.delete_version(name, version)
        digest = base64.b64encode(hashlib.md5(body).digest()).decode()
        self.s3.call("POST", f"/{self.bucket}", {"delete": ""}, {"content-md5": digest}, body)
        deleted = len(children(ElementTree.fromstring(self.s3.body), "Deleted"))
        if deleted != len(chosen):
            raise Divergence(f"{deleted} deleted, not {len(chosen)}")

    def list(self, prefix: int, delimiter: int, size: int, *_: int) -> None:
        start, mark = ("", "a", "d/")[prefix % 3], ("", "/")[delimiter % 2]
        query = {"list-type": "2", "prefix": start, "delimiter": mark,
                 "max-keys": str((1000, 1, 2)[size % 3])}
        keys, prefixes = [], []
        while True:
            self.s3.call("GET", f"/{self.bucket}", query)
            page = ElementTree.fromstring(self.s3.body)
            keys += [text_of(entry, "Key") for entry in children(page, "Contents")]
            prefixes += [text_of(entry, "Prefix") for entry in children(page, "CommonPrefixes")]
            if text_of(page, "IsTruncated") != "true":
                break
            query["continuation-token"] = text_of(page, "NextContinuationToken")
        wanted = self.model.listed_keys(start, mark)
        if (keys, prefixes) != wanted:
            raise Divergence(f"lists {keys} {prefixes}, not {wanted}")

    def list_versions(self, size: int, *_: int) -> None:
        query = {"versions": "", "max-keys": str((1000, 1, 3)[size % 3])}
        listed = []
        while True:
            self.s3.call("GET", f"/{self.bucket}", query)
            page = ElementTree.fromstring(self.s3.body)
            for entry in page:
                kind = entry.tag.rpartition("}")[2]
                if kind in ("Version", "DeleteMarker"):
                    listed.append((text_of(entry, "Key"), text_of(entry, "VersionId"),
                                   text_of(entry, "IsLatest") == "true", kind == "DeleteMarker"))
            if text_of(page, "IsTruncated") != "true":
                break
            query |= {"key-marker": text_of(page, "NextKeyMarker"),
                      "version-id-marker": text_of(page, "NextVersionIdMarker")}
        wanted = [(key, self._id(name), latest, marker)
                  for key, name, latest, marker in self.model.listed_versions()]
        if listed != wanted:
            raise Divergence(f"lists {listed}, not {wanted}")

    def create_upload(self, key: int, *_: int) -> None:
        expected = self.model.create_upload(self._key(key))
        self.ids[expected.made] = self._open_upload(self._key(key))

    def _open_upload(self, key: str) -> str:
        self.s3.call("POST", f"/{self.bucket}/{key}", {"uploads": ""})
        return text_of(ElementTree.fromstring(self.s3.body), "UploadId")

    def _upload(self, which: int) -> Upload | None:
        uploads = self.model.uploads
        return uploads[which % len(uploads)] if uploads else None

    def upload_part(self, which: int, number: int, body: int, *_: int) -> None:
        upload = self._upload(which)
        if upload is None:
            return
        # One part: more would have to be of 5 MiB.
        number, content = (sorted(upload.parts)[0] if upload.parts else number % 10_000 + 1,
                           body_of(body))
        self._ask(self.model.upload_part(upload, number, content), "PUT", upload.key,
                  {"partNumber": str(number), "uploadId": self.ids[upload.name]}, body=content)

    def _complete(self, which: int, condition: tuple[str, str] | None) -> None:
        upload = self._upload(which)
        parts = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{md5(part)}</ETag>"
                        "</Part>" for number, part in sorted(upload.parts.items()))
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        name = self.ids[upload.name]
        self._ask(self.model.complete(upload, condition), "POST", upload.key, {"uploadId": name},
                  dict([condition]) if condition else None, body)

    def complete(self, which: int, *_: int) -> None:
        if self._upload(which):
            self._complete(which, None)

    def complete_if(self, which: int, kind: int, version: int, *_: int) -> None:
        upload = self._upload(which)
        if upload:
            self._complete(which, self._condition(kind, upload.key, version))

    def abort(self, which: int, *_: int) -> None:
        upload = self._upload(which)
        if upload:
            self._ask(self.model.abort(upload), "DELETE", upload.key,
                      {"uploadId": self.ids[upload.name]})


class Trials:
    """Runs lists of operations, each on a bucket of its own."""

    def __init__(self, server: tarn_server.TarnServer, model: type[Model]) -> None:
        self.server, self.model, self.count = server, model, 0

    def fault_of(self, operations: list[Operation]) -> str:
        """Empty: no divergence."""
        self.count += 1
        episode = Episode(self.server, f"model-{self.count}", self.model())
        try:
            episode.run(operations)
        except Divergence as divergence:
            return str(divergence)
        finally:
            episode.s3.close()
        return ""

    def shrink(self, operations: list[Operation]) -> list[Operation]:
        """Leaves out as many operations as can be, in ever smaller runs."""
        size, runs = len(operations) // 2, 0
        while size > 0 and runs < SHRINK_RUNS_MAX:
            start = 0
            while start < len(operations) and runs < SHRINK_RUNS_MAX:
                fewer = operations[:start] + operations[start + size:]
                runs += 1
                if self.fault_of(fewer):
                    operations = fewer
                else:
                    start += size
            size //= 2
        return operations


def run(operations: int, seed: int, model: type[Model] = Model) -> tuple[str, list[str]]:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="tarn-model-") as root:
        server = tarn_server.TarnServer(data=pathlib.Path(root) / "data",
                                        server_arguments=("--durability", "relaxed"))
        server.start()
        trials = Trials(server, model)
        done, report = 0, []
        while done < operations and not report:
            episode = plan(chance, min(EPISODE, operations - done))
            done += len(episode)
            if trials.fault_of(episode):
                episode = trials.shrink(episode)
                report = [trials.fault_of(episode), *(str(operation) for operation in episode)]
        server.stop()
    outcome = "a divergence" if report else "no divergence"
    return f"model: {done} operations, {outcome} (seed {seed})", report


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", help="path of tarn-server")
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args(arguments)
    os.environ["TARN_BUILD_DIR"] = str(pathlib.Path(options.server).resolve().parents[1])
    summary, report = run(options.operations, options.seed)
    for line in report:
        print(line, file=sys.stderr)
    print(summary)
    return 1 if report else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
