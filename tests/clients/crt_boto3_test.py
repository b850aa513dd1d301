"""boto3 with the CRT as its transfer client: parallel parts, ranges, unsigned trailers everywhere."""

from __future__ import annotations

import io
import unittest

import client_case
from boto3_case import BucketCase
from client_case import MIB, data_of, sha256

import awscrt
import boto3.crt
import boto3.exceptions
import boto3.s3.transfer
import botocore.exceptions
import botocore.session
import s3transfer.crt

print(f"client: awscrt {awscrt.__version__}")

TRANSFER = boto3.s3.transfer.TransferConfig(
    preferred_transfer_client="crt", multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "XXHASH64", "XXHASH3",
              "XXHASH128")
SIZES = (0, 1, 5 * MIB, 8 * MIB, 16 * MIB + 1)


class Base(BucketCase):
    @classmethod
    def setUpClass(cls) -> None:
        """The CRT's client is made once for a process: this replaces the one that boto3 would make.

        boto3 tells it neither an endpoint nor a CA; otherwise it is made as there.
        """
        super().setUpClass()
        session = botocore.session.Session()
        session.set_credentials(client_case.ACCESS_KEY, client_case.SECRET_KEY)
        credentials = s3transfer.crt.BotocoreCRTCredentialsWrapper(session.get_credentials())
        client = s3transfer.crt.create_s3_crt_client(
            client_case.REGION, credentials.to_crt_credentials_provider(),
            use_ssl=cls.scheme == "https",
            verify=str(cls.server.ca) if cls.scheme == "https" else None)
        boto3.crt.CRT_S3_CLIENT = boto3.crt.CRTS3Client(
            client, None, client_case.REGION, credentials)
        boto3.crt.BOTOCORE_CRT_SERIALIZER = s3transfer.crt.BotocoreCRTRequestSerializer(
            session, {"region_name": client_case.REGION, "endpoint_url": cls.endpoint})
        cls.addClassCleanup(cls.forget)

    @staticmethod
    def forget() -> None:
        boto3.crt.CRT_S3_CLIENT = boto3.crt.BOTOCORE_CRT_SERIALIZER = None

    def upload(self, data: bytes, key: str = "k", **arguments) -> None:
        self.s3.upload_fileobj(io.BytesIO(data), self.bucket, key, Config=TRANSFER,
                               ExtraArgs=arguments)

    def download(self, key: str = "k", **arguments) -> bytes:
        target = io.BytesIO()
        self.s3.download_fileobj(self.bucket, key, target, Config=TRANSFER, ExtraArgs=arguments)
        return target.getvalue()

    def head(self, key: str = "k") -> dict:
        return self.s3.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")


class Transfers:
    def test_it_is_the_crt_that_transfers(self):
        manager = boto3.s3.transfer.create_transfer_manager(self.s3, TRANSFER)
        self.assertIsInstance(manager, s3transfer.crt.CRTTransferManager)

    def test_sizes_around_a_part(self):
        for size in SIZES:
            with self.subTest(size):
                data = data_of(size)
                self.upload(data)
                self.assertEqual(self.head()["ContentLength"], size)
                self.assertEqual(sha256(self.download()), sha256(data))

    def test_64_mib_of_a_file_there_and_back(self):
        path, digest = self.large_file()
        self.s3.upload_file(str(path), self.bucket, "large", Config=TRANSFER)
        head = self.head("large")
        self.assertTrue(head["ETag"].endswith('-8"'), head["ETag"])
        self.assertTrue(head["ChecksumCRC32"].endswith("-8"), head["ChecksumCRC32"])
        target = self.directory / "down"
        self.s3.download_file(self.bucket, "large", str(target), Config=TRANSFER)
        self.assertEqual(client_case.sha256_of_file(target), digest)

    def test_every_algorithm_of_the_crt_in_one_piece_and_in_parts(self):
        for algorithm in ALGORITHMS:
            for size in (MIB, 12 * MIB):
                with self.subTest(f"{algorithm} {size}"):
                    data = data_of(size, size)
                    self.upload(data, ChecksumAlgorithm=algorithm)
                    self.assertIn(f"Checksum{algorithm}", self.head())
                    self.assertEqual(sha256(self.download()), sha256(data))

    def test_what_others_stored_in_odd_parts(self):
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key="k")["UploadId"]
        names = {"Bucket": self.bucket, "Key": "k", "UploadId": upload}
        bodies = [data_of(6 * MIB, 1), data_of(5 * MIB + 7, 2), data_of(9, 3)]
        parts = [{"PartNumber": number, "ETag": self.s3.upload_part(
            **names, PartNumber=number, Body=body)["ETag"]} for number, body in enumerate(bodies, 1)]
        self.s3.complete_multipart_upload(**names, MultipartUpload={"Parts": parts})
        self.assertEqual(sha256(self.download()), sha256(b"".join(bodies)))

    def test_headers_metadata_and_tags(self):
        self.upload(data_of(12 * MIB), ContentType="video/mp4", Metadata={"colour": "blue"},
                    Tagging="a=1&b=2")
        head = self.head()
        self.assertEqual((head["ContentType"], head["Metadata"], head["TagCount"]),
                         ("video/mp4", {"colour": "blue"}, 2))

    def test_odd_keys(self):
        for key in client_case.ODD_KEYS:
            with self.subTest(key[:40]):
                self.upload(key.encode(), key)
                self.assertEqual(self.download(key), key.encode())


class Ranges:
    def test_of_a_large_object(self):
        """download_fileobj has no Range: the CRT itself is asked, as other programs on it do."""
        data = data_of(20 * MIB)
        self.upload(data)
        for first, last in ((0, 0), (5, 9 * MIB), (8 * MIB - 1, 8 * MIB), (19 * MIB, 20 * MIB - 1)):
            with self.subTest(f"{first}-{last}"):
                self.assertEqual(sha256(self.read(f"bytes={first}-{last}")),
                                 sha256(data[first:last + 1]))

    def read(self, wanted: str) -> bytes:
        pieces: dict[int, bytes] = {}
        request = awscrt.http.HttpRequest("GET", f"/{self.bucket}/k", awscrt.http.HttpHeaders([
            ("host", self.endpoint.partition("://")[2]), ("range", wanted)]))
        boto3.crt.CRT_S3_CLIENT.crt_client.make_request(
            type=awscrt.s3.S3RequestType.GET_OBJECT, request=request, part_size=5 * MIB,
            on_body=lambda chunk, offset, **_: pieces.__setitem__(offset, chunk),
        ).finished_future.result(30)
        return b"".join(pieces[offset] for offset in sorted(pieces))


class Errors:
    def test_nothing_there(self):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            self.download("none")
        self.assertIn(caught.exception.response["Error"]["Code"], ("404", "NoSuchKey"))

    def test_a_wrong_value_of_the_caller_stores_nothing(self):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            self.upload(b"body", ChecksumCRC32="AAAAAA==")
        self.assertEqual(caught.exception.response["Error"]["Code"], "BadDigest")
        self.assertEqual(self.s3.list_objects_v2(Bucket=self.bucket)["KeyCount"], 0)


client_case.over_http_and_https(globals(), Transfers, Ranges, Errors, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
