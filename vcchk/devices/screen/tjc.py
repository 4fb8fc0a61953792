r"""TJC (淘晶驰) USART HMI and Nextion screens.

After "Nextion Instruction Set" (Nextion) and 淘晶驰 "串口屏指令集": an ASCII instruction ends with FF FF FF, without
CR LF. With ``bkcmd=3`` each instruction is answered by one code byte and FF FF FF; anything but 01 is an error.
``connect`` is answered by ``comok …`` whatever bkcmd is. In a text, ``"`` is ``\"`` and ``\`` is ``\\``.
"""

from __future__ import annotations

from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices.options import Option
from vcchk.devices.step import Probe, Step, printable

BAUD = 9600
HOLD = False
END = b"\xff\xff\xff"
SUCCESS = 0x01
STRING = 0x70
MAX_INSTRUCTION_BYTES = 1000
"""Bytes of one instruction: the screen's receive buffer holds 1024."""

ERRORS: dict[int, str] = {
    0x00: "invalid instruction",
    0x02: "invalid component",
    0x03: "invalid page",
    0x04: "invalid picture",
    0x05: "invalid font",
    0x11: "invalid baud rate",
    0x12: "invalid waveform channel",
    0x1A: "invalid variable",
    0x1B: "invalid operation",
    0x1C: "assignment failed",
    0x1D: "EEPROM failed",
    0x1E: "wrong number of parameters",
    0x1F: "I/O failed",
    0x20: "invalid escape",
    0x23: "name too long",
    0x24: "serial buffer overflow",
}

OPTIONS = (
    Option(name="page", default="qr", help="含二维码控件的页面名"),
    Option(name="component", default="qr0", help="二维码控件名；其 txt_maxl 要够长"),
    Option(name="idle_page", default="", help="不显示时切到的页面名或页号；不填则只隐藏二维码控件"),
    Option(name="verify", default=True, help="yes 时回读二维码内容，核对没有被 txt_maxl 截断"),
)


def escape(text: str) -> str:
    """Return ``text`` as it stands between the quotes of an assignment."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r")


def instruction(text: str) -> bytes:
    """Return one instruction's bytes. Raises DeviceError ``too_large`` beyond the screen's buffer."""
    data = text.encode("utf-8") + END
    if len(data) > MAX_INSTRUCTION_BYTES:
        raise DeviceError("too_large", cause=f"an instruction of {len(data)} bytes")
    return data


def frames(reply: bytes) -> list[bytes]:
    """Return the whole frames in ``reply``, without their FF FF FF."""
    return reply.split(END)[:-1]


def _status(reply: bytes) -> int | None:
    # Touch events (65 …), page numbers (66 …), sleep and start-up notices may stand between; they are no answers.
    for frame in frames(reply):
        if len(frame) == 1 and (frame[0] == SUCCESS or frame[0] in ERRORS):
            return frame[0]
    return None


def _answered(reply: bytes) -> bool:
    return _status(reply) is not None


def _accepted(reply: bytes) -> None:
    code = _status(reply)
    if code != SUCCESS:
        raise DeviceError("refused", cause=f"the screen answered {code:02X}: {ERRORS.get(code or 0)}")


def _string(reply: bytes) -> bytes | None:
    for frame in frames(reply):
        if frame[:1] == bytes([STRING]):
            return frame[1:]
    return None


def command(text: str) -> Step:
    """Return the step of an instruction that must be answered with 01."""
    return Step(send=instruction(text), complete=_answered, check=_accepted)


def read_back(component: str, text: str) -> Step:
    """Return the step that compares what the component holds with ``text`` (a long text is cut in silence)."""

    def check(reply: bytes) -> None:
        held = _string(reply)
        if held is None:
            _accepted(reply)
        elif held != text.encode("utf-8"):
            sentence = f"屏幕控件 {component} 放不下二维码内容，请在屏幕工程中加大 txt_maxl"
            raise DeviceError("too_large", sentence, cause=f"{len(held)} bytes held of {len(text)}")

    return Step(
        send=instruction(f"get {component}.txt"),
        complete=lambda reply: _string(reply) is not None or _answered(reply),
        check=check,
        secret=True,
    )


def _greeting(reply: bytes) -> None:
    if not any(frame.startswith(b"comok") for frame in frames(reply)):
        raise DeviceError("bad_reply", cause=f"no comok in {printable(reply)}")


# The leading FF FF FF ends whatever half instruction a restarted program left behind. Whether the change of bkcmd is
# itself answered differs between firmwares, so that reply is not insisted on.
HELLO = (
    Step(
        send=END + instruction("connect"),
        complete=lambda reply: any(frame.startswith(b"comok") for frame in frames(reply)),
        check=_greeting,
    ),
    Step(send=instruction("bkcmd=3"), complete=_answered, seconds=0.3, optional=True),
)

PROBES = (Probe(step=HELLO[0]),)


def show(text: str, values: dict[str, Any]) -> tuple[Step, ...]:
    """Return the steps that show ``text`` in the QR component. Raises DeviceError ``too_large``."""
    component = values["component"]
    steps = [*HELLO, command(f"page {values['page']}"), command(f'{component}.txt="{escape(text)}"')]
    if values["verify"]:
        steps.append(read_back(component, text))
    return (*steps, command(f"vis {component},1"))


def clear(values: dict[str, Any]) -> tuple[Step, ...]:
    """Return the steps that hide the QR, emptying the component first: a closed code must not linger in it."""
    component = values["component"]
    if values["idle_page"]:
        return (*HELLO, command(f"page {values['idle_page']}"))
    return (*HELLO, command(f"page {values['page']}"), command(f'{component}.txt=""'), command(f"vis {component},0"))
