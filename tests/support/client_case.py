"""What the tests of all clients share: the live server, the environment, keys, data, HTTP by hand."""

from __future__ import annotations

import functools
import hashlib
import http.client
import itertools
import os
import pathlib
import random
import shutil
import ssl
import subprocess
import tempfile
import unittest
import urllib.parse
from dataclasses import dataclass

import tarn_server

# A key of its own, so that a log with the secret in it can be told from one with the key's name;
# with the characters that a secret of AWS can have.
ACCESS_KEY = "AKIATARNCLIENTTESTS0"
SECRET_KEY = "clients+secret/that+no/log+may/hold+1234"
REGION = "us-east-1"
MIB = 1 << 20
LARGE_BYTES = 64 * MIB
COMMAND_SECONDS = 180

# Keys are bytes to S3: each of these is its own object, whatever it would mean as a path or a URL.
ODD_KEYS = (
    "plain.txt", "with space", " leading and trailing ", "with+plus", "percent%2Fencoded", "100%",
    "double%252Fencoded", "a//b", "/leading slash", "trailing/", "dir/../up", "./here", "..",
    "ünïcödé/日本語/🎬.mp4", "e\u0301 is not \u00e9", "query?a=b&c=d#hash", "semi;colon,comma:at@",
    "quotes'\"`", "brackets[]{}()<>", "back\\slash", "star*tilde~caret^pipe|dollar$bang!", "=equals=",
    "UPPER", "upper", "-dash", "x" * 1024,
)

_bucket_numbers = itertools.count(1)


@functools.cache
def live_server(edges: int = 0):
    """The one server of this module, stopped when the module's tests are over."""
    server = tarn_server.start_for_clients(
        edges, ("--credential", f"{ACCESS_KEY}:{SECRET_KEY}", "--log-level", "debug"), (SECRET_KEY,))
    server.__enter__()
    unittest.addModuleCleanup(lambda: server.__exit__(None, None, None))
    return server


def require_program(name: str, *version_arguments: str) -> str:
    """The program's path, its version printed; a named skip of the module where there is none."""
    path = shutil.which(name)
    if path is None:
        raise unittest.SkipTest(f"{name} is not installed")
    print_version(path, *version_arguments)
    return path


def print_version(path: str, *version_arguments: str) -> None:
    done = subprocess.run([path, *version_arguments], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    text = (done.stdout + done.stderr).strip().splitlines()
    print(f"client: {path}: {text[0] if text else 'no version'}", flush=True)


def data_of(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


def ssl_context(ca: pathlib.Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca) if ca else None)


def send(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None,
         ca: pathlib.Path | None = None) -> Answer:
    """One request of our own, its target exactly as in the URL."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=30,
                                                 context=ssl_context(ca))
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()},
                      response.read())
    finally:
        connection.close()


class ClientCase(unittest.TestCase):
    """Base of the tests over one scheme. A concrete class sets `scheme`."""

    scheme = "http"
    edges = 0

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = live_server(cls.edges)
        if not cls.server.speaks(cls.scheme):
            raise unittest.SkipTest(f"TARN_TEST_ENDPOINT does not speak {cls.scheme}")
        cls.endpoint = cls.server.api(cls.scheme)

    def setUp(self) -> None:
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tarn-client-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def new_bucket_name(self) -> str:
        """Of this module's own, so that modules can share a foreign server."""
        name = f"{type(self).__module__}-{type(self).__name__}-{next(_bucket_numbers)}"
        return name.lower().replace("_", "-")

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of the user's own: no proxies, no profiles, no CA but ours."""
        result = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "LANG": "C.UTF-8",
                  "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
                  "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
                  "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
                  "AWS_CONFIG_FILE": str(self.directory / "aws-config"),
                  "AWS_SHARED_CREDENTIALS_FILE": str(self.directory / "aws-credentials")}
        if self.scheme == "https":
            ca = str(self.server.ca)
            result |= {"AWS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca, "SSL_CERT_DIR": "/nonexistent",
                       "NODE_EXTRA_CA_CERTS": ca, "CURL_CA_BUNDLE": ca}
        return result | more

    def run_command(self, *command: str, check: bool = True, binary: bool = False,
                    environment: dict[str, str] | None = None, stdin: bytes | None = None,
                    ) -> subprocess.CompletedProcess:
        """Runs a client; with check, its failure fails the test with what it printed."""
        print("$", " ".join(part if len(part) < 200 else part[:200] + "…" for part in command),
              flush=True)
        source = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        done = subprocess.run(list(command), env=environment or self.environment(),
                              capture_output=True, cwd=self.directory, timeout=COMMAND_SECONDS,
                              check=False, **source)
        if check and done.returncode != 0:
            self.fail(f"{command[0]} ended with {done.returncode}: "
                      f"{(done.stderr + done.stdout).decode(errors='replace')[-2000:]}")
        if not binary:
            done.stdout, done.stderr = (stream.decode(errors="replace")
                                        for stream in (done.stdout, done.stderr))
        return done

    def run_cases(self, *command: str, environment: dict[str, str]) -> None:
        """Runs a client in another language; each line `case NAME ok|fail|skip TEXT` is a case."""
        done = self.run_command(*command, check=False, environment=environment)
        print(done.stdout, done.stderr, sep="", flush=True)
        count = self.check_cases(done.stdout.splitlines())
        if done.returncode != 0 or not count:
            self.fail(f"{command[0]} ended with {done.returncode} after {count} cases: "
                      f"{done.stderr[-1000:]}")

    def check_cases(self, lines: list[str]) -> int:
        rows = [line.split(" ", 3)[1:] for line in lines if line.startswith("case ")]
        for name, status, *text in rows:
            with self.subTest(name):
                if status == "skip":
                    self.skipTest(" ".join(text))
                if status != "ok":
                    self.fail(" ".join(text))
        return len(rows)

    def large_file(self, name: str = "large.bin") -> tuple[pathlib.Path, str]:
        """64 MiB of seeded noise and its SHA-256."""
        path = self.directory / name
        path.write_bytes(data_of(LARGE_BYTES, seed=64))
        return path, sha256_of_file(path)

    def send(self, method: str, url: str, headers: dict[str, str] | None = None,
             body: bytes | None = None) -> Answer:
        return send(method, url, headers, body, self.server.ca)

    def assert_refused(self, answer: Answer, status: int, code: str) -> None:
        self.assertEqual(answer.status, status, answer.body[:500])
        self.assertIn(f"<Code>{code}</Code>".encode(), answer.body)


def over_http_and_https(module: dict, *areas: type, base: type = ClientCase) -> None:
    """Defines AreaHttp and AreaHttps in the module for each class of tests."""
    for area in areas:
        for scheme in ("http", "https"):
            name = f"{area.__name__}{scheme.title()}"
            module[name] = type(name, (area, base), {"scheme": scheme, "__module__": module["__name__"]})


def tampered(url: str) -> str:
    """The presigned URL with another key in its path: the signature no longer covers it."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(path=parts.path + "x").geturl()


def with_changed_signature(url: str) -> str:
    """The presigned URL with the first character of its signature changed."""
    head, name, value = url.partition("Signature=")
    return head + name + ("0" if value[0] != "0" else "1") + value[1:]
