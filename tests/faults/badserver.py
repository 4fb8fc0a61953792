"""A server on 127.0.0.1 that misbehaves as it is told: real sockets, real TLS, one thread a connection.

A script is a function of a `Peer`; it runs once for every accepted connection. `healthy` is the script of a proper
HTTP/1.1 server, and a bad server can be healed while connections are kept: ``server.script = healthy``.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable

from tests.deadlines import until

GOOD_BODY = b'{"app_id":"A1","ret_code":"0000","ret_msg":"ok","biz_content":"{}"}'


def head(status: int = 200, reason: str = "OK", **fields: object) -> bytes:
    """Return status line and headers; ``_`` in a keyword stands for ``-``."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {reason}\r\n{lines}\r\n".encode("latin-1")


def response(body: bytes, status: int = 200, **fields: object) -> bytes:
    """Return a whole reply with a right Content-Length."""
    return head(status, Content_Type="application/json", Content_Length=len(body), **fields) + body


class Peer:
    """One accepted connection, as a script sees it."""

    def __init__(self, server: BadServer, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.well = False  # the script is done with its mischief and serves properly
        self._rest = b""

    def request(self) -> bytes | None:
        """Read one whole request and return its body; None when the client has closed."""
        data = self._rest
        while b"\r\n\r\n" not in data:
            more = self.sock.recv(65536)
            if not more:
                return None
            data += more
        top, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in top.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            more = self.sock.recv(65536)
            if not more:
                return None
            body += more
        self._rest = body[length:]
        with self.server.lock:
            self.server.requests.append(top + b"\r\n\r\n" + body[:length])
        return body[:length]

    def good(self) -> bytes:
        """Read one request and return the platform's right answer to it, as body bytes."""
        body = self.request()
        if body is None:
            raise ConnectionError("client closed")
        return self.server.answer(body)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, interval: float, size: int = 1) -> None:
        """Send ``size`` bytes every ``interval`` seconds."""
        for start in range(0, len(data), size):
            self.send(data[start : start + size])
            if self.wait(interval):
                return

    def wait(self, seconds: float) -> bool:
        """Do nothing for a while; True when the server is being healed or closed."""
        return self.server.enough.wait(seconds)

    def linger(self, seconds: float = 60.0) -> None:
        """Keep the connection open and silent until the client closes it (or ``seconds`` are over)."""
        self.sock.settimeout(seconds)
        with contextlib.suppress(OSError):
            while self.sock.recv(65536):
                pass

    def reset(self) -> None:
        """Close with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self) -> None:
        """Close with a FIN."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


Script = Callable[[Peer], None]


def healthy(peer: Peer) -> None:
    """Answer every request properly and keep the connection."""
    peer.well = True
    while True:
        body = peer.request()
        if body is None:
            return
        peer.send(response(peer.server.answer(body)))


def replies(*datas: bytes) -> Script:
    """Return a script that answers one request a connection with these bytes, then closes."""

    def script(peer: Peer) -> None:
        if peer.request() is None:
            return
        for data in datas:
            peer.send(data)

    return script


class BadServer:
    """Listens on a free port of ``host`` until closed. ``requests``: every whole request that arrived, in order.

    ``answer(body)`` makes the right reply's body for a request's body.
    """

    def __init__(
        self,
        script: Script = healthy,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        backlog: int = 64,
        answer: Callable[[bytes], bytes] = lambda _body: GOOD_BODY,
    ) -> None:
        self.script = script
        self.tls = tls
        self.answer = answer
        self.lock = threading.Lock()
        self.enough = threading.Event()
        self.requests: list[bytes] = []
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._peers: set[Peer] = set()
        self._listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((host, 0))
        self._listener.listen(backlog)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}/ehcService/gateway.do"

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self._open.add(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        sock = raw
        with contextlib.suppress(OSError, ValueError):
            raw.settimeout(60)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                sock = self.tls.wrap_socket(raw, server_side=True)
                with self.lock:
                    self._open.add(sock)
            peer = Peer(self, sock)
            with self.lock:
                self._peers.add(peer)
            try:
                self.script(peer)
            finally:
                peer.close()
                with self.lock:
                    self._peers.discard(peer)
        with contextlib.suppress(OSError):
            sock.close()
        with self.lock:
            self._open -= {raw, sock}

    def heal(self, tls: ssl.SSLContext | None) -> None:
        """Serve properly from now on. Returns once no script is at its mischief any more."""
        self.tls = tls
        self.script = healthy
        self.enough.set()
        until(lambda: all(peer.well for peer in self._served()), "the end of the bad server's scripts")

    def wait_closed(self) -> None:
        """Wait until every connection has been closed from this side: what they still hold is of the past then."""
        until(lambda: not self._served(), "the end of the bad server's connections")

    def _served(self) -> list[Peer]:
        with self.lock:
            return list(self._peers)

    def close(self) -> None:
        self.enough.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self.lock:
            left = list(self._open)
        for sock in left:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> BadServer:
        return self

    def __exit__(self, *_unused: object) -> None:
        self.close()


_held: list[socket.socket] = []
"""The sockets of `closed_port`."""


def closed_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens. A server that is told to may listen on it.

    It is held as long as this process lives, since a port that is let go may be somebody's before it is used.
    """
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # so that a server can bind it, too
    sock.bind(("127.0.0.1", 0))
    _held.append(sock)
    port: int = sock.getsockname()[1]
    return port
