"""What the tests with boto3 share: clients of the live server and the errors that they raise."""

from __future__ import annotations

import pathlib
import unittest

import client_case
from client_case import ClientCase

try:
    import boto3
    import botocore
    import botocore.config
    import botocore.exceptions
except ImportError as error:
    raise unittest.SkipTest(f"boto3 could not be installed: {error}") from error

print(f"client: boto3 {boto3.__version__}, botocore {botocore.__version__}")


def new_client(endpoint: str, ca: pathlib.Path | None, service: str = "s3",
               secret: str = client_case.SECRET_KEY, region: str = client_case.REGION, **config):
    """One that does not retry, unless the botocore.config.Config says otherwise. To be closed."""
    options = {"retries": {"max_attempts": 1}, **config}
    return boto3.session.Session().client(
        service, endpoint_url=endpoint, region_name=region,
        aws_access_key_id=client_case.ACCESS_KEY, aws_secret_access_key=secret,
        verify=str(ca) if ca else None,
        config=botocore.config.Config(**options))


class Boto3Case(ClientCase):
    """Has a client and the name of a bucket, which the tests create as they need it."""

    def setUp(self) -> None:
        super().setUp()
        self.s3 = self.client()
        self.bucket = self.new_bucket_name()

    def client(self, service: str = "s3", **options):
        """As new_client(), closed after the test."""
        client = new_client(self.endpoint, self.server.ca, service, **options)
        self.addCleanup(client.close)
        return client

    def assert_error(self, status: int, code: str, call, **arguments) -> dict:
        """The whole answer, of which ["Error"] has AWS's extra elements too."""
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        response = caught.exception.response
        self.assertEqual((response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]),
                         (status, code), response["Error"].get("Message"))
        return response


class BucketCase(Boto3Case):
    """The bucket is there."""

    def setUp(self) -> None:
        super().setUp()
        self.s3.create_bucket(Bucket=self.bucket)
