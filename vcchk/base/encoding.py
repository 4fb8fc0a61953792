"""Bytes from outside to text, and text to the bytes of a HIS: the one decoder of HIS, platform, voucher and scanner.

Hospitals' programs and platforms speak UTF-8 or the ANSI code page, CP936 (GBK), and what they declare is often wrong:
Java writes ISO-8859-1 where nobody chose, and a header says UTF-8 before GBK bytes. The bytes themselves tell, but not
by being valid alone: 79 % of two-character names in UTF-8 are valid GBK, 2.7 % of those in GBK (郑伟) are valid UTF-8,
and one character cut in half by a field of fixed length makes the right reading invalid.

So each reading is weighed by how surprising it is, in bits: common Chinese costs little, rare characters, foreign
letters and broken bytes cost more, and the cheaper reading is taken. What is declared and what the peer used last
weigh a few bits, enough to decide between equals.
"""

from __future__ import annotations

import codecs

from vcchk.base.record import Record

GB18030 = "gb18030"
UTF8 = "utf-8"

# Bits: minus the binary logarithm of how often such a thing comes, roughly.
_COMMON = 12  # one of GB 2312's 3755 characters of level 1, by far most of what is written
_PUNCTUATION = 14
_RARE = 16  # one of its 3008 of level 2
_LATIN = 18  # an accented letter, as in José
_UNCOMMON = 20  # any other Chinese character
_FOREIGN = 24  # anything else that is not ASCII
_CUT = {1: 10, 2: 14, 3: 18}  # a character's first bytes at a field's end: it was cut by its length
_CUT_GBK = 14
_STRAY = 24  # a byte that begins or ends nothing
_DECLARED = 4
_LAST = 3
_CONFIGURED = 20  # as much as an uncommon character: it was set, or proved by a signature, and may still be wrong

# Half a pair of surrogates, which no decoder gives, stands for broken bytes until they are weighed.
_CUT_MARK = {size: chr(0xDC00 + size) for size in _CUT}
_CUT_GBK_MARK, _STRAY_MARK = chr(0xDC04), chr(0xDC05)
_MARKS = {_CUT_MARK[size]: bits for size, bits in _CUT.items()} | {_CUT_GBK_MARK: _CUT_GBK, _STRAY_MARK: _STRAY}
_TO_QUESTION = {ord(mark): "?" for mark in _MARKS}

_ASCII = bytes(range(0x80))
_ENDS = (b"", *(bytes([byte]) for byte in b"\"\\'<& \t\r\n\0"))  # what may follow a field that was cut
_CHINESE_LEADS = frozenset({0xE2, *range(0xE3, 0xEA), 0xEF, 0xF0})  # punctuation, characters, full width, Ext B
_BUT_OTHER_LEADS = bytes(byte for byte in range(256) if byte < 0xC2 or byte in _CHINESE_LEADS)

_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")

_NAMES = {
    "utf-8": UTF8, "utf8": UTF8,
    "gb18030": GB18030, "gbk": GB18030, "gb2312": GB18030, "cp936": GB18030, "x-gbk": GB18030, "ms936": GB18030,
}  # fmt: skip


class Decoded(Record):
    """Text that came as bytes. ``encoding``: "" when the bytes are ASCII alone and show none.

    ``bad_byte``: place of the first broken byte, from 1, 0 when all are good; ``bad_count``: how many ``?`` stand for
    broken bytes.
    """

    _secret = ("text",)
    text: str
    encoding: str
    bad_byte: int = 0
    bad_count: int = 0

    @property
    def warning(self) -> str:
        """Where the first broken byte is and what of, in Chinese, without a subject; "" when all are good."""
        if not self.bad_byte:
            return ""
        name = "UTF-8" if self.encoding == UTF8 else "GBK"
        return f"第 {self.bad_byte} 字节起不是有效的 {name} 字符（多为定长字段截断了半个汉字），已按 ? 处理"


def declared_encoding(content_type: str) -> str:
    """Return the encoding that a Content-Type declares, "" for none.

    ISO-8859-1 and US-ASCII declare nothing: no Chinese can be written in them, and Java puts them where nobody chose.
    """
    _, found, rest = content_type.lower().partition("charset=")
    return _NAMES.get(rest.partition(";")[0].strip(" \t\"'"), "") if found else ""


