"""The few S3 calls that the fault tests need, with nothing between them and the socket."""

from __future__ import annotations

import hashlib
import http.client
import re
import xml.etree.ElementTree as ElementTree

import sigv4

BUCKET = "faults"
KEY = "test"  # on loopback a secret that equals its key id is accepted


class Unanswered(Exception):
    """The connection ended before a whole answer came: nobody knows what the server did."""


class Refused(Exception):
    """A whole answer came, and it is an error."""

    def __init__(self, status: int, body: bytes,
                 headers: http.client.HTTPMessage | None = None) -> None:
        super().__init__(f"{status} {body[:120]!r}")
        self.status = status
        self.headers = headers or http.client.HTTPMessage()
        code = re.search(rb"<Code>(\w+)</Code>", body)
        self.code = code[1].decode() if code else ""


class S3:
    """One keep-alive connection. Not thread-safe."""

    def __init__(self, port: int, timeout: float = 30) -> None:
        self._host = f"127.0.0.1:{port}"
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def close(self) -> None:
        self._connection.close()

    def call(self, method: str, path: str, query: dict[str, str] | None = None,
             headers: dict[str, str] | None = None, body: bytes = b"") -> http.client.HTTPMessage:
        """Sends it once; self.body holds what came back."""
        target, signed = sigv4.sign(method, self._host, path, query or {}, headers or {}, body, KEY,
                                    KEY)
        try:
            self._connection.request(method, target, body or None,
                                     {**signed, "content-length": str(len(body))})
            response = self._connection.getresponse()
            self.body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unanswered(str(error)) from error
        if response.status >= 300:
            raise Refused(response.status, self.body, response.headers)
        return response.headers

    def make_bucket(self) -> None:
        try:
            self.call("PUT", f"/{BUCKET}")
        except Refused as refused:
            if refused.status != 409:
                raise

    def put(self, key: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.call("PUT", f"/{BUCKET}/{key}", headers=headers, body=body)

    def copy(self, source: str, key: str) -> None:
        self.call("PUT", f"/{BUCKET}/{key}", headers={"x-amz-copy-source": f"/{BUCKET}/{source}"})

    def delete(self, key: str) -> None:
        self.call("DELETE", f"/{BUCKET}/{key}")

    def get(self, key: str) -> bytes | None:
        """None where there is no such object."""
        try:
            self.call("GET", f"/{BUCKET}/{key}")
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        return self.body

    def list_keys(self, prefix: str = "") -> list[str]:
        keys: list[str] = []
        query = {"list-type": "2", "prefix": prefix}
        while True:
            self.call("GET", f"/{BUCKET}", query)
            page = ElementTree.fromstring(self.body)
            keys += [text_of(entry, "Key") for entry in children(page, "Contents")]
            token = text_of(page, "NextContinuationToken")
            if not token:
                return keys
            query["continuation-token"] = token

    def create_upload(self, key: str) -> str:
        self.call("POST", f"/{BUCKET}/{key}", {"uploads": ""})
        return text_of(ElementTree.fromstring(self.body), "UploadId")

    def put_part(self, key: str, upload: str, number: int, body: bytes) -> str:
        """The part's ETag."""
        headers = self.call("PUT", f"/{BUCKET}/{key}",
                            {"partNumber": str(number), "uploadId": upload}, body=body)
        return headers["ETag"]

    def list_parts(self, key: str, upload: str) -> dict[int, str]:
        self.call("GET", f"/{BUCKET}/{key}", {"uploadId": upload})
        parts = children(ElementTree.fromstring(self.body), "Part")
        return {int(text_of(part, "PartNumber")): text_of(part, "ETag") for part in parts}

    def complete_upload(self, key: str, upload: str, parts: dict[int, str]) -> None:
        listed = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
                         for number, etag in sorted(parts.items()))
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
        self.call("POST", f"/{BUCKET}/{key}", {"uploadId": upload}, body=body)
        if b"<Error>" in self.body:  # S3 may answer 200 first and fail then
            raise Refused(500, self.body)

    def list_uploads(self) -> list[tuple[str, str]]:
        """The first thousand open ones: key and upload id."""
        self.call("GET", f"/{BUCKET}", {"uploads": ""})
        uploads = children(ElementTree.fromstring(self.body), "Upload")
        return [(text_of(upload, "Key"), text_of(upload, "UploadId")) for upload in uploads]

    def abort_upload(self, key: str, upload: str) -> None:
        self.call("DELETE", f"/{BUCKET}/{key}", {"uploadId": upload})


def digest(body: bytes | None) -> str | None:
    return None if body is None else hashlib.sha256(body).hexdigest()


def children(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [child for child in element if child.tag.rpartition("}")[2] == name]


def text_of(element: ElementTree.Element, name: str) -> str:
    found = children(element, name)
    return (found[0].text or "") if found else ""
