"""boto3 puts a CDN in front of a private bucket: Miss, Hit, RefreshHit, invalidation, waiters."""

from __future__ import annotations

import time
import unittest

import client_case
import edge_case
from boto3_case import BucketCase
from client_case import MIB, data_of
from edge_case import EdgeCase


class Base(BucketCase, EdgeCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloudfront = self.client("cloudfront")

    def put(self, key: str, body: bytes, cache_control: str = "max-age=3600") -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, CacheControl=cache_control)

    def new_distribution(self) -> dict:
        """Deployed when this returns, and allowed to read the bucket."""
        access = self.cloudfront.create_origin_access_control(
            OriginAccessControlConfig=edge_case.access_control_config(self.bucket))
        created = self.cloudfront.create_distribution(
            DistributionConfig=edge_case.distribution_config(
                self.bucket, access["OriginAccessControl"]["Id"], self.bucket))
        distribution = created["Distribution"]
        self.assert_quick(lambda: self.cloudfront.get_waiter("distribution_deployed").wait(
            Id=distribution["Id"]))
        return distribution

    def allow(self, distribution: dict) -> None:
        self.s3.put_bucket_policy(Bucket=self.bucket,
                                  Policy=edge_case.read_policy(self.bucket, distribution["Id"]))

    def invalidate(self, distribution: dict, *paths: str, reference: str | None = None) -> dict:
        batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)},
                 "CallerReference": reference or str(time.monotonic_ns())}
        made = self.cloudfront.create_invalidation(DistributionId=distribution["Id"],
                                                   InvalidationBatch=batch)["Invalidation"]
        self.assert_quick(lambda: self.cloudfront.get_waiter("invalidation_completed").wait(
            DistributionId=distribution["Id"], Id=made["Id"]))
        return made


class Caching:
    def test_miss_hit_invalidate_miss_on_every_edge(self):
        self.put("dir/a b.txt", b"first")
        distribution = self.new_distribution()
        self.allow(distribution)
        domain, path = distribution["DomainName"], "/dir/a%20b.txt"
        self.assertTrue(domain.endswith(".cloudfront.net"))
        for edge in (0, 1):
            self.assert_viewed(self.view(domain, path, edge), "Miss", b"first")
            self.assert_viewed(self.view(domain, path, edge), "Hit", b"first")
        self.put("dir/a b.txt", b"second")
        self.assert_viewed(self.view(domain, path), "Hit", b"first")
        self.invalidate(distribution, "/dir/*")
        for edge in (0, 1):
            self.assert_viewed(self.view(domain, path, edge), "Miss", b"second")
            self.assert_viewed(self.view(domain, path, edge), "Hit", b"second")

    def test_an_expired_object_is_revalidated(self):
        self.put("short", b"body", "max-age=1")
        distribution = self.new_distribution()
        self.allow(distribution)
        domain = distribution["DomainName"]
        self.assert_viewed(self.view(domain, "/short"), "Miss", b"body")
        time.sleep(2.1)  # Age counts whole seconds
        self.assert_viewed(self.view(domain, "/short"), "RefreshHit", b"body")
        self.put("short", b"new body", "max-age=1")
        time.sleep(2.1)
        self.assert_viewed(self.view(domain, "/short"), "Miss", b"new body")

    def test_ranges_of_a_large_object_hit_after_their_first_miss(self):
        body = data_of(8 * MIB)
        self.put("movie.mp4", body)
        distribution = self.new_distribution()
        self.allow(distribution)
        for result in ("Miss", "Hit"):
            answer = self.view(distribution["DomainName"], "/movie.mp4",
                               Range="bytes=1000000-1999999")
            self.assert_viewed(answer, result, body[1000000:2000000], status=206)
            self.assertEqual(answer.headers["content-range"],
                             f"bytes 1000000-1999999/{len(body)}")

    def test_a_viewer_with_the_validator_gets_304(self):
        self.put("k", b"body")
        distribution = self.new_distribution()
        self.allow(distribution)
        first = self.view(distribution["DomainName"], "/k")
        answer = self.view(distribution["DomainName"], "/k", If_None_Match=first.headers["etag"])
        self.assertEqual((answer.status, answer.body), (304, b""))

    def test_only_the_distribution_may_read(self):
        self.put("before", b"x")
        self.put("after", b"x")
        distribution = self.new_distribution()
        domain = distribution["DomainName"]
        self.assertEqual(self.view(domain, "/before").status, 403)
        self.allow(distribution)
        self.assert_viewed(self.view(domain, "/after"), "Miss", b"x")
        self.assert_refused(self.send("GET", f"{self.endpoint}/{self.bucket}/after"), 403,
                            "AccessDenied")
        other = self.cloudfront.create_distribution(
            DistributionConfig=edge_case.distribution_config(
                self.bucket, self.access_control(distribution), f"{self.bucket}-other"))
        self.cloudfront.get_waiter("distribution_deployed").wait(Id=other["Distribution"]["Id"])
        answer = self.view(other["Distribution"]["DomainName"], "/after")
        self.assertEqual(answer.status, 403)

    def access_control(self, distribution: dict) -> str:
        return distribution["DistributionConfig"]["Origins"]["Items"][0]["OriginAccessControlId"]

    def test_an_unknown_domain_is_refused(self):
        self.assertEqual(self.view("e000000000000x.cloudfront.net", "/").status, 403)


