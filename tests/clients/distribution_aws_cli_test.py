"""aws-cli puts a CDN in front of a private bucket, as a tutorial would have it done."""

from __future__ import annotations

import json
import os
import unittest

import client_case
import edge_case
from aws_cli_test import PROGRAMS
from edge_case import EdgeCase


class Base(EdgeCase):
    program = ""

    @classmethod
    def setUpClass(cls) -> None:
        if not os.path.exists(cls.program):
            raise unittest.SkipTest(f"{cls.program} is not installed")
        client_case.print_version(cls.program, "--version")
        super().setUpClass()

    def aws(self, *arguments: str) -> dict:
        text = self.run_command(self.program, "--endpoint-url", self.endpoint, "--output", "json",
                                *arguments).stdout
        return json.loads(text) if text.strip().startswith("{") else {}

    def file(self, name: str, content: str) -> str:
        (self.directory / name).write_text(content)
        return f"file://{self.directory / name}"


class Tutorial:
    def test_create_read_invalidate(self):
        bucket = self.new_bucket_name()
        self.aws("s3", "mb", f"s3://{bucket}")
        upload = self.file("index.html", "<p>first").removeprefix("file://")
        self.aws("s3", "cp", "--cache-control", "max-age=3600", upload, f"s3://{bucket}/index.html")
        access = self.aws(
            "cloudfront", "create-origin-access-control", "--origin-access-control-config",
            json.dumps(edge_case.access_control_config(bucket)))["OriginAccessControl"]["Id"]
        config = json.dumps(edge_case.distribution_config(bucket, access, bucket))
        made = self.aws("cloudfront", "create-distribution", "--distribution-config",
                        self.file("config.json", config))["Distribution"]
        self.aws("s3api", "put-bucket-policy", "--bucket", bucket, "--policy",
                 self.file("policy.json", edge_case.read_policy(bucket, made["Id"])))
        self.aws("cloudfront", "wait", "distribution-deployed", "--id", made["Id"])
        for result in ("Miss", "Hit"):
            self.assert_viewed(self.view(made["DomainName"], "/index.html"), result, b"<p>first")
        self.file("index.html", "<p>second")
        self.aws("s3", "cp", upload, f"s3://{bucket}/index.html")
        self.assert_viewed(self.view(made["DomainName"], "/index.html"), "Hit", b"<p>first")
        done = self.aws("cloudfront", "create-invalidation", "--distribution-id", made["Id"],
                        "--paths", "/*")["Invalidation"]
        self.aws("cloudfront", "wait", "invalidation-completed", "--distribution-id", made["Id"],
                 "--id", done["Id"])
        self.assert_viewed(self.view(made["DomainName"], "/index.html"), "Miss", b"<p>second")
        listed = self.aws("cloudfront", "list-distributions")["DistributionList"]["Items"]
        self.assertIn(made["Id"], [row["Id"] for row in listed])


for name, path in PROGRAMS.items():
    base = type(f"{name}Base", (Base,), {"program": path})
    area = type(f"Tutorial{name}", (Tutorial,), {})
    client_case.over_http_and_https(globals(), area, base=base)
del Base, base


if __name__ == "__main__":
    unittest.main()
