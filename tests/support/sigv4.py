"""Signature Version 4 for requests written by hand (header authentication, literal body digest).

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
import urllib.parse

ALGORITHM = "AWS4-HMAC-SHA256"
UNRESERVED = "-_.~"


def encode_path(key_path: str) -> str:
    """The target's path: percent-encoded once, slashes kept, as S3 signs it."""
    return urllib.parse.quote(key_path, safe="/" + UNRESERVED)


def encode_query(parameters: dict[str, str]) -> str:
    """Sorted and encoded, so that it serves as target and as canonical query."""
    pairs = [(urllib.parse.quote(name, safe=UNRESERVED), urllib.parse.quote(value, safe=UNRESERVED))
             for name, value in parameters.items()]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def sign(method: str, host: str, path: str, query: dict[str, str], headers: dict[str, str],
         body: bytes, access_key: str, secret: str, region: str = "us-east-1",
         service: str = "s3", now: float | None = None,
         digest: str | None = None) -> tuple[str, dict[str, str]]:
    """The target and all headers of a signed request; path is not yet encoded. digest: what
    x-amz-content-sha256 says, if not the hash of body."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    digest = digest or hashlib.sha256(body).hexdigest()
    signed = {name.lower(): value.strip() for name, value in headers.items()}
    signed |= {"host": host, "x-amz-date": moment, "x-amz-content-sha256": digest}
    names = ";".join(sorted(signed))
    canonical = "\n".join([method, encode_path(path), encode_query(query),
                           *(f"{name}:{signed[name]}" for name in sorted(signed)), "", names,
                           digest])
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join([ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = hmac.new(signing_key(secret, moment[:8], region, service), to_sign.encode(),
                         hashlib.sha256).hexdigest()
    signed["authorization"] = (f"{ALGORITHM} Credential={access_key}/{scope}, "
                               f"SignedHeaders={names}, Signature={signature}")
    target = encode_path(path) + ("?" + encode_query(query) if query else "")
    return target, signed
