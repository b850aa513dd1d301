"""Requests at the same instant: one wins, and the others are told what S3 tells them."""

from __future__ import annotations

import collections
import unittest

import api_client
import signer
from bad_input import BadInput
from exchange import Answer, Connection
from signer import Request

RUNNERS = 8
ROUNDS = 5
ABORTED = ("OperationAborted", "A conflicting conditional operation is currently in progress "
           "against this resource. Please try again.")
TAKEN = ("BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace "
         "is shared by all users of the system. Please select a different name and try again.")
NOT_HELD = ("PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold")


class Races(BadInput):
    def run_at_once(self, *requests: Request) -> list[Answer]:
        """Each on a connection of its own, all sent before any answer is read."""
        connections = [Connection(self.client.port) for _ in requests]
        for connection, request in zip(connections, requests):
            connection.send(self.bytes_of(request))
        answers = []
        for connection, request in zip(connections, requests):
            with connection:
                answers.append(connection.answer(request.method))
        return answers

    def to(self, method: str, target: str, identity: signer.Identity,
           fields: signer.Fields | None = None) -> Request:
        request = Request(method, target, [("Host", self.client.host), *(fields or [])], b"")
        signer.sign_header(request, identity)
        return request

    def check_losers(self, answers: list[Answer], won: int, status: int, error: tuple[str, str],
                     details: signer.Fields) -> None:
        """One answer says that it won; each other one is this error."""
        statuses = collections.Counter(answer.status for answer in answers)
        self.assertEqual(statuses, {won: 1, status: len(answers) - 1})
        for answer in answers:
            if answer.status == status:
                self.check(answer, "PUT", status, error, details, closes=False)

    def test_a_bucket_is_removed_once(self):
        for number in range(ROUNDS):
            target = f"/{self.bucket}-{number}"
            self.client.call("PUT", target)
            answers = self.run_at_once(*(self.to("DELETE", target, api_client.OWNER)
                                         for _ in range(RUNNERS)))
            statuses = collections.Counter(answer.status for answer in answers)
            self.assertEqual(statuses[204], 1)
            for answer in answers:
                if answer.status == 409:
                    self.check(answer, "DELETE", 409, ABORTED, [], closes=False)
            # Who comes when it is over finds no bucket.
            self.assertEqual(statuses[204] + statuses[409] + statuses[404], RUNNERS)
            self.assertEqual(self.client.call("HEAD", target).status, 404)

    def test_a_name_is_taken_once(self):
        for number in range(ROUNDS):
            target = f"/{self.bucket}-{number}"
            answers = self.run_at_once(*(self.to("PUT", target, identity) for identity in
                                         (api_client.OWNER, api_client.SECOND)))
            self.check_losers(answers, 200, 409, TAKEN, [("BucketName", target[1:])])

    def test_an_object_is_made_once(self):
        for number in range(ROUNDS):
            target = f"/{self.bucket}/{number}"
            answers = self.run_at_once(*(self.to("PUT", target, api_client.OWNER,
                                                 [("If-None-Match", "*")])
                                         for _ in range(RUNNERS)))
            self.check_losers(answers, 200, 412, NOT_HELD, [("Condition", "If-None-Match")])

    def test_an_upload_is_completed_once(self):
        """Completing twice is no fault, so that all runners have won."""
        etag = self.call("GET", f"/upload?uploadId={self.upload_id}").element("ETag")
        body = (f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag>"
                "</Part></CompleteMultipartUpload>").encode()
        answers = self.run_at_once(*(self.signed("POST", f"/upload?uploadId={self.upload_id}", body)
                                     for _ in range(RUNNERS)))
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(len({answer.element("ETag") for answer in answers}), 1)
        versions = self.call("GET", "?versions&prefix=upload")
        self.assertEqual(versions.body.count(b"<Version>"), 1)


if __name__ == "__main__":
    unittest.main()
