"""Runs one unittest module in this process and writes an outcome a line.

usage: python -m runner.python_cases PREFIX MODULE.py OUTCOMES.jsonl

A case is a test method, or each subTest of a method that uses them: so a test can give every row of
a table, or every step of a client in another language, its own name.
"""

from __future__ import annotations

import importlib.util
import pathlib
import sys
import time
import traceback
import unittest

from .report import Outcome, Status


class CaseWriter(unittest.TestResult):
    def __init__(self, prefix: str, path: pathlib.Path) -> None:
        super().__init__()
        self._prefix = prefix
        self._file = path.open("a", encoding="utf-8")
        self._with_subtests: set[str] = set()
        self._started = 0.0

    def write(self, name: str, status: Status, detail: str = "") -> None:
        self._file.write(Outcome(f"{self._prefix}.{name}", status, detail).to_json() + "\n")
        self._file.flush()
        seconds = time.monotonic() - self._started if self._started else 0.0
        print(f"--- {status.value}: {name} ({seconds:.1f} s) {detail}", flush=True)

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._started = time.monotonic()
        print(f"=== {case_name(test)}", flush=True)

    def addSuccess(self, test: unittest.TestCase) -> None:
        if case_name(test) not in self._with_subtests:
            self.write(case_name(test), Status.PASSED)

    def addFailure(self, test: unittest.TestCase, err: tuple) -> None:
        super().addFailure(test, err)
        self._fault(case_name(test), err)

    def addError(self, test: unittest.TestCase, err: tuple) -> None:
        super().addError(test, err)
        self._fault(case_name(test), err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.write(case_name(test), Status.SKIPPED, reason)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: tuple) -> None:
        super().addSubTest(test, subtest, err)
        self._with_subtests.add(case_name(test))
        if err is None:
            self.write(case_name(subtest), Status.PASSED)
        else:
            self._fault(case_name(subtest), err)

    def addExpectedFailure(self, test: unittest.TestCase, err: tuple) -> None:
        self.write(case_name(test), Status.FAILED, "expected failures are not used here")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self.addExpectedFailure(test, ())

    def _fault(self, name: str, err: tuple) -> None:
        if isinstance(err[1], unittest.SkipTest):
            self.write(name, Status.SKIPPED, str(err[1]))
            return
        traceback.print_exception(*err)
        lines = traceback.format_exception_only(err[0], err[1])[-1].strip().splitlines()
        self.write(name, Status.FAILED, lines[0][:300] if lines else "failed")


def case_name(test: unittest.TestCase) -> str:
    """Class.method, and for a subTest its message or parameters in brackets."""
    parent = getattr(test, "test_case", None)
    if parent is not None:
        return f"{case_name(parent)}{test._subDescription().replace(' ', '_')}"
    if isinstance(test, unittest.TestCase):
        return f"{type(test).__name__}.{test._testMethodName.removeprefix('test_')}"
    method, _, owner = str(test).partition(" ")  # "setUpClass (module.Class)" and its like
    return f"{owner.strip('()').rpartition('.')[2]}.{method}"


def load(path: pathlib.Path) -> unittest.TestSuite:
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main(prefix: str, module_path: str, outcomes_path: str) -> int:
    path = pathlib.Path(module_path)
    writer = CaseWriter(prefix, pathlib.Path(outcomes_path))
    try:
        suite = load(path)
    except unittest.SkipTest as skip:
        writer.write("module", Status.SKIPPED, str(skip))
        return 0
    except Exception as error:  # the whole module is one failed case
        traceback.print_exc()
        writer.write("import", Status.FAILED, f"{type(error).__name__}: {error}")
        return 1
    suite.run(writer)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
