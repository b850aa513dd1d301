"""The project's files, for the checks: what git tracks or would track, never what it ignores."""

from __future__ import annotations

import functools
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


@functools.cache
def files() -> tuple[str, ...]:
    """Paths relative to the root, sorted."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return tuple(sorted({path for path in listing.split("\0") if path and (ROOT / path).is_file()}))


def cpp_files() -> list[str]:
    return [path for path in files() if path.endswith((".cc", ".h"))]


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def is_shell_script(path: str) -> bool:
    if path.endswith(".sh"):
        return True
    if pathlib.PurePath(path).suffix:
        return False
    with (ROOT / path).open("rb") as file:
        return file.readline().startswith((b"#!/usr/bin/env bash", b"#!/bin/sh", b"#!/bin/bash"))


def report(findings: list[str]) -> int:
    """Prints the findings, one a line; the exit status of a check."""
    for finding in findings:
        print(finding)
    return 1 if findings else 0
