"""boto3: every checksum setting and algorithm, in one piece and in parts, of files and streams."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import unittest
import unittest.mock

import client_case
from boto3_case import BucketCase
from client_case import MIB, data_of, sha256

import awscrt.checksums
import boto3.s3.transfer
import botocore.exceptions
import botocore.httpchecksum


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
COMPUTED = tuple(name for name in ALGORITHMS if name != "MD5")  # boto3 passes on a caller's MD5 only
WHEN = ("when_supported", "when_required")
UNCHOSEN = "CRC64NVME"  # what S3 computes when the client sends none
TRANSFER = boto3.s3.transfer.TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
PARTS = (data_of(5 * MIB, 1), b"the end")
WHOLE = b"".join(PARTS)


def value(algorithm: str, data: bytes) -> str:
    return base64.b64encode(ALGORITHMS[algorithm](data)).decode()


def value_of_parts(algorithm: str) -> tuple[str, str]:
    """What an upload in PARTS has by default, and its type."""
    if algorithm == UNCHOSEN:
        return value(algorithm, WHOLE), "FULL_OBJECT"
    return f"{value(algorithm, b''.join(map(ALGORITHMS[algorithm], PARTS)))}-2", "COMPOSITE"


class Stream:
    """A pipe, as boto3 sees it: it can be read once and knows neither its length nor its place."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


class Base(BucketCase):
    def setUp(self) -> None:
        super().setUp()
        self.object = {"Bucket": self.bucket, "Key": "k"}
        self.sent: list[dict[str, str]] = []

    def client(self, **config):
        """Notes the headers of every upload, as they go out."""
        client = super().client(**config)
        for operation in ("PutObject", "UploadPart"):
            client.meta.events.register_last(f"before-send.s3.{operation}", self.note)
        return client

    def note(self, request, **_) -> None:
        self.sent.append({name.lower(): text.decode() if isinstance(text, bytes) else text
                          for name, text in request.headers.items()})

    def assert_sent(self, algorithm: str | None) -> None:
        """Every noted upload had a checksum, over HTTPS as an unsigned trailer, or it had none."""
        self.assertTrue(self.sent)
        name = f"x-amz-checksum-{algorithm}".lower()
        for headers in self.sent:
            payload = headers["x-amz-content-sha256"]
            if algorithm is None:
                self.assertFalse([name for name in headers if name.startswith("x-amz-checksum-")])
                self.assertNotIn("x-amz-trailer", headers)
            elif self.scheme == "https":
                self.assertEqual((headers["x-amz-trailer"], headers["content-encoding"], payload),
                                 (name, "aws-chunked", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"))
                self.assertNotIn(name, headers)
            else:
                self.assertIn(name, headers)
                self.assertRegex(payload, "^[0-9a-f]{64}$")
        self.sent.clear()

    def assert_stored(self, data: bytes, algorithm: str, expected: str, kind: str) -> None:
        head = self.s3.head_object(**self.object, ChecksumMode="ENABLED")
        self.assertEqual((head.get(f"Checksum{algorithm}"), head["ChecksumType"]), (expected, kind))
        self.assertNotIn("ContentEncoding", head)
        self.assertEqual(sha256(self.s3.get_object(**self.object)["Body"].read()), sha256(data))

    def assert_nothing_stored(self) -> None:
        self.assertEqual(self.s3.list_objects_v2(Bucket=self.bucket)["KeyCount"], 0)
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket=self.bucket))

    def wrong_checksums(self):
        """boto3 then computes the values of other data: a body that was damaged on its way."""
        def wrong(right: type) -> type:
            class Wrong(right):
                def update(self, chunk):
                    super().update(chunk + b"damage")
            return Wrong
        classes = botocore.httpchecksum._CHECKSUM_CLS
        return unittest.mock.patch.dict(classes, {name: wrong(of) for name, of in classes.items()})


class Settings:
    def setUp(self) -> None:
        super().setUp()
        self.clients = {(request, response): self.client(request_checksum_calculation=request,
                                                         response_checksum_validation=response)
                        for request, response in itertools.product(WHEN, repeat=2)}

    def test_one_piece(self):
        for (request, response), s3 in self.clients.items():
            for chosen in (None, *COMPUTED):
                with self.subTest(f"{request} {response} {chosen}"):
                    arguments = {"ChecksumAlgorithm": chosen} if chosen else {}
                    put = s3.put_object(**self.object, Body=b"checked", **arguments)
                    sent = chosen or ("CRC32" if request == "when_supported" else None)
                    self.assert_sent(sent)
                    stored = sent or UNCHOSEN
                    expected = value(stored, b"checked")
                    self.assertEqual(put[f"Checksum{stored}"], expected)
                    self.assert_stored(b"checked", stored, expected, "FULL_OBJECT")
                    self.assert_validated(s3, response, stored)

    def assert_validated(self, s3, response: str, stored: str) -> None:
        got = s3.get_object(**self.object)
        told = got.get(f"Checksum{stored}")
        self.assertEqual(isinstance(got["Body"], botocore.httpchecksum.StreamingChecksumBody),
                         response == "when_supported")
        self.assertEqual(told is not None, response == "when_supported")
        self.assertEqual(got["Body"].read(), b"checked")

    def test_files_in_parts(self):
        path, target = self.directory / "up", self.directory / "down"
        path.write_bytes(WHOLE)
        # The setting of the responses changes nothing of the uploads: each takes its turn.
        for (request, response), chosen in itertools.chain(
                itertools.product([WHEN, WHEN[::-1]], (None, *COMPUTED)),
                itertools.product([(when, when) for when in WHEN], (None, "CRC32C"))):
            with self.subTest(f"{request} {response} {chosen}"):
                s3 = self.clients[request, response]
                s3.upload_file(str(path), self.bucket, "k", Config=TRANSFER,
                               ExtraArgs={"ChecksumAlgorithm": chosen} if chosen else None)
                sent = chosen or ("CRC32" if request == "when_supported" else None)
                self.assertEqual(len(self.sent), 2)
                self.assert_sent(sent)
                self.assert_stored(WHOLE, sent or UNCHOSEN, *value_of_parts(sent or UNCHOSEN))
                s3.download_file(self.bucket, "k", str(target), Config=TRANSFER)
                self.assertEqual(client_case.sha256_of_file(target), sha256(WHOLE))


