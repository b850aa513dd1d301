"""Every C++ file is formatted by clang-format 19 with the tree's .clang-format."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import tree


def findings(paths: list[str]) -> list[str]:
    program = shutil.which("clang-format-19")
    if program is None:
        return ["clang-format-19 is not installed: it is in deploy/packages.test"]
    if not paths:
        return []
    done = subprocess.run([program, "--dry-run", "-Werror", "--ferror-limit=1", *paths],
                          cwd=tree.ROOT, capture_output=True, text=True, check=False)
    places = re.findall(r"^(\S+:\d+):\d+: error:", done.stderr, re.MULTILINE)
    if done.returncode != 0 and not places:
        return [done.stderr.strip()]
    return [f"{place}: not formatted; run clang-format-19 -i" for place in places]


if __name__ == "__main__":
    sys.exit(tree.report(findings(tree.cpp_files())))
