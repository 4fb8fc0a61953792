"""A small HTTP/1.1 server for WSGI applications on loopback: one thread a connection, no hand-over between threads.

Why not waitress: the same gateway behind it (and Flask) did 396 calls a second where this one did 678, on 2 cores that
clients shared: its hand-over from the selecting thread to a worker and back costs more than the whole answer. And it
has no way to lose a reply on purpose (the fault ``drop``).
Why not the standard library's wsgiref: it answers HTTP/1.0, a connection a call.
RFC 9112: keep-alive, Content-Length, chunked bodies, ``Expect: 100-continue``. Not made for the open network.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
IDLE_SECONDS = 75.0
"""How long a connection may say nothing."""
ACCEPT_SECONDS = 0.5
"""On Windows neither Ctrl+C nor closing the port wakes a waiting accept."""
MAX_LINE = 16 << 10
MAX_HEADERS = 100
MAX_BODY = 64 << 20
"""Bytes of a body that is read at all (applications may want less)."""


class Dropped(Exception):
    """Raised by an application: close the connection without a byte of reply."""


class _Refused(Exception):
    """The request cannot be read: answer this status and close."""


class HttpServer:
    """Serves ``application`` on a listening socket until `stop`."""

    def __init__(self, listening: socket.socket, application: Application) -> None:
        self._listening = listening
        self._application = application
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._stopped = False

    def run(self) -> None:
        """Accept connections until `stop`."""
        self._listening.settimeout(ACCEPT_SECONDS)
        while not self._stopped:
            try:
                connection, _ = self._listening.accept()
            except TimeoutError:
                continue
            except OSError:
                break
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), name="http", daemon=True).start()

    def stop(self) -> None:
        """Close the port and all connections; running transactions finish in their threads."""
        self._stopped = True
        try:
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes accept on Linux
        except OSError:
            pass
        self._listening.close()
        with self._lock:
            waiting = list(self._connections)
        for connection in waiting:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(IDLE_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection, connection.makefile("rb") as reader:
                while not self._stopped and _serve_one(connection, reader, self._application):
                    pass
        except (OSError, ValueError, Dropped):
            pass  # the other side went away, or was sent away
        finally:
            with self._lock:
                self._connections.discard(connection)


def _serve_one(connection: socket.socket, reader: BinaryIO, application: Application) -> bool:
    """Serve one request; tells whether the connection stays."""
    try:
        environ = _read_head(reader)
        if environ is None:
            return False
        body = _read_body(connection, reader, environ)
    except _Refused as refused:
        connection.sendall(f"HTTP/1.1 {refused}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        return False
    is_kept: bool = environ["SERVER_PROTOCOL"] == "HTTP/1.1" and environ.get("HTTP_CONNECTION", "").lower() != "close"
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    head: list[Any] = []
    parts = application(environ, lambda status, headers, _info=None: head.extend((status, headers)))
    payload = b"".join(parts)
    announced = [int(value) for name, value in head[1] if name.lower() == "content-length"]
    if environ["REQUEST_METHOD"] == "HEAD":
        length = announced[0] if announced else len(payload)
    else:
        # An application that promises more than it gives wants the connection cut in the middle of the reply.
        length = max([len(payload), *announced])
        is_kept = is_kept and length == len(payload)
    lines = [f"HTTP/1.1 {head[0]}", f"Date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in head[1] if name.lower() != "content-length"]
    lines += [f"Content-Length: {length}", f"Connection: {'keep-alive' if is_kept else 'close'}", "", ""]
    sent = b"" if environ["REQUEST_METHOD"] == "HEAD" else payload
    connection.sendall("\r\n".join(lines).encode("latin-1") + sent)
    return is_kept


def _read_line(reader: BinaryIO) -> bytes:
    line = reader.readline(MAX_LINE + 1)
    if len(line) > MAX_LINE:
        raise _Refused("431 Request Header Fields Too Large")
    return line


def _read_head(reader: BinaryIO) -> dict[str, Any] | None:
    """Return a WSGI environ (PEP 3333) without the body, None when the other side has closed."""
    line = _read_line(reader)
    while line in (b"\r\n", b"\n"):  # RFC 9112 2.2: empty lines before a request are ignored
        line = _read_line(reader)
    if not line:
        return None
    parts = line.split()
    if len(parts) != 3 or parts[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise _Refused("400 Bad Request")
    target, _, query = parts[1].decode("latin-1").partition("?")
    if not target.startswith("/"):  # an absolute address, as through a proxy
        target = "/" + target.partition("://")[2].partition("/")[2]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": parts[0].decode("latin-1"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(target).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "0",
        "SERVER_PROTOCOL": parts[2].decode("latin-1"),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr or io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for _ in range(MAX_HEADERS):
        line = _read_line(reader)
        if line in (b"\r\n", b"\n", b""):
            return environ
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or name != name.strip():
            raise _Refused("400 Bad Request")
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key
        if key in environ and key in ("CONTENT_LENGTH", "HTTP_HOST"):
            raise _Refused("400 Bad Request")
        environ[key] = value.strip()
    raise _Refused("431 Request Header Fields Too Large")


def _read_body(connection: socket.socket, reader: BinaryIO, environ: dict[str, Any]) -> bytes:
    if environ.get("HTTP_EXPECT", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        return _read_chunks(reader)
    announced = environ.get("CONTENT_LENGTH") or "0"
    if not announced.isdecimal():
        raise _Refused("400 Bad Request")
    size = int(announced)
    if size > MAX_BODY:
        raise _Refused("413 Content Too Large")
    body = reader.read(size) if size else b""
    if len(body) < size:
        raise _Refused("400 Bad Request")
    return body


def _read_chunks(reader: BinaryIO) -> bytes:
    whole = bytearray()
    while True:
        try:
            size = int(_read_line(reader).split(b";")[0], 16)
        except ValueError:
            raise _Refused("400 Bad Request") from None
        if size < 0 or len(whole) + size > MAX_BODY:
            raise _Refused("413 Content Too Large")
        if size == 0:
            break
        whole += reader.read(size)
        _read_line(reader)
    while _read_line(reader) not in (b"\r\n", b"\n", b""):
        pass  # trailers
    return bytes(whole)
