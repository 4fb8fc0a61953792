"""HTTP servers on free ports of 127.0.0.1 whose replies a test decides: every fake platform of the tests is one."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self

JSON = "application/json;charset=UTF-8"


class Reply(NamedTuple):
    """What goes back. ``is_cut``: only half of the body does, then the connection is closed."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    is_cut: bool = False


class HttpPeer:
    """Answers POST requests from its start until `close`, each connection in a thread. A context manager, too."""

    def __init__(self) -> None:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            timeout = 30

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                _send(self, peer.reply(self.path, self.headers, body))

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.root}/gateway.do"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """What a request is answered with; None: the connection is closed without a byte."""
        raise NotImplementedError

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class ScriptedPlatform(HttpPeer):
    """Replies what the test says: ``answer(request's body) -> reply's body``; keeps what it was asked."""

    def __init__(self, answer: Callable[[bytes], bytes] = lambda body: b"{}", status: int = 200) -> None:
        self.answer = answer
        self.status = status
        self.content_type = "application/json"
        self.requests: list[bytes] = []
        super().__init__()

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        self.requests.append(body)
        return Reply(self.answer(body), self.status, self.content_type)


def _send(handler: BaseHTTPRequestHandler, reply: Reply | None) -> None:
    if reply is None:
        handler.close_connection = True
        return
    try:
        handler.send_response(reply.status)
        handler.send_header("Content-Type", reply.content_type)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        handler.wfile.write(reply.body[: len(reply.body) // 2] if reply.is_cut else reply.body)
    except OSError:  # the other side did not wait
        handler.close_connection = True
    if reply.is_cut:
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.connection.shutdown(socket.SHUT_RDWR)
