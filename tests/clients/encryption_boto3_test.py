"""boto3: server-side encryption with S3's own keys and with customers' keys."""

from __future__ import annotations

import base64
import hashlib
import pathlib
import tempfile
import unittest

import client_case
from boto3_case import BucketCase

BODY = bytes(range(256)) * 1200  # several blocks
KEY = hashlib.sha256(b"one key").digest()
OTHER_KEY = hashlib.sha256(b"another key").digest()


def customer_key(key: bytes, prefix: str = "") -> dict[str, str]:
    """The arguments of boto3, which adds the digest of the key."""
    return {f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": key}


class Base(BucketCase):
    def setUp(self) -> None:
        super().setUp()
        self.object = {"Bucket": self.bucket, "Key": "k"}

    def body(self, **more) -> bytes:
        return self.s3.get_object(**self.object, **more)["Body"].read()


class OwnKeys:
    def test_every_object_is_encrypted(self):
        self.assertEqual(self.s3.put_object(**self.object, Body=BODY)["ServerSideEncryption"],
                         "AES256")
        self.assertEqual(self.s3.head_object(**self.object)["ServerSideEncryption"], "AES256")
        self.assertEqual(self.body(), BODY)
        self.assertEqual(self.body(Range="bytes=65510-65530"), BODY[65510:65531])

    def test_uploads_in_parts_and_copies_say_so(self):
        upload = self.s3.create_multipart_upload(**self.object, ServerSideEncryption="AES256")
        self.assertEqual(upload["ServerSideEncryption"], "AES256")
        named = {**self.object, "UploadId": upload["UploadId"]}
        part = self.s3.upload_part(**named, PartNumber=1, Body=BODY)
        self.assertEqual(part["ServerSideEncryption"], "AES256")
        done = self.s3.complete_multipart_upload(
            **named, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
        self.assertEqual(done["ServerSideEncryption"], "AES256")
        copied = self.s3.copy_object(Bucket=self.bucket, Key="copy", CopySource=self.object)
        self.assertEqual(copied["ServerSideEncryption"], "AES256")
        self.assertEqual(self.body(), BODY)

    def test_kms_is_refused_and_not_ignored(self):
        self.assert_error(501, "NotImplemented", self.s3.put_object, **self.object, Body=b"x",
                          ServerSideEncryption="aws:kms")


class CustomerKeysHttp(Base):
    scheme = "http"

    def test_they_do_not_go_over_plain_http(self):
        self.assert_error(400, "InvalidRequest", self.s3.put_object, **self.object, Body=BODY,
                          **customer_key(KEY))


class CustomerKeysHttps(Base):
    scheme = "https"

    def setUp(self) -> None:
        super().setUp()
        self.s3.put_bucket_encryption(
            Bucket=self.bucket, ServerSideEncryptionConfiguration={"Rules": [
                {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]})

    def test_the_key_opens_and_another_does_not(self):
        put = self.s3.put_object(**self.object, Body=BODY, **customer_key(KEY))
        self.assertEqual(put["SSECustomerAlgorithm"], "AES256")
        self.assertEqual(put["SSECustomerKeyMD5"],
                         base64.b64encode(hashlib.md5(KEY).digest()).decode())
        self.assertNotEqual(put["ETag"].strip('"'), hashlib.md5(BODY).hexdigest())
        self.assertEqual(self.body(**customer_key(KEY)), BODY)
        self.assert_error(400, "InvalidRequest", self.s3.get_object, **self.object)
        self.assert_error(403, "AccessDenied", self.s3.get_object, **self.object,
                          **customer_key(OTHER_KEY))
        self.assert_error(403, "403", self.s3.head_object, **self.object,
                          **customer_key(OTHER_KEY))

    def test_managed_uploads_and_downloads(self):
        with tempfile.TemporaryDirectory() as directory:
            path, got = pathlib.Path(directory, "big"), pathlib.Path(directory, "got")
            path.write_bytes(BODY * 40)  # in two parts
            self.s3.upload_file(str(path), self.bucket, "k", ExtraArgs=customer_key(KEY))
            self.s3.download_file(self.bucket, "k", str(got), ExtraArgs=customer_key(KEY))
            self.assertEqual(got.read_bytes(), BODY * 40)

    def test_a_copy_changes_the_key(self):
        self.s3.put_object(**self.object, Body=BODY, **customer_key(KEY))
        self.s3.copy_object(**self.object, CopySource=self.object,
                            **customer_key(KEY, "CopySource"), **customer_key(OTHER_KEY))
        self.assertEqual(self.body(**customer_key(OTHER_KEY)), BODY)
        self.s3.copy_object(**self.object, CopySource=self.object,
                            ServerSideEncryption="AES256",
                            **customer_key(OTHER_KEY, "CopySource"))
        self.assertEqual(self.body(), BODY)

    def test_buckets_refuse_them_until_they_are_told_otherwise(self):
        self.s3.delete_bucket_encryption(Bucket=self.bucket)
        self.assert_error(403, "AccessDenied", self.s3.put_object, **self.object, Body=BODY,
                          **customer_key(KEY))


client_case.over_http_and_https(globals(), OwnKeys, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