def decode(data: bytes, *, declared: str = "", last: str = "", configured: str = "") -> Decoded:
    """Decode bytes from outside. A byte order mark is taken off. Each broken character becomes ``?``; never raises.

    ``declared``: what the message says of itself; ``last``: what this peer used last; ``configured``: what the site's
    rules say; each `UTF8`, `GB18030` or "".
    """
    mark = 3 if data.startswith(codecs.BOM_UTF8) else 0
    if mark:
        data, declared = data[mark:], UTF8
    if data.isascii():
        return Decoded(text=data.decode("ascii"), encoding="")
    text = _plainly_utf8(data)
    if text is not None:
        return Decoded(text=text, encoding=UTF8)
    text = _plainly_gbk(data)
    if text is not None:
        return Decoded(text=text, encoding=GB18030)
    readings = []
    for encoding in (UTF8, GB18030):
        reading = data.decode(encoding, "vcchk-mark")
        bits = _bits(reading) - _DECLARED * (encoding == declared) - _LAST * (encoding == last)
        bits -= _CONFIGURED * (encoding == configured)
        readings.append((bits, encoding, reading))
    _, encoding, reading = min(readings)
    return _without_marks(reading, encoding, mark)


def decode_as(data: bytes, encoding: str) -> Decoded:
    """Decode bytes whose encoding a setting fixes; otherwise as `decode`."""
    mark = 3 if data.startswith(codecs.BOM_UTF8) else 0
    return _without_marks(data[mark:].decode(encoding, "vcchk-mark"), encoding, mark)


LINE_END = "r\\n"
"""``\\r\\n`` of a JSON string without its first backslash: nobody writes these three characters after a Chinese one."""


def with_backslashes_restored(text: str, following: str = '"') -> Decoded | None:
    r"""Return JSON that came in GBK with the backslashes that half a character before ``\"`` has taken for its own.

    Where JSON text stands in a string, a cut field ends in ``\"``, and the backslash passes for the character's second
    byte. Only a parser sees that something is wrong: 誠 at the end is a character. ``following``: what stands after
    such a backslash; `LINE_END` for those before ``\r\n``, which a parser does not miss. None for nothing to mend.
    """
    parts = text.split(following)
    broken = [number for number, part in enumerate(parts[:-1]) if part[-1:].encode(GB18030, "replace")[1:] == b"\\"]
    if not broken:
        return None
    before = following.join(parts[: broken[0] + 1])[:-1]
    for number in broken:
        parts[number] = parts[number][:-1] + "?\\"
    bad_byte = len(before.encode(GB18030, "replace")) + 1
    return Decoded(text=following.join(parts), encoding=GB18030, bad_byte=bad_byte, bad_count=len(broken))


def _plainly_utf8(data: bytes) -> str | None:
    """Return the text of UTF-8 that has Chinese and ASCII alone: nothing else looks like it.

    No Chinese character has two bytes in UTF-8, but two-byte sequences are what GBK looks like by chance.
    """
    if data.translate(None, _BUT_OTHER_LEADS):
        return None
    try:
        return data.decode(UTF8)
    except UnicodeDecodeError:
        return None


def _plainly_gbk(data: bytes) -> str | None:
    """Return the text of GBK whose UTF-8 reading would be broken so often that the broken bytes alone cost more.

    This spares a program that speaks GBK, most of them, the weighing of both readings.
    """
    high = data.translate(None, _ASCII)
    try:
        text = data.decode(GB18030)
        cost = _bits(high.decode(GB18030))
    except UnicodeDecodeError:
        return None
    broken = high.decode(UTF8, "replace").count("\ufffd")
    return text if broken * _CUT[1] > cost + _DECLARED + _LAST else None


class _Bits(dict[str, int]):
    """Character → its bits, worked out when first asked for."""

    def __missing__(self, char: str) -> int:
        if len(self) > 30000:
            self.clear()
        bits = self[char] = _bits_of(char)
        return bits


