"""Way ``window``: set the text of a control found by its id, and press a button. The window need not be in front."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from vcchk.base.errors import DeviceError
from vcchk.insurance.autofill import window
from vcchk.insurance.autofill.win32 import (
    BM_CLICK,
    SMTO_ABORTIFHUNG,
    ULONG_PTR,
    WM_GETTEXT,
    WM_SETTEXT,
    WNDENUMPROC,
    user32,
)

if TYPE_CHECKING:
    from vcchk.insurance.autofill import Job

PATIENCE_MS = 2000
"""Milliseconds that the target may take for one message."""


def _controls(target: int) -> dict[int, list[int]]:
    """Return the controls of a window at any depth by their id (GetDlgItem sees the first level alone)."""
    found: dict[int, list[int]] = {}

    def take(control: int, _unused: int) -> bool:
        found.setdefault(user32.GetDlgCtrlID(control), []).append(control)
        return True

    user32.EnumChildWindows(target, WNDENUMPROC(take), 0)
    return found


def _control(controls: dict[int, list[int]], number: int, key: str) -> int:
    """Return the visible control with this id; raises DeviceError control_missing naming the setting."""
    fitting = controls.get(number, []) if number else []
    visible = [control for control in fitting if user32.IsWindowVisible(control)]
    if not visible:
        raise DeviceError("control_missing", cause=f"[autofill] {key} = {number}, hidden: {len(fitting)}")
    return visible[0]


def _message(control: int, message: int, first: int, second: object) -> int:
    result = ULONG_PTR()
    sent = user32.SendMessageTimeoutW(
        control, message, first, second, SMTO_ABORTIFHUNG, PATIENCE_MS, ctypes.byref(result)
    )
    if not sent:
        raise DeviceError("window_hung", cause=f"message {message:#x} was not answered")
    return result.value


def fill(job: Job) -> None:
    """Set the text, read it back, press the button. Raises DeviceError."""
    target = window.wait_for(job, in_front=False)
    controls = _controls(target)
    edit = _control(controls, job.settings.control, "control")
    # Looked for before anything is changed: a wrong number leaves the target as it was.
    button = _control(controls, job.settings.button, "button") if job.settings.button else 0
    if not job.current():
        raise DeviceError("fill_outdated")
    _message(edit, WM_SETTEXT, 0, ctypes.create_unicode_buffer(job.code))
    read_back = ctypes.create_unicode_buffer(len(job.code) + 2)
    _message(edit, WM_GETTEXT, len(job.code) + 2, read_back)
    if read_back.value != job.code:
        raise DeviceError("control_refused", cause=f"{len(read_back.value)} of {len(job.code)} characters read back")
    if button:
        if not user32.IsWindowEnabled(button):
            raise DeviceError("button_disabled")
        # Posted: what the button starts (a dialog, a query) may take its time and is not ours to wait for.
        user32.PostMessageW(button, BM_CLICK, 0, 0)
