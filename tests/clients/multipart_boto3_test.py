"""boto3: checksums of every algorithm, in one piece and in parts, attributes, conditional completions."""

from __future__ import annotations

import base64
import hashlib
import unittest

import client_case
from client_case import MIB, ClientCase, data_of

try:
    import awscrt.checksums
    import boto3
    import botocore
    import botocore.config
    import botocore.exceptions
except ImportError as error:
    raise unittest.SkipTest(f"boto3 could not be installed: {error}") from error

print(f"client: boto3 {boto3.__version__}, botocore {botocore.__version__}")


def crc(function, length: int):
    return lambda data: function(data).to_bytes(length, "big")


# What the client says that the values are.
ALGORITHMS = {
    "CRC32": crc(awscrt.checksums.crc32, 4),
    "CRC32C": crc(awscrt.checksums.crc32c, 4),
    "CRC64NVME": crc(awscrt.checksums.crc64nvme, 8),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
    "SHA512": lambda data: hashlib.sha512(data).digest(),
    "MD5": lambda data: hashlib.md5(data).digest(),
    "XXHASH64": awscrt.checksums.XXHash.compute_xxhash64,
    "XXHASH3": awscrt.checksums.XXHash.compute_xxhash3_64,
    "XXHASH128": awscrt.checksums.XXHash.compute_xxhash3_128,
}
ATTRIBUTES = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
PARTS = (data_of(5 * MIB, 1), b"the end")


def text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


class Base(ClientCase):
    def setUp(self) -> None:
        super().setUp()
        self.s3 = boto3.session.Session().client(
            "s3", endpoint_url=self.endpoint, region_name=client_case.REGION,
            aws_access_key_id=client_case.ACCESS_KEY,
            aws_secret_access_key=client_case.SECRET_KEY,
            verify=str(self.server.ca) if self.scheme == "https" else None,
            config=botocore.config.Config(retries={"max_attempts": 1}))
        self.addCleanup(self.s3.close)
        self.bucket = self.new_bucket_name()
        self.s3.create_bucket(Bucket=self.bucket)
        self.object = {"Bucket": self.bucket, "Key": "k"}

    def assert_error(self, status: int, code: str, call, **arguments) -> dict:
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        response = caught.exception.response
        self.assertEqual((response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]),
                         (status, code), response["Error"].get("Message"))
        return response["Error"]

    def upload(self, parts=(b"body",), algorithm: str | None = None) -> dict:
        """An upload with its parts sent: the arguments that complete it."""
        chosen = {"ChecksumAlgorithm": algorithm} if algorithm else {}
        upload = self.s3.create_multipart_upload(**self.object, **chosen)["UploadId"]
        listed = []
        for number, body in enumerate(parts, 1):
            sums = {f"Checksum{algorithm}": text(ALGORITHMS[algorithm](body))} if algorithm else {}
            answer = self.s3.upload_part(**self.object, UploadId=upload, PartNumber=number,
                                         Body=body, **sums)
            # As callers do it: whatever checksum the answer holds goes into the list.
            listed.append({"PartNumber": number, "ETag": answer["ETag"], **sums,
                           **{name: value for name, value in answer.items()
                              if name.startswith("Checksum") and name != "ChecksumType"}})
        return {**self.object, "UploadId": upload, "MultipartUpload": {"Parts": listed}}


