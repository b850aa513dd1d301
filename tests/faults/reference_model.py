"""What a bucket is, in the simplest words: the model that model.py holds a server against.

Every method says what S3 answers and changes the model as S3 changes the bucket. Versions are named by
numbers of the model's own; NULL is the null version.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

NULL = "null"
UNSET, ENABLED, SUSPENDED = "Unset", "Enabled", "Suspended"


@dataclass
class Version:
    name: int | str
    body: bytes | None  # None: a delete marker
    etag: str = ""


@dataclass
class Upload:
    name: int
    key: str
    parts: dict[int, bytes] = field(default_factory=dict)
    touched: bool = False  # the key was written or deleted since the upload began


@dataclass
class Expected:
    """An answer. version: the name that x-amz-version-id must stand for; None: there is none."""

    status: int
    code: str = ""
    body: bytes | None = None
    version: int | str | None = None
    is_marker: bool = False
    made: int | None = None  # the version or upload that the answer names for the first time


def md5(body: bytes) -> str:
    return hashlib.md5(body).hexdigest()


class Model:
    def __init__(self) -> None:
        self.versioning = UNSET
        self.keys: dict[str, list[Version]] = {}  # newest last
        self.uploads: list[Upload] = []
        self._names = 0

    # ---- what is there ----

    def current(self, key: str) -> Version | None:
        """None: no object, also below a delete marker."""
        versions = self.keys.get(key)
        return versions[-1] if versions and versions[-1].body is not None else None

    def version_at(self, key: str, index: int) -> Version | None:
        versions = self.keys.get(key, [])
        return versions[index % len(versions)] if versions else None

    def listed_keys(self, prefix: str, delimiter: str) -> tuple[list[str], list[str]]:
        keys, prefixes = [], []
        for key in sorted(self.keys, key=str.encode):
            if not key.startswith(prefix) or self.current(key) is None:
                continue
            end = key.find(delimiter, len(prefix)) if delimiter else -1
            if end < 0:
                keys.append(key)
            elif key[:end + len(delimiter)] not in prefixes:
                prefixes.append(key[:end + len(delimiter)])
        return keys, prefixes

    def listed_versions(self) -> list[tuple[str, int | str, bool, bool]]:
        """Key, name, whether the latest, whether a delete marker."""
        return [(key, version.name, version is versions[-1], version.body is None)
                for key, versions in sorted(self.keys.items(), key=lambda item: item[0].encode())
                for version in reversed(versions)]

    # ---- changes ----

    def _name(self) -> int:
        self._names += 1
        return self._names

    def _touch(self, key: str) -> None:
        for upload in self.uploads:
            if upload.key == key:
                upload.touched = True

    def _push(self, key: str, body: bytes | None, etag: str = "") -> Version:
        versions = self.keys.setdefault(key, [])
        is_null = self.versioning != ENABLED
        if is_null:
            versions[:] = [version for version in versions if version.name != NULL]
        versions.append(Version(NULL if is_null else self._name(), body, etag))
        self._touch(key)
        return versions[-1]

    def _made(self, version: Version) -> Expected:
        """Writes name their version only while versioning is enabled."""
        if version.name == NULL:
            return Expected(200)
        return Expected(200, version=version.name, made=version.name)

    def _condition(self, key: str, condition: tuple[str, str] | None) -> Expected | None:
        current = self.current(key)
        if condition is None:
            return None
        if condition[0] == "if-none-match":
            return Expected(412, "PreconditionFailed") if current else None
        if current is None:
            return Expected(404, "NoSuchKey")
        return None if current.etag == condition[1] else Expected(412, "PreconditionFailed")

    def set_versioning(self, status: str) -> Expected:
        self.versioning = status
        return Expected(200)

    def put(self, key: str, body: bytes, condition: tuple[str, str] | None = None) -> Expected:
        return self._condition(key, condition) or self._made(self._push(key, body, md5(body)))

    def shown(self, version: Version) -> int | str | None:
        return None if self.versioning == UNSET else version.name

    def get(self, key: str) -> Expected:
        versions = self.keys.get(key)
        if not versions:
            return Expected(404, "NoSuchKey")
        latest = versions[-1]
        if latest.body is None:
            return Expected(404, "NoSuchKey", version=latest.name, is_marker=True)
        return Expected(200, body=latest.body, version=self.shown(latest))

    def get_version(self, version: Version) -> Expected:
        if version.body is None:
            return Expected(405, "MethodNotAllowed", version=version.name, is_marker=True)
        return Expected(200, body=version.body, version=self.shown(version))

    def copy(self, source: Version, key: str, to_itself: bool) -> Expected:
        if source.body is None:
            return Expected(400, "InvalidRequest")
        if to_itself:
            return Expected(400, "InvalidRequest")
        return self._made(self._push(key, source.body, md5(source.body)))

    def delete(self, key: str) -> Expected:
        if self.versioning == UNSET:
            if self.keys.pop(key, None):
                self._touch(key)
            return Expected(204)
        marker = self._push(key, None)
        return Expected(204, version=marker.name, is_marker=True,
                        made=None if marker.name == NULL else marker.name)

    def delete_version(self, key: str, version: Version) -> Expected:
        versions = self.keys[key]
        if versions[-1] is version:
            self._touch(key)
        versions.remove(version)
        if not versions:
            del self.keys[key]
        return Expected(204, version=version.name, is_marker=version.body is None)

    # ---- uploads ----

    def create_upload(self, key: str) -> Expected:
        self.uploads.append(Upload(self._name(), key))
        return Expected(200, made=self.uploads[-1].name)

    def upload_part(self, upload: Upload, number: int, body: bytes) -> Expected:
        upload.parts[number] = body
        return Expected(200)

    def abort(self, upload: Upload) -> Expected:
        self.uploads.remove(upload)
        return Expected(204)

    def complete(self, upload: Upload, condition: tuple[str, str] | None) -> Expected:
        if not upload.parts:
            return Expected(400, "InvalidRequest")
        refused = self._condition(upload.key, condition)
        if refused:
            return refused
        if condition and upload.touched:
            return Expected(409, "ConditionalRequestConflict")
        parts = [upload.parts[number] for number in sorted(upload.parts)]
        digests = b"".join(hashlib.md5(part).digest() for part in parts)
        self.uploads.remove(upload)
        return self._made(self._push(upload.key, b"".join(parts), f"{md5(digests)}-{len(parts)}"))
