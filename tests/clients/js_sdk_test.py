"""The AWS SDK for JavaScript v3: js/round.mjs (S3) and js/distribution.mjs (CloudFront)."""

from __future__ import annotations

import json
import shutil
import subprocess
import unittest

import client_case
import edge_case
from client_case import ODD_KEYS
from edge_case import EdgeCase
from tarn_server import ROOT

SOURCES = ROOT / "tests" / "clients" / "js"
PACKAGES = ROOT / "build" / "test-js"
NODE = client_case.require_program("node", "--version")
if not (PACKAGES / "stamp").exists():
    raise unittest.SkipTest("the packages of tests/clients/js could not be installed with npm")
for package in ("client-s3", "client-cloudfront"):
    text = (PACKAGES / "node_modules" / "@aws-sdk" / package / "package.json").read_text()
    print(f"client: @aws-sdk/{package} {json.loads(text)['version']}")


def script(name: str) -> str:
    """A copy beside the installed packages: Node looks for these from the script's own folder."""
    return str(shutil.copy(SOURCES / name, PACKAGES / name))


class Round:
    def test_round(self):
        path, _ = self.large_file()
        keys = self.directory / "keys.json"
        keys.write_text(json.dumps(ODD_KEYS))
        self.run_cases(NODE, script("round.mjs"), self.endpoint, self.new_bucket_name(), str(keys),
                       str(path), environment=self.environment(NODE_NO_WARNINGS="1"))


class Distribution:
    def test_distribution(self):
        bucket = self.new_bucket_name()
        config = self.directory / "config.json"
        config.write_text(json.dumps({
            "accessControl": edge_case.access_control_config(bucket),
            "distribution": edge_case.distribution_config(bucket, "", bucket),
            "policy": edge_case.read_policy(bucket, "DISTRIBUTION")}))
        command = [NODE, script("distribution.mjs"), self.endpoint, bucket, str(config)]
        lines = self.converse(command)
        self.check_cases(lines)

    def converse(self, command: list[str]) -> list[str]:
        """Runs the script and looks through the edge whenever it asks for that."""
        with subprocess.Popen(command, env=self.environment(NODE_NO_WARNINGS="1"), text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            lines = []
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                print(lines[-1], flush=True)
                if line.startswith("view "):
                    process.stdin.write(self.look(*lines[-1].split(" ")[1:]) + "\n")
                    process.stdin.flush()
        return lines

    def look(self, domain: str, path: str, result: str, body: str) -> str:
        """Empty when the edge answers so, else what was wrong."""
        try:
            self.assert_viewed(self.view(domain, path), result, body.encode())
        except AssertionError as error:
            return str(error).replace("\n", " ")
        return ""


client_case.over_http_and_https(globals(), Round)
client_case.over_http_and_https(globals(), Distribution, base=EdgeCase)
del EdgeCase


if __name__ == "__main__":
    unittest.main()