def _bits_of(char: str) -> int:
    if char in _MARKS:
        return _MARKS[char]
    if char < "\x80":
        return 0
    if char < "\u0800":
        if char == "·":
            return _PUNCTUATION  # within the names of minorities
        return _LATIN if "\u00c0" <= char <= "\u024f" else _FOREIGN
    row, cell = char.encode(GB18030, "replace").ljust(2)[:2]
    if cell >= 0xA1 and 0xB0 <= row <= 0xF7:
        return _COMMON if row <= 0xD7 else _RARE
    if "\u3400" <= char <= "\u9fff" or char > "\U00020000":
        return _UNCOMMON
    return _PUNCTUATION if row in (0xA1, 0xA3) else _FOREIGN


_BITS = _Bits()


def _bits(text: str) -> int:
    return sum(map(_BITS.__getitem__, text))


def _without_marks(reading: str, encoding: str, offset: int) -> Decoded:
    """Replace the marks by ``?``; ``offset``: bytes that stood before the reading."""
    first = next((index for index, char in enumerate(reading) if char in _MARKS), None)
    if first is None:
        return Decoded(text=reading, encoding=encoding)
    return Decoded(
        text=reading.translate(_TO_QUESTION),
        encoding=encoding,
        bad_byte=offset + len(reading[:first].encode(encoding)) + 1,
        bad_count=sum(map(reading.count, _MARKS)),
    )


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Put a mark for broken bytes and go on: behind all of a cut UTF-8 character, behind one byte in GB18030.

    A quotation mark behind half a character survives, as it does on Windows: a field of fixed width that cuts a
    character must not stop a registration that went through with the old DLL.
    """
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - only decoding is registered for
    data, start, end = error.object, error.start, error.end
    if error.encoding != UTF8:
        is_cut = 0x81 <= data[start] <= 0xFE and data[start + 1 : start + 2] in _ENDS
        return _CUT_GBK_MARK if is_cut else _STRAY_MARK, start + 1
    # A Chinese character begins with E3 or higher; what begins with less is another encoding's byte.
    is_cut = data[start] >= 0xE3 and data[end : end + 1] in _ENDS and error.reason != "invalid start byte"
    return _CUT_MARK[end - start] if is_cut else _STRAY_MARK, end


codecs.register_error("vcchk-mark", _mark)


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Write what the encoding lacks as JSON escapes (a pair of surrogates beyond U+FFFF)."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - only encoding is registered for
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[i : i + 2].hex() for i in range(0, len(units), 2))
    return "".join("\\u" + pair for pair in pairs), error.end


codecs.register_error("vcchk-escape", _escape)


_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_BLANKED = dict.fromkeys(_CONTROLS, " ") | {0: ""}
_ESCAPED = {code: f"\\u{code:04x}" for code in _CONTROLS} | dict.fromkeys(map(ord, "\t\r\n"), " ")


def without_controls(text: str) -> str:
    """Return a sentence without control characters: a NUL would end a C string, an ESC would drive a terminal."""
    return text if text.isprintable() else text.translate(_BLANKED)


def with_controls_escaped(text: str) -> str:
    """Return JSON text without raw control characters: blanks between its parts, escapes within its strings."""
    return text if text.isprintable() else text.translate(_ESCAPED)


def encode(text: str, encoding: str, rare: str) -> bytes:
    """Encode a reply for the HIS; never raises.

    ``rare`` = "escape": characters that CP936 lacks become ``\\uXXXX`` instead of GB18030's four bytes. A lone
    surrogate is escaped in every encoding.
    """
    if encoding == GB18030 and rare == "escape":
        encoding = "gbk"
    return text.encode(encoding, "vcchk-escape")


def is_hex(text: str) -> bool:
    """Tell whether ``text`` has hex digits alone, in either case; True for an empty one."""
    return _HEX_DIGITS.issuperset(text)


def cut(data: bytes, limit: int, encoding: str) -> bytes:
    """Return the longest start of ``data`` of at most ``limit`` bytes that ends between characters."""
    if len(data) <= limit:
        return data
    return data[:limit].decode(encoding, "ignore").encode(encoding)
