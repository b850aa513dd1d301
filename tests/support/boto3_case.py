"""What the tests with boto3 share: clients of the live server and the errors that they raise."""

from __future__ import annotations

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


class Boto3Case(ClientCase):
    """Has a client and the name of a bucket, which the tests create as they need it."""

    def setUp(self) -> None:
        super().setUp()
        self.s3 = self.client()
        self.bucket = self.new_bucket_name()

    def client(self, service: str = "s3", secret: str = client_case.SECRET_KEY,
               region: str = client_case.REGION, **config):
        """One that does not retry, unless the botocore.config.Config says otherwise."""
        options = {"retries": {"max_attempts": 1}, **config}
        client = boto3.session.Session().client(
            service, endpoint_url=self.endpoint, region_name=region,
            aws_access_key_id=client_case.ACCESS_KEY, aws_secret_access_key=secret,
            verify=str(self.server.ca) if self.scheme == "https" else None,
            config=botocore.config.Config(**options))
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