class Values:
    def test_every_algorithm_has_the_value_that_the_client_computes(self):
        for algorithm in ALGORITHMS:
            with self.subTest(algorithm):
                name, expected = f"Checksum{algorithm}", value(algorithm, b"checked")
                put = self.s3.put_object(**self.object, Body=b"checked", **{name: expected})
                self.assertEqual((put[name], put["ChecksumType"]), (expected, "FULL_OBJECT"))
                got = self.s3.get_object(**self.object, ChecksumMode="ENABLED")
                self.assertEqual((got["Body"].read(), got[name]), (b"checked", expected))
                part = self.s3.get_object(**self.object, ChecksumMode="ENABLED", Range="bytes=1-2")
                self.assertEqual((part["Body"].read(), part.get(name)), (b"he", None))
                self.assert_error(400, "BadDigest", self.s3.put_object, **self.object,
                                  Body=b"others", **{name: expected})
                self.assert_stored(b"checked", algorithm, expected, "FULL_OBJECT")

    def test_every_algorithm_combines_parts_as_it_can(self):
        for algorithm in ALGORITHMS:
            with self.subTest(algorithm):
                name = f"Checksum{algorithm}"
                done = self.s3.complete_multipart_upload(**self.upload(algorithm))
                expected, kind = value_of_parts(algorithm)
                self.assertEqual((done[name], done["ChecksumType"]), (expected, kind))
                told = self.s3.get_object_attributes(
                    **self.object, ObjectAttributes=["Checksum", "ObjectParts"])
                self.assertEqual(told["Checksum"], {name: expected, "ChecksumType": kind})
                values = [value(algorithm, part) for part in PARTS]
                self.assertEqual([part[name] for part in told["ObjectParts"]["Parts"]], values)
                last = self.s3.get_object(**self.object, PartNumber=2, ChecksumMode="ENABLED")
                self.assertEqual((last["Body"].read(), last[name]), (PARTS[1], values[1]))

    def upload(self, algorithm: str) -> dict:
        """An upload whose parts came with the caller's values: the arguments that complete it."""
        upload = self.s3.create_multipart_upload(
            **self.object, ChecksumAlgorithm=algorithm)["UploadId"]
        listed = []
        for number, body in enumerate(PARTS, 1):
            sums = {f"Checksum{algorithm}": value(algorithm, body)}
            answer = self.s3.upload_part(**self.object, UploadId=upload, PartNumber=number,
                                         Body=body, **sums)
            listed.append({"PartNumber": number, "ETag": answer["ETag"], **sums})
        return {**self.object, "UploadId": upload, "MultipartUpload": {"Parts": listed}}

    def test_of_whole_files_in_parts(self):
        path = self.directory / "up"
        path.write_bytes(WHOLE)
        for algorithm in ("CRC32", "CRC32C", "CRC64NVME"):
            given = {f"Checksum{algorithm}": value(algorithm, WHOLE)}
            computed = {"ChecksumAlgorithm": algorithm, "ChecksumType": "FULL_OBJECT"}
            for name, arguments in (("given", given), ("computed", computed)):
                with self.subTest(f"{algorithm} {name}"):
                    self.s3.upload_file(str(path), self.bucket, "k", Config=TRANSFER,
                                        ExtraArgs=dict(arguments))
                    self.assert_stored(WHOLE, algorithm, value(algorithm, WHOLE), "FULL_OBJECT")

    def test_composite_where_it_is_asked_for(self):
        path = self.directory / "up"
        path.write_bytes(WHOLE)
        for algorithm in (name for name in COMPUTED if name != "CRC64NVME"):
            with self.subTest(algorithm):
                self.s3.upload_file(str(path), self.bucket, "k", Config=TRANSFER, ExtraArgs={
                    "ChecksumAlgorithm": algorithm, "ChecksumType": "COMPOSITE"})
                self.assert_stored(WHOLE, algorithm, *value_of_parts(algorithm))


