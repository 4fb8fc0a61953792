"""Bytes of the HIS ⇄ text: which encoding a request is in, and how a reply is written back.

Hospitals' programs speak the ANSI code page, CP936 (GBK), some speak UTF-8; nothing in the call says which.
"""

from __future__ import annotations

import codecs

GB18030 = "gb18030"
UTF8 = "utf-8"


def detect(data: bytes) -> str | None:
    """Return the encoding that ``data`` shows, or None when it is ASCII alone.

    UTF-8 only when the bytes are valid UTF-8 *and* hold a sequence of three or four bytes: 联通 in GBK is valid UTF-8
    of two-byte sequences, and no Chinese character has a two-byte sequence.
    """
    if data.isascii():
        return None
    try:
        text = data.decode(UTF8)
    except UnicodeDecodeError:
        return GB18030
    return UTF8 if max(text) > "\u07ff" else GB18030


def decode(data: bytes, encoding: str) -> tuple[str, int]:
    """Decode the caller's ``data``; returns (text, place of the first bad byte, 1-based, 0 when all are good).

    Each bad byte becomes ``?``, as Windows does it: a field of fixed width that cuts a character in half must not stop
    a registration that went through with the old DLL. The quote behind it survives.
    """
    try:
        return data.decode(encoding), 0
    except UnicodeDecodeError as error:
        return data.decode(encoding, "vcchk-question"), error.start + 1


def _question(error: UnicodeError) -> tuple[str, int]:
    """Read one bad byte as ``?`` and go on behind it."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - only decoding is registered for
    return "?", error.start + 1


codecs.register_error("vcchk-question", _question)


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Write what the encoding lacks as JSON escapes (a pair of surrogates beyond U+FFFF)."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - only encoding is registered for
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[i : i + 2].hex() for i in range(0, len(units), 2))
    return "".join("\\u" + pair for pair in pairs), error.end


codecs.register_error("vcchk-escape", _escape)


def encode(text: str, encoding: str, rare: str) -> bytes:
    """Encode a reply for the HIS; never raises.

    ``rare`` = "escape": characters that CP936 lacks become ``\\uXXXX`` instead of GB18030's four bytes. A lone
    surrogate is escaped in every encoding.
    """
    if encoding == GB18030 and rare == "escape":
        encoding = "gbk"
    return text.encode(encoding, "vcchk-escape")


def cut(data: bytes, limit: int, encoding: str) -> bytes:
    """Return the longest start of ``data`` of at most ``limit`` bytes that ends between characters."""
    if len(data) <= limit:
        return data
    return data[:limit].decode(encoding, "ignore").encode(encoding)
