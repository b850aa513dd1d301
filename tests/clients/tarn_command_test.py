"""The `tarn` command as a person uses it, and what the README promises of the first minute."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

import client_case
import sigv4
import tarn_server

PROGRAM = tarn_server.build_directory() / "deploy" / "tarn"
SANITIZED = tarn_server.build_directory().name in ("asan", "tsan")
READY_MILLISECONDS_MAX = 100
RESIDENT_KIB_MAX = 40 << 10

DISTRIBUTION = (
    '<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>r'
    "</CallerReference><Comment/><Enabled>true</Enabled><Origins><Quantity>1</Quantity><Items>"
    "<Origin><Id>o</Id><DomainName>photos.s3.amazonaws.com</DomainName><S3OriginConfig>"
    "<OriginAccessIdentity/></S3OriginConfig></Origin></Items></Origins><DefaultCacheBehavior>"
    "<TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>"
    "<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId></DefaultCacheBehavior>"
    "</DistributionConfig>")
INVALIDATION = (
    '<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>r'
    "</CallerReference><Paths><Quantity>1</Quantity><Items><Path>/*</Path></Items></Paths>"
    "</InvalidationBatch>")

# curl 7.88 signs x-amz-content-sha256, which S3 wants, only when it is given.
SIGNED = ["curl", "-sS", "--aws-sigv4", "aws:amz:us-east-1:s3",
          "--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]


class Up:
    """A running `tarn up` on free ports, with a state file of its own."""

    def __init__(self, directory: pathlib.Path, *arguments: str) -> None:
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                            "TARN_STATE": str(directory / "state" / "up.json")}
        (directory / "state").mkdir(exist_ok=True)
        self.log = tarn_server.log_directory() / "up.log"
        ready = directory / "ready.json"
        ready.unlink(missing_ok=True)
        edge_port = tarn_server.free_port()
        ports = ["--port", "0", "--admin-port", "0", "--edge-port", str(edge_port), "--tls-port", "0"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(PROGRAM), "up", *ports, "--ready-file", str(ready), *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=directory,
                env=self.environment, start_new_session=True)
        deadline = time.monotonic() + tarn_server.READY_SECONDS
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"tarn up is not ready:\n{self.log.read_text()}")
            time.sleep(0.01)
        self.ports = json.loads(ready.read_text())
        state = json.loads((directory / "state" / "up.json").read_text())
        self.pids = [state["server_pid"], *(edge["pid"] for edge in state["edges"])]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports['api']}"

    def run(self, *arguments: str, path: str = "") -> subprocess.CompletedProcess:
        environment = self.environment | ({"PATH": path} if path else {})
        return subprocess.run([str(PROGRAM), *arguments], env=environment, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)

    def cloudfront(self, method: str, path: str, body: str = "") -> client_case.Answer:
        target, headers = sigv4.sign(method, self.endpoint.removeprefix("http://"),
                                     "/2020-05-31" + path, {}, {}, body.encode(), "test", "test",
                                     service="cloudfront")
        return client_case.send(method, self.endpoint + target, headers, body.encode())

    def status(self) -> dict:
        return json.loads(self.run("status", "--json").stdout)

    def wait_for_end(self) -> int:
        return self.process.wait(20)

    def interrupt(self) -> int:
        """Ctrl-C: the signal goes to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(20)

    def close(self) -> None:
        if self.process.poll() is None:
            self.interrupt()


