"""Signs requests that are written by hand, in every way that S3 knows, and lets each be wrong.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html (version 2)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import urllib.parse
from dataclasses import dataclass, field

import sigv4

Fields = list[tuple[str, str]]
REGION = "us-east-1"
UNSIGNED = "UNSIGNED-PAYLOAD"
SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
# Of the transfer, not of the request: intermediaries may change them.
NOT_SIGNED = {"user-agent", "expect", "connection", "content-length", "transfer-encoding"}
# https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html, "CanonicalizedResource"
V2_SUBRESOURCES = {
    "acl", "accelerate", "cors", "delete", "lifecycle", "location", "logging", "notification",
    "partNumber", "policy", "requestPayment", "tagging", "torrent", "uploadId", "uploads",
    "versionId", "versioning", "versions", "website", "response-content-type",
    "response-content-language", "response-expires", "response-cache-control",
    "response-content-disposition", "response-content-encoding"}


@dataclass(frozen=True)
class Identity:
    access_key: str
    secret: str


@dataclass
class Request:
    """The head's texts are Latin-1: one character, one byte."""

    method: str
    target: str  # as on the wire
    fields: Fields = field(default_factory=list)
    body: bytes = b""

    def get(self, name: str) -> str | None:
        return next((value for each, value in self.fields if each.lower() == name.lower()), None)

    def set_default(self, name: str, value: str) -> None:
        if self.get(name) is None:
            self.fields.append((name, value))


@dataclass
class Signature:
    """What later chunks continue."""

    key: bytes
    moment: str
    scope: str
    value: str

    def extend(self, *lines: str) -> str:
        """Signs these lines after the signature so far, and becomes the result."""
        text = "\n".join([lines[0], self.moment, self.scope, self.value, *lines[1:]])
        self.value = hmac.new(self.key, text.encode("latin-1"), hashlib.sha256).hexdigest()
        return self.value


