"""Tarn with its defaults, but one event loop for each program: a server on disk, an edge, a
distribution that caches and one that does not."""

from __future__ import annotations

import json
import pathlib
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree

from peers import Origin, Proxy, version_of
from process import Program, free_port
from s3 import Endpoint

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

DISTRIBUTION = """\
<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">
  <CallerReference>{name}</CallerReference><Comment>{name}</Comment><Enabled>true</Enabled>
  <Origins><Quantity>1</Quantity><Items><Origin>
    <Id>origin</Id><DomainName>localhost</DomainName>
    <CustomOriginConfig><HTTPPort>{origin}</HTTPPort><HTTPSPort>443</HTTPSPort>
      <OriginProtocolPolicy>http-only</OriginProtocolPolicy></CustomOriginConfig>
  </Origin></Items></Origins>
  <DefaultCacheBehavior><TargetOriginId>origin</TargetOriginId>
    <ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy><CachePolicyId>{policy}</CachePolicyId>
  </DefaultCacheBehavior>
</DistributionConfig>
"""


def start_server(build: pathlib.Path, root: pathlib.Path, core: int | None = None,
                 arguments: tuple[str, ...] = (),
                 under: tuple[str, ...] = ()) -> tuple[Program, dict]:
    """Ready when this returns, with its ports {"api", "admin"}; under: valgrind, say."""
    ready = root / "ready.json"
    ready.unlink(missing_ok=True)
    command = [*under, str(build / "server" / "tarn-server"), "--data", str(root / "data"),
               "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
               "--ready-file", str(ready), *arguments]
    program = Program(command, root / "server.log", core)
    program.wait_until(lambda: ready.exists() and ready.read_text().endswith("}\n"), "ready",
                       pause=0.0005)
    return program, json.loads(ready.read_text())


def edge_command(build: pathlib.Path, root: pathlib.Path, ports: dict, port: int, tls_port: int,
                 admin_port: int) -> list[str]:
    return [str(build / "edge" / "tarn-edge"), "--listen", f"127.0.0.1:{port}",
            "--tls-listen", f"127.0.0.1:{tls_port}", "--admin", f"127.0.0.1:{admin_port}",
            "--server", f"http://127.0.0.1:{ports['admin']}",
            "--s3-origin", f"http://127.0.0.1:{ports['api']}",
            "--token-file", str(root / "data" / "keys" / "edge-token"),
            "--tls-directory", str(root / "data" / "tls")]


class Tarn:
    """The two programs; proxy is the edge as the other caches are described."""

    def __init__(self, build: pathlib.Path, root: pathlib.Path, origin: Origin, core: int,
                 started: list[Program], server_under: tuple[str, ...] = (),
                 edge_under: tuple[str, ...] = ()) -> None:
        root.mkdir(parents=True)
        self.server, ports = start_server(build, root, core, ("--threads", "1"), server_under)
        started.append(self.server)
        self.endpoint = Endpoint(ports["api"], "test", "test")
        port, tls_port, admin_port = free_port(), free_port(), free_port()
        self.edge = Program(
            [*edge_under, *edge_command(build, root, ports, port, tls_port, admin_port),
             "--threads", "1"], root / "edge.log", core)
        started.append(self.edge)
        version = version_of(str(build / "edge" / "tarn-edge"), "--version")
        self.proxy = Proxy("tarn", version, port, tls_port, [self.edge], {})
        self.edge.wait_until(lambda: answers(f"http://127.0.0.1:{admin_port}/health"), "ready")
        for folder, policy in (("hit", CACHING_OPTIMIZED), ("pass", CACHING_DISABLED)):
            self.proxy.hosts[folder] = self._distribute(folder, origin, policy)

    def _distribute(self, name: str, origin: Origin, policy: str) -> str:
        """The domain name of a new distribution that the edge serves."""
        document = DISTRIBUTION.format(name=name, origin=origin.port, policy=policy)
        answer = self.endpoint.call("POST", "/2020-05-31/distribution", body=document.encode(),
                                    service="cloudfront")
        element = xml.etree.ElementTree.fromstring(answer).find("{*}DomainName")
        assert element is not None and element.text, answer
        self.edge.wait_until(lambda: answers(f"http://127.0.0.1:{self.proxy.port}/{name}/1k",
                                             element.text), f"serving {element.text}")
        return element.text


def answers(url: str, host: str = "") -> bool:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        time.sleep(0.02)
        return False
