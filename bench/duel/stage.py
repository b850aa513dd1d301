"""All contenders, started side by side in one directory, each on the server's core."""

from __future__ import annotations

import contextlib
import pathlib
import shutil
from dataclasses import dataclass

import content
import minio
import peers
import radosgw
from process import Program, ProgramError
from s3 import Endpoint
from tarn import Tarn


@dataclass(frozen=True)
class S3Server:
    name: str
    version: str
    endpoint: Endpoint
    programs: list[Program]


class Stage:
    """A context manager: on its way out it stops what it started and removes the directory."""

    def __init__(self, directory: pathlib.Path, build: pathlib.Path, server_core: int,
                 load_core: int) -> None:
        self.directory, self._build = directory, build
        self._server_core, self._load_core = server_core, load_core
        self.proxies: list[peers.Proxy] = []  # the first is what the others are measured against
        self.s3_servers: list[S3Server] = []
        self.absent: dict[str, str] = {}
        self._started: list[Program] = []

    def __enter__(self) -> Stage:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for program in reversed(self._started):
            with contextlib.suppress(ProcessLookupError):
                program.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def versions(self) -> dict[str, str]:
        return {each.name: each.version for each in [*self.s3_servers, *self.proxies]}

    def _start(self) -> None:
        root, core = self.directory, self._server_core
        site = content.write_site(root / "site")
        certificate = peers.make_certificate(root / "certificate.pem")
        self.origin = peers.Origin(root / "origin", site, self._load_core)
        self._started.append(self.origin.program)
        self._add_proxy(peers.start_nginx_cache(root / "nginx", site, self.origin, certificate,
                                                core))
        if shutil.which("haproxy"):
            self._add_proxy(peers.start_haproxy(root / "haproxy", self.origin, certificate, core))
        else:
            self.absent["haproxy"] = "not installed"
        self._start_tarn()
        self._start_minio()
        self._start_radosgw()
        for server in self.s3_servers:
            server.endpoint.fill()

    def _add_proxy(self, proxy: peers.Proxy) -> None:
        self.proxies.append(proxy)
        self._started += proxy.programs

    def _start_tarn(self) -> None:
        tarn = Tarn(self._build, self.directory / "tarn", self.origin, self._server_core,
                    self._started)
        self.proxies.append(tarn.proxy)
        self.s3_servers.append(S3Server("tarn", tarn.proxy.version, tarn.endpoint, [tarn.server]))

    def _start_minio(self) -> None:
        if not shutil.which("minio"):
            self.absent["minio"] = "no `minio` on the PATH"
            return
        program, endpoint = minio.start(self.directory / "minio", self._server_core)
        self._started.append(program)
        self.s3_servers.append(
            S3Server("minio", peers.version_of("minio", "--version"), endpoint, [program]))

    def _start_radosgw(self) -> None:
        missing = radosgw.missing_programs()
        if missing:
            self.absent["radosgw"] = f"no `{'`, `'.join(missing)}` on the PATH"
            return
        try:
            programs, endpoint = radosgw.start(self.directory / "radosgw", self._server_core)
        except ProgramError as error:
            self.absent["radosgw"] = one_line(error)
            return
        self._started += programs
        version = f"{peers.version_of('radosgw', '--version')}; {radosgw.SETUP}"
        self.s3_servers.append(S3Server("radosgw", version, endpoint, programs))


def one_line(error: ProgramError) -> str:
    """What happened, and the last that the program said about it."""
    first, *log = filter(str.strip, str(error).splitlines())
    return f"{first}: {log[-1].strip()}" if log else first
