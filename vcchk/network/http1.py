"""One HTTP/1.1 exchange (RFC 9112) on one connection under one deadline.

Own code. h11 and `http.client` would do the same work, but importing them brings 48 and 61 modules (17 ms on Linux,
five times that under Wine) into a host's first call, this module none; neither says whether a byte of the request has
left, which decides what may be sent again; and neither holds one deadline over a header that trickles in.

Strict where a mistake would turn damage into a reply (lengths, chunks), liberal elsewhere (bare line feeds, folded
headers, needless 100s). What went wrong is a `Fault`: its kind, and how far the exchange had come.
"""

from __future__ import annotations

from time import monotonic, perf_counter

from vcchk.network.fault import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.connection import Connection
    from vcchk.network.deadline import Deadline

MAX_HEAD = 65536
"""Most bytes of status line and headers, interim replies included; also of a chunked body's trailer. RFC 9112 sets no
limit; `http.client` takes as much for a single line, and Tomcat sends 8 KB at most by default."""

_MAX_CHUNK_LINE = 4096  # bytes of a chunk's size and its extensions
_MAX_CHUNK_DIGITS = 16  # 64 bits; RFC 9112 section 7.1 asks to expect large sizes and to keep numbers from overflowing
_RECEIVE = 65536  # bytes asked for at once: most replies come whole
_MAX_LENGTH_DIGITS = 18  # of a Content-Length: an exabyte; int() raises ValueError for thousands of them
_EARLY_REPLY = 1.0  # seconds to look for a reply that came before the peer stopped reading (413 and the like)
_NO_BODY = frozenset({204, 304})  # RFC 9112 section 6.3, rule 1
_PLAIN = b"{[<"  # how a body begins that has no chunks
_TLS_RECORDS = b"\x15\x16"  # alert and handshake; version 1.1 is that of TLCP, 国密 TLS (GB/T 38636-2020)


