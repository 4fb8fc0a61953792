"""An HTTP/1.1 server for WSGI applications on loopback: one thread a connection, no hand-over between threads.

The standard library's http.server reads the requests (RFC 9112: keep-alive, ``Expect: 100-continue``, limits of a
head). What it lacks is here: the way to WSGI, bodies in chunks and their limit, replies in one write, an end that
closes open connections, and the loss of a reply on purpose (the sandbox's fault ``drop``).

The sandbox needs 500 calls a second with a p99 of 20 ms on two cores. Its gateway, 4 connections, median of five
rounds one after another on two cores that had other work too (``python -m benchmarks.web_servers``, 2026-11-26):
this 2849 calls a second, p99 7.4 ms; a bare http.server 2618 and 8.7; waitress 1312 and 13.6, whose hand-over from the
selecting thread to a worker and back costs as much as the answer, and which cannot lose a reply. So a parser of heads
of our own is not worth its lines, and a dependency would be slower. wsgiref answers HTTP/1.0, a connection a call.
Not made for the open network.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from email import errors
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote_to_bytes

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
IDLE_SECONDS = 75.0
"""How long a connection may say nothing."""
ACCEPT_SECONDS = 0.5
"""On Windows neither Ctrl+C nor closing the port wakes a waiting accept."""
MAX_LINE = 16 << 10
"""Bytes of a line within a chunked body."""
_DEFECTS_OF_A_HEAD = (
    errors.FirstHeaderLineIsContinuationDefect, errors.MisplacedEnvelopeHeaderDefect,
    errors.MissingHeaderBodySeparatorDefect,
)  # fmt: skip
MAX_BODY = 64 << 20
"""Bytes of a body that is read at all (applications may want less)."""


class Dropped(Exception):
    """Raised by an application: close the connection without a byte of reply."""


class _Refused(Exception):
    """The request cannot be read: answer this status and close."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = status


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
            with connection:
                _Connection(connection, self._application)
        except (OSError, ValueError, Dropped):
            pass  # the other side went away, or was sent away
        finally:
            with self._lock:
                self._connections.discard(connection)


class _Connection(BaseHTTPRequestHandler):
    """One connection; it is served to its end when this is made."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1  # a reply is one write

    def __init__(self, connection: socket.socket, application: Application) -> None:
        self._application = application
        super().__init__(connection, ("127.0.0.1", 0), None)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        """Whatever the method, the application answers it (http.server asks for ``do_GET`` and its like)."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def handle_one_request(self) -> None:
        """Serve one request. RFC 9112 2.2: empty lines before it are ignored."""
        while self.rfile.peek(1)[:1] in (b"\r", b"\n"):  # type: ignore[attr-defined]
            self.rfile.read(1)
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Read a head as http.server does; refuse what can be read in two ways (RFC 9112 3.2, 5.1, 6.3)."""
        if not super().parse_request():
            return False
        # Of a multipart type the parser also misses the body, which is not its to see.
        is_malformed = any(isinstance(defect, _DEFECTS_OF_A_HEAD) for defect in self.headers.defects)
        if is_malformed or any(len(self.headers.get_all(name, ())) > 1 for name in ("Host", "Content-Length")):
            self.send_error(HTTPStatus.BAD_REQUEST)
            return False
        return True

    def handle_expect_100(self) -> bool:
        """Say that the body may come; at once, since it is waited for."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request and close: without a page, which http.server would send."""
        self.close_connection = True
        status = HTTPStatus(code)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", "Content-Length: 0", "Connection: close", "", ""]
        self.wfile.write("\r\n".join(lines).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the applications write their own logs."""

    def _answer(self) -> None:
        try:
            body = self._read_body()
        except _Refused as refused:
            self.send_error(refused.status)
            return
        head: list[Any] = []
        application = self._application
        parts = application(self._environ(body), lambda status, headers, _info=None: head.extend((status, headers)))
        self._send(head[0], head[1], b"".join(parts))

    def _environ(self, body: bytes) -> dict[str, Any]:
        """Return the request as PEP 3333 has it."""
        target, _, query = self.path.partition("?")
        if not target.startswith("/"):  # an absolute address, as through a proxy
            target = "/" + target.partition("://")[2].partition("/")[2]
        named = {"HTTP_" + name.upper().replace("-", "_"): value.strip() for name, value in self.headers.items()}
        return {
            **named,
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(target).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": named.get("HTTP_CONTENT_TYPE", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "0",
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr or io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def _send(self, status: str, headers: list[tuple[str, str]], payload: bytes) -> None:
        announced = [int(value) for name, value in headers if name.lower() == "content-length"]
        if self.command == "HEAD":
            length, payload = announced[0] if announced else len(payload), b""
        else:
            # An application that promises more than it gives wants the connection cut in the middle of the reply.
            length = max([len(payload), *announced])
            self.close_connection = self.close_connection or length > len(payload)
        lines = [f"HTTP/1.1 {status}", f"Date: {formatdate(usegmt=True)}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() != "content-length"]
        lines += [f"Content-Length: {length}", f"Connection: {'close' if self.close_connection else 'keep-alive'}"]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + payload)

    def _read_body(self) -> bytes:
        """Return the body. Raises `_Refused`."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        announced = self.headers.get("Content-Length", "").strip() or "0"
        if not announced.isdecimal():
            raise _Refused(HTTPStatus.BAD_REQUEST)
        size = int(announced)
        if size > MAX_BODY:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body = self.rfile.read(size)
        if len(body) < size:
            raise _Refused(HTTPStatus.BAD_REQUEST)
        return body

    def _read_chunks(self) -> bytes:
        whole = bytearray()
        while True:
            try:
                size = int(self._read_line().split(b";")[0], 16)
            except ValueError:
                raise _Refused(HTTPStatus.BAD_REQUEST) from None
            if size < 0 or len(whole) + size > MAX_BODY:
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if size == 0:
                break
            whole += self.rfile.read(size)
            self._read_line()
        while self._read_line() not in (b"\r\n", b"\n", b""):
            pass  # trailers
        return bytes(whole)

    def _read_line(self) -> bytes:
        line = self.rfile.readline(MAX_LINE + 1)
        if len(line) > MAX_LINE:
            raise _Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        return line
