"""aws-sdk-go-v2 and minio-go: the program in go/, which tests/run compiles where there is a Go."""

from __future__ import annotations

import json
import unittest

import client_case
from client_case import ODD_KEYS
from tarn_server import ROOT

client_case.require_program("go", "version")
PROGRAM = ROOT / "build" / "test-go" / "clients"
if not (PROGRAM.parent / "stamp").exists():
    raise unittest.SkipTest("the modules of tests/clients/go could not be downloaded and built")

# minio-go refuses such names itself; the other SDK sends them.
REFUSED_BY_MINIO_GO = ("..", "dir/../up", "./here", "/leading slash")


class Round:
    def run_round(self, sdk: str, keys: tuple[str, ...]) -> None:
        path, _ = self.large_file()
        names = self.directory / "keys.json"
        names.write_text(json.dumps(keys))
        self.run_cases(str(PROGRAM), sdk, self.endpoint, self.new_bucket_name(), str(names),
                       str(path), environment=self.environment())

    def test_aws_sdk_go_v2(self):
        self.run_round("aws", ODD_KEYS)

    def test_minio_go(self):
        self.run_round("minio", tuple(k for k in ODD_KEYS if k not in REFUSED_BY_MINIO_GO))


client_case.over_http_and_https(globals(), Round)


if __name__ == "__main__":
    unittest.main()
