"""Documents that are too long, too deep, too much, or no documents."""

from __future__ import annotations

import base64
import hashlib
import unittest

from bad_input import MALFORMED_XML, BadInput
from exchange import Answer

MIB = 1 << 20
XML_MAX = 2 * MIB
DOCUMENTS = {  # operations that read XML, by their address and the root that they expect
    "PUT ?tagging": "Tagging",
    "PUT ?cors": "CORSConfiguration",
    "PUT ?lifecycle": "LifecycleConfiguration",
    "PUT ?versioning": "VersioningConfiguration",
    "PUT ?object-lock": "ObjectLockConfiguration",
    "PUT ?website": "WebsiteConfiguration",
    "PUT ?notification": "NotificationConfiguration",
    "PUT ?replication": "ReplicationConfiguration",
    "PUT ?logging": "BucketLoggingStatus",
    "PUT ?encryption": "ServerSideEncryptionConfiguration",
    "PUT ?requestPayment": "RequestPaymentConfiguration",
    "PUT ?accelerate": "AccelerateConfiguration",
    "PUT ?abac": "AbacStatus",
    "PUT ?publicAccessBlock": "PublicAccessBlockConfiguration",
    "PUT ?ownershipControls": "OwnershipControls",
    "PUT ?inventory&id=a": "InventoryConfiguration",
    "PUT ?analytics&id=a": "AnalyticsConfiguration",
    "PUT ?metrics&id=a": "MetricsConfiguration",
    "PUT ?intelligent-tiering&id=a": "IntelligentTieringConfiguration",
    "PUT /kept?tagging": "Tagging",
    "PUT /kept?retention": "Retention",
    "PUT /kept?legal-hold": "LegalHold",
    "POST ?delete": "Delete",
}


def md5_field(body: bytes) -> list[tuple[str, str]]:
    return [("Content-MD5", base64.b64encode(hashlib.md5(body).digest()).decode())]


