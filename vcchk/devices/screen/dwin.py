"""DWIN (迪文) DGUS II screens, T5L and later.

After DWIN "DGUS II 应用开发指南", 4 串口通信: ``5A A5 LEN 82 VPH VPL data``, LEN counts command, address, data and,
when switched on, a CRC-16/Modbus over command, address and data, low byte first. The screen acknowledges with ``5A A5
03 82 4F 4B`` and never refuses: silence is the error. A frame carries at most 249 bytes of data; longer text goes to
VP + n/2. The QR variable takes up to 458 bytes, ended by FFFF. Page switch by 0084h is marked (r): recalled, not
checked against a screen; so is the padding of an odd text by one more FF.
"""

from __future__ import annotations

from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices.options import Option
from vcchk.devices.step import Probe, Step, printable

BAUD = 115200
HOLD = False
HEAD = b"\x5a\xa5"
WRITE, READ = 0x82, 0x83
MAX_FRAME_DATA = 248
"""Data bytes of one frame: 249 are allowed, an even number keeps to whole addresses."""
MAX_TEXT_BYTES = 458
PAGE_SWITCH = 0x0084
VERSION = 0x000F

OPTIONS = (
    Option(name="vp", default=0x1000, help="二维码变量地址，可写成 0x1000", high=0xFFFF),
    Option(name="crc", default=False, help="屏幕 CFG 中打开了 CRC 校验时填 yes"),
    Option(name="show_page", default=-1, help="显示时切到的页号；-1 不切换", low=-1, high=0xFFFF),
    Option(name="idle_page", default=-1, help="不显示时切到的页号；-1 不切换", low=-1, high=0xFFFF),
)


def crc16(data: bytes) -> int:
    """Return CRC-16/Modbus (polynomial A001h reflected, start FFFFh)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


def frame(address: int, data: bytes, crc: bool) -> bytes:
    """Return one write frame for ``data`` (at most 249 bytes) at variable ``address``."""
    body = bytes([WRITE]) + address.to_bytes(2, "big") + data
    if crc:
        body += crc16(body).to_bytes(2, "little")
    return HEAD + bytes([len(body)]) + body


def acknowledgement(crc: bool) -> bytes:
    """Return the frame the screen answers a write with."""
    body = bytes([WRITE]) + b"OK"
    if crc:
        body += crc16(body).to_bytes(2, "little")
    return HEAD + bytes([len(body)]) + body


def _frames(reply: bytes) -> list[bytes]:
    """Return the whole frames in ``reply`` (touch reports with command 83 may stand between)."""
    found = []
    at = reply.find(HEAD)
    while at >= 0 and at + 3 <= len(reply) and at + 3 + reply[at + 2] <= len(reply):
        end = at + 3 + reply[at + 2]
        found.append(reply[at:end])
        at = reply.find(HEAD, end)
    return found


def _writes(reply: bytes) -> list[bytes]:
    return [f for f in _frames(reply) if f[3:4] == bytes([WRITE])]


def _step(address: int, data: bytes, crc: bool) -> Step:
    def check(reply: bytes) -> None:
        if _writes(reply)[0] != acknowledgement(crc):
            raise DeviceError("bad_reply", cause=f"answered {printable(reply)}")

    return Step(send=frame(address, data, crc), complete=lambda reply: bool(_writes(reply)), check=check)


def _version_probe(crc: bool) -> Step:
    """Return the reading of the system's version, variable 000Fh (r): answered by a frame of command 83h."""
    body = bytes([READ]) + VERSION.to_bytes(2, "big") + b"\x01"
    if crc:
        body += crc16(body).to_bytes(2, "little")
    send = HEAD + bytes([len(body)]) + body
    answer = body[:4]
    return Step(send=send, complete=lambda reply: any(f[3:7] == answer for f in _frames(reply)))


PROBES = (Probe(step=_version_probe(crc=False)), Probe(step=_version_probe(crc=True), options={"crc": "yes"}))


def text_steps(text: bytes, address: int, crc: bool) -> tuple[Step, ...]:
    """Return the writes that put ``text`` and its end mark at ``address``. Raises DeviceError ``too_large``."""
    if len(text) > MAX_TEXT_BYTES:
        raise DeviceError("too_large", cause=f"{len(text)} bytes of at most {MAX_TEXT_BYTES}")
    data = text + b"\xff\xff" + b"\xff" * (len(text) % 2)
    return tuple(
        _step(address + n // 2, data[n : n + MAX_FRAME_DATA], crc) for n in range(0, len(data), MAX_FRAME_DATA)
    )


def page_step(page: int, crc: bool) -> Step:
    """Return the page switch (r): system variable 0084h, 5A01h and the page number."""
    return _step(PAGE_SWITCH, b"\x5a\x01" + page.to_bytes(2, "big"), crc)


def show(text: str, values: dict[str, Any]) -> tuple[Step, ...]:
    """Return the steps that show ``text``: the variable first, so that no old code flashes up with the page."""
    steps = text_steps(text.encode("gb18030"), values["vp"], values["crc"])
    return steps if values["show_page"] < 0 else (*steps, page_step(values["show_page"], values["crc"]))


def clear(values: dict[str, Any]) -> tuple[Step, ...]:
    """Return the steps that empty the QR variable and go to the idle page."""
    steps = text_steps(b"", values["vp"], values["crc"])
    return steps if values["idle_page"] < 0 else (*steps, page_step(values["idle_page"], values["crc"]))
