"""boto3, current: every S3 operation of the first class, over HTTP and HTTPS."""

from __future__ import annotations

import io
import unittest

import client_case
from boto3_case import BucketCase
from client_case import MIB, ODD_KEYS, data_of, sha256

import boto3.s3.transfer
import botocore.handlers


class Base(BucketCase):
    def put(self, key: str, body: bytes = b"body", **more) -> dict:
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **more)

    def get(self, key: str, **more) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=key, **more)["Body"].read()

    def keys(self, **arguments) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, **arguments)
        return [row["Key"] for page in pages for row in page.get("Contents", [])]


class Buckets:
    def test_create_head_list_locate_delete(self):
        self.s3.head_bucket(Bucket=self.bucket)
        self.assertIn(self.bucket, [row["Name"] for row in self.s3.list_buckets()["Buckets"]])
        location = self.s3.get_bucket_location(Bucket=self.bucket)
        self.assertIsNone(location["LocationConstraint"])
        self.s3.delete_bucket(Bucket=self.bucket)
        self.assert_error(404, "404", self.s3.head_bucket, Bucket=self.bucket)

    def test_another_region_is_kept(self):
        name = self.new_bucket_name()
        self.s3.create_bucket(Bucket=name,
                              CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        location = self.s3.get_bucket_location(Bucket=name)
        self.assertEqual(location["LocationConstraint"], "eu-west-3")

    def test_a_bucket_with_an_object_stays(self):
        self.put("k")
        self.assert_error(409, "BucketNotEmpty", self.s3.delete_bucket, Bucket=self.bucket)
        self.assertEqual(self.get("k"), b"body")

    def test_a_bad_name_is_refused(self):
        self.s3.meta.events.unregister("before-parameter-build.s3",
                                       botocore.handlers.validate_bucket_name)
        self.assert_error(400, "InvalidBucketName", self.s3.create_bucket, Bucket="Bad_Name")


class Objects:
    def test_odd_keys_survive_put_get_head_copy_list_and_delete(self):
        for key in ODD_KEYS:
            with self.subTest(key[:40]):
                body = key.encode()
                self.put(key, body)
                self.assertEqual(self.get(key), body)
                self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"],
                                 len(body))
                copy = {"Bucket": self.bucket, "Key": key}
                self.s3.copy_object(Bucket=self.bucket, Key="copy of one", CopySource=copy)
                self.assertEqual(self.get("copy of one"), body)
        self.s3.delete_object(Bucket=self.bucket, Key="copy of one")
        expected = sorted(ODD_KEYS, key=lambda key: key.encode())
        self.assertEqual(self.keys(), expected)
        self.assertEqual(self.keys(PaginationConfig={"PageSize": 3}), expected)
        for key in ODD_KEYS:
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        self.assertEqual(self.keys(), [])

    def test_metadata_and_headers_come_back(self):
        self.put("k", b"<p>", ContentType="text/html; charset=utf-8", CacheControl="max-age=7",
                 ContentDisposition="attachment", ContentEncoding="identity",
                 ContentLanguage="fr", Metadata={"Colour": "blue", "n": "1"})
        head = self.s3.head_object(Bucket=self.bucket, Key="k")
        for name, value in [("ContentType", "text/html; charset=utf-8"),
                            ("CacheControl", "max-age=7"), ("ContentDisposition", "attachment"),
                            ("ContentLanguage", "fr"), ("Metadata", {"colour": "blue", "n": "1"}),
                            ("AcceptRanges", "bytes"), ("ContentLength", 3)]:
            self.assertEqual(head[name], value)

    def test_ranges(self):
        self.put("k", b"0123456789")
        for header, body, content_range in [("bytes=2-4", b"234", "bytes 2-4/10"),
                                            ("bytes=7-", b"789", "bytes 7-9/10"),
                                            ("bytes=-2", b"89", "bytes 8-9/10"),
                                            ("bytes=5-99", b"56789", "bytes 5-9/10")]:
            with self.subTest(header):
                answer = self.s3.get_object(Bucket=self.bucket, Key="k", Range=header)
                self.assertEqual((answer["Body"].read(), answer["ContentRange"]),
                                 (body, content_range))
        self.assert_error(416, "InvalidRange", self.s3.get_object, Bucket=self.bucket, Key="k",
                          Range="bytes=10-")

    def test_conditional_reads(self):
        etag = self.put("k")["ETag"]
        modified = self.s3.head_object(Bucket=self.bucket, Key="k")["LastModified"]
        self.assertEqual(self.get("k", IfMatch=etag), b"body")
        self.assertEqual(self.get("k", IfNoneMatch='"other"'), b"body")
        for status, code, condition in [(412, "PreconditionFailed", {"IfMatch": '"other"'}),
                                        (304, "304", {"IfNoneMatch": etag}),
                                        (304, "304", {"IfModifiedSince": modified})]:
            with self.subTest(str(condition)[:20]):
                self.assert_error(status, code, self.s3.get_object, Bucket=self.bucket, Key="k",
                                  **condition)

    def test_conditional_writes(self):
        etag = self.put("k", b"1", IfNoneMatch="*")["ETag"]
        self.assert_error(412, "PreconditionFailed", self.s3.put_object, Bucket=self.bucket,
                          Key="k", Body=b"2", IfNoneMatch="*")
        self.put("k", b"3", IfMatch=etag)
        self.assert_error(412, "PreconditionFailed", self.s3.put_object, Bucket=self.bucket,
                          Key="k", Body=b"4", IfMatch=etag)
        self.assertEqual(self.get("k"), b"3")

    def test_copy_keeps_or_replaces_metadata(self):
        self.put("from", ContentType="text/css", Metadata={"a": "1"})
        source = {"Bucket": self.bucket, "Key": "from"}
        self.s3.copy_object(Bucket=self.bucket, Key="kept", CopySource=source)
        self.s3.copy_object(Bucket=self.bucket, Key="replaced", CopySource=source,
                            MetadataDirective="REPLACE", Metadata={"b": "2"})
        kept = self.s3.head_object(Bucket=self.bucket, Key="kept")
        replaced = self.s3.head_object(Bucket=self.bucket, Key="replaced")
        self.assertEqual((kept["Metadata"], kept["ContentType"]), ({"a": "1"}, "text/css"))
        self.assertEqual(replaced["Metadata"], {"b": "2"})
        self.assert_error(400, "InvalidRequest", self.s3.copy_object, Bucket=self.bucket,
                          Key="from", CopySource=source)

    def test_the_last_write_wins(self):
        for size in (0, 1, 5, 65536, 65537, MIB):  # around the border of inline storage
            self.put("k", data_of(size))
            self.assertEqual(sha256(self.get("k")), sha256(data_of(size)), size)


