"""Random operations on a bucket and on the model of one, compared answer by answer."""

from __future__ import annotations

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import model  # noqa: E402
from reference_model import ENABLED, Expected, Model, Upload  # noqa: E402

SEED = 20261122


class DeletesForEver(Model):
    """Forgets the versions below a delete marker."""

    def delete(self, key: str) -> Expected:
        expected = super().delete(key)
        if self.versioning == ENABLED:
            self.keys[key] = self.keys[key][-1:]
        return expected


class NeverConflicts(Model):
    """Judges a conditional completion by the present alone."""

    def complete(self, upload: Upload, condition: tuple[str, str] | None) -> Expected:
        upload.touched = False
        return super().complete(upload, condition)


class ModelTest(unittest.TestCase):
    def test_a_bucket_answers_as_its_model(self) -> None:
        summary, report = model.run(operations=200_000, seed=SEED)
        print(summary, flush=True)
        self.assertEqual(report, [])

    def test_another_bucket_is_noticed_and_shown_in_few_operations(self) -> None:
        for mutant in (DeletesForEver, NeverConflicts):
            with self.subTest(mutant.__name__):
                summary, report = model.run(operations=20_000, seed=SEED, model=mutant)
                print(summary, flush=True)
                self.assertTrue(report)
                self.assertLessEqual(len(report), 12, report)


if __name__ == "__main__":
    unittest.main()
