"""The test-only reset: a running server is as new, whatever was stored and whoever still writes."""

from __future__ import annotations

import http.client
import json
import threading
import unittest

import client_case
import sigv4
import tarn_server
from client_case import MIB

try:
    import boto3
    import botocore.config
    import botocore.exceptions
except ImportError as error:
    raise unittest.SkipTest(f"boto3 could not be installed: {error}") from error

CREDENTIAL = ("--credential", f"{client_case.ACCESS_KEY}:{client_case.SECRET_KEY}")


class Base(unittest.TestCase):
    arguments: tuple[str, ...] = ()

    def setUp(self) -> None:
        self.server = tarn_server.TarnServer(server_arguments=CREDENTIAL + self.arguments,
                                             secrets=(client_case.SECRET_KEY,))
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)
        self.s3 = self.client("s3")

    def client(self, service: str):
        client = boto3.session.Session().client(
            service, endpoint_url=self.server.api(), region_name=client_case.REGION,
            aws_access_key_id=client_case.ACCESS_KEY, aws_secret_access_key=client_case.SECRET_KEY,
            config=botocore.config.Config(retries={"max_attempts": 1}))
        self.addCleanup(client.close)
        return client

    def reset(self, method: str = "POST", token: str | None = None) -> client_case.Answer:
        if token is None:
            token = (self.server.data / "keys" / "admin-token").read_text().strip()
        return client_case.send(method, self.server.admin() + "/api/v1/reset",
                                {"Authorization": f"Bearer {token}"})

    def bucket_names(self) -> list[str]:
        return [row["Name"] for row in self.s3.list_buckets()["Buckets"]]

    def blobs(self) -> list:
        return [path for path in (self.server.data / "blobs").rglob("*") if path.is_file()]


class WithoutTheFlag(Base):
    def test_there_is_no_such_endpoint(self):
        self.s3.create_bucket(Bucket="kept")
        self.assertEqual(self.reset().status, 404)
        self.assertEqual(self.bucket_names(), ["kept"])


class WithTheFlag(Base):
    arguments = ("--test-reset", "--bucket", "initial:public-read")

    def fill(self) -> None:
        for bucket in ("first", "second"):
            self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket="first",
                                      VersioningConfiguration={"Status": "Enabled"})
        for body in (b"small", b"l" * MIB):
            self.s3.put_object(Bucket="first", Key="k", Body=body)
        self.s3.delete_object(Bucket="first", Key="k")
        upload = self.s3.create_multipart_upload(Bucket="second", Key="k")["UploadId"]
        self.s3.upload_part(Bucket="second", Key="k", UploadId=upload, PartNumber=1,
                            Body=b"p" * MIB)
        self.s3.put_object(Bucket="initial", Key="k", Body=b"body")
        self.s3.delete_bucket_policy(Bucket="initial")

    def test_everything_is_as_after_a_fresh_start(self):
        self.fill()
        distribution = json.loads("""{"CallerReference": "r", "Comment": "", "Enabled": true,
            "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "example.com",
              "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443,
                "OriginProtocolPolicy": "http-only"}}]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all",
              "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"}}""")
        cloudfront = self.client("cloudfront")
        cloudfront.create_distribution(DistributionConfig=distribution)
        self.assertNotEqual(self.blobs(), [])

        answer = self.reset()
        self.assertEqual((answer.status, json.loads(answer.body)), (200, {"reset": True}))
        self.assertEqual(self.bucket_names(), ["initial"])
        self.assertEqual(self.s3.list_objects_v2(Bucket="initial")["KeyCount"], 0)
        self.assertIn("PublicRead", self.s3.get_bucket_policy(Bucket="initial")["Policy"])
        self.assertEqual(self.blobs(), [])
        self.assertEqual(cloudfront.list_distributions()["DistributionList"]["Quantity"], 0)

        # All of it can be made anew, and a restart brings nothing back.
        self.fill()
        cloudfront.create_distribution(DistributionConfig=distribution)
        self.assertEqual(self.reset().status, 200)
        self.server.server.stop()
        self.server.start_server()
        self.assertEqual(self.bucket_names(), ["initial"])
        self.assertEqual(self.blobs(), [])

    def test_it_wants_the_admin_token_and_a_post(self):
        self.s3.create_bucket(Bucket="kept")
        self.assertEqual(self.reset(token="wrong").status, 401)
        self.assertEqual(self.reset(token=client_case.SECRET_KEY).status, 401)
        self.assertEqual(self.reset(method="GET").status, 404)
        self.assertEqual(client_case.send("POST", self.server.api() + "/api/v1/reset").status, 405)
        self.assertEqual(self.bucket_names(), ["initial", "kept"])

    def test_an_upload_under_way_does_not_reach_the_next_bucket_of_that_name(self):
        self.s3.create_bucket(Bucket="busy")
        body = b"u" * MIB
        target, headers = sigv4.sign("PUT", f"127.0.0.1:{self.server.api_port}", "/busy/late", {},
                                     {}, body, client_case.ACCESS_KEY, client_case.SECRET_KEY)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.api_port, timeout=30)
        self.addCleanup(connection.close)
        connection.putrequest("PUT", target, skip_host=True, skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(body[:MIB // 2])

        self.assertEqual(self.reset().status, 200)
        self.s3.create_bucket(Bucket="busy")
        connection.send(body[MIB // 2:])
        answer = connection.getresponse()
        self.assertEqual(answer.status, 404)
        self.assertIn(b"<Code>NoSuchBucket</Code>", answer.read())
        self.assertEqual(self.s3.list_objects_v2(Bucket="busy")["KeyCount"], 0)

    def test_nothing_that_writers_stored_before_is_there_after_it(self):
        for turn in range(5):
            bucket, stop, codes = f"turn-{turn}", threading.Event(), set()
            self.s3.create_bucket(Bucket=bucket)

            def write(number: int) -> None:
                written = 0
                while not stop.is_set():
                    written += 1
                    try:
                        self.s3.put_object(Bucket=bucket, Key=f"{number}-{written}",
                                           Body=b"w" * (100_000 if written % 8 == 0 else 10))
                    except botocore.exceptions.ClientError as error:
                        codes.add(error.response["Error"]["Code"])

            writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
            for writer in writers:
                writer.start()
            try:
                self.assertEqual(self.reset().status, 200)
                for _ in range(20):
                    self.assertEqual(self.bucket_names(), ["initial"])
            finally:
                stop.set()
                for writer in writers:
                    writer.join()
            self.assertLessEqual(codes, {"NoSuchBucket"})
            self.s3.create_bucket(Bucket=bucket)
            self.assertEqual(self.s3.list_objects_v2(Bucket=bucket)["KeyCount"], 0)
        self.assertEqual(self.reset().status, 200)
        self.assertEqual(self.blobs(), [])


if __name__ == "__main__":
    unittest.main()
