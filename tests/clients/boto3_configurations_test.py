"""boto3: tags, CORS and the configurations of buckets, as the SDK reads and writes them."""

from __future__ import annotations

import unittest
import urllib.parse

import client_case
from boto3_case import BucketCase

ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                         "BucketKeyEnabled": False}]}
LIFECYCLE = {"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "logs/"},
                        "Expiration": {"Days": 30}}]}
WEBSITE = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"},
           "RoutingRules": [{"Condition": {"KeyPrefixEquals": "old/"},
                             "Redirect": {"ReplaceKeyPrefixWith": "new/"}}]}
NOTIFICATION = {"QueueConfigurations": [
    {"Id": "q", "QueueArn": "arn:aws:sqs:us-east-1:000000000000:q",
     "Events": ["s3:ObjectCreated:*"]}]}
INVENTORY = {"Id": "i", "IsEnabled": True, "IncludedObjectVersions": "All",
             "Schedule": {"Frequency": "Daily"},
             "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::t", "Format": "CSV"}}}


def dict_of(tag_set: list[dict]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tag_set}


def tag_set(**tags: str) -> dict:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}


class Base(BucketCase):
    def client(self, **config):
        return super().client(signature_version="s3v4", **config)

    def assert_error(self, status: int, code: str, call, **arguments) -> dict:
        return super().assert_error(status, code, call, Bucket=self.bucket, **arguments)


class Tags:
    def tags_of(self, key: str) -> dict[str, str]:
        return dict_of(self.s3.get_object_tagging(Bucket=self.bucket, Key=key)["TagSet"])

    def test_of_objects(self):
        self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"body", Tagging="a=1&b=x%20y")
        self.assertEqual(self.tags_of("k"), {"a": "1", "b": "x y"})
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="k")["TagCount"], 2)
        self.s3.put_object_tagging(Bucket=self.bucket, Key="k", Tagging=tag_set(c="ü"))
        self.assertEqual(self.tags_of("k"), {"c": "ü"})
        source = {"Bucket": self.bucket, "Key": "k"}
        self.s3.copy_object(Bucket=self.bucket, Key="kept", CopySource=source)
        self.assertEqual(self.tags_of("kept"), {"c": "ü"})
        self.s3.copy_object(Bucket=self.bucket, Key="new", CopySource=source,
                            TaggingDirective="REPLACE", Tagging="d=4")
        self.assertEqual(self.tags_of("new"), {"d": "4"})
        self.s3.delete_object_tagging(Bucket=self.bucket, Key="k")
        self.assertEqual(self.tags_of("k"), {})
        self.assert_error(400, "InvalidTag", self.s3.put_object_tagging, Key="k",
                          Tagging={"TagSet": [{"Key": "a", "Value": "1"},
                                              {"Key": "a", "Value": "2"}]})

    def test_of_a_presigned_upload(self):
        url = self.s3.generate_presigned_url(
            "put_object", Params={"Bucket": self.bucket, "Key": "k", "Tagging": "a=1"})
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
        # A header that was signed must be sent.
        headers = {}
        if "x-amz-tagging" in query["X-Amz-SignedHeaders"][0].split(";"):
            headers["x-amz-tagging"] = "a=1"
        self.assertEqual(self.send("PUT", url, headers, b"body").status, 200)
        self.assertEqual(self.tags_of("k"), {"a": "1"})

    def test_of_buckets(self):
        self.assert_error(404, "NoSuchTagSet", self.s3.get_bucket_tagging)
        self.s3.put_bucket_tagging(Bucket=self.bucket, Tagging=tag_set(team="a", cost="7"))
        self.assertEqual(dict_of(self.s3.get_bucket_tagging(Bucket=self.bucket)["TagSet"]),
                         {"team": "a", "cost": "7"})
        self.s3.delete_bucket_tagging(Bucket=self.bucket)
        self.assert_error(404, "NoSuchTagSet", self.s3.get_bucket_tagging)


class Cors:
    def test_a_browser_may_and_may_not(self):
        rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://*.example"],
                "AllowedHeaders": ["x-amz-*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}
        self.assert_error(404, "NoSuchCORSConfiguration", self.s3.get_bucket_cors)
        self.s3.put_bucket_cors(Bucket=self.bucket, CORSConfiguration={"CORSRules": [rule]})
        self.assertEqual(self.s3.get_bucket_cors(Bucket=self.bucket)["CORSRules"], [rule])
        url = f"{self.endpoint}/{self.bucket}/k"
        asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT",
                 "Access-Control-Request-Headers": "x-amz-acl"}
        allowed = self.send("OPTIONS", url, asked)
        self.assertEqual(allowed.status, 200)
        self.assertEqual(allowed.headers["access-control-allow-origin"], "https://a.example")
        self.assertEqual(allowed.headers["access-control-allow-headers"], "x-amz-acl")
        refused = self.send("OPTIONS", url, {**asked, "Origin": "https://a.test"})
        self.assert_refused(refused, 403, "AccessForbidden")
        actual = self.send("GET", url, {"Origin": "https://a.example"})
        self.assert_refused(actual, 403, "AccessDenied")
        self.assertEqual(actual.headers["access-control-expose-headers"], "ETag")


class Configurations:
    def without_metadata(self, answer: dict) -> dict:
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def test_come_back_as_they_were_put(self):
        put_and_get = (
            ("encryption", {"ServerSideEncryptionConfiguration": ENCRYPTION}),
            ("website", {"WebsiteConfiguration": WEBSITE}),
            ("notification_configuration", {"NotificationConfiguration": NOTIFICATION}),
            ("accelerate_configuration", {"AccelerateConfiguration": {"Status": "Enabled"}}),
            ("request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}),
            ("logging", {"BucketLoggingStatus": {"LoggingEnabled": {
                "TargetBucket": self.bucket, "TargetPrefix": "logs/"}}}),
            ("lifecycle_configuration", {"LifecycleConfiguration": LIFECYCLE}),
        )
        for name, arguments in put_and_get:
            with self.subTest(name):
                getattr(self.s3, f"put_bucket_{name}")(Bucket=self.bucket, **arguments)
                got = getattr(self.s3, f"get_bucket_{name}")(Bucket=self.bucket)
                wanted = next(iter(arguments.values()))
                found = self.without_metadata(got)
                found.pop("TransitionDefaultMinimumObjectSize", None)
                self.assertEqual(found.get("ServerSideEncryptionConfiguration", found), wanted)

    def test_with_an_id_are_listed(self):
        s3, bucket = self.s3, self.bucket
        self.assert_error(404, "NoSuchConfiguration", s3.get_bucket_inventory_configuration, Id="i")
        s3.put_bucket_inventory_configuration(Bucket=bucket, Id="i",
                                              InventoryConfiguration=INVENTORY)
        got = s3.get_bucket_inventory_configuration(Bucket=bucket, Id="i")
        self.assertEqual(got["InventoryConfiguration"], INVENTORY)
        listed = s3.list_bucket_inventory_configurations(Bucket=bucket)
        self.assertEqual(listed["InventoryConfigurationList"], [INVENTORY])
        self.assert_error(400, "IdMismatch", s3.put_bucket_inventory_configuration, Id="j",
                          InventoryConfiguration=INVENTORY)
        s3.delete_bucket_inventory_configuration(Bucket=bucket, Id="i")
        self.assertNotIn("InventoryConfigurationList",
                         s3.list_bucket_inventory_configurations(Bucket=bucket))


client_case.over_http_and_https(globals(), Tags, Cors, Configurations, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
