"""Way ``keys``: type the code like a keyboard scanner would, and Enter behind it.

Characters travel as Unicode (KEYEVENTF_UNICODE): no keyboard layout, Shift or input method changes them. Before each
one the target must still be the window in front, so that a code never lands in another program.
"""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING

from vcchk.base.errors import DeviceError
from vcchk.insurance.autofill import window
from vcchk.insurance.autofill.win32 import INPUT, INPUT_KEYBOARD, KEYEVENTF_KEYUP, KEYEVENTF_UNICODE, VK_RETURN, user32

if TYPE_CHECKING:
    from vcchk.insurance.autofill import Job

PAUSE = 0.005
"""Seconds between characters: input is queued, and a window that comes to the front must not find many waiting."""


def event(*, key: int = 0, unit: int = 0, up: bool = False) -> INPUT:
    """Return one event: of the virtual ``key``, or of the UTF-16 ``unit``."""
    made = INPUT(type=INPUT_KEYBOARD)
    flags = KEYEVENTF_KEYUP if up else 0
    if key:
        made.union.ki.wVk = key
        made.union.ki.wScan = user32.MapVirtualKeyW(key, 0)
    else:
        made.union.ki.wScan = unit
        flags |= KEYEVENTF_UNICODE
    made.union.ki.dwFlags = flags
    return made


def send(events: list[INPUT]) -> None:
    """Put the events into the input queue together. Raises DeviceError input_blocked when one was not taken."""
    array = (INPUT * len(events))(*events)
    taken = user32.SendInput(len(events), array, ctypes.sizeof(INPUT))
    if taken != len(events):
        raise DeviceError("input_blocked", cause=f"SendInput took {taken} of {len(events)}")


def press(key: int) -> None:
    """Press and release one virtual key."""
    send([event(key=key), event(key=key, up=True)])


def still_there(job: Job, target: int, *, begun: bool) -> None:
    """Raise unless the target is in front and the code may still be typed."""
    if not job.current():
        raise DeviceError("fill_outdated")
    if not window.is_front(target):
        raise DeviceError("window_left" if begun else "window_behind")


def fill(job: Job) -> None:
    """Type the code. Raises DeviceError."""
    target = window.wait_for(job, in_front=True)
    raw = job.code.encode("utf-16-le")
    for at in range(0, len(raw), 2):
        still_there(job, target, begun=at > 0)
        unit = int.from_bytes(raw[at : at + 2], "little")
        send([event(unit=unit), event(unit=unit, up=True)])
        time.sleep(PAUSE)
    still_there(job, target, begun=True)
    if job.settings.enter:
        press(VK_RETURN)