class Refused:
    def test_a_wrong_value_of_the_caller(self):
        for algorithm in ALGORITHMS:
            with self.subTest(algorithm):
                error = self.assert_error(400, "BadDigest", self.s3.put_object, **self.object,
                                          Body=b"body", **{
                                              f"Checksum{algorithm}": value(algorithm, b"other")})
                self.assertEqual(error["Error"]["Message"], f"The {algorithm} you specified did "
                                 "not match the calculated checksum.")
                self.assert_nothing_stored()

    def test_a_body_that_was_damaged_on_its_way(self):
        for algorithm in COMPUTED:
            with self.subTest(algorithm), self.wrong_checksums():
                self.assert_error(400, "BadDigest", self.s3.put_object, **self.object,
                                  Body=b"body", ChecksumAlgorithm=algorithm)
                self.assert_sent(algorithm)
                self.assert_nothing_stored()

    def test_a_download_that_was_damaged_on_its_way(self):
        """Only what the server's answer holds lets the client notice."""
        for algorithm in COMPUTED:
            with self.subTest(algorithm):
                self.s3.put_object(**self.object, Body=b"body", ChecksumAlgorithm=algorithm)
                got = self.s3.get_object(**self.object)
                self.assertEqual(got["Body"].read(), b"body")
                with self.wrong_checksums():
                    got = self.s3.get_object(**self.object)
                    with self.assertRaises(botocore.exceptions.FlexibleChecksumError):
                        got["Body"].read()

    def test_a_part_that_was_damaged_on_its_way(self):
        for algorithm in COMPUTED:
            with self.subTest(algorithm):
                upload = self.s3.create_multipart_upload(
                    **self.object, ChecksumAlgorithm=algorithm)["UploadId"]
                names = {**self.object, "UploadId": upload}
                with self.wrong_checksums():
                    self.assert_error(400, "BadDigest", self.s3.upload_part, **names, PartNumber=1,
                                      Body=b"body", ChecksumAlgorithm=algorithm)
                self.assertNotIn("Parts", self.s3.list_parts(**names))
                self.s3.abort_multipart_upload(**names)

    def test_a_wrong_value_of_a_file_in_parts(self):
        path = self.directory / "up"
        path.write_bytes(WHOLE)
        for algorithm in ("CRC32", "CRC32C", "CRC64NVME"):
            with self.subTest(algorithm):
                self.assert_upload_fails("BadDigest", path, {
                    f"Checksum{algorithm}": value(algorithm, b"other")})

    def test_types_that_an_algorithm_has_not(self):
        path = self.directory / "up"
        path.write_bytes(WHOLE)
        for algorithm in COMPUTED:
            kind = "COMPOSITE" if algorithm == "CRC64NVME" else "FULL_OBJECT"
            if algorithm not in ("CRC32", "CRC32C"):
                with self.subTest(f"{algorithm} {kind}"):
                    self.assert_upload_fails("InvalidRequest", path, {
                        "ChecksumAlgorithm": algorithm, "ChecksumType": kind})

    def assert_upload_fails(self, code: str, path, arguments: dict) -> None:
        with self.assertRaises(boto3.exceptions.S3UploadFailedError) as caught:
            self.s3.upload_file(str(path), self.bucket, "k", Config=TRANSFER, ExtraArgs=arguments)
        self.assertIn(f"({code})", str(caught.exception))
        self.assert_nothing_stored()


class Streams:
    def test_of_unknown_length_are_cut_into_parts(self):
        for chosen in (None, *COMPUTED):
            with self.subTest(str(chosen)):
                algorithm = chosen or "CRC32"
                arguments = {"ChecksumAlgorithm": chosen} if chosen else None
                self.s3.upload_fileobj(Stream(WHOLE), self.bucket, "k", Config=TRANSFER,
                                       ExtraArgs=arguments)
                self.assert_sent(algorithm)
                self.assert_stored(WHOLE, algorithm, *value_of_parts(algorithm))
                self.s3.upload_fileobj(Stream(b"short"), self.bucket, "k", Config=TRANSFER,
                                       ExtraArgs=arguments)
                self.assert_sent(algorithm)
                self.assert_stored(b"short", algorithm, value(algorithm, b"short"), "FULL_OBJECT")


class UnsignedStreams(Base):
    """Over HTTP boto3 signs a body, for which it reads it twice."""

    scheme = "https"

    def test_of_known_length_go_as_they_are(self):
        for algorithm in COMPUTED:
            with self.subTest(algorithm):
                self.s3.put_object(**self.object, Body=Stream(WHOLE), ContentLength=len(WHOLE),
                                   ChecksumAlgorithm=algorithm)
                self.assert_sent(algorithm)
                self.assert_stored(WHOLE, algorithm, value(algorithm, WHOLE), "FULL_OBJECT")

    def test_of_a_length_that_nobody_tells_are_refused(self):
        self.assert_error(411, "MissingContentLength", self.s3.put_object, **self.object,
                          Body=Stream(b"body"))
        self.assert_nothing_stored()


client_case.over_http_and_https(globals(), Settings, Values, Refused, Streams, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