class Checksums:
    def test_every_algorithm_round_trips_and_a_wrong_value_is_refused(self):
        for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
            with self.subTest(algorithm):
                name = f"Checksum{algorithm}"
                value = self.put("k", b"checked", ChecksumAlgorithm=algorithm)[name]
                head = self.s3.head_object(Bucket=self.bucket, Key="k", ChecksumMode="ENABLED")
                self.assertEqual(head[name], value)
                self.assertEqual(self.get("k", ChecksumMode="ENABLED"), b"checked")
                self.assert_error(400, "BadDigest", self.s3.put_object, Bucket=self.bucket,
                                  Key="k", Body=b"others", **{name: value})
        self.assertEqual(self.get("k"), b"checked")

    def test_a_wrong_content_md5_changes_nothing(self):
        self.put("k", b"old")
        self.assert_error(400, "BadDigest", self.s3.put_object, Bucket=self.bucket, Key="k",
                          Body=b"new", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
        self.assertEqual(self.get("k"), b"old")


class Listings:
    KEYS = ("a", "b/1", "b/2", "b/c/3", "d", "e/", "e/f", "z")

    def setUp(self) -> None:
        super().setUp()
        for key in self.KEYS:
            self.put(key)

    def test_delimiter_and_prefix_in_both_versions(self):
        for prefix, contents, prefixes in [("", ["a", "d", "z"], ["b/", "e/"]),
                                           ("b/", ["b/1", "b/2"], ["b/c/"]),
                                           ("b", [], ["b/"]), ("e/", ["e/", "e/f"], []),
                                           ("none", [], [])]:
            for name in ("list_objects", "list_objects_v2"):
                with self.subTest(f"{name} {prefix!r}"):
                    page = getattr(self.s3, name)(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
                    self.assertEqual([row["Key"] for row in page.get("Contents", [])], contents)
                    self.assertEqual([row["Prefix"] for row in page.get("CommonPrefixes", [])],
                                     prefixes)
                    self.assertFalse(page["IsTruncated"])

    def test_pages_of_every_size_hold_everything_once(self):
        for name in ("list_objects", "list_objects_v2"):
            for size in range(1, len(self.KEYS) + 1):
                pages = list(self.s3.get_paginator(name).paginate(
                    Bucket=self.bucket, Delimiter="/", PaginationConfig={"PageSize": size}))
                rows = [row["Key"] for page in pages for row in page.get("Contents", [])]
                prefixes = [row["Prefix"] for page in pages
                            for row in page.get("CommonPrefixes", [])]
                self.assertEqual((rows, prefixes), (["a", "d", "z"], ["b/", "e/"]), (name, size))

    def test_start_after_and_owner(self):
        page = self.s3.list_objects_v2(Bucket=self.bucket, StartAfter="b/2", FetchOwner=True)
        self.assertEqual([row["Key"] for row in page["Contents"]], ["b/c/3", "d", "e/", "e/f", "z"])
        self.assertTrue(page["Contents"][0]["Owner"]["ID"])
        self.assert_error(400, "InvalidArgument", self.s3.list_objects_v2, Bucket=self.bucket,
                          ContinuationToken="junk")

    def test_multi_delete_names_what_it_deleted(self):
        wanted = [{"Key": key} for key in (*self.KEYS[:3], "never there")]
        done = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": wanted})
        self.assertEqual({row["Key"] for row in done["Deleted"]}, {row["Key"] for row in wanted})
        self.assertEqual(self.keys(), list(self.KEYS[3:]))
        quiet = self.s3.delete_objects(
            Bucket=self.bucket, Delete={"Quiet": True, "Objects": [{"Key": "z"}]})
        self.assertNotIn("Deleted", quiet)

    def test_multi_delete_of_odd_keys(self):
        for key in ODD_KEYS:
            self.put(key)
        self.s3.delete_objects(Bucket=self.bucket, Delete={
            "Objects": [{"Key": key} for key in (*ODD_KEYS, *self.KEYS)]})
        self.assertEqual(self.keys(), [])


class Multipart:
    def test_64_mib_up_and_down_in_parallel_parts(self):
        path, digest = self.large_file()
        transfer = boto3.s3.transfer.TransferConfig(multipart_threshold=8 * MIB,
                                                    multipart_chunksize=8 * MIB, max_concurrency=4)
        self.s3.upload_file(str(path), self.bucket, "large", Config=transfer)
        head = self.s3.head_object(Bucket=self.bucket, Key="large")
        self.assertEqual(head["ContentLength"], client_case.LARGE_BYTES)
        self.assertTrue(head["ETag"].endswith('-8"'), head["ETag"])
        target = self.directory / "down"
        self.s3.download_file(self.bucket, "large", str(target), Config=transfer)
        self.assertEqual(client_case.sha256_of_file(target), digest)
        self.s3.copy({"Bucket": self.bucket, "Key": "large"}, self.bucket, "copy", Config=transfer)
        copied = io.BytesIO()
        self.s3.download_fileobj(self.bucket, "copy", copied, Config=transfer)
        self.assertEqual(sha256(copied.getvalue()), digest)

    def test_parts_by_hand_are_listed_replaced_completed_and_read(self):
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key="k",
                                                 Metadata={"m": "1"})["UploadId"]
        names = {"Bucket": self.bucket, "Key": "k", "UploadId": upload}
        first, last = data_of(5 * MIB, 1), b"the end"
        self.s3.upload_part(**names, PartNumber=2, Body=b"replaced below")
        etags = {number: self.s3.upload_part(**names, PartNumber=number, Body=body)["ETag"]
                 for number, body in ((1, first), (2, last))}
        listed = self.s3.list_parts(**names)["Parts"]
        self.assertEqual([(p["PartNumber"], p["Size"], p["ETag"]) for p in listed],
                         [(1, len(first), etags[1]), (2, len(last), etags[2])])
        uploads = self.s3.list_multipart_uploads(Bucket=self.bucket)["Uploads"]
        self.assertEqual([(row["Key"], row["UploadId"]) for row in uploads], [("k", upload)])
        self.assert_error(404, "NoSuchKey", self.s3.get_object, Bucket=self.bucket, Key="k")
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in sorted(etags.items())]
        self.s3.complete_multipart_upload(**names, MultipartUpload={"Parts": parts})
        self.assertEqual(sha256(self.get("k")), sha256(first + last))
        part = self.s3.get_object(Bucket=self.bucket, Key="k", PartNumber=2)
        self.assertEqual((part["Body"].read(), part["PartsCount"]), (last, 2))
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="k")["Metadata"], {"m": "1"})

    def test_part_copy_and_abort(self):
        self.put("source", data_of(6 * MIB))
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key="k")["UploadId"]
        names = {"Bucket": self.bucket, "Key": "k", "UploadId": upload}
        copied = self.s3.upload_part_copy(
            **names, PartNumber=1, CopySource={"Bucket": self.bucket, "Key": "source"},
            CopySourceRange=f"bytes=1-{5 * MIB}")["CopyPartResult"]
        self.s3.complete_multipart_upload(**names, MultipartUpload={
            "Parts": [{"PartNumber": 1, "ETag": copied["ETag"]}]})
        self.assertEqual(sha256(self.get("k")), sha256(data_of(6 * MIB)[1:5 * MIB + 1]))
        names["UploadId"] = self.s3.create_multipart_upload(Bucket=self.bucket, Key="k")["UploadId"]
        self.s3.upload_part(**names, PartNumber=1, Body=b"x")
        self.s3.abort_multipart_upload(**names)
        self.assert_error(404, "NoSuchUpload", self.s3.list_parts, **names)

    def test_a_wrong_completion_changes_nothing(self):
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key="k")["UploadId"]
        names = {"Bucket": self.bucket, "Key": "k", "UploadId": upload}
        etags = [self.s3.upload_part(**names, PartNumber=number, Body=b"small")["ETag"]
                 for number in (1, 2)]
        one, two = ({"PartNumber": n, "ETag": e} for n, e in zip((1, 2), etags))
        other = {"PartNumber": 1, "ETag": '"' + "0" * 32 + '"'}
        for code, parts in [("EntityTooSmall", [one, two]), ("InvalidPartOrder", [two, one]),
                            ("InvalidPart", [other])]:
            with self.subTest(code):
                self.assert_error(400, code, self.s3.complete_multipart_upload, **names,
                                  MultipartUpload={"Parts": parts})
        self.assertEqual(self.keys(), [])
        self.assertEqual(len(self.s3.list_parts(**names)["Parts"]), 2)


