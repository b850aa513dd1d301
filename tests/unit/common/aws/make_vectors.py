#!/usr/bin/env python3
"""Writes vectors.txt: random requests signed by botocore, to be verified by our code.

    make_vectors.py OUTPUT [SEED]

Needs botocore.  Lines are tab-separated, '#' starts a comment:

    profile  index  access-key-id  secret  session-token  region  service  amz-date
    h  profile  method  target  host  payload  signed-headers  signature  header...
    q  profile  method  target  host  -        -               -          header...
    v  profile  method  target  host  bucket   -               signature  header...
    2  profile  method  target  host  bucket   -               -          header...

h is SigV4 by header (x-amz-date, x-amz-content-sha256, x-amz-security-token and Authorization are
left out and follow from the other columns), q SigV4 by query, v SigV2 by header, 2 SigV2 by query.
bucket is the one named by Host, '-' where the path names it.  target is what is sent: an encoding
that means the same as the one that was signed, but is often another.
"""

import base64
import hashlib
import random
import sys
from datetime import datetime, timedelta, timezone
from unittest import mock
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

COUNTS = {"h": 1100, "q": 230, "v": 150, "2": 230}
REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2", "local"]
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
# What may stand raw in a path or a query of RFC 3986 and need not be encoded by a client.
RAW_IN_PATH = "!$&'()*+,;=:@"
RAW_IN_QUERY = "!$'()*+,;:@/?"
SEGMENTS = ["a", "photo.jpg", "..", ".", "", "%2F", "a b", "é", "日本", "x+y", "~t", "100%", "q?", "#1",
            "a=b&c", "ÀÿZ", "*", "\t", "emoji😀", "A", "0", "(x)", "'", '"', "<>", "\\", "|", "^`{}"]
SUB_RESOURCES = ["acl", "uploads", "versionId", "partNumber", "uploadId", "tagging", "policy",
                 "response-content-type", "response-expires", "versions", "location", "torrent"]
WORDS = ["", "v", "a b", "1", "a/b", "a+b", "é", "=", "&", "x=y", "%", "~", "*", "A-Z", "日", "a,b"]


class Profile:
    def __init__(self, rng, index, service):
        token = index % 3 == 2
        self.index = index
        self.access = "AKIA%016d" % rng.randrange(10**16)
        self.secret = base64.b64encode(rng.randbytes(30)).decode()
        self.token = base64.b64encode(rng.randbytes(33)).decode() if token else ""
        self.region = rng.choice(REGIONS)
        self.service = service
        self.now = datetime(2013, 5, 24, tzinfo=timezone.utc) + timedelta(
            seconds=rng.randrange(10**8))

    @property
    def amz_date(self):
        return self.now.strftime("%Y%m%dT%H%M%SZ")

    def credentials(self):
        return Credentials(self.access, self.secret, self.token or None)

    def line(self):
        return "\t".join(["profile", str(self.index), self.access, self.secret, self.token or "-",
                          self.region, self.service, self.amz_date])


def send_as(rng, text, raw, keep=""):
    """One of the encodings of text; None of its characters in raw need encoding."""
    out = []
    for byte in text.encode():
        char = chr(byte)
        if char in keep:
            out.append(char)
        elif char in UNRESERVED:
            out.append("%%%02x" % byte if rng.random() < 0.02 else char)
        elif char in raw and rng.random() < 0.5:
            out.append(char)
        else:
            out.append(("%%%02x" if rng.random() < 0.3 else "%%%02X") % byte)
    return "".join(out)


def random_path(rng):
    segments = [rng.choice(SEGMENTS) for _ in range(rng.randrange(5))]
    return "/bucket/" + "/".join(segments) if rng.random() < 0.95 else "/"


def random_query(rng, names=None):
    pairs = []
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        name = rng.choice(names or SUB_RESOURCES + WORDS[1:])
        pairs.append((name, rng.choice(WORDS)))
    return pairs


def send_query(rng, pairs):
    parts = []
    for name, value in pairs:
        part = send_as(rng, name, RAW_IN_QUERY)
        if value or rng.random() < 0.5:
            part += "=" + send_as(rng, value, RAW_IN_QUERY + "=")
        parts.append(part)
    return "&".join(parts)


def random_headers(rng):
    values = ["x", "a  b", " lead", "trail  ", "a   b\tc", '"q  q"', "", "a,b", "é", "x" * 30]
    names = ["x-amz-meta-A", "X-Amz-Meta-b", "x-amz-acl", "Content-Type", "Range", "X-Custom",
             "x-amz-storage-class", "x-amz-meta-A"]
    return [(rng.choice(names), rng.choice(values)) for _ in range(rng.choice([0, 0, 1, 2, 4]))]


def random_host(rng):
    return rng.choice(["127.0.0.1:9000", "s3.amazonaws.com", "bucket.s3.localhost:9000", "[::1]:9000"])


def canonical_url(host, path, pairs):
    query = "&".join("%s=%s" % (quote(n, safe="-_.~"), quote(v, safe="-_.~")) for n, v in pairs)
    return "http://%s%s%s" % (host, quote(path, safe="/~"), "?" + query if query else "")


