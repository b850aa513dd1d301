"""radosgw on a Ceph cluster of its own, all on one core: one monitor, one OSD, one copy.

The OSD keeps BlueStore in a file of the duel's directory, so an acknowledged PUT is on disk as the
others' are. No manager: radosgw needs none. Ceph's defaults but for what one OSD needs, no
authentication between the daemons, and no log lines for requests.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
import subprocess
import uuid

from process import Program, ProgramError, free_port
from s3 import Endpoint

PROGRAMS = ("radosgw", "ceph-mon", "ceph-osd", "ceph", "radosgw-admin")
SETUP = "one OSD with BlueStore on a file, one copy; its CPU is that of all three daemons"
ACCESS_KEY = SECRET = "radosgwadmin"
COMMAND_SECONDS = 60

# ms_mon_client_mode: radosgw wants to encrypt, which needs keys. The monitor listens on a port of
# ours, the OSD on the first four free ones from 6800.
CONFIGURATION = """\
[global]
fsid = {cluster}
mon_host = [v2:127.0.0.1:{mon_port}]
mon_initial_members = a
ms_bind_msgr1 = false
ms_mon_client_mode = crc
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
log_file =
log_to_stderr = true
admin_socket =
debug_ms = 0/0
mon_allow_pool_size_one = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_crush_chooseleaf_type = 0
[mon.a]
mon_data = {root}/mon
public_addrv = [v2:127.0.0.1:{mon_port}]
[osd.0]
osd_data = {root}/osd
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
osd_objectstore = bluestore
bluestore_block_size = 17179869184
debug_osd = 0/0
[client.rgw]
rgw_data = {root}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{port}
debug_rgw = 0/0
"""


class Cluster:
    """What runs so far, in start order."""

    def __init__(self, root: pathlib.Path, core: int, port: int) -> None:
        for folder in ("mon", "osd", "rgw"):
            (root / folder).mkdir(parents=True)
        self._root, self._core = root, core
        self.programs: list[Program] = []
        (root / "ceph.conf").write_text(CONFIGURATION.format(
            cluster=uuid.uuid4(), root=root, mon_port=free_port(), port=port))

    def start_monitor(self) -> None:
        self.run("ceph-mon", "-i", "a", "--mkfs")
        self.start_daemon("ceph-mon", "-i", "a")

    def start_osd(self) -> None:
        identity = str(uuid.uuid4())
        self.run("ceph", "osd", "new", identity)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", identity)
        osd = self.start_daemon("ceph-osd", "-i", "0")
        osd.wait_until(lambda: self.osd_count() == 1, "up", pause=0.2)

    def osd_count(self) -> int:
        return json.loads(self.run("ceph", "osd", "stat", "--format", "json"))["num_up_osds"]

    def start_gateway(self, endpoint: Endpoint) -> None:
        gateway = ("-n", "client.rgw")
        self.run("radosgw-admin", *gateway, "user", "create", "--uid", "duel", "--display-name",
                 "duel", "--access-key", endpoint.access_key, "--secret-key", endpoint.secret)
        program = self.start_daemon("radosgw", *gateway)
        program.wait_until(endpoint.answers, "ready", pause=0.1)

    def start_daemon(self, name: str, *arguments: str) -> Program:
        program = Program([name, *self._configured(), *arguments, "-f"],
                          self._root / f"{name}.log", self._core)
        self.programs.append(program)
        return program

    def run(self, name: str, *arguments: str) -> str:
        """Its output; a ProgramError where it fails or hangs."""
        try:
            return subprocess.run([name, *self._configured(), *arguments], check=True,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=COMMAND_SECONDS).stdout
        except subprocess.CalledProcessError as error:
            raise ProgramError(f"{name} failed (exit status {error.returncode})\n"
                               f"{error.stderr}") from error
        except subprocess.TimeoutExpired as error:
            raise ProgramError(f"{name} took more than {COMMAND_SECONDS} s") from error

    def stop(self) -> None:
        for program in reversed(self.programs):
            program.stop()

    def _configured(self) -> list[str]:
        return ["-c", str(self._root / "ceph.conf")]


def missing_programs() -> list[str]:
    return [name for name in PROGRAMS if not shutil.which(name)]


def start(root: pathlib.Path, core: int) -> tuple[list[Program], Endpoint]:
    """Ready when this returns; where it does not come to that, nothing is left running."""
    endpoint = Endpoint(free_port(), ACCESS_KEY, SECRET)
    with contextlib.ExitStack() as undo:
        cluster = Cluster(root, core, endpoint.port)
        undo.callback(cluster.stop)
        cluster.start_monitor()
        cluster.start_osd()
        cluster.start_gateway(endpoint)
        undo.pop_all()
    return cluster.programs, endpoint
