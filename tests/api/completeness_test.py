"""No operation and no error of the server's tables is without a golden pair that shows it."""

from __future__ import annotations

import ast
import pathlib
import re
import subprocess
import unittest

import tarn_server
import transcript

GOLDEN = pathlib.Path(__file__).parent / "golden"
SERVER = tarn_server.ROOT / "server"

# Rows of server/s3/error.cc that no request of a test can provoke, and why.
NOT_PROVOKED = {
    "IllegalLocationConstraintException": "one endpoint serves all regions and takes each",
    "InternalError": "a fault of the server, never of a request",
    "OperationAborted": "needs two requests at the same instant; races_test.py has it",
    "RequestTimeout": "takes ten seconds; bad_bodies_test.py has it",
    "ServiceUnavailable": "needs a full disk",
    "SlowDown": "needs a race that is lost many times in a row",
    "TooManyConfigurations": "needs 1,000 configurations; bad_documents_test.py has it",
}
# Rows whose text is never said, because who refuses has words of its own.
TEXT_NOT_SAID = {"BadRequest", "AccessForbidden", "InvalidRequest", "InvalidTag",
                 "InvalidBucketState", "InvalidPolicyDocument"}
# Errors beside both tables.
OTHERS = {("XAmzContentSHA256Mismatch", 400)}
# Rows of common/aws/auth_error.cc that no request to S3 can provoke.
FAULTS_NOT_PROVOKED: dict[str, str] = {}

LITERALS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'


def literal(text: str) -> str:
    """Of adjoining C++ string literals."""
    return "".join(ast.literal_eval(piece) for piece in re.findall(r'"(?:[^"\\]|\\.)*"', text))


def golden_errors() -> set[tuple[str, int, str]]:
    return {(step.answer.error[0], step.answer.status, step.answer.error[1])
            for each in transcript.load(GOLDEN) for step in each.steps
            if step.answer and step.answer.error}


def error_rows() -> list[tuple[str, int, str]]:
    """Of server/s3/error.cc: code, status, text."""
    source = (SERVER / "s3" / "error.cc").read_text()
    rows = re.findall(r'\{ErrorCode::\w+, "(\w+)", (\d+), ' + LITERALS + r"\}", source)
    return [(code, int(status), literal(text)) for code, status, text in rows
            if (code, text) != ("InternalError", '""')]


def fault_rows() -> list[tuple[str, str, int, str]]:
    """Of common/aws/auth_error.cc: fault, code, status, text; "{}" in a text is anything."""
    source = (tarn_server.ROOT / "common" / "aws" / "auth_error.cc").read_text()
    constants = {name: literal(text) for name, text in
                 re.findall(r"constexpr std::string_view (\w+) =\s*" + LITERALS, source)}
    rows = re.findall(rf'\{{AuthFault::(\w+),\s*("\w+"|\w+),\s*(\d+),\s*(?:{LITERALS}|(\w+)),',
                      source)
    return [(fault, constants.get(code, code.strip('"')), int(status),
             literal(text) if text else constants[name])
            for fault, code, status, text, name in rows]


class Completeness(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        table = subprocess.run([tarn_server.build_directory() / "server" / "tarn-server",
                                "--print-operations"], capture_output=True, text=True, check=True)
        cls.implemented, cls.missing = (set(re.findall(r"`(\w+)`", line.split("|")[2]))
                                        for line in table.stdout.splitlines() if "`" in line)
        cls.steps = [step for each in transcript.load(GOLDEN) for step in each.steps
                     if step.operation and step.answer]

    def test_every_implemented_operation_has_a_success(self):
        shown = {step.operation for step in self.steps if step.answer.status < 300}
        self.assertEqual(sorted(self.implemented - shown), [])

    def test_every_other_operation_says_that_it_is_not_implemented(self):
        shown = {step.operation for step in self.steps
                 if step.answer.error and step.answer.error[0] == "NotImplemented"}
        self.assertEqual(sorted(self.missing - shown), [])

    def test_every_named_operation_exists(self):
        named = {step.operation for step in self.steps}
        self.assertEqual(sorted(named - self.implemented - self.missing), [])

    def test_every_error_of_s3_is_shown(self):
        shown = {(code, status) for code, status, _ in golden_errors()}
        for code, status, _ in error_rows():
            with self.subTest(code):
                if code in NOT_PROVOKED:
                    self.assertNotIn((code, status), shown, "an exception that is none")
                else:
                    self.assertIn((code, status), shown)

    def test_every_text_of_s3_is_shown(self):
        shown = golden_errors()
        missing = {row[0] for row in error_rows() if row not in shown}
        self.assertEqual(missing, TEXT_NOT_SAID | set(NOT_PROVOKED))

    def test_every_fault_of_a_signature_is_shown(self):
        shown = golden_errors()
        for fault, code, status, text in fault_rows():
            pattern = re.compile(".*".join(map(re.escape, text.split("{}"))), re.DOTALL)
            with self.subTest(fault):
                found = any(row[:2] == (code, status) and pattern.fullmatch(row[2])
                            for row in shown)
                self.assertEqual(found, fault not in FAULTS_NOT_PROVOKED)

    def test_every_other_error_is_shown(self):
        self.assertEqual(OTHERS - {row[:2] for row in golden_errors()}, set())

    def test_the_tables_were_read(self):
        self.assertGreater(len(error_rows()), 60)
        self.assertGreater(len(fault_rows()), 50)
        self.assertGreater(len(self.implemented), 80)


if __name__ == "__main__":
    unittest.main()
