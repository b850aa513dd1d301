"""Plays golden transcripts against a live server and says where an answer differs."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import time
import zlib
from http import HTTPStatus

import placeholders
import signer
from api_client import ACCOUNTS, OWNER, SECOND, STRANGER, Client, Mismatch
from exchange import Answer, encode, exchange
from signer import Request
from transcript import Step, Transcript

# The server counts an answer after it has sent it.
COUNTED_SECONDS = 2
BOUNDARY = "boundary-of-golden-forms"

_numbers = itertools.count(1)


def canonical_id(account: str) -> str:
    return hashlib.sha256(f"tarn canonical user {account}".encode()).hexdigest()


class Player:
    """Plays one transcript."""

    def __init__(self, client: Client, transcript: Transcript) -> None:
        self.client, self.transcript = client, transcript
        number = next(_numbers)
        self.variables = {"bucket": f"golden-{number:04}", "other": f"golden-{number:04}-other",
                          "new": f"golden-{number:04}-new", "host": client.host,
                          "stranger-key": STRANGER.access_key,
                          **placeholders.moments(time.time())}
        for name, (identity, account) in ACCOUNTS.items():
            self.variables |= {f"{name}-key": identity.access_key, f"{name}-account": account,
                               f"{name}-id": canonical_id(account)}

    def play(self) -> None:
        created = self.client.call("PUT", f"/{self.variables['bucket']}")
        if created.status != HTTPStatus.OK:
            raise Mismatch(f"the bucket could not be made: {created}")
        for step in self.transcript.steps:
            self.play_step(step)

    def where(self, step: Step) -> str:
        return f"{self.transcript.file}.txt:{step.line} ({step.method} {step.target})"

    def play_step(self, step: Step) -> None:
        self.check(step, self.answer_to(step))

    def answer_to(self, step: Step) -> Answer:
        """Of what is to be refused: in time, and leaving nothing behind."""
        data = encode(self.request_of(step), self.client.host)
        refused = step.answer and step.answer.status >= HTTPStatus.BAD_REQUEST
        untouched = self.snapshot(step) if refused else None
        before = self.client.count_of(step.operation) if step.operation else 0
        if refused:
            answer = self.client.refusal(data, step.method, self.where(step))
        else:
            answer = exchange(self.client.port, data, step.method)
        self.check_operation(step.operation, before)
        if refused and self.snapshot(step) != untouched:
            raise Mismatch(f"{self.where(step)}: was refused and left something behind")
        return answer

    def snapshot(self, step: Step) -> list[tuple[int, bytes]]:
        seen_by_get = [] if step.method in ("GET", "HEAD") else [self.plain_target(step)]
        return self.client.snapshot(self.variables["bucket"], *seen_by_get)

    def check_operation(self, operation: str | None, before: float) -> None:
        deadline = time.monotonic() + COUNTED_SECONDS
        while operation and self.client.count_of(operation) <= before:
            if time.monotonic() > deadline:
                raise Mismatch(f"the server did not take this for {operation}")

    def plain_target(self, step: Step) -> str:
        return placeholders.fill(step.target, self.variables).replace(" ", "%20")

    # Requests

    def request_of(self, step: Step) -> Request:
        variables = self.variables
        for directive in step.directives:
            if directive.startswith("policy "):
                self.set_policy(directive.removeprefix("policy "))
        body = placeholders.fill(step.body or "", variables).encode("latin-1")
        if "form" in step.directives:
            body = self.form_body(step, body)
        variables |= {"body-md5": base64.b64encode(hashlib.md5(body).digest()).decode(),
                      "body-sha256": hashlib.sha256(body).hexdigest(),
                      "body-crc32": base64.b64encode(zlib.crc32(body).to_bytes(4)).decode()}
        fields = [(name, placeholders.fill(value, variables)) for name, value in step.fields]
        request = Request(step.method, placeholders.fill(step.target, variables), fields, body)
        if "virtual-hosted" in step.directives:
            request.set_default("Host", f"{variables['bucket']}.localhost:{self.client.port}")
        request.set_default("Host", self.client.host)
        if "form" in step.directives:
            request.set_default("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        self.sign(step, request)
        return request

    def form_body(self, step: Step, file: bytes) -> bytes:
        """Of a browser's form: the fields, and the file where the step has one."""
        parts = [(f'name="{name}"', placeholders.fill(value, self.variables).encode("latin-1"))
                 for name, value in step.trailers]
        if step.body is not None:
            parts.append(('name="file"; filename="a.txt"', file))
        out = b"".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {name}\r\n\r\n".encode()
                       + value + b"\r\n" for name, value in parts)
        return out + f"--{BOUNDARY}--\r\n".encode()

    def set_policy(self, policy: str) -> None:
        """A browser form's: in base64, with its signatures of both versions."""
        text = placeholders.fill(policy, self.variables).encode("latin-1")
        encoded = base64.b64encode(text).decode()
        key = signer.sigv4.signing_key(OWNER.secret, self.variables["today"], signer.REGION, "s3")
        self.variables |= {
            "policy": encoded,
            "policy-signature": signer.hmac.new(key, encoded.encode(), hashlib.sha256).hexdigest(),
            "policy-v2-signature": signer.hmac_sha1(OWNER.secret, encoded),
            "credential": f"{OWNER.access_key}/{self.variables['today']}/us-east-1/s3/aws4_request"}

    def sign(self, step: Step, request: Request) -> None:
        directives = step.directives
        who = next((text for text in directives if text.startswith("as ")), "as owner")
        identity = {"as owner": OWNER, "as second": SECOND, "as stranger": STRANGER,
                    "as anonymous": None}[who]
        if identity is None:
            return
        bucket = self.variables["bucket"] if "virtual-hosted" in directives else None
        presigned = next((text for text in directives if text.startswith("presigned")), None)
        trailers = [(name, placeholders.fill(value, self.variables))
                    for name, value in step.trailers]
        if "v2 presigned" in directives:
            signer.presign_v2(request, identity, bucket=bucket)
        elif "v2" in directives:
            signer.sign_v2_header(request, identity, bucket)
        elif presigned:
            signer.presign(request, identity, *presigned.split()[1:])
        elif "chunked" in directives:
            signer.stream(request, identity, [request.body])
        elif "chunked trailer" in directives:
            signer.stream(request, identity, [request.body], True, trailers)
        elif "unsigned trailer" in directives:
            signer.stream(request, identity, [request.body], False, trailers)
        else:
            payload = signer.UNSIGNED if "unsigned payload" in directives else None
            signer.sign_header(request, identity, payload)

    # Answers

    def check(self, step: Step, answer: Answer) -> None:
        expected = step.answer
        if expected is None:
            if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
                raise Mismatch(f"{self.where(step)}: {answer.status} {answer.body!r}")
            return
        faults = answer.faults_of_common_fields()
        if answer.status != expected.status:
            faults.append(f"status {answer.status}, expected {expected.status}")
        fields, body = list(expected.fields), expected.body
        if expected.error:
            body = placeholders.error_document(*expected.error, expected.details)
            fields.append(("Content-Type", "application/xml"))
        faults += self.compare_fields(fields, answer)
        text = answer.body.decode("latin-1")
        if not placeholders.matches(body, text, self.variables):
            faults.append(f"body\n  {text!r}, expected\n  {placeholders.unescape(body)!r}")
        elif expected.error and answer.element("RequestId") != answer.get("x-amz-request-id"):
            faults.append("RequestId is not that of the head")
        if faults:
            raise Mismatch(f"{self.where(step)}: " + "\n".join(faults)
                           + f"\nwhole answer: {json.dumps([answer.status, answer.fields, text])}")

    def compare_fields(self, expected: list[tuple[str, str]], answer: Answer) -> list[str]:
        faults, left = [], answer.own_fields()
        lengths = [value for name, value in expected if name.lower() == "content-length"]
        if lengths and answer.get("content-length") != lengths[0]:
            faults.append(f"Content-Length {answer.get('content-length')}, expected {lengths[0]}")
        for name, value in expected:
            if name.lower() == "content-length":
                continue
            found = next((pair for pair in left if pair[0].lower() == name.lower()
                          and placeholders.matches(value, pair[1], self.variables)), None)
            if found:
                left.remove(found)
            else:
                faults.append(f"no field {name}: {value}")
        return faults + [f"a field more, {name}: {value}" for name, value in left]
