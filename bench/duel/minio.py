"""MinIO on one drive, as its quick start tells, on one core."""

from __future__ import annotations

import pathlib

from process import Program, free_port
from s3 import Endpoint

ACCESS_KEY = SECRET = "minioadmin"


def start(root: pathlib.Path, core: int) -> tuple[Program, Endpoint]:
    (root / "data").mkdir(parents=True)
    port = free_port()
    program = Program(
        ["minio", "server", str(root / "data"), "--address", f"127.0.0.1:{port}",
         "--console-address", f"127.0.0.1:{free_port()}", "--quiet"], root / "minio.log", core,
        {"MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET, "GOMAXPROCS": "1",
         "MINIO_CI_CD": "1"})  # or it refuses a drive that holds the system too
    endpoint = Endpoint(port, ACCESS_KEY, SECRET)
    program.wait_until(endpoint.answers, "ready", pause=0.1)
    return program, endpoint