class Checksums:
    def test_every_algorithm_has_the_value_that_the_client_computes(self):
        for algorithm, digest in ALGORITHMS.items():
            with self.subTest(algorithm):
                name, value = f"Checksum{algorithm}", text(digest(b"checked"))
                put = self.s3.put_object(**self.object, Body=b"checked", **{name: value})
                self.assertEqual((put[name], put["ChecksumType"]), (value, "FULL_OBJECT"))
                head = self.s3.head_object(**self.object, ChecksumMode="ENABLED")
                self.assertEqual(head[name], value)
                got = self.s3.get_object(**self.object, ChecksumMode="ENABLED")
                self.assertEqual((got["Body"].read(), got[name]), (b"checked", value))
                self.assert_error(400, "BadDigest", self.s3.put_object, **self.object,
                                  Body=b"others", **{name: value})

    def test_every_algorithm_combines_parts_as_it_can(self):
        for algorithm, digest in ALGORITHMS.items():
            with self.subTest(algorithm):
                name = f"Checksum{algorithm}"
                done = self.s3.complete_multipart_upload(**self.upload(PARTS, algorithm))
                full = algorithm == "CRC64NVME"
                whole = (text(digest(b"".join(PARTS))) if full
                         else text(digest(b"".join(map(digest, PARTS)))) + "-2")
                self.assertEqual((done[name], done["ChecksumType"]),
                                 (whole, "FULL_OBJECT" if full else "COMPOSITE"))
                told = self.s3.get_object_attributes(**self.object, ObjectAttributes=ATTRIBUTES)
                self.assertEqual(told["Checksum"][name], whole)
                self.assertEqual([part[name] for part in told["ObjectParts"]["Parts"]],
                                 [text(digest(part)) for part in PARTS])
                last = self.s3.get_object(**self.object, PartNumber=2, ChecksumMode="ENABLED")
                self.assertEqual((last["Body"].read(), last[name]), (PARTS[1], text(digest(PARTS[1]))))


class Attributes:
    def test_a_plain_object(self):
        etag = self.s3.put_object(**self.object, Body=b"body")["ETag"]
        told = self.s3.get_object_attributes(**self.object, ObjectAttributes=ATTRIBUTES)
        self.assertEqual((told["ETag"], told["ObjectSize"], told["StorageClass"]),
                         (etag.strip('"'), 4, "STANDARD"))
        self.assertNotIn("ObjectParts", told)
        self.assertEqual(told["LastModified"], self.s3.head_object(**self.object)["LastModified"])

    def test_parts_come_in_pages(self):
        self.s3.complete_multipart_upload(**self.upload(PARTS))
        page = self.s3.get_object_attributes(**self.object, ObjectAttributes=["ObjectParts"],
                                             MaxParts=1)["ObjectParts"]
        self.assertEqual((page["TotalPartsCount"], page["IsTruncated"], page["MaxParts"]),
                         (2, True, 1))
        self.assertEqual([part["PartNumber"] for part in page["Parts"]], [1])
        page = self.s3.get_object_attributes(
            **self.object, ObjectAttributes=["ObjectParts"],
            PartNumberMarker=page["NextPartNumberMarker"])["ObjectParts"]
        self.assertEqual([(part["PartNumber"], part["Size"]) for part in page["Parts"]],
                         [(2, len(PARTS[1]))])
        self.assertFalse(page["IsTruncated"])


class Completions:
    def test_completing_twice_answers_the_same(self):
        arguments = self.upload()
        first = self.s3.complete_multipart_upload(**arguments)
        second = self.s3.complete_multipart_upload(**arguments)
        for name in ("ETag", "ChecksumCRC64NVME", "ChecksumType", "Location"):
            self.assertEqual(first[name], second[name], name)

    def test_a_condition_conflicts_with_what_happened_since_the_upload_began(self):
        etag = self.s3.put_object(**self.object, Body=b"same")["ETag"]
        arguments = self.upload()
        self.assert_error(412, "PreconditionFailed", self.s3.complete_multipart_upload,
                          **arguments, IfNoneMatch="*")
        self.s3.put_object(**self.object, Body=b"same")
        error = self.assert_error(409, "ConditionalRequestConflict",
                                  self.s3.complete_multipart_upload, **arguments, IfMatch=etag)
        self.assertEqual((error["Condition"], error["Key"]), ("If-Match", "k"))
        self.s3.complete_multipart_upload(**self.upload(), IfMatch=etag)

    def test_the_expected_size_is_checked(self):
        arguments = self.upload()
        self.assert_error(400, "InvalidRequest", self.s3.complete_multipart_upload, **arguments,
                          MpuObjectSize=5)
        self.s3.complete_multipart_upload(**arguments, MpuObjectSize=4)


client_case.over_http_and_https(globals(), Checksums, Attributes, Completions, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
