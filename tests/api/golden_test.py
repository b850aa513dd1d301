"""Golden pairs of request and answer, one transcript a case: tests/api/golden/*.txt."""

from __future__ import annotations

import pathlib
import unittest

import golden_case
import transcript

GOLDEN = pathlib.Path(__file__).parent / "golden"


class Golden(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        server = golden_case.start_server()
        cls.addClassCleanup(server.__exit__, None, None, None)
        cls.client = golden_case.Client(server)

    def test_transcripts(self):
        for each in transcript.load(GOLDEN):
            with self.subTest(each.name):
                golden_case.Player(self.client, each).play()
        timing = self.client.timing
        print(f"the slowest refusal took {timing.worst * 1000:.1f} ms: {timing.where}")


if __name__ == "__main__":
    unittest.main()
