"""One exchange with a device as data: what to send, when the reply is whole, what is wrong with it.

Drivers return tuples of steps and do no I/O, so a test compares bytes; `run` does the I/O for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from vcchk.base.errors import DeviceError
from vcchk.devices.port import Port


@dataclass(frozen=True, kw_only=True)
class Step:
    """One exchange with a device.

    ``send`` goes out; then, unless ``complete`` is None, a reply is awaited until ``complete(reply)``.

    ``check(reply)`` raises DeviceError when the whole reply says no. ``seconds`` overrides the device's time limit.
    ``optional``: no reply, or an incomplete one, is no fault. ``secret``: the reply may hold a patient's code.
    """

    send: bytes
    complete: Callable[[bytes], bool] | None = None
    check: Callable[[bytes], None] | None = None
    seconds: float | None = None
    optional: bool = False
    secret: bool = False


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A question that changes nothing and that only one kind of device answers: by it a device is found.

    ``options``: the driver's INI keys that the device has, when it answers to this one.
    """

    step: Step
    options: Mapping[str, str] = field(default_factory=dict)


def printable(data: bytes, most: int = 24) -> str:
    """Return bytes in hex for a log line, shortened (a device's protocol bytes, never a patient's)."""
    return data[:most].hex(" ") + (" …" if len(data) > most else "")


def run(port: Port, steps: Iterable[Step], seconds: float) -> None:
    """Carry out ``steps`` on an open port. Raises DeviceError ``no_answer``, ``bad_reply`` or what a check says."""
    port.flush_input()
    for step in steps:
        port.write(step.send, seconds)
        if step.complete is None:
            continue
        reply = port.read_until(step.complete, seconds if step.seconds is None else step.seconds)
        if step.complete(reply):
            if step.check is not None:
                step.check(reply)
        elif step.optional:
            continue
        elif reply:
            answer = f"{len(reply)} bytes" if step.secret else printable(reply)
            raise DeviceError("bad_reply", cause=f"{port.name} answered {answer}")
        else:
            raise DeviceError("no_answer", cause=f"{port.name} was silent")
