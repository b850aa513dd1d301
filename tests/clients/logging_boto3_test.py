"""boto3: server access logs as programs that read them find them."""

from __future__ import annotations

import json
import os
import re
import time
import unittest
import urllib.parse

import boto3_case
import client_case
import tarn_server

if os.environ.get("TARN_TEST_ENDPOINT"):
    raise unittest.SkipTest("another S3 delivers logs after hours")

# The fields in their order, as the page LogFormat of the S3 User Guide lists them.
FIELDS = ("bucket_owner", "bucket", "time", "remote_ip", "requester", "request_id", "operation",
          "key", "request_uri", "status", "error_code", "bytes_sent", "object_size", "total_time",
          "turn_around_time", "referer", "user_agent", "version_id", "host_id",
          "signature_version", "cipher_suite", "authentication_type", "host_header",
          "tls_version", "access_point_arn", "acl_required", "source_region")
FIELD = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')
DELIVERY_SECONDS = 20


def parse_line(line: str) -> dict[str, str]:
    values = [next(group for group in match.groups() if group is not None)
              for match in FIELD.finditer(line)]
    assert len(values) == len(FIELDS), line
    return dict(zip(FIELDS, values))


class LoggingCase(unittest.TestCase):
    """A server of the class's own, with how long records wait."""

    delivery_seconds = 1

    def setUp(self) -> None:
        self.server = tarn_server.TarnServer(
            server_arguments=("--credential", f"{client_case.ACCESS_KEY}:{client_case.SECRET_KEY}",
                              "--log-delivery-seconds", str(self.delivery_seconds)),
            secrets=(client_case.SECRET_KEY,))
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)
        self.s3 = self.client("http")
        for bucket in ("source", "logs"):
            self.s3.create_bucket(Bucket=bucket)

    def client(self, scheme: str):
        client = boto3_case.new_client(self.server.api(scheme), self.server.ca,
                                       signature_version="s3v4")
        self.addCleanup(client.close)
        return client

    def enable(self, **more) -> None:
        self.s3.put_bucket_policy(Bucket="logs", Policy=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"},
                           "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/access/*",
                           "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"}}}]}))
        self.s3.put_bucket_logging(Bucket="source", BucketLoggingStatus={"LoggingEnabled": {
            "TargetBucket": "logs", "TargetPrefix": "access/", **more}})

    def log_keys(self) -> list[str]:
        return [row["Key"] for row in self.s3.list_objects_v2(Bucket="logs").get("Contents", [])]

    def lines(self) -> list[dict[str, str]]:
        texts = [self.s3.get_object(Bucket="logs", Key=key)["Body"].read().decode()
                 for key in self.log_keys()]
        return [parse_line(line) for text in texts for line in text.splitlines()]

    def wait_for(self, *operations: str) -> dict[str, dict[str, str]]:
        """The last line of each operation, once there is one of each."""
        deadline = time.monotonic() + DELIVERY_SECONDS
        while True:
            found = {line["operation"]: line for line in self.lines()}
            if all(operation in found for operation in operations):
                return found
            if time.monotonic() > deadline:
                self.fail(f"no line of {set(operations) - set(found)} among {sorted(found)}")
            time.sleep(0.1)