class Reply:
    """A reply as it came: header names in lower case, repeated headers joined by ``, ``, body after decompression.

    ``stages``: milliseconds of dns, connect, proxy, tls, send, wait, read, as far as they took place. ``mislabelled``:
    the headers named a coding that the body does not have.
    """

    __slots__ = ("body", "headers", "mislabelled", "reusable", "stages", "status")

    def __init__(
        self,
        status: int,
        headers: dict[str, str],
        body: bytes,
        reusable: bool,
        stages: dict[str, float],
        mislabelled: bool,
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.reusable = reusable
        self.stages = stages
        self.mislabelled = mislabelled


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
    """The reply's side of an exchange: a buffer that fills from the socket, read up to ``pos``.

    ``first_byte_at``: when the reply's first byte came (`perf_counter`), 0.0 before.
    """

    __slots__ = ("buffer", "connection", "deadline", "first_byte_at", "pos", "sock")

    def __init__(self, connection: Connection, deadline: Deadline) -> None:
        self.connection = connection
        self.sock = connection.sock
        self.deadline = deadline
        self.buffer = b""
        self.pos = 0
        self.first_byte_at = 0.0

    def fault(self, kind: str, detail: str, **values: object) -> Fault:
        replied = self.first_byte_at > 0.0
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
            raise self.fault("stalled" if self.first_byte_at else "timeout", str(error)) from error
        except OSError as error:
            if self.connection.secure and self.connection.is_new and not self.first_byte_at:
                from vcchk.network import tls

                refusal = tls.refusal_while_reading(self.sock, error)
                if refusal is not None:
                    raise refusal from error
            raise self.fault("cut" if self.first_byte_at else "reset", f"{type(error).__name__} {error}") from error
        if data and not self.first_byte_at:
            self.first_byte_at = perf_counter()
        return data

    def fill(self, kind: str = "cut") -> None:
        """Append what comes next to the buffer. Raises Fault ``kind`` at the peer's end."""
        data = self.more()
        if not data:
            raise self.fault(kind if self.first_byte_at else "closed", "connection closed by the peer")
        self.buffer = self.buffer[self.pos :] + data if self.pos else self.buffer + data
        self.pos = 0

    def line(self, limit: int, kind: str) -> bytes:
        """Return the next line without its end; raises Fault ``kind`` for one longer than ``limit`` bytes.

        A line feed alone ends a line, too (RFC 9112 section 2.2).
        """
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
        """Return status line and headers without the empty line that ends them."""
        if self.pos == len(self.buffer):
            self.fill()
        while True:
            buffer = self.buffer
            while buffer[self.pos : self.pos + 1] in (b"\r", b"\n"):  # some servers begin with an empty line
                self.pos += 1
            start = buffer[self.pos : self.pos + 5]
            if not b"HTTP/".startswith(start):
                if start[0] in _TLS_RECORDS:
                    raise self.fault("tlcp_wanted" if start[1:3] == b"\x01\x01" else "https_wanted", "peer speaks TLS")
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

    def is_at_plain_body(self) -> bool:
        """Tell whether JSON or XML comes next, which no chunk's size begins like."""
        if self.pos == len(self.buffer):
            self.fill()
        return self.buffer[self.pos] in _PLAIN

    def chunks(self, cap: int) -> bytes:
        """Return a chunked body (RFC 9112 section 7.1).

        Extensions are ignored, as section 7.1.1 wants it; trailers are dropped, as section 7.1.2 allows it.
        """
        parts: list[bytes] = []
        have = 0
        while True:
            text = self.line(_MAX_CHUNK_LINE, "bad_chunk").partition(b";")[0].strip()
            try:
                if (
                    not text
                    or len(text) > _MAX_CHUNK_DIGITS
                    or text[:1] in b"+-"
                    or b"_" in text
                    or text[1:2] in (b"x", b"X")
                ):
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
    """Return (is HTTP/1.1, status, headers) of RFC 9112 sections 4 and 5. Raises Fault ``not_http``.

    The reason phrase is ignored (section 4), repeated headers are joined in their order (RFC 9110 section 5.3).
    """
    first, _, rest = text.partition(b"\n")
    parts = first.split(None, 2)  # as bytes: of texts, "\xb2" is a digit and "\xa0" a blank
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not (len(parts[1]) == 3 and parts[1].isdigit()):
        raise reader.fault("not_http", "no HTTP/1 status line")
    headers: dict[str, str] = {}
    name = ""
    for line in rest.decode("latin-1").split("\n"):
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
    return parts[0] != b"HTTP/1.0", int(parts[1]), headers


def _length(reader: _Reader, text: str) -> int:
    """Return the Content-Length; the same one several times over is one (RFC 9110 section 8.6).

    Raises Fault ``bad_length``: RFC 9112 section 6.3, rule 5, forbids to guess where such a body ends.
    """
    values = {part.strip() for part in text.split(",")}
    value = values.pop()
    if values or not (value.isascii() and value.isdigit()) or len(value) > _MAX_LENGTH_DIGITS:
        raise reader.fault("bad_length", "Content-Length is not one number")
    return int(value)


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

    ``stages`` gets the milliseconds of send, wait (to the reply's first byte) and read. ``bodyless``: only the head is
    read, as of a reply to CONNECT. Raises Fault; the caller closes the connection then, and also when the reply is not
    ``reusable``.
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
    is_sent: bool,
) -> Reply:
    """Return the reply; ``is_sent`` False: the request was not sent to its end, so the connection cannot be kept."""
    reader = _Reader(connection, deadline)
    is_http11, status, headers = _final_head(reader)
    if bodyless or status in _NO_BODY:
        body, delimited = b"", True
    else:
        try:
            body, delimited = _body(reader, headers, cap)
        except Fault as fault:
            # Who refuses a request before having read it (407, 413) and closes resets the connection, which destroys
            # the rest of the refusal on its way (RFC 9112 section 9.6): its status has said enough.
            if fault.kind != "cut" or not 400 <= status < 500:
                raise
            body, delimited = b"", False
    mislabelled = False
    if body and _names_coding(headers):
        body, mislabelled = _decoded(reader, body, headers, cap)
    now = perf_counter()
    stages["wait"] = (reader.first_byte_at - sent_at) * 1000
    stages["read"] = (now - reader.first_byte_at) * 1000
    connection.idle_since = monotonic()
    seconds = _keep_alive_seconds(headers)
    if seconds is not None:
        connection.keep_alive_seconds = seconds
    # What is left in the buffer would be read as the reply to the next request.
    reusable = is_sent and delimited and reader.pos == len(reader.buffer) and _stays_open(is_http11, headers)
    return Reply(status, headers, body, reusable, stages, mislabelled)


def _final_head(reader: _Reader) -> tuple[bool, int, dict[str, str]]:
    """Return `_parse_head` of the final reply; interim ones before it (1xx, RFC 9110 section 15.2) are skipped."""
    used = 0
    while True:
        text = reader.head()
        used += len(text)
        if used > MAX_HEAD:
            raise reader.fault("head_large", f"headers over {MAX_HEAD} bytes")
        is_http11, status, headers = _parse_head(reader, text)
        if status >= 200:
            return is_http11, status, headers


def _body(reader: _Reader, headers: dict[str, str], cap: int) -> tuple[bytes, bool]:
    """Return (body, whether its end was marked), in the order of RFC 9112 section 6.3.

    Java filters write a character set into Transfer-Encoding, beside a right Content-Length or before or behind the
    server's own "chunked": waiting for the end of the connection would take the whole time-out then. Some proxies take
    the chunks apart and leave the header.
    """
    codings = headers.get("transfer-encoding", "").lower().split(",")
    is_chunked = any(coding.partition(";")[0].strip(" \t\"'") == "chunked" for coding in codings)
    if is_chunked and not reader.is_at_plain_body():
        return reader.chunks(cap), True
    if not headers.get("content-length"):
        return reader.rest(cap), False
    size = _length(reader, headers["content-length"])
    if size > cap:
        raise reader.fault("too_large", f"Content-Length over {cap} bytes", cap=cap)
    return reader.exactly(size), True


def _names_coding(headers: dict[str, str]) -> bool:
    return "content-encoding" in headers or headers.get("transfer-encoding", "chunked").lower() != "chunked"


def _decoded(reader: _Reader, body: bytes, headers: dict[str, str], cap: int) -> tuple[bytes, bool]:
    """Return (body without its codings, whether a header was wrong about it). Raises Fault."""
    from vcchk.network import content

    mislabelled = False
    try:
        for name in ("transfer-encoding", "content-encoding"):  # the outer one first
            body, wrong = content.decode(body, headers.get(name, ""), cap, reader.deadline)
            mislabelled = mislabelled or wrong
    except content.ContentError as error:
        raise reader.fault(error.kind, error.detail, cap=cap) from error
    return body, mislabelled


def _stays_open(is_http11: bool, headers: dict[str, str]) -> bool:
    """Tell whether the peer keeps the connection (RFC 9112 section 9.3)."""
    options = headers.get("connection", "").lower()
    if "close" in options or not (is_http11 or "keep-alive" in options):
        return False
    # Both framings at once are the mark of request smuggling: the connection is not used again (section 6.1).
    return not (headers.get("transfer-encoding") and headers.get("content-length"))


def _keep_alive_seconds(headers: dict[str, str]) -> float | None:
    """Return how long the connection may be idle, None when the peer does not say.

    ``Keep-Alive: timeout=N``, as Apache httpd writes it (RFC 2068 section 19.7.1.1 leaves the parameters open), less
    one second: the request must arrive while the peer still listens.
    """
    timeout = headers.get("keep-alive", "").lower().partition("timeout=")[2]
    digits = timeout.split(",")[0].strip()
    return min(60.0, int(digits[:6]) - 1.0) if digits.isascii() and digits.isdigit() else None
