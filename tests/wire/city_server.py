"""Cities over HTTP on loopback: `/N/gateway.do` (or any file name below `/N/`) is the N-th."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.wire.cities import City


class CityServer(ThreadingHTTPServer):
    """A context manager; ``url(number)`` is what a HIS has as strUrl."""

    daemon_threads = True

    def __init__(self, cities: Sequence[City]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cities = cities

    def url(self, number: int) -> str:
        return f"http://127.0.0.1:{self.server_port}/{number}/gateway.do"

    def __enter__(self) -> CityServer:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: CityServer
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        reply = self.server.cities[int(self.path.split("/")[1])].answer(body)
        self.send_response(200)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
