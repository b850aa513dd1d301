"""boto3's generate_presigned_post: browser uploads, their form posted by hand."""

from __future__ import annotations

import base64
import json
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

import client_case
from boto3_case import Boto3Case
from client_case import MIB, data_of, sha256

BOUNDARY = "----form-of-a-browser"


def form(fields: dict[str, str], file: bytes, filename: str = "photo.jpg") -> bytes:
    """What a browser makes of the fields and the file."""
    def part(disposition: str, value: bytes) -> bytes:
        return (f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()
                + value + b"\r\n")
    parts = [part(f'name="{name}"', value.encode()) for name, value in fields.items()]
    parts.append(part(f'name="file"; filename="{filename}"', file))
    parts.append(part('name="submit"', b"Upload"))
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


class Base(Boto3Case):
    region = ""
    signature_fields: frozenset[str] = frozenset()

    def client(self, **config):
        return super().client(region=self.region, **config)

    def setUp(self) -> None:
        super().setUp()
        constraint = {} if self.region == "us-east-1" else {
            "CreateBucketConfiguration": {"LocationConstraint": self.region}}
        self.s3.create_bucket(Bucket=self.bucket, **constraint)

    def presign(self, key: str, fields: dict[str, str] | None = None, conditions=None) -> dict:
        post = self.s3.generate_presigned_post(
            self.bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=60)
        self.assertLessEqual(self.signature_fields, post["fields"].keys())
        return post

    def post(self, presigned: dict, file: bytes = b"body", **more: str) -> client_case.Answer:
        return self.send("POST", presigned["url"],
                         {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
                         form(presigned["fields"] | more, file))

    def get(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def assert_nothing_stored(self) -> None:
        self.assertEqual(self.s3.list_objects_v2(Bucket=self.bucket)["KeyCount"], 0)


class Forms:
    def test_a_form_stores_its_file(self):
        for size in (0, 1, 5 * MIB + 3):
            with self.subTest(size):
                data = data_of(size)
                answer = self.post(self.presign("dir/${filename}"), data)
                self.assertEqual((answer.status, answer.body), (204, b""))
                self.assertEqual(sha256(self.get("dir/photo.jpg")), sha256(data))
                self.assertEqual(answer.headers["location"],
                                 f"{self.endpoint}/{self.bucket}/dir%2Fphoto.jpg")

    def test_a_bucket_may_be_named_by_its_host(self):
        host = f"{self.bucket}.localhost:{urllib.parse.urlsplit(self.endpoint).port}"
        answer = self.send("POST", f"{self.endpoint}/",
                           {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
                            "Host": host},
                           form(self.presign("a/k")["fields"], b"body"))
        self.assertEqual(answer.status, 204, answer.body)
        self.assertEqual(answer.headers["location"], f"{self.scheme}://{host}/a%2Fk")
        self.assertEqual(self.get("a/k"), b"body")

    def test_fields_come_back_as_headers(self):
        fields = {"Content-Type": "image/webp", "x-amz-meta-origin": "form",
                  "acl": "bucket-owner-full-control"}
        conditions = [{name: value} for name, value in fields.items()]
        self.assertEqual(self.post(self.presign("k", fields, conditions)).status, 204)
        head = self.s3.head_object(Bucket=self.bucket, Key="k")
        self.assertEqual((head["ContentType"], head["Metadata"]), ("image/webp", {"origin": "form"}))

    def test_the_answer_is_as_the_form_wishes(self):
        fields = {"success_action_status": "201"}
        answer = self.post(self.presign("a b", fields, [fields]))
        self.assertEqual(answer.status, 201)
        document = ElementTree.fromstring(answer.body)
        self.assertEqual(
            (document.tag, document.findtext("Bucket"), document.findtext("Key")),
            ("PostResponse", self.bucket, "a b"))
        self.assertEqual(document.findtext("Location"), answer.headers["location"])
        self.assertEqual(document.findtext("ETag"), answer.headers["etag"])

        fields = {"success_action_redirect": "http://127.0.0.1:9/done?a=b"}
        answer = self.post(self.presign("a/b", fields, [fields]))
        self.assertEqual(answer.status, 303)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)
        self.assertEqual(query, {"a": ["b"], "bucket": [self.bucket], "key": ["a/b"],
                                 "etag": [answer.headers["etag"]]})

    def test_a_tampered_policy_is_refused(self):
        presigned = self.presign("mine/k")
        policy = json.loads(base64.b64decode(presigned["fields"]["policy"]))
        policy["conditions"] = [row for row in policy["conditions"] if "key" not in row]
        policy["conditions"].append(["starts-with", "$key", ""])
        presigned["fields"]["policy"] = base64.b64encode(json.dumps(policy).encode()).decode()
        answer = self.post(presigned, key="theirs/k")
        self.assert_refused(answer, 403, "SignatureDoesNotMatch")
        self.assertIn(f"<StringToSign>{presigned['fields']['policy']}</StringToSign>".encode(),
                      answer.body)
        self.assert_nothing_stored()

    def test_a_form_keeps_to_its_policy(self):
        answer = self.post(self.presign("mine/k"), key="theirs/k")
        self.assert_refused(answer, 403, "AccessDenied")
        self.assertIn(b"Policy Condition failed: ", answer.body)
        answer = self.post(self.presign("k"), **{"x-amz-meta-extra": "1"})
        self.assert_refused(answer, 403, "AccessDenied")
        self.assertIn(b"Extra input fields: x-amz-meta-extra", answer.body)
        other = self.presign("k")
        other["url"] += "-other"
        self.s3.create_bucket(Bucket=self.bucket + "-other", CreateBucketConfiguration={
            "LocationConstraint": "eu-west-3"})
        self.assert_refused(self.post(other), 403, "AccessDenied")
        self.assert_nothing_stored()

    def test_sizes_are_enforced(self):
        presigned = self.presign("k", conditions=[["content-length-range", 5, 2 * MIB]])
        self.assert_refused(self.post(presigned, b"four"), 400, "EntityTooSmall")
        answer = self.post(presigned, data_of(2 * MIB + 1))
        self.assert_refused(answer, 400, "EntityTooLarge")
        self.assertIn(f"<ProposedSize>{2 * MIB + 1}</ProposedSize>".encode(), answer.body)
        self.assert_nothing_stored()
        self.assertEqual(self.post(presigned, data_of(2 * MIB)).status, 204)


class SignatureV2(Forms):
    """The default in us-east-1."""

    region = "us-east-1"
    signature_fields = frozenset({"AWSAccessKeyId", "policy", "signature"})


class SignatureV4(Forms):
    """The default in every region that is not one of the oldest."""

    region = "eu-central-1"
    signature_fields = frozenset({"x-amz-algorithm", "x-amz-credential", "x-amz-date", "policy",
                                  "x-amz-signature"})


client_case.over_http_and_https(globals(), SignatureV2, SignatureV4, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
