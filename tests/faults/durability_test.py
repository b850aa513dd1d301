"""Short runs of the crash and damage programs beside this file; run those for long ones."""

from __future__ import annotations

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import bitrot  # noqa: E402
import disk_full  # noqa: E402
import kill9  # noqa: E402
import powerloss  # noqa: E402
from crash_images import Unavailable  # noqa: E402

SEED = 20261122

FAILPOINTS = ("blob.after_create", "blob.after_append", "blob.before_fdatasync",
              "blob.after_fdatasync", "blob.after_dirsync", "commit.before_write",
              "commit.after_write", "commit.after_witness", "trash.before_remove",
              "trash.after_remove")


class DurabilityTest(unittest.TestCase):
    def expect_none(self, result: tuple[str, list[str]]) -> None:
        summary, violations = result
        print(summary, flush=True)
        self.assertEqual(violations[:10], [])

    def test_nothing_acknowledged_is_lost_by_a_kill(self) -> None:
        self.expect_none(kill9.run(rounds=60, writer_count=8, seed=SEED, point=""))

    def test_nothing_acknowledged_is_lost_by_a_kill_at_any_step(self) -> None:
        for point in FAILPOINTS:
            with self.subTest(point):
                self.expect_none(kill9.run(rounds=3, writer_count=8, seed=SEED, point=point))

    def test_nothing_acknowledged_is_lost_with_the_power(self) -> None:
        for kind in ("ext4", "xfs"):
            with self.subTest(kind):
                self.expect_none(self.cut_power(20, kind))

    def test_the_power_test_notices_a_missing_sync(self) -> None:
        for mutant in ("no-wal-sync", "no-blob-fdatasync"):
            with self.subTest(mutant):
                summary, violations = self.cut_power(10, "ext4", mutant)
                print(summary, flush=True)
                self.assertNotEqual(violations, [])

    def cut_power(self, images: int, kind: str, mutant: str = "") -> tuple[str, list[str]]:
        try:
            return powerloss.run(images, kind, mutant, SEED, writers=8)
        except Unavailable as reason:
            self.skipTest(str(reason))

    def test_a_full_disk_refuses_and_recovers(self) -> None:
        try:
            self.expect_none(disk_full.run(megabytes=256, rounds=2))
        except Unavailable as reason:
            self.skipTest(str(reason))

    def test_no_damage_goes_unnoticed(self) -> None:
        self.expect_none(bitrot.run(flips=100, cuts=60, seed=SEED))


if __name__ == "__main__":
    unittest.main()