def request_of(method, url, headers, body=b""):
    request = AWSRequest(method=method, url=url, data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    return request


def row(kind, profile, method, target, host, payload, signed, signature, headers):
    cells = [kind, str(profile.index), method, target, host, payload, signed, signature]
    # A header's value may hold tabs; no other cell can.
    return "\t".join(cells + ["%s:%s" % (n, v.replace("\t", "\\t")) for n, v in headers])


def sign_by_header(rng, profile):
    method = rng.choice(["GET", "PUT", "POST", "DELETE", "HEAD"])
    host, path, pairs, headers = random_host(rng), random_path(rng), random_query(rng), random_headers(rng)
    body = rng.choice([b"", b"body"])
    if profile.service == "s3":
        signer = botocore.auth.S3SigV4Auth
        sent = send_as(rng, path, RAW_IN_PATH, keep="/")
        url = canonical_url(host, path, pairs)
        payload = rng.choice(["UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD",
                              "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                              hashlib.sha256(body).hexdigest()])
        headers = [h for h in headers if h[0] != "x-amz-content-sha256"]
    else:
        # The standard rule encodes the path as it is sent once more.
        signer = botocore.auth.SigV4Auth
        sent = quote(path, safe="/~")
        url = canonical_url(host, path, pairs)
        payload = hashlib.sha256(body).hexdigest()
    query = send_query(rng, pairs)
    target = sent + ("?" + query if query else "")

    request = request_of(method, url, headers, body)
    auth = signer(profile.credentials(), profile.service, profile.region)
    if profile.service == "s3":
        with mock.patch.object(signer, "payload", lambda self, r: payload):
            auth.add_auth(request)
    else:
        auth.add_auth(request)
    parts = dict(p.split("=", 1) for p in
                 request.headers["Authorization"].split(" ", 1)[1].split(", "))
    codes = {"UNSIGNED-PAYLOAD": "U", "STREAMING-UNSIGNED-PAYLOAD-TRAILER": "S",
             hashlib.sha256(b"").hexdigest(): "E", hashlib.sha256(b"body").hexdigest(): "B"}
    return row("h", profile, method, target, host, codes[payload], parts["SignedHeaders"],
               parts["Signature"], headers)


def presigned_target(rng, url, path):
    """The target that a URL of botocore's means, its path encoded anew and its query shuffled."""
    pieces = url.split("?", 1)[1].split("&")
    rng.shuffle(pieces)
    return send_as(rng, path, RAW_IN_PATH, keep="/") + "?" + "&".join(pieces)


def sign_by_query(rng, profile):
    method = rng.choice(["GET", "PUT", "DELETE", "HEAD"])
    host, path, pairs = random_host(rng), random_path(rng), random_query(rng)
    headers = [h for h in random_headers(rng) if h[0].lower() != "content-type"]
    request = request_of(method, canonical_url(host, path, pairs), headers)
    botocore.auth.S3SigV4QueryAuth(profile.credentials(), "s3", profile.region,
                                   expires=rng.choice([1, 60, 604800])).add_auth(request)
    return row("q", profile, method, presigned_target(rng, request.url, path), host, "-",
               "-", "-", headers)


def sign_v2(rng, profile, by_query):
    method = rng.choice(["GET", "PUT", "DELETE", "HEAD"])
    bucket = "bucket" if rng.random() < 0.3 else "-"
    host = "bucket.s3.localhost:9000" if bucket != "-" else "127.0.0.1:9000"
    path = random_path(rng)
    raw_path = quote(path, safe="/~")
    names = [n for n in SUB_RESOURCES] + ["prefix", "other"]
    pairs = sorted({n: v for n, v in random_query(rng, names)}.items())
    headers = [h for h in random_headers(rng) if "\t" not in h[1] and "  " not in h[1]]
    seen = set()
    headers = [h for h in headers if not (h[0].lower() in seen or seen.add(h[0].lower()))]
    request = request_of(method, canonical_url(host, path, pairs), headers)
    if bucket != "-":
        request.auth_path = "/bucket" + raw_path
    signer = (botocore.auth.HmacV1QueryAuth(profile.credentials(), expires=3600) if by_query
              else botocore.auth.HmacV1Auth(profile.credentials()))
    signer.add_auth(request)
    query = request.url.split("?", 1)[1] if "?" in request.url else ""
    target = raw_path + ("?" + query if query else "")
    if by_query:
        # x-amz-* headers have moved into the query; Content-Type is signed as a header.
        headers = [h for h in headers if not h[0].lower().startswith("x-amz-")]
        return row("2", profile, method, target, host, bucket, "-", "-", headers)
    headers.append(("Date", request.headers["Date"]))
    return row("v", profile, method, target, host, bucket, "-",
               request.headers["Authorization"].rsplit(":", 1)[1], headers)


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rng = random.Random(seed)
    services = ["s3"] * 9 + ["cloudfront", "sts", "iam"]
    profiles = [Profile(rng, i, service) for i, service in enumerate(services)]
    lines = ["# Made by make_vectors.py, seed %d, botocore %s." % (seed, botocore.__version__)]
    lines += [profile.line() for profile in profiles]
    s3_profiles = [p for p in profiles if p.service == "s3"]
    for kind, count in COUNTS.items():
        for _ in range(count):
            profile = rng.choice(profiles if kind == "h" else s3_profiles)
            naive = profile.now.replace(tzinfo=None)
            with mock.patch("botocore.auth.get_current_datetime",
                            lambda remove_tzinfo=True: naive if remove_tzinfo else profile.now), \
                 mock.patch("botocore.auth.time.time", lambda: profile.now.timestamp()), \
                 mock.patch("botocore.auth.formatdate",
                            lambda usegmt: profile.now.strftime("%a, %d %b %Y %H:%M:%S GMT")):
                if kind == "h":
                    lines.append(sign_by_header(rng, profile))
                elif kind == "q":
                    lines.append(sign_by_query(rng, profile))
                else:
                    lines.append(sign_v2(rng, profile, kind == "2"))
    with open(sys.argv[1], "w", encoding="utf-8", newline="\n") as output:
        output.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