def amz_moment(now: float | None = None) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def hmac_sha1(secret: str, text: str) -> str:
    digest = hmac.new(secret.encode(), text.encode("latin-1"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def encode(text: str, safe: str = "") -> str:
    return urllib.parse.quote(text.encode("latin-1"), safe=safe + sigv4.UNRESERVED)


def decode(text: str) -> str:
    return urllib.parse.unquote_to_bytes(text.encode("latin-1")).decode("latin-1")


def query_of(target: str) -> Fields:
    """Decoded names and values, in the target's order."""
    query = target.partition("?")[2]
    pairs = [part.partition("=") for part in query.split("&") if part]
    return [(decode(name), decode(value)) for name, _, value in pairs]


def canonical_request(request: Request, names: list[str], payload: str) -> str:
    path = encode(decode(request.target.partition("?")[0]), "/")
    query = "&".join(f"{name}={value}" for name, value in sorted(
        (encode(name), encode(value)) for name, value in query_of(request.target)))
    lines = [f"{name}:" + ",".join(" ".join(value.split()) for each, value in request.fields
                                   if each.lower() == name) for name in names]
    return "\n".join([request.method, path, query, *lines, "", ";".join(names), payload])


def seed(request: Request, names: list[str], payload: str, moment: str, identity: Identity,
         region: str = REGION) -> Signature:
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    digest = sha256_hex(canonical_request(request, names, payload).encode("latin-1"))
    key = sigv4.signing_key(identity.secret, moment[:8], region, "s3")
    text = "\n".join([sigv4.ALGORITHM, moment, scope, digest])
    value = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return Signature(key, moment, scope, value)


def sign_header(request: Request, identity: Identity, payload: str | None = None) -> Signature:
    """Version 4 in the Authorization field. payload: what x-amz-content-sha256 says, where the
    request does not; None: the body's digest."""
    request.set_default("x-amz-date", amz_moment())
    request.set_default("x-amz-content-sha256", payload or sha256_hex(request.body))
    names = sorted({name.lower() for name, _ in request.fields} - NOT_SIGNED)
    signed = seed(request, names, request.get("x-amz-content-sha256"), request.get("x-amz-date"),
                  identity)
    request.fields.append(("Authorization", (
        f"{sigv4.ALGORITHM} Credential={identity.access_key}/{signed.scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signed.value}")))
    return signed


def add_query(request: Request, *pairs: tuple[str, str]) -> None:
    for name, value in pairs:
        mark = "&" if "?" in request.target else "?"
        request.target += f"{mark}{name}={encode(value)}"


def presign(request: Request, identity: Identity, seconds: str = "60",
            moment: str | None = None) -> None:
    """Version 4 in the query."""
    moment = moment or amz_moment()
    names = sorted({name.lower() for name, _ in request.fields} - NOT_SIGNED)
    scope = f"{moment[:8]}/{REGION}/s3/aws4_request"
    add_query(request, ("X-Amz-Algorithm", sigv4.ALGORITHM),
              ("X-Amz-Credential", f"{identity.access_key}/{scope}"), ("X-Amz-Date", moment),
              ("X-Amz-Expires", seconds), ("X-Amz-SignedHeaders", ";".join(names)))
    signed = seed(request, names, request.get("x-amz-content-sha256") or UNSIGNED, moment, identity)
    add_query(request, ("X-Amz-Signature", signed.value))


def v2_resource(request: Request, bucket: str | None) -> str:
    path = request.target.partition("?")[0]
    selected = sorted((name, value) for name, value in query_of(request.target)
                      if name in V2_SUBRESOURCES)
    query = "&".join(f"{name}={value}" if value else name for name, value in selected)
    return (f"/{bucket}" if bucket else "") + path + (f"?{query}" if query else "")


def v2_text(request: Request, date: str, bucket: str | None) -> str:
    amz: dict[str, list[str]] = {}
    for name, value in request.fields:
        if name.lower().startswith("x-amz-"):
            amz.setdefault(name.lower(), []).append(value.strip())
    fields = "".join(f"{name}:{','.join(values)}\n" for name, values in sorted(amz.items()))
    return "\n".join([request.method, request.get("content-md5") or "",
                      request.get("content-type") or "", date,
                      fields + v2_resource(request, bucket)])


def sign_v2_header(request: Request, identity: Identity, bucket: str | None = None) -> None:
    request.set_default("Date", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()))
    date = "" if request.get("x-amz-date") else request.get("date")
    signature = hmac_sha1(identity.secret, v2_text(request, date, bucket))
    request.fields.append(("Authorization", f"AWS {identity.access_key}:{signature}"))


def presign_v2(request: Request, identity: Identity, seconds: int = 60,
               bucket: str | None = None) -> None:
    expires = str(int(time.time()) + seconds)
    signature = hmac_sha1(identity.secret, v2_text(request, expires, bucket))
    add_query(request, ("AWSAccessKeyId", identity.access_key), ("Expires", expires),
              ("Signature", signature))


@dataclass
class Chunks:
    """A body in the framing aws-chunked; what is wrong with it the caller changes afterwards."""

    pieces: list[bytes]
    signed: Signature | None = None
    trailers: Fields | None = None

    def encoded(self) -> bytes:
        out = b"".join(self._chunk(piece) for piece in [*self.pieces, b""])
        if self.trailers is None:
            return out + b"\r\n"
        lines = [f"{name}:{value}" for name, value in self.trailers]
        out += "".join(f"{line}\r\n" for line in lines).encode("latin-1")
        if self.signed:
            digest = sha256_hex("".join(f"{line}\n" for line in lines).encode("latin-1"))
            value = self.signed.extend("AWS4-HMAC-SHA256-TRAILER", digest)
            out += f"x-amz-trailer-signature:{value}\r\n".encode()
        return out + b"\r\n"

    def _chunk(self, piece: bytes) -> bytes:
        extension = ""
        if self.signed:
            value = self.signed.extend("AWS4-HMAC-SHA256-PAYLOAD", EMPTY_SHA256, sha256_hex(piece))
            extension = f";chunk-signature={value}"
        head = f"{len(piece):x}{extension}\r\n".encode()
        return head + (piece + b"\r\n" if piece else b"")


def stream(request: Request, identity: Identity, pieces: list[bytes], signed: bool = True,
           trailers: Fields | None = None) -> None:
    """Signs the head, with version 4, and gives the request a body in chunks."""
    mode = SIGNED_CHUNKS if signed else "STREAMING-UNSIGNED-PAYLOAD"
    request.set_default("Content-Encoding", "aws-chunked")
    request.set_default("x-amz-decoded-content-length", str(sum(map(len, pieces))))
    if trailers:
        request.set_default("x-amz-trailer", ",".join(name for name, _ in trailers))
    head = sign_header(request, identity, mode + ("-TRAILER" if trailers is not None else ""))
    request.body = Chunks(pieces, head if signed else None, trailers).encoded()
