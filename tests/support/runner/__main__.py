"""tests/run: see USAGE."""

from __future__ import annotations

import argparse
import pathlib
import shutil
import sys
import time

from . import client_tools, ctest, python_groups, report, secret_scan, style
from .build import LOGS, SANITIZER_PRESETS, Build, BuildError, build_preset, install_packages
from .report import Outcome, failed

GROUPS = ("style", *ctest.GROUPS, *python_groups.GROUPS)

USAGE = """\
  tests/run                             everything
  tests/run unit clients                only these groups
  tests/run clients --match boto3       only the modules with boto3 in their name
  tests/run --sanitize address          unit, contract and fuzz under the address sanitizer
  tests/run --sanitize thread all       every group with programs of that build

groups: """ + " ".join(GROUPS) + """

Installs what is missing (the list is printed first), builds build/release or the sanitizer's preset,
runs the tests and ends with one line: N passed, N failed, N skipped. Logs are in build/test-logs.
Exit status: 0 all passed, 1 something failed or could not be built, 2 wrong usage."""


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/run", epilog=USAGE,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="GROUP")
    parser.add_argument("--sanitize", choices=sorted(SANITIZER_PRESETS))
    parser.add_argument("--match", default="", metavar="TEXT")
    parser.add_argument("--report", type=pathlib.Path, metavar="FILE",
                        help="also write one JSON line per test case")
    options = parser.parse_args(arguments)
    unknown = [group for group in options.groups if group not in (*GROUPS, "all")]
    if unknown:
        parser.error(f"unknown group {unknown[0]}; groups: {' '.join(GROUPS)}, or all")
    if not options.groups and options.sanitize:
        options.groups = list(ctest.GROUPS)
    elif not options.groups or "all" in options.groups:
        # A folder without a test has nothing to run; asking for it by name is a failure, though.
        options.groups = [group for group in GROUPS if group not in python_groups.GROUPS
                          or python_groups.modules(group, options.match)]
    return options


def run_groups(options: argparse.Namespace, outcomes: list[Outcome]) -> None:
    """Appends to outcomes as it goes, so that a failing build keeps what ran before it."""
    if not install_packages("the build and the tests", "build", "test"):
        outcomes.append(failed("packages", "some could not be installed; see above"))
    build = None
    for group in (name for name in GROUPS if name in options.groups):
        if group != "style" and build is None:
            build = build_preset(SANITIZER_PRESETS.get(options.sanitize, "release"))
        started = time.monotonic()
        print(f"running {group}", flush=True)
        found = run_group(build, group, options.match)
        print(f"{group}: {report.closing_line(found)} in {time.monotonic() - started:.0f} s",
              flush=True)
        outcomes += found


def run_group(build: Build | None, group: str, match: str) -> list[Outcome]:
    if group == "style":
        return style.run()
    if group in ctest.GROUPS:
        return ctest.run_group(build, group)
    client_tools.prepare()
    return python_groups.run_group(build, group, match)


def main() -> int:
    options = parse_arguments(sys.argv[1:])
    LOGS.mkdir(parents=True, exist_ok=True)
    servers = LOGS / "servers"
    shutil.rmtree(servers, ignore_errors=True)
    outcomes: list[Outcome] = []
    try:
        run_groups(options, outcomes)
    except BuildError as error:
        print(error, flush=True)
        outcomes.append(failed("build", str(error).splitlines()[0]))
    except KeyboardInterrupt:
        outcomes.append(failed("run", "interrupted"))
    if servers.exists():
        outcomes += secret_scan.check_logs(servers)
    if options.report:
        options.report.write_text("".join(f"{outcome.to_json()}\n" for outcome in outcomes))
    report.print_report(outcomes)
    return report.exit_status(outcomes)


if __name__ == "__main__":
    sys.exit(main())
