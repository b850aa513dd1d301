"""Figures, as text for people and as JSON."""

from __future__ import annotations

import os
import pathlib
import platform
import statistics
import subprocess
from dataclasses import dataclass

from rows import Row

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Sample:
    """One run of one contender."""

    requests: int
    seconds: float
    cpu_seconds: float  # of the contender's processes
    p99_seconds: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        return self.cpu_seconds / self.requests * 1e6

    @property
    def busy(self) -> float:
        """The share of the core that it had; well below 1 something else was the limit."""
        return self.cpu_seconds / self.seconds


@dataclass(frozen=True)
class Spread:
    median: float
    least: float
    most: float

    @staticmethod
    def of(values: list[float]) -> Spread:
        return Spread(statistics.median(values), min(values), max(values))

    def text(self, pattern: str) -> str:
        return (f"{pattern.format(self.median)} "
                f"({pattern.format(self.least)}-{pattern.format(self.most)})")


@dataclass(frozen=True)
class Outcome:
    """All runs of a row; the same index in each list is the same round."""

    row: Row
    samples: dict[str, list[Sample]]

    @property
    def base(self) -> str:
        return next(iter(self.samples))

    def spread(self, name: str, measure: str) -> Spread:
        return Spread.of([getattr(sample, measure) for sample in self.samples[name]])

    def ratio(self, name: str, measure: str) -> Spread:
        """To the first contender in the same round: so what slows the machine slows both."""
        return Spread.of([getattr(ours, measure) / getattr(base, measure)
                          for ours, base in zip(self.samples[name], self.samples[self.base])])

    def judged(self) -> Spread:
        """What the row's goal is about."""
        measure = self.row.goal.measure
        return self.ratio("tarn", "rate") if measure == "ratio" else self.spread("tarn", measure)

    def as_json(self) -> dict:
        return {
            "name": self.row.name, "title": self.row.title, "base": self.base,
            "goal": self.row.goal.text(self.base),
            "met": self.row.goal.is_met(self.judged().median),
            "contenders": {name: {
                "rate": vars(self.spread(name, "rate")),
                "rate_ratio": vars(self.ratio(name, "rate")),
                "cpu_us": vars(self.spread(name, "cpu_us")),
                "cpu_ratio": vars(self.ratio(name, "cpu_us")),
                "busy": self.spread(name, "busy").median,
                "samples": [vars(sample) for sample in samples],
            } for name, samples in self.samples.items()}}


HEADINGS = ("workload", "server", "requests/s", "× base", "CPU µs/request", "× base",
            "core busy", "p99 ms")


def table_lines(outcomes: list[Outcome]) -> list[str]:
    """Markdown: for each workload a line per server; medians, with the least and the most."""
    lines = [list(HEADINGS)]
    for outcome in outcomes:
        for name in outcome.samples:
            first = name == outcome.base
            lines.append([
                outcome.row.title if first else "", name,
                outcome.spread(name, "rate").text("{:,.0f}"),
                "1" if first else outcome.ratio(name, "rate").text("{:.2f}"),
                outcome.spread(name, "cpu_us").text("{:,.1f}"),
                "1" if first else outcome.ratio(name, "cpu_us").text("{:.2f}"),
                f"{outcome.spread(name, 'busy').median:.0%}",
                f"{outcome.spread(name, 'p99_seconds').median * 1e3:.1f}"])
    return aligned(lines)


def goal_lines(outcomes: list[Outcome]) -> list[str]:
    lines = [["workload", "goal", "tarn", ""]]
    for outcome in outcomes:
        goal, judged = outcome.row.goal, outcome.judged()
        pattern = "{:.2f}" if goal.measure == "ratio" else "{:,.0f}"
        lines.append([outcome.row.title, goal.text(outcome.base), judged.text(pattern),
                      "met" if goal.is_met(judged.median) else "**missed**"])
    return aligned(lines)


def aligned(lines: list[list[str]]) -> list[str]:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    text = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
            for line in lines]
    return [text[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *text[1:]]


def machine() -> dict[str, str]:
    def first_match(path: str, key: str) -> str:
        for line in pathlib.Path(path).read_text().splitlines():
            name, _, value = line.replace("=", ":", 1).partition(":")
            if name.strip() == key:
                return value.strip().strip('"')
        return "unknown"

    return {"cpu": first_match("/proc/cpuinfo", "model name"), "cores": str(os.cpu_count()),
            "system": first_match("/etc/os-release", "PRETTY_NAME"),
            "kernel": platform.release(), "load average": f"{os.getloadavg()[0]:.1f}",
            "commit": commit()}


def commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
