"""A body without its codings: Content-Encoding (RFC 9110 section 8.4) and transfer codings other than chunked.

Imported only for a reply that names a coding: we ask for none, so it comes from servers that do not care, or from
filters that write something else into the header (a character set, ``none``).
"""

from __future__ import annotations

import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.deadline import Deadline

MAX_CODINGS = 2
"""RFC 9110 sets no limit; each further one costs a pass over the body."""
_PIECE = 65536  # bytes unpacked between two looks at the clock
_NONE = frozenset({"", "identity", "none", "chunked"})
_GZIP = frozenset({"gzip", "x-gzip"})
_DEFLATE = frozenset({"deflate", "x-deflate"})
_GZIP_MARK = b"\x1f\x8b"
# How a platform's body begins that was never packed: JSON, XML, or text in UTF-8 or UTF-16 with a mark.
_PLAIN = (b"{", b"[", b"<", b'"', b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class ContentError(ValueError):
    """A body cannot be unpacked.

    ``kind``: ``coding``, ``bad_coding``, ``too_large`` or ``stalled`` of `fault.FAULTS`.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def codings(header: str) -> list[str]:
    """Return the codings of a header's value, in the order they were applied, without those that change nothing."""
    names = [part.partition(";")[0].strip(" \t\"'").lower() for part in header.split(",")]
    return [name for name in names if name not in _NONE]


def decode(body: bytes, header: str, cap: int, deadline: Deadline) -> tuple[bytes, bool]:
    """Return (``body`` without the codings of ``header``, whether the header was wrong about it).

    What the body begins with counts more than its name: a filter that writes a character set leaves the compression to
    the server behind it, and some call gzip deflate, and the other way round. ``cap``: most bytes of the result. Raises
    ContentError.
    """
    wrong = False
    names = codings(header)
    if len(names) > MAX_CODINGS:
        raise ContentError("coding", f"{len(names)} codings")
    for name in reversed(names):
        if not body:
            break
        is_gzip = body.startswith(_GZIP_MARK)
        if not is_gzip and name not in _GZIP and name not in _DEFLATE:
            if not _is_plain(body):
                raise ContentError("coding", "unknown coding")
            return body, True
        wrong = wrong or is_gzip != (name in _GZIP)
        try:
            body = _gunzip(body, cap, deadline) if is_gzip else _inflate(body, cap, deadline)
        except ContentError as error:
            if error.kind == "bad_coding" and _is_plain(body):
                return body, True
            raise
    return body, wrong


def _is_plain(body: bytes) -> bool:
    return body.lstrip().startswith(_PLAIN)


def _inflate(body: bytes, cap: int, deadline: Deadline) -> bytes:
    """Undo ``deflate``: zlib by RFC 9110, raw deflate from old IIS. 8 in the low four bits tells zlib (RFC 1950)."""
    bits = 15 if body[0] & 15 == 8 and len(body) > 1 else -15
    return _unpack(body, bits, cap, deadline)[0]


def _gunzip(body: bytes, cap: int, deadline: Deadline) -> bytes:
    """Undo ``gzip``: all members (RFC 1952 section 2.2); what follows the last one is no member and is left."""
    parts: list[bytes] = []
    have = 0
    while True:
        part, body = _unpack(body, 31, cap - have, deadline)
        parts.append(part)
        have += len(part)
        if not body.startswith(_GZIP_MARK):
            return b"".join(parts)


def _unpack(data: bytes, bits: int, cap: int, deadline: Deadline) -> tuple[bytes, bytes]:
    """Return (one unpacked stream, what follows it)."""
    engine = zlib.decompressobj(bits)
    parts: list[bytes] = []
    have = 0
    while not engine.eof:
        if deadline.expired:
            raise ContentError("stalled", "no time left while unpacking")
        try:
            part = engine.decompress(data, _PIECE)
        except zlib.error as error:
            raise ContentError("bad_coding", f"zlib: {error}") from error
        data = engine.unconsumed_tail
        if not part and not data and not engine.eof:
            raise ContentError("bad_coding", "compressed body ends too early")
        parts.append(part)
        have += len(part)
        if have > cap:
            raise ContentError("too_large", f"body over {cap} bytes when unpacked")
    return b"".join(parts), engine.unused_data
