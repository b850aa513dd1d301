"""What the tests through an edge share: a request to a distribution, its configuration, its policy."""

from __future__ import annotations

import http.client
import json
import socket
import time

import client_case
from client_case import Answer, ClientCase

ACCOUNT = "000000000000"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"  # the managed policy of that name
WAITER_SECONDS_MAX = 3.0


class EdgeConnection(http.client.HTTPSConnection):
    """TLS to an address of our choice under the distribution's own name, as after a DNS lookup."""

    def __init__(self, address: tuple[str, int], name: str, context) -> None:
        super().__init__(name, timeout=30, context=context)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection(self._address, self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)


class EdgeCase(ClientCase):
    edges = 2

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if not cls.server.edges:
            cls.skipTest(cls, "TARN_TEST_ENDPOINT has no edge of ours")

    def view(self, domain: str, path: str, edge: int = 0, method: str = "GET",
             **headers: str) -> Answer:
        """A viewer's request for the distribution of that domain name, over this case's scheme."""
        chosen = self.server.edges[edge]
        if self.scheme == "https":
            connection = EdgeConnection((chosen.host, chosen.https_port), domain,
                                        client_case.ssl_context(self.server.ca))
        else:
            connection = http.client.HTTPConnection(chosen.host, chosen.http_port, timeout=30)
        try:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers={"Host": domain, **fields})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()},
                          response.read())
        finally:
            connection.close()

    def assert_viewed(self, answer: Answer, result: str, body: bytes, status: int = 200) -> None:
        """result is CloudFront's word: Miss, Hit, RefreshHit, Error."""
        self.assertEqual((answer.headers.get("x-cache"), answer.status),
                         (f"{result} from cloudfront", status), answer.body[:500])
        self.assertEqual(answer.body, body)
        for name in ("via", "x-amz-cf-pop", "x-amz-cf-id"):
            self.assertTrue(answer.headers.get(name), f"no {name}")
        if result == "Hit":
            self.assertGreaterEqual(int(answer.headers["age"]), 0)

    def assert_quick(self, wait) -> None:
        """A client's waiter sleeps 20 or 60 s between polls, so it must succeed at its first."""
        started = time.monotonic()
        wait()
        self.assertLess(time.monotonic() - started, WAITER_SECONDS_MAX)


def access_control_config(name: str) -> dict:
    return {"Name": name, "Description": "", "SigningProtocol": "sigv4",
            "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}


def distribution_config(bucket: str, access_control: str, reference: str) -> dict:
    """A private bucket behind the managed policy CachingOptimized."""
    origin = {"Id": "bucket", "DomainName": f"{bucket}.s3.{client_case.REGION}.amazonaws.com",
              "S3OriginConfig": {"OriginAccessIdentity": ""},
              "OriginAccessControlId": access_control}
    behavior = {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "allow-all",
                "CachePolicyId": CACHING_OPTIMIZED}
    return {"CallerReference": reference, "Comment": "", "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]}, "DefaultCacheBehavior": behavior}


def read_policy(bucket: str, distribution: str) -> str:
    """Only this distribution may read; nobody else, and nothing but objects."""
    arn = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{distribution}"
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"aws:SourceArn": arn}}}]})
