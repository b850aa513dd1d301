"""The server's metrics move with what it does."""

from __future__ import annotations

import re
import unittest

import client_case
import sigv4
import tarn_server


class ServerMetrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = tarn_server.TarnServer(edges_wanted=1, server_arguments=(
            "--credential", f"{client_case.ACCESS_KEY}:{client_case.SECRET_KEY}"))
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)

    def send(self, method: str, path: str, body: bytes = b"", service: str = "s3",
             secret: str = client_case.SECRET_KEY) -> int:
        target, headers = sigv4.sign(method, f"127.0.0.1:{self.server.api_port}", path, {}, {},
                                     body, client_case.ACCESS_KEY, secret, service=service)
        return client_case.send(method, self.server.api() + target, headers, body).status

    def metrics(self) -> dict[str, float]:
        answer = client_case.send("GET", self.server.admin() + "/metrics")
        self.assertEqual(answer.status, 200)
        lines = [line for line in answer.body.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def test_requests_bytes_and_refusals_are_counted(self):
        self.assertEqual(self.send("PUT", "/metrics-bucket"), 200)
        before = self.metrics()
        self.assertEqual(self.send("PUT", "/metrics-bucket/k", b"0123456789"), 200)
        self.assertEqual(self.send("GET", "/metrics-bucket/k"), 200)
        self.assertEqual(self.send("GET", "/metrics-bucket/none"), 404)
        self.assertEqual(self.send("GET", "/metrics-bucket/k", secret="wrong"), 403)
        self.assertEqual(self.send("GET", "/2020-05-31/distribution", service="cloudfront"), 200)
        after = self.metrics()
        for name, change in (
                ('tarn_requests_total{api="s3",operation="PutObject",status="2xx"}', 1),
                ('tarn_requests_total{api="s3",operation="GetObject",status="2xx"}', 1),
                ('tarn_requests_total{api="s3",operation="GetObject",status="4xx"}', 2),
                ('tarn_requests_total{api="cloudfront",operation="ListDistributions",'
                 'status="2xx"}', 1),
                ('tarn_request_duration_seconds_count{api="s3"}', 4),
                ('tarn_request_duration_seconds_count{api="cloudfront"}', 1),
                ('tarn_request_body_bytes_total{api="s3"}', 10),
                ('tarn_refused_requests_total{api="s3",reason="denied"}', 1)):
            self.assertEqual(after[name] - before.get(name, 0), change, name)
        sent = 'tarn_response_body_bytes_total{api="s3"}'
        self.assertGreater(after[sent] - before[sent], 10)
        commits = "tarn_commit_group_batches_count"
        self.assertGreater(after[commits], before[commits])

    def test_the_version_the_process_its_connections_and_its_edges(self):
        found = self.metrics()
        self.assertTrue([name for name in found if re.match(r'tarn_build_info\{version="\d', name)])
        self.assertGreater(found["process_resident_memory_bytes"], 1 << 20)
        self.assertGreater(found["process_start_time_seconds"], 1.7e9)
        self.assertGreaterEqual(found['tarn_connections{port="admin"}'], 1)
        self.assertEqual(found['tarn_edges{state="connected"}'], 1)
        self.assertEqual(found['tarn_edges{state="missing"}'], 0)
        for name in ("tarn_blobs_removed_total", "tarn_blobs_quarantined_total",
                     "tarn_blobs_purged_total"):
            self.assertIn(name, found)

    def test_a_malformed_request_is_counted_as_refused(self):
        name = 'tarn_refused_requests_total{api="s3",reason="malformed"}'
        before = self.metrics()[name]
        self.assertEqual(client_case.send("GET", self.server.api() + "/",
                                          {"Content-Length": "x"}).status, 400)
        self.assertEqual(self.metrics()[name], before + 1)


if __name__ == "__main__":
    unittest.main()