class Presigned:
    def setUp(self) -> None:
        super().setUp()
        self.signers = {version: self.client(signature_version=version)
                        for version in ("s3v4", "s3")}

    def presign(self, version: str, method: str, key: str = "k", **more) -> str:
        return self.signers[version].generate_presigned_url(
            method, Params={"Bucket": self.bucket, "Key": key, **more}, ExpiresIn=60)

    def test_get_and_put_with_both_signature_versions(self):
        for version, marker in (("s3v4", "X-Amz-Signature="), ("s3", "AWSAccessKeyId=")):
            for key in ODD_KEYS[:-1]:
                with self.subTest(f"{version} {key}"):
                    url = self.presign(version, "put_object", key)
                    self.assertIn(marker, url)
                    self.assertEqual(self.send("PUT", url, body=key.encode()).status, 200)
                    answer = self.send("GET", self.presign(version, "get_object", key))
                    self.assertEqual((answer.status, answer.body), (200, key.encode()))

    def test_buckets_with_both_signature_versions(self):
        # SigV2 signs the resource "/bucket/", whose path is sent as "/bucket".
        self.put("k")
        for version, signer in self.signers.items():
            with self.subTest(version):
                bucket = self.new_bucket_name()
                signer.create_bucket(Bucket=bucket)
                signer.head_bucket(Bucket=bucket)
                self.assertEqual(signer.list_objects_v2(Bucket=bucket)["KeyCount"], 0)
                signer.delete_bucket(Bucket=bucket)
                for operation, method in (("list_objects_v2", "GET"), ("head_bucket", "HEAD")):
                    url = signer.generate_presigned_url(operation, Params={"Bucket": self.bucket})
                    self.assertEqual(self.send(method, url).status, 200, url)

    def test_a_conditional_delete_that_is_not_implemented_deletes_nothing(self):
        self.put("k")
        url = self.presign("s3", "delete_object", IfMatchSize=9)
        self.assertIn("x-amz-if-match-size=9", url)
        self.assert_refused(self.send("DELETE", url), 501, "NotImplemented")
        self.assert_error(501, "NotImplemented", self.s3.delete_object, Bucket=self.bucket,
                          Key="k", IfMatchSize=9)
        failed = self.s3.delete_objects(
            Bucket=self.bucket, Delete={"Objects": [{"Key": "k", "Size": 9}]})["Errors"]
        self.assertEqual([row["Code"] for row in failed], ["NotImplemented"])
        self.assertEqual(self.get("k"), b"body")

    def test_a_changed_url_is_refused(self):
        self.put("k")
        self.put("kx")
        for version in ("s3v4", "s3"):
            for name, change in [("key", client_case.tampered),
                                 ("signature", client_case.with_changed_signature)]:
                with self.subTest(f"{version} {name}"):
                    url = change(self.presign(version, "get_object"))
                    self.assert_refused(self.send("GET", url), 403, "SignatureDoesNotMatch")
            with self.subTest(f"{version} method"):
                url = self.presign(version, "get_object")
                self.assert_refused(self.send("PUT", url, body=b"new"), 403,
                                    "SignatureDoesNotMatch")
        self.assertEqual(self.get("k"), b"body")

    def test_response_overrides_are_signed(self):
        self.put("k")
        url = self.presign("s3v4", "get_object", ResponseContentType="text/x-odd",
                           ResponseCacheControl="no-store")
        answer = self.send("GET", url)
        self.assertEqual((answer.headers["content-type"], answer.headers["cache-control"]),
                         ("text/x-odd", "no-store"))


