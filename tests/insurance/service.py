"""A real HTTP server on 127.0.0.1 that answers what a test wants and keeps what it was asked, byte for byte."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PLATFORM_PATH = "/ehcService/gateway.do"
QUERY_PATH = "/localcfc/api/hsecfc/localQrCodeQuery"
DROP = object()
"""An answer: the connection is closed after the request was read, no byte is sent."""


class Service:
    """``answers``: path → bytes, str, object (as JSON), (status, answer) or `DROP`. ``asked``: (path, body)."""

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.content_type = "application/json;charset=UTF-8"
        self.asked: list[tuple[str, bytes]] = []
        self.heads: list[dict[str, str]] = []
        self.root = ""

    @property
    def query_url(self) -> str:
        return self.root + QUERY_PATH

    @property
    def platform_url(self) -> str:
        return self.root + PLATFORM_PATH

    def bodies(self, path: str) -> list[bytes]:
        return [body for asked, body in self.asked if asked == path]


def as_bytes(answer: object) -> bytes:
    if isinstance(answer, bytes):
        return answer
    return (answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)).encode()


@contextmanager
def running() -> Iterator[Service]:
    """Run one until the block ends."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service.asked.append((self.path, body))
            service.heads.append(dict(self.headers.items()))
            answer = service.answers.get(self.path, (404, b""))
            status, answer = answer if isinstance(answer, tuple) else (200, answer)
            if answer is DROP:
                self.close_connection = True
                return
            data = as_bytes(answer)
            self.send_response(status)
            self.send_header("Content-Type", service.content_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.root = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
