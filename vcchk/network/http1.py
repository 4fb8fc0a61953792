"""One HTTP/1.1 exchange (RFC 9112) on one socket under one deadline.

Own code, because neither requests nor urllib3 can say whether a byte of the request has left, nor hold one deadline
over name, connection, TLS and a header that trickles in; and importing them costs 100 to 500 ms of a host's first
call. It uses `_socket` (the C module under `socket`), which spares a cold start the enums of `socket`.

Strict where a mistake would turn damage into a reply (lengths, chunks), liberal elsewhere (bare line feeds, folded
headers, needless 100s). What went wrong is a `Fault`: its kind, and how far the exchange had come.
"""

from __future__ import annotations

import _socket
import _thread
import errno
from time import monotonic, perf_counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket
    from typing import Any

    from vcchk.network.deadline import Deadline
    from vcchk.network.url import Target

    Address = tuple[int, tuple[Any, ...]]
    Resolver = Callable[[str, int, Deadline], list[Address]]
    Secure = Callable[[socket, str, Deadline], socket]

MAX_HEAD = 65536
"""Most bytes of status line and headers, interim replies included; also of a chunked body's trailer."""

_CHUNK_LINE = 4096
_RECEIVE = 65536
_MOST_ADDRESSES = 8
_EARLY_REPLY = 1.0  # seconds to look for a reply that came before the peer stopped reading (413 and the like)

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL})
_NO_BODY = frozenset({204, 304})


class Fault(Exception):
    """An exchange that failed.

    ``kind``: a row of `netfaults.FAULTS`. ``stage``: dns, connect, tls, send, wait or read. ``sent``: a byte of the
    request may have left this machine. ``replied``: a byte of a reply came. ``detail``: for the log, English, no
    personal data. ``values``: what the kind's Chinese sentence tells beside the host.
    """

    def __init__(
        self, kind: str, stage: str, detail: str = "", *, sent: bool = False, replied: bool = False, **values: object
    ) -> None:
        super().__init__(f"{kind} at {stage}" + (f": {detail}" if detail else ""))
        self.kind = kind
        self.stage = stage
        self.detail = detail
        self.sent = sent
        self.replied = replied
        self.values = values


class Reply:
    """A reply as it came: header names in lower case, repeated headers joined by ``, ``, body after decompression."""

    __slots__ = ("body", "headers", "reusable", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes, reusable: bool) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.reusable = reusable


# Names --------------------------------------------------------------------------------------------------------------


def _numeric(host: str, port: int) -> list[Address]:
    try:
        _socket.inet_pton(_socket.AF_INET, host)
        return [(_socket.AF_INET, (host, port))]
    except OSError:
        pass
    if ":" in host and "%" not in host:
        try:
            _socket.inet_pton(_socket.AF_INET6, host)
            return [(_socket.AF_INET6, (host, port))]
        except OSError:
            pass
    return []


def resolve(host: str, port: int, deadline: Deadline) -> list[Address]:
    """Return the addresses of ``host``, IPv4 first, at most eight.

    IPv4 first, since the cities' health networks live on it and a half-configured IPv6 would cost seconds. A name is
    looked up by a thread that is left behind when the deadline comes: getaddrinfo cannot be interrupted. Raises
    Fault ``dns`` or ``dns_timeout``.
    """
    found = _numeric(host, port)
    if found:
        return found
    outcome: list[Any] = []
    done = _thread.allocate_lock()
    done.acquire()

    def look_up() -> None:
        try:
            # As bytes: a str would load the IDNA codec, and weburl has made the name ASCII already.
            outcome.append(_socket.getaddrinfo(host.encode("ascii"), port, 0, _socket.SOCK_STREAM))
        except Exception as error:
            outcome.append(error)
        finally:
            done.release()

    _thread.start_new_thread(look_up, ())
    if not done.acquire(timeout=deadline.left()):
        raise Fault("dns_timeout", "dns", "getaddrinfo did not end before the deadline")
    rows = outcome[0]
    if isinstance(rows, Exception):
        raise Fault("dns", "dns", f"getaddrinfo: {rows}") from rows
    seen: dict[Address, None] = {}
    for family, _kind, _proto, _name, address in rows:
        if family in (_socket.AF_INET, _socket.AF_INET6):
            seen[(int(family), address)] = None
    if not seen:
        raise Fault("dns", "dns", "getaddrinfo gave no address")
    return sorted(seen, key=lambda a: a[0] != _socket.AF_INET)[:_MOST_ADDRESSES]


