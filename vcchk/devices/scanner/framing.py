"""Where one scanned code ends: CR, LF, CRLF or a pause. Pure: bytes and times in, codes out."""

from __future__ import annotations

import re
from collections.abc import Callable

from vcchk.base.encoding import decode, decode_as
from vcchk.base.errors import DeviceError
from vcchk.specification import codes

ENDS: dict[str, re.Pattern[bytes]] = {
    "auto": re.compile(rb"[\r\n]+"),
    "cr": re.compile(rb"\r"),
    "lf": re.compile(rb"\n"),
    "crlf": re.compile(rb"\r\n"),
}
"""``[scanner] end`` → what ends a code. ``gap`` has none: there only a pause does."""

NO_READ = b"%%NoRead"
"""What some scanners send when their session ends without a code."""

STRIPPED = bytes(range(0x21)) + b"\x7f"
"""No code begins or ends with a control character: STX and ETX, GS or EOT frame it where a scanner is set so, NUL is
the usual noise of a cable plugged in."""

MAX_CODE_BYTES = 4096
"""Bytes of one code: a QR code holds at most 2953."""

AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
"""AIM symbology identifier (ISO/IEC 15424): ], a letter, a modifier; ]Q0 … ]Q6 are QR codes."""


def never(_code: bytes) -> bool:
    """No pause is an end."""
    return False


def always(_code: bytes) -> bool:
    """Every pause is an end."""
    return True


def when_whole(code: bytes) -> bool:
    """A pause is an end behind what may be a whole code by its form."""
    return codes.is_whole(code.decode("latin-1"))


class Framer:
    """Collects bytes into codes. ``pause_ends`` tells of what has arrived whether a pause behind it ends the code.

    ``ended``: a line end has ended a code. ``cleaned``: a mark of the scanner's was taken off (ECI, byte order mark).
    """

    def __init__(
        self, end: str, gap_seconds: float, strip_aim: bool, pause_ends: Callable[[bytes], bool] | None = None
    ) -> None:
        self._end = ENDS.get(end)
        self._pause_ends = pause_ends or {"auto": when_whole, "gap": always}.get(end, never)
        self._gap = gap_seconds
        self.ended = False
        self.cleaned = False
        self._strip_aim = strip_aim
        self._held = b""
        self._last = 0.0

    def feed(self, data: bytes, now: float) -> list[bytes]:
        """Take bytes that arrived at ``now`` (seconds); return the codes that they end.

        Raises DeviceError ``bad_reply`` when more arrives than any code holds.
        """
        self._held += data
        self._last = now
        found: list[bytes] = []
        if self._end is not None:
            *ended, self._held = self._end.split(self._held)
            found = [code for code in map(self._clean, ended) if code]
            self.ended = self.ended or bool(found)
        if len(self._held) > MAX_CODE_BYTES:
            size, self._held = len(self._held), b""
            raise DeviceError(
                "bad_reply", "扫码枪发来的数据不像一个码，请检查型号和波特率设置", cause=f"{size} bytes, no end"
            )
        return found

    @property
    def holds_code(self) -> bool:
        """Whether something has arrived that no line end has ended."""
        return self._clean(self._held) != b""

    def pause(self, now: float) -> bytes | None:
        """Return the code that a pause has ended by ``now``, or None."""
        if not self._held or now - self._last < self._gap or not self._pause_ends(self._clean(self._held)):
            return None
        held, self._held = self._held, b""
        return self._clean(held) or None

    def _clean(self, code: bytes) -> bytes:
        code = code.strip(STRIPPED)
        if code == NO_READ:
            return b""
        bare = codes.without_reader_prefix(code.decode("latin-1")).encode("latin-1")
        if bare != code:
            self.cleaned = True
            code = bare.strip()
        if self._strip_aim:
            code = AIM.sub(b"", code, count=1) if AIM.match(code) else code
        return code


def text(code: bytes, encoding: str) -> str:
    """Decode a code that is in ``encoding``: ``utf-8``, ``gb18030``, or ``auto`` for whichever it shows.

    Raises DeviceError ``bad_reply`` (usually a wrong baud rate).
    """
    decoded = decode(code) if encoding == "auto" else decode_as(code, encoding)
    if decoded.bad_byte or not decoded.text.isprintable():
        raise DeviceError(
            "bad_reply", "扫到的内容无法识别，请检查扫码枪的波特率和编码设置", cause=f"{len(code)} bytes, {encoding}"
        )
    return decoded.text
