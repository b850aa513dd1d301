"""The AWS SDK for Java 2: java/Round.java, with the libraries that java/pom.xml names."""

from __future__ import annotations

import base64
import unittest

import client_case
from client_case import ODD_KEYS
from tarn_server import ROOT

JAVA = client_case.require_program("java", "-version")
JARS = ROOT / "build" / "test-java"
if not (JARS / "stamp").exists():
    raise unittest.SkipTest("the libraries of tests/clients/java could not be had with mvn")
print("client:", *(path.name for path in JARS.glob("s3-*.jar")))


class Round:
    def trust_store(self) -> list[str]:
        """Java trusts a store of its own; keytool comes with every JDK."""
        if self.scheme == "http":
            return []
        store = self.directory / "trust.p12"
        self.run_command("keytool", "-importcert", "-noprompt", "-alias", "tarn", "-file",
                         str(self.server.ca), "-keystore", str(store), "-storepass", "changeit")
        return [f"-Djavax.net.ssl.trustStore={store}",
                "-Djavax.net.ssl.trustStorePassword=changeit"]

    def test_round(self):
        path, _ = self.large_file()
        keys = self.directory / "keys"
        keys.write_text("".join(f"{base64.b64encode(key.encode()).decode()}\n" for key in ODD_KEYS))
        source = ROOT / "tests" / "clients" / "java" / "Round.java"
        self.run_cases(JAVA, *self.trust_store(), "-cp", f"{JARS}/*", str(source), self.endpoint,
                       self.new_bucket_name(), str(keys), str(path),
                       environment=self.environment())


client_case.over_http_and_https(globals(), Round)


if __name__ == "__main__":
    unittest.main()