class Errors:
    def test_codes_and_statuses(self):
        missing, s3 = self.new_bucket_name(), self.s3
        for name, status, code, call, arguments in [
            ("no key", 404, "NoSuchKey", s3.get_object, {"Bucket": self.bucket, "Key": "none"}),
            ("no key, head", 404, "404", s3.head_object, {"Bucket": self.bucket, "Key": "none"}),
            ("no bucket", 404, "NoSuchBucket", s3.get_object, {"Bucket": missing, "Key": "k"}),
            ("no bucket, list", 404, "NoSuchBucket", s3.list_objects_v2, {"Bucket": missing}),
            ("no bucket, delete", 404, "NoSuchBucket", s3.delete_bucket, {"Bucket": missing}),
            ("no upload", 404, "NoSuchUpload", s3.list_parts,
             {"Bucket": self.bucket, "Key": "k", "UploadId": "none"}),
            ("no policy", 404, "NoSuchBucketPolicy", s3.get_bucket_policy, {"Bucket": self.bucket}),
            ("long key", 400, "KeyTooLongError", s3.put_object,
             {"Bucket": self.bucket, "Key": "x" * 1025, "Body": b""}),
        ]:
            with self.subTest(name):
                response = self.assert_error(status, code, call, **arguments)
                self.assertTrue(response["ResponseMetadata"]["RequestId"])

    def test_a_wrong_secret_and_an_unknown_key_are_refused(self):
        wrong = self.client(secret="not the secret")
        self.assert_error(403, "SignatureDoesNotMatch", wrong.list_objects_v2, Bucket=self.bucket)
        answer = self.send("GET", f"{self.endpoint}/{self.bucket}")
        self.assert_refused(answer, 403, "AccessDenied")

    def test_signature_version_2_in_the_header(self):
        client = self.client(signature_version="s3")
        for key in ("k", "dir/a b+c", "ünï"):
            client.put_object(Bucket=self.bucket, Key=key, Body=b"body", Metadata={"a": "b"})
            self.assertEqual(client.get_object(Bucket=self.bucket, Key=key)["Body"].read(), b"body")
        self.assertEqual(client.list_objects(Bucket=self.bucket, Prefix="dir/")["Contents"][0]["Key"],
                         "dir/a b+c")
        wrong = self.client(secret="not the secret", signature_version="s3")
        error = self.assert_error(403, "SignatureDoesNotMatch", wrong.get_object,
                                  Bucket=self.bucket, Key="k")["Error"]
        self.assertTrue(error["StringToSign"].startswith("GET\n"), error)
        self.assertTrue(error["StringToSignBytes"].startswith("47 45 54 0a"), error)
        self.assertEqual(error["AWSAccessKeyId"], client_case.ACCESS_KEY)

    def test_a_public_read_policy_opens_reads_only(self):
        self.put("k")
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=f"""{{"Version": "2012-10-17",
            "Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                            "Resource": "arn:aws:s3:::{self.bucket}/*"}}]}}""")
        url = f"{self.endpoint}/{self.bucket}/k"
        self.assertEqual(self.send("GET", url).body, b"body")
        self.assert_refused(self.send("PUT", url, body=b"new"), 403, "AccessDenied")
        self.s3.delete_bucket_policy(Bucket=self.bucket)
        self.assert_refused(self.send("GET", url), 403, "AccessDenied")


