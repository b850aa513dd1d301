"""The AWS SDK for Rust: the program in rust/, which tests/run compiles where there is a Cargo."""

from __future__ import annotations

import unittest

import client_case
from client_case import ODD_KEYS
from tarn_server import ROOT

client_case.require_program("cargo", "--version")
PROGRAM = ROOT / "build" / "test-rust" / "debug" / "clients"
if not (ROOT / "build" / "test-rust" / "stamp").exists():
    raise unittest.SkipTest("the crates of tests/clients/rust could not be downloaded and built")


class Round:
    def test_round(self):
        path, _ = self.large_file()
        keys = self.directory / "keys"
        keys.write_text("".join(f"{key.encode().hex()}\n" for key in ODD_KEYS))
        self.run_cases(str(PROGRAM), self.endpoint, self.new_bucket_name(), str(keys), str(path),
                       environment=self.environment())


client_case.over_http_and_https(globals(), Round)


if __name__ == "__main__":
    unittest.main()