class Delivery(LoggingCase):
    def test_what_a_client_does_is_in_the_log(self) -> None:
        self.enable()
        over_tls = self.client("https")
        over_tls.put_object(Bucket="source", Key="a b/ü%", Body=b"12345")
        self.s3.copy_object(Bucket="source", Key="copy", CopySource={"Bucket": "source",
                                                                      "Key": "a b/ü%"})
        self.s3.list_object_versions(Bucket="source")
        url = self.s3.generate_presigned_url("get_object", {"Bucket": "source", "Key": "copy"})
        client_case.send("GET", url, {"User-Agent": 'evil" 200 "\\', "Referer": "http://here/"})
        self.s3.delete_objects(Bucket="source", Delete={"Objects": [{"Key": "copy"}]})
        found = self.wait_for("REST.PUT.OBJECT", "REST.COPY.OBJECT", "REST.COPY.OBJECT_GET",
                              "REST.GET.BUCKETVERSIONS", "REST.GET.OBJECT",
                              "REST.POST.MULTI_OBJECT_DELETE", "BATCH.DELETE.OBJECT")
        put = found["REST.PUT.OBJECT"]
        owner = self.s3.list_buckets()["Owner"]["ID"]
        self.assertEqual((put["bucket_owner"], put["requester"]), (owner, owner))
        self.assertEqual((put["bucket"], put["remote_ip"]), ("source", "127.0.0.1"))
        twice = urllib.parse.quote(urllib.parse.quote("a b/ü%"))
        self.assertEqual(put["key"], twice)
        self.assertEqual((put["status"], put["error_code"], put["object_size"]), ("200", "-", "5"))
        self.assertIn("Boto3/", put["user_agent"])
        self.assertEqual((put["signature_version"], put["authentication_type"]),
                         ("SigV4", "AuthHeader"))
        self.assertRegex(put["tls_version"], r"^TLSv1\.[23]$")
        self.assertNotEqual(put["cipher_suite"], "-")
        self.assertEqual(found["REST.COPY.OBJECT_GET"]["key"], twice)
        self.assertEqual(found["REST.COPY.OBJECT_GET"]["request_id"],
                         found["REST.COPY.OBJECT"]["request_id"])
        get = found["REST.GET.OBJECT"]
        self.assertEqual((get["authentication_type"], get["tls_version"]), ("QueryString", "-"))
        self.assertEqual((get["user_agent"], get["referer"]),
                         ("evil%22 200 %22%5C", "http://here/"))
        self.assertTrue(get["request_uri"].startswith("GET /source/copy?"), get["request_uri"])
        self.assertEqual(found["BATCH.DELETE.OBJECT"]["key"], "copy")
        self.assertEqual(found["BATCH.DELETE.OBJECT"]["status"], "204")

    def test_partitions_are_named_after_the_source(self) -> None:
        self.enable(TargetObjectKeyFormat={
            "PartitionedPrefix": {"PartitionDateSource": "DeliveryTime"}})
        self.s3.head_bucket(Bucket="source")
        self.wait_for("REST.HEAD.BUCKET")
        for key in self.log_keys():
            self.assertRegex(key, r"^access/\d{12}/us-east-1/source/\d{4}/\d\d/\d\d/"
                                  r"\d{4}(-\d\d){5}-[0-9A-Z]{16}$")

    def test_what_nobody_may_write_is_told_in_the_servers_log(self) -> None:
        self.enable()
        self.s3.delete_bucket_policy(Bucket="logs")
        self.s3.head_bucket(Bucket="source")
        self.server.server.wait_until(
            lambda: "lets logging.s3.amazonaws.com write" in self.server.server.log_tail(),
            "warned")
        self.assertEqual(self.log_keys(), [])


class End(LoggingCase):
    delivery_seconds = 3600

    def test_an_orderly_end_delivers_what_waits(self) -> None:
        self.enable()
        for number in range(100):
            self.s3.put_object(Bucket="source", Key=str(number), Body=b"x")
        self.server.server.stop()
        self.server.start_server()
        keys = [line["key"] for line in self.lines() if line["operation"] == "REST.PUT.OBJECT"]
        self.assertEqual(sorted(keys, key=int), [str(number) for number in range(100)])
        self.assertEqual(len(self.log_keys()), 1)

    def test_a_crash_loses_what_waits_and_nothing_else(self) -> None:
        self.enable()
        self.s3.put_object(Bucket="source", Key="k", Body=b"x")
        self.server.kill_server()
        self.server.start_server()
        self.assertEqual(self.log_keys(), [])
        self.assertEqual(self.s3.get_object(Bucket="source", Key="k")["Body"].read(), b"x")
        self.server.server.stop()
        self.server.start_server()
        self.assertEqual([line["operation"] for line in self.lines()], ["REST.GET.OBJECT"])


if __name__ == "__main__":
    unittest.main()
