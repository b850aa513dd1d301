"""What is served: the same bytes by every contender, of which no part repeats."""

from __future__ import annotations

import pathlib
import random

KIB, MIB = 1 << 10, 1 << 20
SIZES = {"1k": KIB, "4k": 4 * KIB, "16k": 16 * KIB, "1m": MIB}


def body(name: str) -> bytes:
    return random.Random(name).randbytes(SIZES[name])


def write_site(root: pathlib.Path) -> pathlib.Path:
    """/hit/NAME and /pass/NAME, the same files: caches are configured by path."""
    for folder in ("hit", "pass"):
        (root / folder).mkdir(parents=True)
        for name in SIZES:
            (root / folder / name).write_bytes(body(name))
    return root
