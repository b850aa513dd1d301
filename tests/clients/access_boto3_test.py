"""boto3, current: object ownership, ACLs and the block of public access, over HTTP and HTTPS."""

from __future__ import annotations

import unittest

import client_case
from boto3_case import Boto3Case

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


class Base(Boto3Case):
    def setUp(self) -> None:
        super().setUp()
        self.url = f"{self.endpoint}/{self.bucket}/k"

    def create(self, **arguments) -> None:
        self.s3.create_bucket(Bucket=self.bucket, **arguments)

    def put(self, **arguments) -> None:
        self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"body", **arguments)

    def assert_error(self, status: int, code: str, call, **arguments) -> dict:
        return super().assert_error(status, code, call, Bucket=self.bucket, **arguments)

    def ownership(self) -> str:
        answer = self.s3.get_bucket_ownership_controls(Bucket=self.bucket)
        return answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"]


class Ownership:
    def test_a_new_bucket_has_no_acls(self):
        self.create()
        self.assertEqual(self.ownership(), "BucketOwnerEnforced")
        self.assert_error(400, "AccessControlListNotSupported", self.s3.put_bucket_acl,
                          ACL="private")
        self.put(ACL="bucket-owner-full-control")
        self.assert_error(400, "AccessControlListNotSupported", self.s3.put_object, Key="k",
                          ACL="public-read")

    def test_the_controls_are_put_read_and_deleted(self):
        self.create(ObjectOwnership="BucketOwnerPreferred")
        self.assertEqual(self.ownership(), "BucketOwnerPreferred")
        self.s3.put_bucket_ownership_controls(
            Bucket=self.bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
        self.assertEqual(self.ownership(), "ObjectWriter")
        self.s3.delete_bucket_ownership_controls(Bucket=self.bucket)
        self.assert_error(404, "OwnershipControlsNotFoundError",
                          self.s3.get_bucket_ownership_controls)


class Acls:
    def test_a_canned_acl_opens_an_object(self):
        self.create(ObjectOwnership="ObjectWriter")
        self.put()
        self.assert_refused(self.send("GET", self.url), 403, "AccessDenied")
        self.s3.put_object_acl(Bucket=self.bucket, Key="k", ACL="public-read")
        self.assertEqual(self.send("GET", self.url).body, b"body")
        self.assert_refused(self.send("PUT", self.url, body=b"new"), 403, "AccessDenied")

    def test_what_was_read_can_be_put_again(self):
        self.create(ObjectOwnership="ObjectWriter")
        self.put(ACL="public-read")
        acl = self.s3.get_object_acl(Bucket=self.bucket, Key="k")
        self.assertEqual([grant["Permission"] for grant in acl["Grants"]], ["FULL_CONTROL", "READ"])
        self.assertEqual(acl["Grants"][1]["Grantee"], {"Type": "Group", "URI": EVERYBODY})
        self.assertEqual(acl["Grants"][0]["Grantee"],
                         {"Type": "CanonicalUser", "ID": acl["Owner"]["ID"]})
        policy = {"Owner": acl["Owner"], "Grants": acl["Grants"][:1]}
        self.s3.put_object_acl(Bucket=self.bucket, Key="k", AccessControlPolicy=policy)
        self.assert_refused(self.send("GET", self.url), 403, "AccessDenied")
        self.s3.put_bucket_acl(Bucket=self.bucket, GrantRead=f'uri="{EVERYBODY}"')
        self.assertEqual(self.send("GET", f"{self.endpoint}/{self.bucket}").status, 200)

    def test_a_grantee_that_nobody_is_gets_nothing(self):
        self.create(ObjectOwnership="ObjectWriter")
        self.assert_error(400, "InvalidArgument", self.s3.put_bucket_acl, GrantRead='id="0123"')
        self.assert_error(405, "MethodNotAllowed", self.s3.put_bucket_acl,
                          GrantRead='emailAddress="a@example.com"')


class PublicAccess:
    def block(self, **flags: bool) -> None:
        self.s3.put_public_access_block(
            Bucket=self.bucket,
            PublicAccessBlockConfiguration={flag: flags.get(flag, False) for flag in FLAGS})

    def test_the_block_is_put_read_and_deleted(self):
        self.create()
        self.assert_error(404, "NoSuchPublicAccessBlockConfiguration",
                          self.s3.get_public_access_block)
        self.block(IgnorePublicAcls=True)
        answer = self.s3.get_public_access_block(Bucket=self.bucket)
        self.assertEqual(answer["PublicAccessBlockConfiguration"],
                         {flag: flag == "IgnorePublicAcls" for flag in FLAGS})
        self.s3.delete_public_access_block(Bucket=self.bucket)
        self.assert_error(404, "NoSuchPublicAccessBlockConfiguration",
                          self.s3.get_public_access_block)

    def test_each_flag_acts(self):
        self.create(ObjectOwnership="ObjectWriter")
        self.put(ACL="public-read")
        self.block(IgnorePublicAcls=True)
        self.assert_refused(self.send("GET", self.url), 403, "AccessDenied")
        self.block(BlockPublicAcls=True)
        self.assertEqual(self.send("GET", self.url).body, b"body")
        self.assert_error(403, "AccessDenied", self.s3.put_bucket_acl, ACL="public-read")
        policy = f"""{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow",
            "Principal": "*", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::{self.bucket}/*"}}]}}"""
        self.block(BlockPublicPolicy=True)
        self.assert_error(403, "AccessDenied", self.s3.put_bucket_policy, Policy=policy)
        self.block(RestrictPublicBuckets=True)
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=policy)
        self.assertTrue(self.s3.get_bucket_policy_status(
            Bucket=self.bucket)["PolicyStatus"]["IsPublic"])
        self.assert_refused(self.send("GET", self.url), 403, "AccessDenied")
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="k")["Body"].read(), b"body")


client_case.over_http_and_https(globals(), Ownership, Acls, PublicAccess, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
