r"""Bonrix QR display box.

After Bonrix "QR Code Display — Integration Guide": 115200 8N1 with DTR and RTS on, UTF-8 lines
``DisplayQRCodeScreen**<payload>**<amount>**<label>\n`` and ``WelcomeScreen**\n``. The box answers nothing, so only a
line that cannot be written is a fault that can be seen.
"""

from __future__ import annotations

from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices.options import Option
from vcchk.devices.step import Probe, Step

BAUD = 115200
PROBES: tuple[Probe, ...] = ()
HOLD = True  # the box restarts when DTR falls

OPTIONS = (
    Option(name="amount", default="", help="二维码上方的文字"),
    Option(name="label", default="请扫码授权", help="二维码下方的文字"),
)


def line(*parts: str) -> bytes:
    """Return one command. Raises DeviceError ``bad_argument`` when a part holds the separator or a line end."""
    if any("**" in part or "\n" in part or "\r" in part for part in parts):
        raise DeviceError("bad_argument", "二维码内容含有此屏不能显示的字符", cause="separator inside a part")
    return "**".join(parts).encode("utf-8") + b"\n"


def show(text: str, values: dict[str, Any]) -> tuple[Step, ...]:
    """Return the step that shows ``text``."""
    return (Step(send=line("DisplayQRCodeScreen", text, values["amount"], values["label"])),)


def clear(values: dict[str, Any]) -> tuple[Step, ...]:
    """Return the step that shows the welcome screen."""
    return (Step(send=line("WelcomeScreen", "")),)
