"""docker-registry on its S3 driver (AWS SDK for Go 1): images pushed, pulled and collected."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
import unittest
import urllib.parse

import client_case
import tarn_server
from boto3_case import BucketCase
from client_case import MIB, Answer, data_of

UNPACKED = tarn_server.ROOT / "build" / "test-registry" / "usr" / "bin" / "docker-registry"
PROGRAM = client_case.require_program(
    str(UNPACKED) if UNPACKED.exists() else "docker-registry", "--version")

READY_SECONDS = 20
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CONFIG = "application/vnd.docker.container.image.v1+json"


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Image:
    """What `docker build` would leave, with noise for layers: the registry looks at digests only."""

    def __init__(self, *layers: bytes) -> None:
        self.config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {
            "type": "layers", "diff_ids": [digest_of(layer) for layer in layers]}}).encode()
        self.blobs = (self.config, *layers)
        self.manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": self.entry(CONFIG, self.config),
            "layers": [self.entry(LAYER, layer) for layer in layers]}).encode()

    @staticmethod
    def entry(kind: str, blob: bytes) -> dict:
        return {"mediaType": kind, "size": len(blob), "digest": digest_of(blob)}


SMALL = Image(b"a layer", b"another one")
LARGE = Image(b"a layer", data_of(17 * MIB))


class Images:
    redirect = False

    def setUp(self) -> None:
        super().setUp()
        self.configuration = self.directory / "registry.yml"
        self.port = tarn_server.free_port()
        self.configuration.write_text(json.dumps(self.settings()))  # JSON is YAML too
        self.registry = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None
        self.addCleanup(self.stop)
        self.start()

    def settings(self) -> dict:
        return {"version": "0.1", "log": {"level": "info"},
                "http": {"addr": f"127.0.0.1:{self.port}", "secret": "of the upload's state"},
                "storage": {"delete": {"enabled": True},
                            "redirect": {"disable": not self.redirect},
                            "s3": {"accesskey": client_case.ACCESS_KEY,
                                   "secretkey": client_case.SECRET_KEY,
                                   "region": client_case.REGION, "regionendpoint": self.endpoint,
                                   "bucket": self.bucket, "rootdirectory": "/images",
                                   "secure": self.scheme == "https", "v4auth": True,
                                   "chunksize": 5 * MIB, "multipartcopychunksize": 5 * MIB,
                                   "multipartcopythresholdsize": 5 * MIB}}}

    def environment(self, **more: str) -> dict[str, str]:
        environment = super().environment(**more)
        environment.pop("AWS_CA_BUNDLE", None)  # its S3 driver ends with a panic over it
        return environment

    def start(self) -> None:
        with (self.directory / "registry.log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", str(self.configuration)], env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            self.assertIsNone(self.process.poll(), self.log())
            self.assertLess(time.monotonic(), deadline, self.log())
            time.sleep(0.02)

    def is_ready(self) -> bool:
        try:
            return self.api("GET", "/v2/").status == 200
        except ConnectionError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(READY_SECONDS)

    def log(self) -> str:
        return (self.directory / "registry.log").read_text(errors="replace")[-3000:]

    def api(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """A request to the registry. The path may be a URL of its own, as it hands them out."""
        url = path if path.startswith("http") else self.registry + path
        fields = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.send(method, url, fields, body)

    def call(self, status: int, method: str, path: str, body: bytes | None = None,
             **headers: str) -> Answer:
        answer = self.api(method, path, body, **headers)
        self.assertEqual(answer.status, status, f"{method} {path}: {answer.body!r}\n{self.log()}")
        return answer

    def begin(self, name: str) -> str:
        return self.call(202, "POST", f"/v2/{name}/blobs/uploads/", b"").headers["location"]

    def patch(self, location: str, chunk: bytes, at: int) -> str:
        answer = self.call(202, "PATCH", location, chunk, Content_Type="application/octet-stream",
                           Content_Range=f"{at}-{at + len(chunk) - 1}")
        self.assertEqual(answer.headers["range"], f"0-{at + len(chunk) - 1}")
        return answer.headers["location"]

    def finish(self, status: int, location: str, digest: str, last: bytes = b"") -> Answer:
        mark = "&" if "?" in location else "?"
        return self.call(status, "PUT", f"{location}{mark}digest={urllib.parse.quote(digest)}", last,
                         Content_Type="application/octet-stream")

    def push_blob(self, name: str, blob: bytes, chunk: int) -> None:
        location = self.begin(name)
        for at in range(0, len(blob), chunk):
            location = self.patch(location, blob[at:at + chunk], at)
        self.finish(201, location, digest_of(blob))

    def push(self, name: str, tag: str, image: Image, chunk: int = 3 * MIB) -> None:
        for blob in image.blobs:
            self.push_blob(name, blob, chunk)
        answer = self.call(201, "PUT", f"/v2/{name}/manifests/{tag}", image.manifest,
                           Content_Type=MANIFEST)
        self.assertEqual(answer.headers["docker-content-digest"], digest_of(image.manifest))

    def blob(self, name: str, blob: bytes, **headers: str) -> Answer:
        """The registry's answer, or that of S3 to which it redirects."""
        answer = self.api("GET", f"/v2/{name}/blobs/{digest_of(blob)}", **headers)
        if not self.redirect:
            return answer
        self.assertEqual(answer.status, 307, answer.body)
        self.assertTrue(answer.headers["location"].startswith(f"{self.endpoint}/{self.bucket}/"))
        self.assertIn("X-Amz-Signature=", answer.headers["location"])
        return self.api("GET", answer.headers["location"], **headers)

    def assert_pulled(self, name: str, reference: str, image: Image) -> None:
        answer = self.call(200, "GET", f"/v2/{name}/manifests/{reference}", Accept=MANIFEST)
        self.assertEqual((answer.body, answer.headers["content-type"]), (image.manifest, MANIFEST))
        for blob in image.blobs:
            answer = self.blob(name, blob)
            self.assertEqual((answer.status, digest_of(answer.body)), (200, digest_of(blob)))

    def stored(self, part: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return [row["Key"] for page in pages for row in page.get("Contents", [])
                if part in row["Key"]]

    def test_push_and_pull(self):
        for tag, image in (("small", SMALL), ("large", LARGE)):
            with self.subTest(tag):
                self.push("team/app", tag, image)
                self.assert_pulled("team/app", tag, image)
                self.assert_pulled("team/app", digest_of(image.manifest), image)
        listed = self.call(200, "GET", "/v2/team/app/tags/list").body
        self.assertEqual(json.loads(listed), {"name": "team/app", "tags": ["large", "small"]})
        self.assertEqual(json.loads(self.call(200, "GET", "/v2/_catalog").body),
                         {"repositories": ["team/app"]})
        self.assertEqual(self.stored("/_uploads/"), [])
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket=self.bucket))

    def test_chunks_around_the_size_of_a_part(self):
        layer = data_of(11 * MIB + 1)
        for chunk in (5 * MIB, 6 * MIB - 1, 12 * MIB):
            with self.subTest(chunk):
                self.push_blob(f"chunks/of-{chunk}", layer, chunk)
                self.assertEqual(digest_of(self.blob(f"chunks/of-{chunk}", layer).body),
                                 digest_of(layer))

    def test_a_blob_in_one_request(self):
        location = self.begin("app")
        self.finish(201, location, digest_of(b"at once"), b"at once")
        self.assertEqual(self.blob("app", b"at once").body, b"at once")

    def test_ranges(self):
        layer = LARGE.blobs[-1]
        self.push_blob("app", layer, 20 * MIB)
        answer = self.blob("app", layer, Range="bytes=5000000-9999999")
        self.assertEqual((answer.status, digest_of(answer.body)),
                         (206, digest_of(layer[5000000:10000000])))

    def test_a_mounted_blob_is_not_sent_again(self):
        self.push("one", "latest", SMALL)
        digest = digest_of(SMALL.blobs[1])
        self.call(201, "POST", f"/v2/other/blobs/uploads/?mount={digest}&from=one", b"")
        self.assertEqual(self.blob("other", SMALL.blobs[1]).body, SMALL.blobs[1])

    def test_an_upload_goes_on_after_a_restart(self):
        layer = data_of(14 * MIB)
        location = self.patch(self.begin("app"), layer[:6 * MIB], 0)
        self.stop()
        self.start()
        location = self.patch(location, layer[6 * MIB:], 6 * MIB)
        self.finish(201, location, digest_of(layer))
        self.assertEqual(digest_of(self.blob("app", layer).body), digest_of(layer))

    def test_an_upload_is_given_up(self):
        location = self.patch(self.begin("app"), data_of(6 * MIB), 0)
        self.call(204, "DELETE", location)
        self.call(404, "GET", location)
        # The registry writes the state of its digest once more after it has deleted all.
        self.assertEqual([key for key in self.stored() if "/hashstates/" not in key], [])
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket=self.bucket))

    def test_a_wrong_digest_stores_no_blob(self):
        location = self.patch(self.begin("app"), b"content", 0)
        answer = self.finish(400, location, digest_of(b"other"))
        self.assertIn(b"DIGEST_INVALID", answer.body)
        for content in (b"content", b"other"):
            self.call(404, "GET", f"/v2/app/blobs/{digest_of(content)}")

    def test_a_deleted_image_is_collected(self):
        self.push("app", "small", SMALL)
        self.push("app", "large", LARGE)
        self.call(202, "DELETE", f"/v2/app/manifests/{digest_of(LARGE.manifest)}")
        self.call(404, "GET", "/v2/app/manifests/large", Accept=MANIFEST)
        self.stop()
        self.run_command(PROGRAM, "garbage-collect", str(self.configuration))
        self.start()
        kept = {digest_of(blob).partition(":")[2] for blob in (*SMALL.blobs, SMALL.manifest)}
        blobs = {key.split("/")[-2] for key in self.stored("/blobs/sha256/")}
        self.assertEqual(blobs, kept)
        self.assert_pulled("app", "small", SMALL)
        self.call(404, "GET", f"/v2/app/blobs/{digest_of(LARGE.blobs[-1])}")


class Served(Images):
    """The registry reads from S3 itself."""


class Redirected(Images):
    """The registry sends its clients to presigned URLs."""

    redirect = True


client_case.over_http_and_https(globals(), Served, Redirected, base=BucketCase)


if __name__ == "__main__":
    unittest.main()