class TarnCommand(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tarn-command-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def up(self, *arguments: str) -> Up:
        running = Up(self.directory, *arguments)
        self.addCleanup(running.close)
        return running

    def put(self, running: Up, path: str, body: bytes) -> None:
        done = subprocess.run(
            [*SIGNED, "--fail", "--user", "test:test", "-X", "PUT", "--data-binary", "@-",
             f"{running.endpoint}/{path}"], input=body, capture_output=True,
            env=running.environment, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_banner_has_only_lines_that_work(self):
        running = self.up("--ephemeral", "--bucket", "photos:public-read", "--edges", "2")
        self.put(running, "photos/k", b"body")
        banner = running.log.read_text()
        self.assertRegex(banner, r"^tarn \d+\.\d+\.\d+  ready in \d+ ms\n")
        for url in re.findall(r"https?://[^\s)]+", banner):
            with self.subTest(re.sub(r":\d+", "", url)):
                scheme, _, host = url.partition("://")
                if scheme == "https":
                    host, _, port = host.partition(":")
                    socket.create_connection((host, int(port)), 5).close()
                else:
                    self.assertLess(client_case.send("GET", url + "/").status, 500)
        answer = client_case.send("GET", f"{running.endpoint}/photos/k")
        self.assertEqual((answer.status, answer.body), (200, b"body"))

    def test_ctrl_c_stops_everything_and_the_next_start_finds_the_data(self):
        first = self.up("--bucket", "kept:public-read")
        self.put(first, "kept/k", b"kept over a restart")
        self.assertEqual(first.interrupt(), 0, first.log.read_text())
        for pid in first.pids:
            self.assertFalse(pathlib.Path(f"/proc/{pid}").exists(), pid)
        self.assertFalse((self.directory / "state" / "up.json").exists())
        second = self.up()
        answer = client_case.send("GET", f"{second.endpoint}/kept/k")
        self.assertEqual(answer.body, b"kept over a restart")

    def test_the_data_directory_is_nobody_elses(self):
        running = self.up()
        data = pathlib.Path(running.ports["directory"])
        self.assertEqual(stat.S_IMODE(data.stat().st_mode), 0o700)
        for path in (data / "keys").iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path.name)
        self.assertEqual({"LOCK", "VERSION", "meta", "blobs", "keys", "tls"}
                         - {path.name for path in data.iterdir()}, set())

    def test_a_port_that_is_taken_names_its_holder(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            done = subprocess.run(
                [str(PROGRAM), "up", "--ephemeral", "--port", str(port), "--edges", "0"],
                capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30, check=False,
                cwd=self.directory, env={"PATH": os.environ["PATH"],
                                         "TARN_STATE": str(self.directory / "state.json")})
        self.assertEqual(done.returncode, 4, done.stderr)
        for text in (str(port), str(os.getpid())):
            self.assertIn(text, done.stderr)

    def test_a_data_directory_in_use_or_of_a_newer_format_is_refused(self):
        running = self.up("--edges", "0")
        data = running.ports["directory"]
        server = str(tarn_server.build_directory() / "server" / "tarn-server")
        command = [server, "--data", data, "--listen", "127.0.0.1:0", "--admin-listen",
                   "127.0.0.1:0"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        running.interrupt()
        version = pathlib.Path(data) / "VERSION"
        version.write_text(re.sub(r"\d+", "999", version.read_text(), count=1))
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("999", done.stderr + done.stdout)

    def test_env_points_an_unmodified_client_here(self):
        running = self.up("--ephemeral", "--edges", "0", "--bucket", "photos")
        script = (f'eval "$({PROGRAM} env)"; unset AWS_CA_BUNDLE; '
                  f'{pathlib.Path(sys.executable).parent}/aws s3 ls')
        if not (pathlib.Path(sys.executable).parent / "aws").exists():
            self.skipTest("the current aws-cli is not installed")
        done = subprocess.run(["bash", "-c", script], env=running.environment, check=False,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertIn("photos", done.stdout, done.stderr)

    def test_tarn_aws_reaches_this_server_even_with_a_cli_that_ignores_the_variable(self):
        if not os.path.exists("/usr/bin/aws"):
            self.skipTest("the distribution's aws-cli is not installed")
        running = self.up("--ephemeral", "--edges", "0")
        for arguments in (["s3", "mb", "s3://videos"], ["s3", "ls"]):
            done = running.run("aws", *arguments, path="/usr/bin:/bin")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("videos", done.stdout)

    def test_status_and_doctor_see_what_runs(self):
        running = self.up("--ephemeral", "--edges", "2")
        status = running.run("status", "--json")
        self.assertEqual(status.returncode, 0, status.stderr)
        found = json.loads(status.stdout)
        self.assertTrue(found["ready"])
        self.assertEqual([edge["ready"] for edge in found["edges"]], [True, True])
        self.assertIn(running.endpoint, running.run("doctor").stdout)
        running.interrupt()
        stopped = running.run("status")
        self.assertEqual(stopped.returncode, 1)
        self.assertIn("tarn up", stopped.stderr)

    def test_a_killed_server_is_named_with_its_signal(self):
        running = self.up("--ephemeral")
        os.kill(running.pids[0], signal.SIGKILL)
        self.assertEqual(running.wait_for_end(), 1)
        self.assertIn("tarn-server was killed by signal 9 (SIGKILL)", running.log.read_text())

    def test_edges_of_an_earlier_start_hold_up_nothing(self):
        first = self.up("--edges", "2")
        os.kill(first.pids[0], signal.SIGKILL)  # so that no edge can say goodbye
        first.wait_for_end()
        second = self.up("--edges", "1")
        self.assertEqual(second.status()["missing_edges"], [])
        made = second.cloudfront("POST", "/distribution", DISTRIBUTION)
        self.assertEqual(made.status, 201, made.body)
        identifier = re.search(rb"<Id>(\w+)</Id>", made.body)[1].decode()
        self.assertIn(b"<Status>Deployed</Status>",
                      second.cloudfront("GET", f"/distribution/{identifier}").body)
        invalidation = second.cloudfront("POST", f"/distribution/{identifier}/invalidation",
                                         INVALIDATION)
        self.assertIn(b"<Status>Completed</Status>", invalidation.body)

    def test_status_and_doctor_name_an_edge_that_is_registered_but_gone(self):
        running = self.up("--ephemeral", "--edges", "1")
        token = (pathlib.Path(running.ports["directory"]) / "keys" / "edge-token").read_text()
        with socket.create_connection(("127.0.0.1", running.ports["admin"]), 5) as gone:
            gone.sendall(b"GET /_ctl/log?from=0&edge=ghost&boot=b&pop=OSL50-P1 HTTP/1.1\r\n"
                         b"Host: a\r\nAuthorization: Bearer " + token.strip().encode() +
                         b"\r\n\r\n")
            self.assertIn(b" 200 ", gone.recv(1024))
            self.assertEqual(running.status()["missing_edges"], [])
        deadline = time.monotonic() + 10
        while not running.status()["missing_edges"] and time.monotonic() < deadline:
            time.sleep(0.05)  # until the server has noticed
        self.assertEqual(running.status()["missing_edges"],
                         [{"edge": "ghost", "pop": "OSL50-P1"}])
        self.assertIn("ghost is registered but NOT CONNECTED", running.run("status").stdout)
        doctor = running.run("doctor").stdout
        self.assertIn("ghost (OSL50-P1) is registered but not connected", doctor)
        cure = re.search(r"forget it: (curl .*)", doctor)[1]
        subprocess.run(["bash", "-c", cure], check=True, capture_output=True)
        self.assertEqual(running.status()["missing_edges"], [])

    def test_wrong_flags_are_refused_before_anything_else(self):
        running = self.up("--ephemeral", "--edges", "0")
        port = str(running.ports["api"])
        for arguments in (["--bla"], ["extra"], ["--edges", "65"], ["--bla", "--port", port],
                          ["--port", port, "extra"]):
            with self.subTest(" ".join(arguments)):
                done = running.run("up", *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("Try 'tarn up --help'.", done.stderr)
                self.assertNotIn("already running", done.stderr)
        self.assertEqual(running.run("up", "--port", port, "--strict-regions").returncode, 4)

    def test_explain_proves_why_a_signature_was_refused(self):
        running = self.up("--ephemeral", "--edges", "0", "--bucket", "photos")
        answer = subprocess.run(
            [*SIGNED, "--user", "test:wrong", f"{running.endpoint}/photos/k"],
            capture_output=True, text=True, check=False).stdout
        self.assertIn("<Code>SignatureDoesNotMatch</Code>", answer)
        request = re.search(r"<RequestId>(\w+)</RequestId>", answer)[1]
        done = running.run("explain", request)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("GET /photos/k", done.stdout)
        self.assertIn("StringToSign", done.stdout)
        self.assertNotEqual(running.run("explain", "0123456789ABCDEF").returncode, 0)

    def test_scrub_finds_a_flipped_bit(self):
        running = self.up("--edges", "0", "--bucket", "photos")
        self.put(running, "photos/large", client_case.data_of(1 << 20))
        data = running.ports["directory"]
        running.interrupt()
        self.assertEqual(running.run("scrub", "--data", data).returncode, 0)
        blob = max((path for path in (pathlib.Path(data) / "blobs").rglob("*") if path.is_file()),
                   key=lambda path: path.stat().st_size)
        content = bytearray(blob.read_bytes())
        content[len(content) // 2] ^= 1
        blob.write_bytes(content)
        self.assertEqual(running.run("scrub", "--data", data).returncode, 5)

    def test_scrub_makes_no_data_directory(self):
        for name in ("missing", "empty"):
            folder = self.directory / name
            if name == "empty":
                folder.mkdir()
            done = subprocess.run([str(PROGRAM), "scrub", "--data", str(folder)], text=True,
                                  capture_output=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 1, name)
            self.assertIn("VERSION", done.stderr + done.stdout)
            self.assertEqual(folder.exists() and list(folder.iterdir()), [] if name == "empty"
                             else False)

    def test_help_version_and_wrong_usage(self):
        for arguments, status in [(["--help"], 0), (["--version"], 0), ([], 2), (["upp"], 2),
                                  (["up", "--edges", "many"], 2), (["up", "--help"], 0),
                                  (["explain"], 2), (["env", "--shell", "none"], 2)]:
            with self.subTest(" ".join(arguments)):
                done = subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True,
                                      stdin=subprocess.DEVNULL, timeout=10, check=False)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertTrue(done.stdout if status == 0 else done.stderr)
        help_text = subprocess.run([str(PROGRAM), "--help"], capture_output=True, text=True,
                                   check=False).stdout
        for name in ("up", "env", "aws", "status", "doctor", "explain", "scrub"):
            self.assertRegex(help_text, rf"(?m)^  {name}\b")


@unittest.skipIf(SANITIZED, "a sanitizer's own cost is no promise of ours")
class Lightness(unittest.TestCase):
    """Ready within 100 ms of exec and under 40 MiB resident when idle, per process."""

    def test_start_and_memory(self):
        # The machine may be busy: the best run is the program's own.  The first start of a data
        # directory, which syncs some forty files, is printed beside it.
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder) / "data"
            first, resident = self.start(data)
            best = min(self.start(data)[0] for _ in range(10))
        print(f"ready after {best:.0f} ms ({first:.0f} ms the first time), {resident} KiB resident")
        self.assertLess(best, READY_MILLISECONDS_MAX)
        self.assertLess(resident, RESIDENT_KIB_MAX)

    def start(self, data):
        """Milliseconds until ready, and KiB resident."""
        started = time.monotonic()
        with tarn_server.TarnServer(edges_wanted=0, data=data) as tarn:
            return (time.monotonic() - started) * 1000, self.resident(tarn.server.pid)

    def test_edge(self):
        with tarn_server.TarnServer(edges_wanted=1) as tarn:
            resident = self.resident(tarn.edges[0].program.pid)
        self.assertLess(resident, RESIDENT_KIB_MAX)

    def resident(self, pid: int) -> int:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


if __name__ == "__main__":
    unittest.main()
