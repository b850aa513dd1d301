"""No log of a server may hold a secret: this reads them all after the tests.

The patterns find what grants access in any log, whatever the keys of the test were. A server's own
generated secrets are looked for by tarn_server.py when it stops the server, while it knows them; it
leaves a line in a file `leaks` beside the logs.
"""

from __future__ import annotations

import pathlib
import re

from .report import Outcome, failed, passed

PATTERNS = {
    "a SigV4 signature": rb"[Ss]ignature(=|%3[Dd]|\"?: ?\"?)[0-9a-f]{64}",
    "a SigV2 signature": rb"Signature(=|%3[Dd])[A-Za-z0-9+/%]{26,60}(=|%3[Dd])",
    "an Authorization header": rb"(?i)authorization\"?: *\"?AWS",
    "a session token": rb"(?i)x-amz-security-token(=|: *)\S{16}",
    "a private key": rb"-----BEGIN [A-Z ]*PRIVATE KEY",
}


def find_secrets(text: bytes) -> list[str]:
    """What a log holds that it must not, by name; never the secret itself."""
    return [name for name, pattern in PATTERNS.items() if re.search(pattern, text)]


def check_logs(directory: pathlib.Path) -> list[Outcome]:
    outcomes = []
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        name = f"secrets.{path.relative_to(directory)}"
        if path.name == "leaks":
            outcomes.append(failed(name, path.read_text().strip().splitlines()[0], path))
            continue
        found = find_secrets(path.read_bytes())
        outcomes.append(failed(name, f"holds {', '.join(found)}", path) if found
                        else passed(name, path))
    return outcomes
