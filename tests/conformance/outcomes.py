"""A pytest plugin: each test's outcome as JSON.

What counts is the test itself: the suite's clean-up of buckets fails where a test leaves a lock, and
would hide a pass. A test whose preparation failed has failed.
"""

import json
import os
import pathlib

_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report) -> None:
    name = report.nodeid.split("::")[-1]
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        _outcomes[name] = report.outcome


def pytest_sessionfinish() -> None:
    pathlib.Path(os.environ["CONFORMANCE_OUTCOMES"]).write_text(json.dumps(_outcomes))
