"""Where one scanned code ends: CR, LF, CRLF or a pause. Pure: bytes and times in, codes out."""

from __future__ import annotations

import re

from vcchk.base.errors import DeviceError

ENDS: dict[str, re.Pattern[bytes]] = {
    "auto": re.compile(rb"[\r\n]+"),
    "cr": re.compile(rb"\r"),
    "lf": re.compile(rb"\n"),
    "crlf": re.compile(rb"\r\n"),
}
"""``[scanner] end`` → what ends a code. ``gap`` has none: there only a pause does."""

NO_READ = b"%%NoRead"
"""What some scanners send when their session ends without a code."""

LONGEST = 4096
"""Bytes of one code: a QR code holds at most 2953."""

AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
"""AIM symbology identifier (ISO/IEC 15424): ], a letter, a modifier; ]Q0 … ]Q6 are QR codes."""


class Framer:
    """Collects bytes into codes. With ``auto`` a pause ends a code too, for scanners set to send no suffix."""

    def __init__(self, end: str, gap_seconds: float, strip_aim: bool) -> None:
        self._end = ENDS.get(end)
        self._by_pause = end in ("auto", "gap")
        self._gap = gap_seconds
        self._strip_aim = strip_aim
        self._held = b""
        self._last = 0.0

    def feed(self, data: bytes, now: float) -> list[bytes]:
        """Take bytes that arrived at ``now`` (seconds); return the codes that they end.

        Raises DeviceError ``bad_reply`` when more arrives than any code holds.
        """
        self._held += data
        self._last = now
        codes: list[bytes] = []
        if self._end is not None:
            *ended, self._held = self._end.split(self._held)
            codes = [code for code in map(self._clean, ended) if code]
        if len(self._held) > LONGEST:
            size, self._held = len(self._held), b""
            raise DeviceError(
                "bad_reply", "扫码枪发来的数据不像一个码，请检查型号和波特率设置", cause=f"{size} bytes, no end"
            )
        return codes

    def pause(self, now: float) -> bytes | None:
        """Return the code that a pause has ended by ``now``, or None."""
        if not self._by_pause or not self._held or now - self._last < self._gap:
            return None
        held, self._held = self._held, b""
        return self._clean(held) or None

    def _clean(self, code: bytes) -> bytes:
        # STX and ETX are the usual frame of scanners that send one, NUL the usual noise of a cable plugged in.
        code = code.strip(b" \t\r\n\0\x02\x03")
        if code == NO_READ:
            return b""
        if self._strip_aim:
            code = AIM.sub(b"", code, count=1) if AIM.match(code) else code
        return code


def text(code: bytes, encoding: str) -> str:
    """Decode a code: ``utf-8``, ``gb18030``, or ``auto``: UTF-8 if it is valid, else GB18030.

    Raises DeviceError ``bad_reply`` (usually a wrong baud rate).
    """
    for name in ("utf-8", "gb18030") if encoding == "auto" else (encoding,):
        try:
            decoded = code.decode(name)
        except UnicodeDecodeError:
            continue
        if decoded.isprintable():
            return decoded
    raise DeviceError(
        "bad_reply", "扫到的内容无法识别，请检查扫码枪的波特率和编码设置", cause=f"{len(code)} bytes, {encoding}"
    )
