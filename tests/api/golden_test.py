"""Golden pairs of request and answer, one transcript a case: tests/api/golden/*.txt."""

from __future__ import annotations

import pathlib
import unittest

import api_client
import player
import transcript

GOLDEN = pathlib.Path(__file__).parent / "golden"


class Golden(unittest.TestCase):
    def client_for(self, arguments: tuple[str, ...]) -> api_client.Client:
        return api_client.Client(self.enterContext(api_client.new_server(*arguments)))

    def test_transcripts(self):
        clients = {}
        for each in transcript.load(GOLDEN):
            if each.arguments not in clients:
                clients[each.arguments] = self.client_for(each.arguments)
            with self.subTest(each.name):
                player.Player(clients[each.arguments], each).play()
        timing = max((client.timing for client in clients.values()), key=lambda each: each.worst)
        print(f"the slowest refusal took {timing.worst * 1000:.1f} ms: {timing.where}")


if __name__ == "__main__":
    unittest.main()
