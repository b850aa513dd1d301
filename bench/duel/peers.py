"""The peers on the HTTP side: nginx and HAProxy as caches, nginx as the origin of all of them.

Configured as their manuals advise for speed: no access log, sendfile, open file cache, kept-alive
connections on both sides, one worker. Certificates are P-256, as Tarn's own are.
"""

from __future__ import annotations

import grp
import os
import pathlib
import pwd
import subprocess
import urllib.request
from dataclasses import dataclass

from process import Program, free_port

NGINX_MAIN = """\
daemon off;
user {user};
worker_processes 1;
pid {root}/nginx.pid;
error_log {root}/nginx-error.log error;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; multi_accept on; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 300s;
    keepalive_requests 100000000;
    server_tokens off;
    default_type application/octet-stream;
    open_file_cache max=10000 inactive=300s;
    open_file_cache_valid 300s;
    client_body_temp_path {root}/client-body;
    proxy_temp_path {root}/proxy-temp;
    fastcgi_temp_path {root}/fastcgi-temp;
    uwsgi_temp_path {root}/uwsgi-temp;
    scgi_temp_path {root}/scgi-temp;
{servers}
}}
"""

ORIGIN_SERVERS = """\
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {site};
        location /hit/ {{ add_header Cache-Control "max-age=86400"; }}
        location /pass/ {{ }}
        location = /requests {{ stub_status; }}
    }}
"""

CACHE_SERVERS = """\
    proxy_cache_path {root}/cache levels=1:2 keys_zone=duel:64m max_size=4g inactive=1d
                     use_temp_path=off;
    upstream origin {{ server 127.0.0.1:{origin}; keepalive 256;
                      keepalive_requests 100000000; keepalive_timeout 300s; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        listen 127.0.0.1:{tls_port} ssl backlog=4096;
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache shared:tls:16m;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_buffer_size 16k;
        proxy_buffers 8 64k;
        proxy_busy_buffers_size 128k;
        proxy_max_temp_file_size 0;
        location /hit/ {{
            proxy_pass http://origin;
            proxy_cache duel;
            proxy_cache_valid 200 1d;
            proxy_cache_key $uri;
        }}
        location /pass/ {{ proxy_pass http://origin; }}
        location /static/ {{ alias {site}/hit/; }}
    }}
"""

HAPROXY = """\
global
    nbthread 1
    maxconn 8192
    tune.maxaccept 256
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode http
    option http-keep-alive
    http-reuse always
    timeout connect 10s
    timeout client 300s
    timeout server 60s
    timeout http-keep-alive 300s
cache duel
    total-max-size 512
    max-object-size 8388608
    max-age 86400
frontend viewers
    bind 127.0.0.1:{port} backlog 4096
    bind 127.0.0.1:{tls_port} ssl crt {certificate} backlog 4096
    http-request cache-use duel if {{ path_beg /hit/ }}
    http-response cache-store duel if {{ res.hdr(Cache-Control) -m found }}
    default_backend origin
backend origin
    server origin 127.0.0.1:{origin} pool-max-conn 256
"""


@dataclass
class Proxy:
    """A caching proxy with its addresses; all serve the same paths."""

    name: str
    version: str
    port: int
    tls_port: int
    programs: list[Program]
    hosts: dict[str, str]  # the Host for /hit/ and for /pass/, where it matters

    def headers(self, path: str) -> dict[str, str]:
        host = self.hosts.get(path.split("/")[1])
        return {"Host": host} if host else {}


class Origin:
    """A static nginx that counts what it is asked."""

    def __init__(self, root: pathlib.Path, site: pathlib.Path, core: int) -> None:
        self.port = free_port()
        self.program = start_nginx(root, ORIGIN_SERVERS.format(port=self.port, site=site), core)
        self.program.wait_for_port(self.port)

    def request_count(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/requests", timeout=10) as answer:
            return int(answer.read().split()[9])  # accepts, handled, requests


def start_nginx(root: pathlib.Path, servers: str, core: int) -> Program:
    root.mkdir(parents=True)
    configuration = root / "nginx.conf"
    user = f"{pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name}"
    configuration.write_text(NGINX_MAIN.format(root=root, user=user, servers=servers))
    return Program(["nginx", "-p", str(root), "-e", str(root / "nginx-start.log"), "-c",
                    str(configuration)], root / "nginx.log", core)


def start_nginx_cache(root: pathlib.Path, site: pathlib.Path, origin: Origin,
                      certificate: pathlib.Path, core: int) -> Proxy:
    port, tls_port = free_port(), free_port()
    program = start_nginx(root, CACHE_SERVERS.format(
        root=root, site=site, port=port, tls_port=tls_port, origin=origin.port,
        certificate=certificate), core)
    program.wait_for_port(port)
    return Proxy("nginx", version_of("nginx", "-v"), port, tls_port, [program], {})


def start_haproxy(root: pathlib.Path, origin: Origin, certificate: pathlib.Path,
                  core: int) -> Proxy:
    root.mkdir(parents=True)
    port, tls_port = free_port(), free_port()
    configuration = root / "haproxy.cfg"
    configuration.write_text(HAPROXY.format(port=port, tls_port=tls_port, origin=origin.port,
                                            certificate=certificate))
    program = Program(["haproxy", "-db", "-f", str(configuration)], root / "haproxy.log", core)
    program.wait_for_port(port)
    return Proxy("haproxy", version_of("haproxy", "-v"), port, tls_port, [program], {})


def make_certificate(path: pathlib.Path) -> pathlib.Path:
    """A self-signed one with its key in one file, as HAProxy wants it."""
    key, certificate = path.with_suffix(".key"), path.with_suffix(".crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out",
                    str(certificate)], check=True, capture_output=True)
    path.touch(mode=0o600)
    path.write_text(certificate.read_text() + key.read_text())
    return path


def version_of(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0].strip()
