"""The test runner itself: reading of reports, counting, the search for secrets."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from runner import build, ci, ctest, python_cases, python_groups, report, secret_scan, tidy
from runner.report import Outcome, Status

JUNIT = """<testsuite>
<testcase name="A.Passes" status="run"><system-out>ok</system-out></testcase>
<testcase name="A.Fails" status="fail"><failure message=""/>
<system-out>a_test.cc:4: Failure
Expected 1</system-out></testcase>
<testcase name="A.Crashes" status="fail"><failure message=""/><system-out>[ RUN ] A</system-out></testcase>
<testcase name="A.Skips" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
<system-out>a_test.cc:5: Skipped
no disk</system-out></testcase>
<testcase name="A.Disabled" status="disabled"/>
<testcase name="fuzz_corpus.a" status="notrun"><skipped message="Unable to find executable"/></testcase>
</testsuite>"""

MODULE = """import unittest
class T(unittest.TestCase):
    def test_passes(self): pass
    def test_fails(self): self.fail('a reason')
    def test_errs(self): raise OSError('gone')
    def test_skips(self): self.skipTest('no client')
    def test_rows(self):
        for row in ('one', 'two'):
            with self.subTest(row): self.assertEqual(row, 'one')
class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError('no server')
    def test_never(self): pass
"""


class Reports(unittest.TestCase):
    def test_a_missing_program_fails_and_a_skip_keeps_its_reason(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "r.xml"
            path.write_text(JUNIT)
            outcomes = ctest.read_junit(path, "unit", path)
        self.assertEqual([(o.name, o.status.value, o.detail) for o in outcomes], [
            ("unit.A.Passes", "passed", ""), ("unit.A.Fails", "failed", "Expected 1"),
            ("unit.A.Crashes", "failed", "[ RUN ] A"), ("unit.A.Skips", "skipped", "no disk"),
            ("unit.A.Disabled", "skipped", "disabled"),
            ("unit.fuzz_corpus.a", "failed", "Unable to find executable")])

    def test_the_closing_line_counts_and_an_empty_run_is_no_success(self):
        rows = [report.passed("a"), report.passed("b"), report.failed("c", ""),
                report.skipped("d", "")]
        self.assertEqual(report.closing_line(rows), "2 passed, 1 failed, 1 skipped")
        self.assertEqual(report.exit_status(rows), 1)
        self.assertEqual(report.exit_status(rows[:2] + rows[3:]), 0)
        self.assertEqual(report.exit_status([]), 1)

    def test_an_outcome_survives_its_file(self):
        row = Outcome("a.b", Status.SKIPPED, "why\nso", pathlib.Path("x.log"))
        self.assertEqual(Outcome.from_json(row.to_json()), row)


class PythonModules(unittest.TestCase):
    def run_module(self, source: str) -> dict[str, tuple[str, str]]:
        with tempfile.TemporaryDirectory() as directory:
            module = pathlib.Path(directory) / "sample_test.py"
            module.write_text(source)
            results = pathlib.Path(directory) / "results"
            command = [sys.executable, "-m", "runner.python_cases", "g.m", str(module), str(results)]
            log = pathlib.Path(directory) / "log"
            python_groups.run_with_limit(
                command, {"PYTHONPATH": str(build.ROOT / "tests" / "support")}, log, 60)
            return {o.name: (o.status.value, o.detail)
                    for o in python_groups.read_outcomes(results, log)}

    def test_every_kind_of_outcome_is_written(self):
        self.assertEqual(self.run_module(MODULE), {
            "g.m.T.passes": ("passed", ""),
            "g.m.T.fails": ("failed", "AssertionError: a reason"),
            "g.m.T.errs": ("failed", "OSError: gone"),
            "g.m.T.skips": ("skipped", "no client"),
            "g.m.T.rows[one]": ("passed", ""),
            "g.m.T.rows[two]": ("failed", "AssertionError: 'two' != 'one'"),
            "g.m.Broken.setUpClass": ("failed", "RuntimeError: no server")})

    def test_a_module_that_skips_or_breaks_on_import_is_one_case(self):
        skips = "import unittest\nraise unittest.SkipTest('rclone is not installed')"
        self.assertEqual(self.run_module(skips),
                         {"g.m.module": ("skipped", "rclone is not installed")})
        self.assertEqual(self.run_module("import no_such_module")["g.m.import"][0], "failed")

    def test_a_hanging_module_is_ended(self):
        with tempfile.TemporaryDirectory() as directory:
            log = pathlib.Path(directory) / "log"
            self.assertIsNone(python_groups.run_with_limit(["sleep", "60"], {}, log, 0.05))


class Secrets(unittest.TestCase):
    def test_what_grants_access_is_found_and_the_rest_is_not(self):
        for text, count in [
            (b"GET /b/k?X-Amz-Signature=" + b"0a" * 32, 1),
            (b'"Signature":"' + b"0a" * 32 + b'"', 1),
            (b"GET /b/k?AWSAccessKeyId=a&Signature=" + b"Ab" * 13 + b"%2B%3D", 1),
            (b"Authorization: AWS4-HMAC-SHA256 Credential=a", 1),
            (b"-----BEGIN EC PRIVATE KEY-----", 1),
            (b"GET /b/k?X-Amz-Signature=redacted 403 SignatureDoesNotMatch", 0),
            (b"etag " + b"0a" * 32, 0),
        ]:
            with self.subTest(text[:40].decode()):
                self.assertEqual(len(secret_scan.find_secrets(text)), count)


class ContinuousIntegration(unittest.TestCase):
    def test_only_listed_skips_stay_skips(self):
        rows = [report.skipped("clients.rust.module", "no cargo"), report.skipped("unit.A.B", "x"),
                report.passed("unit.A.C")]
        statuses = [row.status.value for row in ci.refuse_unknown_skips(rows, ["clients.rust.*"])]
        self.assertEqual(statuses, ["skipped", "failed", "passed"])

    def test_the_list_of_allowed_skips_has_a_reason_for_each(self):
        lines = ci.ALLOWED_SKIPS.read_text(encoding="utf-8").splitlines()
        for line in lines:
            if line.strip() and not line.startswith("#"):
                self.assertGreater(len(line.split()), 2, line)
        self.assertLess(len(ci.allowed_skips(ci.ALLOWED_SKIPS)), 10)

    def test_a_changed_header_selects_its_source_and_tests_are_left_out(self):
        compiled = ["common/net/a.cc", "common/base/b.cc", "server/c.cc", "tests/unit/d_test.cc"]
        changed = ["common/net/a.h", "common/base/b.cc", "tests/unit/d_test.cc", "README.md"]
        self.assertEqual(tidy.sources_to_check(changed, compiled),
                         ["common/base/b.cc", "common/net/a.cc"])


class CaseNames(unittest.TestCase):
    def test_names_have_no_prefix_and_no_blank(self):
        self.assertEqual(python_cases.case_name(self), "CaseNames.names_have_no_prefix_and_no_blank")


if __name__ == "__main__":
    unittest.main()