class ControlPlane:
    def test_one_invalidation_for_one_caller_reference(self):
        distribution = self.new_distribution()
        first = self.invalidate(distribution, "/a", reference="once")
        self.assertEqual(self.invalidate(distribution, "/a", reference="once")["Id"], first["Id"])
        self.assertNotEqual(self.invalidate(distribution, "/a")["Id"], first["Id"])
        listed = self.cloudfront.list_invalidations(DistributionId=distribution["Id"])
        self.assertEqual(listed["InvalidationList"]["Quantity"], 2)

    def test_update_and_delete_need_the_current_etag(self):
        distribution = self.new_distribution()
        names = {"Id": distribution["Id"]}
        got = self.cloudfront.get_distribution_config(**names)
        self.assert_error(409, "DistributionNotDisabled", self.cloudfront.delete_distribution,
                          **names, IfMatch=got["ETag"])
        config = got["DistributionConfig"] | {"Enabled": False, "Comment": "off"}
        updated = self.cloudfront.update_distribution(**names, IfMatch=got["ETag"],
                                                      DistributionConfig=config)
        self.assertNotEqual(updated["ETag"], got["ETag"])
        self.assert_error(412, "PreconditionFailed", self.cloudfront.update_distribution, **names,
                          IfMatch=got["ETag"], DistributionConfig=config)
        self.assert_quick(lambda: self.cloudfront.get_waiter("distribution_deployed").wait(**names))
        self.cloudfront.delete_distribution(**names, IfMatch=updated["ETag"])
        self.assert_error(404, "NoSuchDistribution", self.cloudfront.get_distribution, **names)

    def test_a_used_caller_reference_is_refused_and_the_list_pages(self):
        made = [self.new_distribution()]
        config = made[0]["DistributionConfig"]
        self.assert_error(409, "DistributionAlreadyExists", self.cloudfront.create_distribution,
                          DistributionConfig=config | {"Comment": "another"})
        for number in range(2):
            copy = config | {"CallerReference": f"{self.bucket}-{number}"}
            made.append(self.cloudfront.create_distribution(
                DistributionConfig=copy)["Distribution"])
        pages = self.cloudfront.get_paginator("list_distributions").paginate(
            PaginationConfig={"PageSize": 1})
        listed = [row["Id"] for page in pages for row in page["DistributionList"].get("Items", [])]
        self.assertTrue({row["Id"] for row in made} <= set(listed))
        self.assertEqual(len(listed), len(set(listed)))


client_case.over_http_and_https(globals(), Caching, ControlPlane, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