# Connections --------------------------------------------------------------------------------------------------------


def _connect_kind(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, TimeoutError):
        return "connect_timeout"
    if isinstance(error, PermissionError):
        return "blocked"
    if isinstance(error, ConnectionError):
        return "connect_reset"
    return "unreachable" if error.errno in _UNREACHABLE else "local"


class Connection:
    """A connected socket, TLS included. One thread uses it at a time; ``idle_since`` is monotonic seconds.

    ``lasts``: how many idle seconds the peer promised in a Keep-Alive header. ``reused``: a reply has come over it.
    """

    __slots__ = ("address", "idle_since", "lasts", "reused", "secure", "sock")

    def __init__(self, sock: socket, address: Address, secure: bool) -> None:
        self.sock = sock
        self.address = address
        self.secure = secure
        self.idle_since = 0.0
        self.lasts = 60.0
        self.reused = False

    def close(self) -> None:
        """Close the socket; never raises."""
        try:
            self.sock.close()
        except OSError:
            pass

    def is_fresh(self) -> bool:
        """Tell whether the kept connection can carry a request: open, and with nothing unread in it.

        This is the proof for "no effect": when the peer's FIN or RST is already here, no request of ours can have
        gone over the connection since. Unread bytes (a late 408, junk behind a reply) would be taken for the answer
        to the next request, so such a connection is done for, too.
        """
        try:
            self.sock.settimeout(0)
            if self.secure:
                # Session tickets make a healthy TLS 1.3 socket readable; reading digests them.
                self.sock.recv(1)
            else:
                self.sock.recv(1, _socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError as error:
            return self.secure and type(error).__name__ == "SSLWantReadError"
        return False


def connect(
    target: Target,
    deadline: Deadline,
    stages: dict[str, float],
    *,
    resolver: Resolver = resolve,
    secure: Secure | None = None,
) -> Connection:
    """Connect to ``target``, each of its addresses in turn; https needs ``secure`` (`tls.Client.wrap`).

    ``stages`` gets the milliseconds of dns, connect and tls. Raises Fault; nothing has been sent then.
    """
    start = perf_counter()
    addresses = resolver(target.host, target.port, deadline)
    looked_up = perf_counter()
    stages["dns"] = (looked_up - start) * 1000
    last: Fault | None = None
    for index, address in enumerate(addresses):
        left = deadline.left()
        if not left:
            break
        try:
            sock: Any = _socket.socket(address[0], _socket.SOCK_STREAM)
        except OSError as error:
            last = Fault("local", "connect", f"socket: {error}")
            continue
        try:
            sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            # Each address gets its share, so that a dead one in front does not use up the time of the others.
            sock.settimeout(left / (len(addresses) - index))
            sock.connect(address[1])
        except OSError as error:
            sock.close()
            last = Fault(_connect_kind(error), "connect", f"{address[1][0]}: {type(error).__name__} {error}")
            continue
        connected = perf_counter()
        stages["connect"] = (connected - looked_up) * 1000
        if target.scheme == "https":
            assert secure is not None  # noqa: S101  the gateway always gives it
            try:
                sock = secure(sock, target.host, deadline)
            except BaseException:
                sock.close()
                raise
            stages["tls"] = (perf_counter() - connected) * 1000
        return Connection(sock, address, target.scheme == "https")
    raise last or Fault("connect_timeout", "connect", "no time left")


# One exchange -------------------------------------------------------------------------------------------------------


def _send(connection: Connection, request: bytes, deadline: Deadline) -> None:
    """Write ``request`` whole. Raises Fault with ``sent`` False only where provably no byte left.

    Provable is the first write to a plain socket that fails: the kernel took nothing. A TLS write that fails may
    have passed a part of its records on.
    """
    sock = connection.sock
    view = memoryview(request)
    sent = connection.secure
    while view:
        left = deadline.left()
        try:
            if not left:
                raise TimeoutError("no time left")
            sock.settimeout(left)
            count = sock.send(view)
        except TimeoutError as error:
            raise Fault("send_timeout" if sent else "connect_timeout", "send", str(error), sent=sent) from error
        except OSError as error:
            kind = "reset" if sent else "connect_reset"
            raise Fault(kind, "send", f"{type(error).__name__} {error}", sent=sent) from error
        sent = True
        view = view[count:]


class _Reader:
    """The reply's side of an exchange: a buffer that fills from the socket."""

    __slots__ = ("buffer", "deadline", "first", "pos", "sock")

    def __init__(self, sock: socket, deadline: Deadline) -> None:
        self.sock = sock
        self.deadline = deadline
        self.buffer = b""
        self.pos = 0
        self.first = 0.0

    def fault(self, kind: str, detail: str, **values: object) -> Fault:
        replied = self.first > 0.0
        return Fault(kind, "read" if replied else "wait", detail, sent=True, replied=replied, **values)

    def more(self) -> bytes:
        """Return what comes next, ``b""`` at the peer's end. Raises Fault for a reset, TLS damage or lateness."""
        left = self.deadline.left()
        try:
            if not left:
                raise TimeoutError("no time left")
            self.sock.settimeout(left)
            data = self.sock.recv(_RECEIVE)
        except TimeoutError as error:
            raise self.fault("stalled" if self.first else "timeout", str(error)) from error
        except OSError as error:
            if getattr(error, "reason", None):  # an ssl.SSLError: only a secured socket raises one
                from vcchk.network import tls

                kind = tls.kind_while_reading(error)
                if kind:
                    raise Fault(kind, "tls", str(error)) from error
            raise self.fault("cut" if self.first else "reset", f"{type(error).__name__} {error}") from error
        if data and not self.first:
            self.first = perf_counter()
        return data

    def fill(self, kind: str = "cut") -> None:
        """Append what comes next to the buffer. Raises Fault ``kind`` at the peer's end."""
        data = self.more()
        if not data:
            raise self.fault(kind if self.first else "closed", "connection closed by the peer")
        self.buffer = self.buffer[self.pos :] + data if self.pos else self.buffer + data
        self.pos = 0

    def line(self, limit: int, kind: str) -> bytes:
        """Return the next line without its end; raises Fault ``kind`` for one longer than ``limit`` bytes."""
        while True:
            end = self.buffer.find(b"\n", self.pos)
            if end >= 0:
                text = self.buffer[self.pos : end]
                self.pos = end + 1
                return text[:-1] if text[-1:] == b"\r" else text
            if len(self.buffer) - self.pos > limit:
                raise self.fault(kind, f"line longer than {limit} bytes")
            self.fill()

    def head(self) -> bytes:
        """Return status line and headers without the empty line behind them."""
        while True:
            buffer = self.buffer
            while buffer[self.pos : self.pos + 1] in (b"\r", b"\n"):  # some servers begin with an empty line
                self.pos += 1
            start = buffer[self.pos : self.pos + 5]
            if not b"HTTP/".startswith(start):
                if start[0] == 0x15:  # a TLS alert record
                    raise self.fault("https_wanted", "the peer speaks TLS")
                raise self.fault("not_http", "reply does not begin with HTTP/")
            end = buffer.find(b"\n\r\n", self.pos)
            bare = buffer.find(b"\n\n", self.pos, end if end >= 0 else len(buffer))
            found, skip = (bare, 2) if bare >= 0 else (end, 3)
            if 0 <= found - self.pos <= MAX_HEAD:
                text = buffer[self.pos : found]
                self.pos = found + skip
                return text
            if len(buffer) - self.pos > MAX_HEAD:
                raise self.fault("head_large", f"headers over {MAX_HEAD} bytes")
            self.fill()

    def exactly(self, size: int) -> bytes:
        """Return the next ``size`` bytes; raises Fault ``cut`` when the peer ends before."""
        have = len(self.buffer) - self.pos
        if have >= size:
            data = self.buffer[self.pos : self.pos + size]
            self.pos += size
            return data
        parts = [self.buffer[self.pos :]]
        self.buffer = b""
        self.pos = 0
        while have < size:
            data = self.more()
            if not data:
                raise self.fault("cut", f"body ended after {have} of {size} bytes")
            parts.append(data)
            have += len(data)
        if have > size:
            self.buffer = parts[-1][len(parts[-1]) - (have - size) :]
            parts[-1] = parts[-1][: len(parts[-1]) - (have - size)]
        return b"".join(parts)

    def rest(self, cap: int) -> bytes:
        """Return everything up to the peer's end, at most ``cap`` bytes."""
        parts = [self.buffer[self.pos :]]
        self.buffer = b""
        self.pos = 0
        have = len(parts[0])
        while have <= cap:
            data = self.more()
            if not data:
                return b"".join(parts)
            parts.append(data)
            have += len(data)
        raise self.fault("too_large", f"body over {cap} bytes", cap=cap)

    def chunks(self, cap: int) -> bytes:
        """Return a chunked body (RFC 9112 section 7.1); extensions and trailer are read and dropped."""
        parts: list[bytes] = []
        have = 0
        while True:
            text = self.line(_CHUNK_LINE, "bad_chunk").partition(b";")[0].strip()
            try:
                if not text or len(text) > 16 or text[:1] in b"+-" or b"_" in text or text[1:2] in (b"x", b"X"):
                    raise ValueError
                size = int(text, 16)
            except ValueError:
                raise self.fault("bad_chunk", "chunk size is not a hexadecimal number") from None
            if size == 0:
                break
            have += size
            if have > cap:
                raise self.fault("too_large", f"body over {cap} bytes", cap=cap)
            parts.append(self.exactly(size))
            if self.line(2, "bad_chunk"):
                raise self.fault("bad_chunk", "chunk does not end where its size says")
        trailer = 0
        while True:
            text = self.line(MAX_HEAD, "head_large")
            if not text:
                return b"".join(parts)
            trailer += len(text)
            if trailer > MAX_HEAD:
                raise self.fault("head_large", "trailer too large")


def _parse_head(reader: _Reader, text: bytes) -> tuple[bool, int, dict[str, str]]:
    """Return (is HTTP/1.1, status, headers). Raises Fault ``not_http``."""
    lines = text.decode("latin-1").split("\n")
    parts = lines[0].split(None, 2)
    version = parts[0]
    if len(parts) < 2 or not version.startswith("HTTP/1.") or not (len(parts[1]) == 3 and parts[1].isdigit()):
        raise reader.fault("not_http", "no HTTP/1 status line")
    headers: dict[str, str] = {}
    name = ""
    for line in lines[1:]:
        if line[:1] in (" ", "\t") and name:  # folded: RFC 9112 section 5.2 lets a client join it
            headers[name] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if not colon or not name:
            name = ""  # junk between headers harms nobody: framing headers are checked on their own
            continue
        value = value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return version != "HTTP/1.0", int(parts[1]), headers


def _length(reader: _Reader, text: str) -> int:
    """Return the Content-Length; the same one several times over is one. Raises Fault ``bad_length``."""
    values = {part.strip() for part in text.split(",")}
    value = values.pop()
    if values or not (value.isascii() and value.isdigit()) or len(value) > 18:
        raise reader.fault("bad_length", "Content-Length is not one number")
    return int(value)


def _decode(reader: _Reader, body: bytes, coding: str, cap: int) -> bytes:
    """Return ``body`` without its Content-Encoding. Raises Fault ``too_large`` (a bomb), ``bad_coding``, ``coding``."""
    for name in reversed([part.strip().lower() for part in coding.split(",")]):
        if name in ("", "identity"):
            continue
        if name not in ("gzip", "x-gzip", "deflate"):
            raise reader.fault("coding", "unknown Content-Encoding")
        if not body:
            continue
        import zlib

        # "deflate" is zlib by RFC 9110 and raw deflate from old IIS: 8 in the low four bits tells zlib.
        bits = 31 if name != "deflate" else (15 if body[0] & 15 == 8 and len(body) > 1 else -15)
        try:
            engine = zlib.decompressobj(bits)
            clear = engine.decompress(body, cap + 1)
        except zlib.error as error:
            raise reader.fault("bad_coding", f"zlib: {error}") from error
        if len(clear) > cap:
            raise reader.fault("too_large", f"body over {cap} bytes when decompressed", cap=cap)
        if not engine.eof:
            raise reader.fault("bad_coding", "compressed body ends too early")
        body = clear
    return body


def exchange(
    connection: Connection,
    request: bytes,
    deadline: Deadline,
    cap: int,
    stages: dict[str, float],
    *,
    bodyless: bool = False,
) -> Reply:
    """Send ``request`` (head and body in one write) and return the reply; ``cap`` is the most bytes of its body.

    ``stages`` gets the milliseconds of send, wait (to the reply's first byte) and read. ``bodyless``: the reply to a
    HEAD. Raises Fault; the caller closes the connection then, and also when the reply is not ``reusable``.
    """
    start = perf_counter()
    try:
        _send(connection, request, deadline)
    except Fault as fault:
        if not fault.sent:
            raise
        # The peer stopped reading; its reason (413, 401) may be here already.
        try:
            return _read(connection, deadline.sooner(_EARLY_REPLY), cap, stages, bodyless, perf_counter(), False)
        except Fault as why:
            # A TLS alert that explains the end ("client certificate required") says more than the broken pipe.
            raise (fault if why.sent else why) from None
    sent_at = perf_counter()
    stages["send"] = (sent_at - start) * 1000
    return _read(connection, deadline, cap, stages, bodyless, sent_at, True)


def _read(
    connection: Connection,
    deadline: Deadline,
    cap: int,
    stages: dict[str, float],
    bodyless: bool,
    sent_at: float,
    whole: bool,
) -> Reply:
    reader = _Reader(connection.sock, deadline)
    status = 100
    used = 0
    while status < 200:  # interim replies; 101 was never asked for and is read over like the rest
        text = reader.head()
        used += len(text)
        if used > MAX_HEAD:
            raise reader.fault("head_large", f"headers over {MAX_HEAD} bytes")
        modern, status, headers = _parse_head(reader, text)
    coding = headers.get("transfer-encoding", "").lower()
    length = headers.get("content-length", "")
    delimited = True
    # The order of RFC 9112 section 6.3.
    if bodyless or status in _NO_BODY:
        body = b""
    elif coding and coding != "identity":
        if coding.rpartition(",")[2].strip() == "chunked":
            body = reader.chunks(cap)
        else:
            delimited = False
            body = reader.rest(cap)
    elif length:
        size = _length(reader, length)
        if size > cap:
            raise reader.fault("too_large", f"Content-Length over {cap} bytes", cap=cap)
        body = reader.exactly(size)
    else:
        delimited = False
        body = reader.rest(cap)
    if "content-encoding" in headers:
        body = _decode(reader, body, headers["content-encoding"], cap)
    now = perf_counter()
    stages["wait"] = (reader.first - sent_at) * 1000
    stages["read"] = (now - reader.first) * 1000
    wish = headers.get("connection", "").lower()
    reusable = whole and delimited and reader.pos == len(reader.buffer) and "close" not in wish
    if reusable:
        reusable = (modern or "keep-alive" in wish) and not (coding and length)
    promise = headers.get("keep-alive", "").lower().partition("timeout=")[2]
    if promise:
        digits = promise.split(",")[0].strip()
        if digits.isascii() and digits.isdigit():
            # One second less: the request must arrive while the peer still listens.
            connection.lasts = min(60.0, int(digits[:6]) - 1.0)
    connection.reused = True
    connection.idle_since = monotonic()
    return Reply(status, headers, body, reusable)
