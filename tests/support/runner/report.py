"""Outcomes of single test cases, and what is printed of them."""

from __future__ import annotations

import enum
import json
import pathlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass


class Status(enum.Enum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """One test case. The name is unique: group, then module, then case, joined with dots."""

    name: str
    status: Status
    detail: str = ""  # why it failed or was skipped, in one line
    log: pathlib.Path | None = None

    def to_json(self) -> str:
        return json.dumps({"name": self.name, "status": self.status.value, "detail": self.detail,
                           "log": str(self.log) if self.log else None})

    @staticmethod
    def from_json(line: str) -> Outcome:
        row = json.loads(line)
        log = pathlib.Path(row["log"]) if row.get("log") else None
        return Outcome(row["name"], Status(row["status"]), row.get("detail", ""), log)


def passed(name: str, log: pathlib.Path | None = None) -> Outcome:
    return Outcome(name, Status.PASSED, "", log)


def failed(name: str, detail: str, log: pathlib.Path | None = None) -> Outcome:
    return Outcome(name, Status.FAILED, detail, log)


def skipped(name: str, detail: str) -> Outcome:
    return Outcome(name, Status.SKIPPED, detail)


def of_status(outcomes: Iterable[Outcome], status: Status) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.status is status]


def closing_line(outcomes: list[Outcome]) -> str:
    counts = {status: len(of_status(outcomes, status)) for status in Status}
    return (f"{counts[Status.PASSED]} passed, {counts[Status.FAILED]} failed, "
            f"{counts[Status.SKIPPED]} skipped")


def exit_status(outcomes: list[Outcome]) -> int:
    """0 only if something ran and nothing failed: a run of no test at all proves nothing."""
    return 0 if of_status(outcomes, Status.PASSED) and not of_status(outcomes, Status.FAILED) else 1


def print_report(outcomes: list[Outcome]) -> None:
    """Skips and failures by name, then the closing line, alone and last on standard output."""
    for title, status in (("Skipped", Status.SKIPPED), ("Failed", Status.FAILED)):
        rows = of_status(outcomes, status)
        if rows:
            print(f"\n{title}:")
        for row in rows:
            where = f"\n      log: {row.log}" if row.log else ""
            print(f"  {row.name}: {row.detail}{where}")
    if not outcomes:
        print("\nNo test ran.")
    print(closing_line(outcomes))
    sys.stdout.flush()