class Versions:
    def test_old_versions_are_kept_listed_restored_and_removed(self):
        s3, bucket = self.s3, self.bucket
        self.put("k", b"before")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.assertEqual(s3.get_bucket_versioning(Bucket=bucket)["Status"], "Enabled")
        first = self.put("k", b"first")["VersionId"]
        second = self.put("k", b"second")["VersionId"]
        self.assertEqual(self.get("k"), b"second")
        self.assertEqual(self.get("k", VersionId=first), b"first")
        self.assertEqual(self.get("k", VersionId="null"), b"before")
        deleted = s3.delete_object(Bucket=bucket, Key="k")
        self.assertTrue(deleted["DeleteMarker"])
        self.assert_error(404, "NoSuchKey", s3.get_object, Bucket=bucket, Key="k")
        self.assert_error(405, "MethodNotAllowed", s3.get_object, Bucket=bucket, Key="k",
                          VersionId=deleted["VersionId"])
        self.assertEqual(self.keys(), [])
        pages = s3.get_paginator("list_object_versions").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": 1})
        seen = [row["VersionId"] for page in pages
                for row in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        self.assertEqual(seen, [deleted["VersionId"], second, first, "null"])

        restored = s3.copy_object(Bucket=bucket, Key="k", CopySource={
            "Bucket": bucket, "Key": "k", "VersionId": first})
        self.assertEqual(restored["CopySourceVersionId"], first)
        self.assertEqual(self.get("k"), b"first")
        ids = [*seen, restored["VersionId"]]
        answer = s3.delete_objects(Bucket=bucket, Delete={
            "Objects": [{"Key": "k", "VersionId": name} for name in ids]})
        self.assertEqual([row["VersionId"] for row in answer["Deleted"]], ids)
        s3.delete_bucket(Bucket=bucket)


client_case.over_http_and_https(globals(), Buckets, Objects, Checksums, Listings, Multipart,
                                Presigned, Errors, Versions, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
