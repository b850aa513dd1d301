"""bench/duel's radosgw on machines made of fake Ceph programs: when it joins, and what it leaves."""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest
import unittest.mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bench" / "duel"))
import radosgw  # noqa: E402
import stage  # noqa: E402
from process import ProgramError  # noqa: E402

DAEMON = 'case "$*" in *--mkfs*) ;; *--version) echo 16;; *) echo $$ >>"$pids"; exec sleep 60;; esac'
FAKES = {
    "ceph-mon": DAEMON,
    "ceph-osd": DAEMON,
    "ceph": 'case "$*" in *stat*) echo "{\\"num_up_osds\\": 1}";; esac',
    "radosgw-admin": ":",
    "radosgw": DAEMON,
}


class Machine(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.bin = self.directory / "bin"
        self.bin.mkdir()
        (self.bin / "sleep").symlink_to(shutil.which("sleep"))
        for name, body in FAKES.items():
            self.add_program(name, body)
        self.pids = self.directory / "pids"
        self.pids.touch()
        environment = {"PATH": str(self.bin), "pids": str(self.pids)}
        patch = unittest.mock.patch.dict(os.environ, environment)
        patch.start()
        self.addCleanup(patch.stop)
        self.core = min(os.sched_getaffinity(0))

    def add_program(self, name: str, body: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.bin / name).chmod(0o755)

    def start(self) -> stage.Stage:
        of_duel = stage.Stage(self.directory / "duel", pathlib.Path(), self.core, self.core)
        of_duel._start_radosgw()
        return of_duel

    def running(self) -> list[str]:
        return [pid for pid in self.pids.read_text().split() if pathlib.Path("/proc", pid).exists()]


class Absent(Machine):
    def test_what_is_not_installed_is_named(self):
        for name in ("ceph-mon", "radosgw"):
            (self.bin / name).unlink()
        self.assertEqual(self.start().absent,
                         {"radosgw": "no `radosgw`, `ceph-mon` on the PATH"})

    def test_what_fails_is_told_in_one_line_and_nothing_runs_on(self):
        for name, body, expected, started in (
            ("ceph-mon", "echo begins; echo 'disk\nfull' >&2; exit 3",
             "ceph-mon failed (exit status 3): full", 0),
            ("ceph-osd", 'case "$*" in *--mkfs*) ;; *) echo no memory; exit 1;; esac',
             "ceph-osd was not up (exit status 1): no memory", 1),
            ("radosgw-admin", "exit 5", "radosgw-admin failed (exit status 5)", 2),
            ("radosgw", "echo port taken; exit 1",
             "radosgw was not ready (exit status 1): port taken", 2),
        ):
            with self.subTest(name):
                self.pids.write_text("")
                shutil.rmtree(self.directory / "duel", ignore_errors=True)
                self.add_program("ceph", FAKES["ceph"].replace("1", str(int(name != "ceph-osd"))))
                self.add_program(name, body)
                self.assertEqual(self.start().absent, {"radosgw": expected})
                self.assertEqual(len(self.pids.read_text().split()), started)
                self.assertEqual(self.running(), [])
                self.add_program(name, FAKES[name])

    def test_a_program_that_hangs_is_given_up(self):
        self.add_program("ceph", "exec sleep 60")
        with unittest.mock.patch.object(radosgw, "COMMAND_SECONDS", 0.1):
            self.assertEqual(self.start().absent, {"radosgw": "ceph took more than 0.1 s"})
        self.assertEqual(self.running(), [])


class Present(Machine):
    def test_all_daemons_are_counted_and_stopped_with_the_stage(self):
        with unittest.mock.patch("s3.Endpoint.answers", return_value=True):
            of_duel = self.start()
        self.assertEqual(of_duel.absent, {})
        server, = of_duel.s3_servers
        self.assertEqual([program.name for program in server.programs],
                         ["ceph-mon", "ceph-osd", "radosgw"])
        for program in server.programs:
            self.assertEqual(os.sched_getaffinity(program.pid), {self.core})
        of_duel.__exit__()
        self.assertEqual(self.running(), [])
        self.assertFalse((self.directory / "duel").exists())

    def test_an_interrupt_during_the_start_leaves_nothing_running(self):
        with unittest.mock.patch("s3.Endpoint.answers", side_effect=KeyboardInterrupt), \
                self.assertRaises(KeyboardInterrupt):
            self.start()
        self.assertEqual(self.running(), [])


class OneLine(unittest.TestCase):
    def test_the_last_line_of_a_log_that_ends_in_blank_ones(self):
        self.assertEqual(stage.one_line(ProgramError("x was not up\na\n b \n\n")),
                         "x was not up: b")
        self.assertEqual(stage.one_line(ProgramError("x failed\n")), "x failed")


if __name__ == "__main__":
    unittest.main()
