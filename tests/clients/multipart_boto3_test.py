"""boto3: parts by hand, the attributes that they leave, conditional and repeated completions."""

from __future__ import annotations

import unittest

import client_case
from boto3_case import BucketCase
from client_case import MIB, data_of

ATTRIBUTES = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
PARTS = (data_of(5 * MIB, 1), b"the end")


class Base(BucketCase):
    def setUp(self) -> None:
        super().setUp()
        self.object = {"Bucket": self.bucket, "Key": "k"}

    def upload(self, parts=(b"body",)) -> dict:
        """An upload with its parts sent: the arguments that complete it."""
        upload = self.s3.create_multipart_upload(**self.object)["UploadId"]
        listed = []
        for number, body in enumerate(parts, 1):
            answer = self.s3.upload_part(**self.object, UploadId=upload, PartNumber=number,
                                         Body=body)
            # As callers do it: whatever checksum the answer holds goes into the list.
            listed.append({"PartNumber": number, "ETag": answer["ETag"],
                           **{name: value for name, value in answer.items()
                              if name.startswith("Checksum") and name != "ChecksumType"}})
        return {**self.object, "UploadId": upload, "MultipartUpload": {"Parts": listed}}


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
                                  self.s3.complete_multipart_upload, **arguments,
                                  IfMatch=etag)["Error"]
        self.assertEqual((error["Condition"], error["Key"]), ("If-Match", "k"))
        self.s3.complete_multipart_upload(**self.upload(), IfMatch=etag)

    def test_the_expected_size_is_checked(self):
        arguments = self.upload()
        self.assert_error(400, "InvalidRequest", self.s3.complete_multipart_upload, **arguments,
                          MpuObjectSize=5)
        self.s3.complete_multipart_upload(**arguments, MpuObjectSize=4)


client_case.over_http_and_https(globals(), Attributes, Completions, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