class Xml(BadInput):
    def refuse_everywhere(self, name: str, document, error=MALFORMED_XML) -> None:
        """document: makes the body for a root."""
        for place, root in DOCUMENTS.items():
            method, path = place.split(" ")
            body = document(root)
            self.refuse(f"{name}: {place}", self.signed(method, path, body, md5_field(body)), 400,
                        error)

    def test_nested_without_end(self):
        self.refuse_everywhere("nested", lambda root: f"<{root}>".encode() * 20000)

    def test_nested_with_an_end(self):
        self.refuse_everywhere("closed", lambda root: (
            f"<{root}>".encode() + b"<a>" * 1000 + b"</a>" * 1000 + f"</{root}>".encode()))

    def test_entities_that_grow(self):
        lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
        self.refuse_everywhere("entities", lambda root: (
            f'<!DOCTYPE {root} [<!ENTITY e0 "ha">{lines}]><{root}>&e8;</{root}>').encode())

    def test_entities_that_read_files(self):
        self.refuse_everywhere("file", lambda root: (
            f'<!DOCTYPE {root} [<!ENTITY e SYSTEM "file:///etc/passwd">]><{root}>&e;</{root}>'
        ).encode())

    def test_bytes_that_are_no_text(self):
        for name, inner in (("zero byte", b"<a>\x00</a>"), ("no UTF-8", b"<a>\xff\xfe</a>"),
                            ("a surrogate", b"<a>\xed\xa0\x80</a>"),
                            ("no such character", b"<a>&#0;</a>")):
            self.refuse_everywhere(name, lambda root, inner=inner: (
                f"<{root}>".encode() + inner + f"</{root}>".encode()))

    def test_two_roots_and_none(self):
        self.refuse_everywhere("two", lambda root: f"<{root}></{root}><{root}></{root}>".encode())
        self.refuse_everywhere("blank", lambda root: b"   ")
        self.refuse_everywhere("no XML", lambda root: b'{"not": "XML"}')

    def test_too_long(self):
        body = b"<CORSConfiguration>" + b" " * XML_MAX + b"</CORSConfiguration>"
        self.refuse("CORS", self.signed("PUT", "?cors", body), 400,
                    ("MaxMessageLengthExceeded", "Your request was too big."),
                    [("MaxMessageLengthBytes", str(XML_MAX))], closes=True)

    def test_as_long_as_may_be(self):
        body = b"<CORSConfiguration>" + b"<a/>" * (XML_MAX // 4 - 20) + b"</CORSConfiguration>"
        self.refuse("CORS", self.signed("PUT", "?cors", body), 400, MALFORMED_XML)


class Counts(BadInput):
    def deletion(self, count: int) -> bytes:
        entries = "".join(f"<Object><Key>{number}</Key></Object>" for number in range(count - 1))
        return f"<Delete>{entries}<Object><Key>kept</Key></Object></Delete>".encode()

    def test_a_key_too_many_to_remove(self):
        body = self.deletion(1001)
        self.refuse("1,001 keys", self.signed("POST", "?delete", body, md5_field(body)), 400,
                    MALFORMED_XML)

    def test_as_many_keys_as_may_be_removed(self):
        body = self.deletion(1000)
        answer = self.client.call("POST", f"/{self.bucket}?delete", body, md5_field(body))
        self.assertEqual((answer.status, answer.body.count(b"<Deleted>")), (200, 1000))

    def completion(self, numbers: range) -> bytes:
        etag = hashlib.md5(b"x").hexdigest()
        parts = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
                        for number in numbers)
        return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()

    def test_a_part_too_many(self):
        path = f"/upload?uploadId={self.upload_id}"
        self.refuse("number 10,001", self.signed("POST", path, self.completion(range(1, 10002))),
                    400, ("InvalidArgument", "PartNumber must be >= 1 and <= 10000"),
                    [("ArgumentName", "PartNumber"), ("ArgumentValue", "10001")])

    def test_more_parts_than_there_are_numbers(self):
        path = f"/upload?uploadId={self.upload_id}"
        body = self.completion(range(1, 10001)).replace(
            b"<Part><PartNumber>1<", b"<Part><PartNumber>1</PartNumber><ETag>x</ETag></Part>"
            b"<Part><PartNumber>1<")
        self.refuse("10,001 parts", self.signed("POST", path, body), 400, MALFORMED_XML)

    def test_parts_that_were_never_sent(self):
        path = f"/upload?uploadId={self.upload_id}"
        self.refuse("10,000 parts", self.signed("POST", path, self.completion(range(1, 10001))),
                    400, ("InvalidPart", "One or more of the specified parts could not be found.  "
                          "The part may not have been uploaded, or the specified entity tag may "
                          "not match the part's entity tag."),
                    [("UploadId", self.upload_id), ("PartNumber", "1"),
                     ("ETag", hashlib.md5(b"x").hexdigest())])

    def put_metrics(self, number: int) -> Answer:
        body = f"<MetricsConfiguration><Id>{number}</Id></MetricsConfiguration>".encode()
        return self.client.call("PUT", f"/{self.bucket}?metrics&id={number}", body)

    def test_a_configuration_too_many(self):
        for number in range(1000):
            self.assertEqual(self.put_metrics(number).status, 200)
        body = b"<MetricsConfiguration><Id>x</Id></MetricsConfiguration>"
        self.refuse("number 1,001", self.signed("PUT", "?metrics&id=x", body), 400,
                    ("TooManyConfigurations", "You are attempting to create a new configuration "
                     "but have already reached the 1,000-configuration limit."))

    def test_a_rule_too_many(self):
        rule = ("<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
                "</CORSRule>")
        body = f"<CORSConfiguration>{rule * 101}</CORSConfiguration>".encode()
        self.refuse("101 of CORS", self.signed("PUT", "?cors", body), 400, MALFORMED_XML)
        rule = ("<Rule><Filter></Filter><Status>Enabled</Status><Expiration><Days>1</Days>"
                "</Expiration></Rule>")
        body = f"<LifecycleConfiguration>{rule * 1001}</LifecycleConfiguration>".encode()
        self.refuse("1,001 of lifecycle", self.signed("PUT", "?lifecycle", body), 400,
                    MALFORMED_XML)

    def test_a_tag_too_many(self):
        tags = "".join(f"<Tag><Key>{n}</Key><Value></Value></Tag>" for n in range(51))
        body = f"<Tagging><TagSet>{tags}</TagSet></Tagging>".encode()
        self.refuse("51 of a bucket", self.signed("PUT", "?tagging", body), 400,
                    ("BadRequest", "Bucket tag count cannot be greater than 50"))
        self.refuse("51 of an object", self.signed("PUT", "/kept?tagging", body), 400,
                    ("BadRequest", "Object tags cannot be greater than 10"))


class Policies(BadInput):
    def refuse_policy(self, name: str, body: bytes, message: str, **options) -> None:
        self.refuse(name, self.signed("PUT", "?policy", body), 400, ("MalformedPolicy", message),
                    **options)

    def test_nested_without_end(self):
        self.refuse_policy("lists", b'{"Statement":' + b"[" * 10000,
                           "This policy contains invalid Json")
        self.refuse_policy("objects", b'{"Statement":' * 1000,
                           "This policy contains invalid Json")

    def test_bytes_that_are_no_text(self):
        self.refuse_policy("no UTF-8", b'{"Statement":"\xff\xfe"}',
                           "This policy contains invalid Json")

    def test_a_policy_that_is_too_long(self):
        statement = ('{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",'
                     f'"Resource":"arn:aws:s3:::{self.bucket}/*"}}')
        body = '{"Statement":[' + ",".join([statement] * 300) + "]}"
        self.refuse_policy("more than 20 KiB", body.encode(),
                           "Policy exceeds the maximum allowed document size.")


if __name__ == "__main__":
    unittest.main()
