"""The top level is fixed (DESIGN section 2), and no large file is tracked."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import tree

TOP_LEVEL = {"common", "server", "edge", "deploy", "tests", "bench",
             "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md"}
BYTES_MAX = 1 << 20


def top_level_findings(paths: Iterable[str]) -> list[str]:
    names = {path.split("/")[0] for path in paths}
    return [f"{name}: not a top-level name of this project; put it below one of its folders"
            for name in sorted(names - TOP_LEVEL) if not name.startswith(".")]


def size_findings(sizes: dict[str, int]) -> list[str]:
    return [f"{path}: {size} bytes; the limit is {BYTES_MAX}"
            for path, size in sorted(sizes.items()) if size > BYTES_MAX]


def main() -> int:
    sizes = {path: (tree.ROOT / path).stat().st_size for path in tree.files()}
    return tree.report(top_level_findings(tree.files()) + size_findings(sizes))


if __name__ == "__main__":
    sys.exit(main())
