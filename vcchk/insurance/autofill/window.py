"""Finding the insurance software's window and bringing it to the front.

A window fits when its class is ``[autofill] window_class`` (whole, case ignored) and its title contains ``[autofill]
window`` (case ignored); what is not set fits everything, both unset fits nothing. Visible top-level windows alone, the
topmost first; one whose title is exactly the setting goes before one that only contains it.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import wintypes
from time import monotonic
from typing import TYPE_CHECKING

from vcchk.base.errors import DeviceError
from vcchk.insurance.autofill.win32 import (
    ERROR_ACCESS_DENIED,
    PROCESS_QUERY_LIMITED_INFORMATION,
    SW_RESTORE,
    TOKEN_INTEGRITY_LEVEL,
    TOKEN_QUERY,
    WNDENUMPROC,
    advapi32,
    kernel32,
    last_error,
    user32,
)
from vcchk.runtime.pump import pump

if TYPE_CHECKING:
    from vcchk.insurance.autofill import Job

LOOK_EVERY = 0.05
"""Seconds between two looks while waiting for the window."""


def title_of(window: int) -> str:
    """Return a top-level window's title; Windows keeps it, so a hung program cannot hold us."""
    buffer = ctypes.create_unicode_buffer(512)
    user32.GetWindowTextW(window, buffer, 512)
    return buffer.value


def class_of(window: int) -> str:
    """Return a window's class name."""
    buffer = ctypes.create_unicode_buffer(257)
    user32.GetClassNameW(window, buffer, 257)
    return buffer.value


def process_of(window: int) -> int:
    """Return the id of the process that made the window."""
    process = wintypes.DWORD()
    user32.GetWindowThreadProcessId(window, ctypes.byref(process))
    return process.value


def top_level() -> list[int]:
    """Return the visible top-level windows, topmost first."""
    found: list[int] = []

    def take(window: int, _unused: int) -> bool:
        if user32.IsWindowVisible(window):
            found.append(window)
        return True

    user32.EnumWindows(WNDENUMPROC(take), 0)
    return found


def fits(title: str, class_name: str, wanted_title: str, wanted_class: str) -> bool:
    """The rule in this module's docstring, on text alone."""
    if wanted_class and class_name.casefold() != wanted_class.casefold():
        return False
    return wanted_title.casefold() in title.casefold()


def _look(job: Job) -> int:
    """Return the window; raises DeviceError window_missing or window_own."""
    title, class_name = job.settings.window, job.settings.window_class
    fitting = [w for w in top_level() if fits(title_of(w), class_of(w), title, class_name)]
    allowed = fitting if job.settings.own_windows else [w for w in fitting if process_of(w) != os.getpid()]
    if not allowed:
        raise DeviceError("window_own" if fitting else "window_missing")
    exact = [w for w in allowed if title and title_of(w) == title]
    return (exact or allowed)[0]


def _integrity(process: int | None) -> int | None:
    """Return a process's integrity level (None: it may not be asked), of our own for None."""
    handle = (
        kernel32.OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, False, process)
        if process is not None
        else kernel32.GetCurrentProcess()
    )
    if not handle:
        return None
    token = wintypes.HANDLE()
    try:
        if not advapi32.OpenProcessToken(handle, TOKEN_QUERY, ctypes.byref(token)):
            return None
        buffer = ctypes.create_string_buffer(256)
        size = wintypes.DWORD()
        if not advapi32.GetTokenInformation(token, TOKEN_INTEGRITY_LEVEL, buffer, 256, ctypes.byref(size)):
            return 0
        sid = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_void_p))[0]
        count = advapi32.GetSidSubAuthorityCount(sid)[0]
        return int(advapi32.GetSidSubAuthority(sid, count - 1)[0])
    finally:
        if token:
            kernel32.CloseHandle(token)
        if process is not None:
            kernel32.CloseHandle(handle)


def _check_reachable(window: int) -> None:
    """Raise for a window that would not get what is sent: hung, or of a program with more rights.

    Windows drops input for a program of higher integrity and reports success (UIPI), so it must be asked before.
    """
    if user32.IsHungAppWindow(window):
        raise DeviceError("window_hung")
    theirs = _integrity(process_of(window))
    if theirs is None:
        if last_error() == ERROR_ACCESS_DENIED:
            raise DeviceError("window_elevated", cause="the target's token may not be read")
        return
    if theirs > (_integrity(None) or 0):
        raise DeviceError("window_elevated", cause=f"target integrity {theirs:#x}")


def is_front(window: int) -> bool:
    """Return whether exactly this window has the keyboard."""
    return bool(user32.GetForegroundWindow() == window)


def to_front(window: int) -> bool:
    """Bring the window to the front; returns whether it is there.

    Windows refuses SetForegroundWindow to a program that is not in front itself unless its input is attached to the
    front window's thread.
    """
    front = user32.GetForegroundWindow()
    if front == window:
        return True
    if user32.IsIconic(window):
        user32.ShowWindowAsync(window, SW_RESTORE)
    ours = kernel32.GetCurrentThreadId()
    theirs = user32.GetWindowThreadProcessId(front, None) if front and not user32.IsHungAppWindow(front) else 0
    attached = bool(theirs and theirs != ours and user32.AttachThreadInput(ours, theirs, True))
    try:
        user32.BringWindowToTop(window)
        user32.SetForegroundWindow(window)
    finally:
        if attached:
            user32.AttachThreadInput(ours, theirs, False)
    return is_front(window)


def _settled_in_front(window: int) -> bool:
    """Bring the window to the front and return whether it stays there while it takes the focus to its control."""
    if is_front(window):
        return True
    if not to_front(window):
        return False
    if pump(LOOK_EVERY):
        raise DeviceError("fill_cancelled")
    return is_front(window)


def wait_for(job: Job, *, in_front: bool) -> int:
    """Return the window, waiting up to ``[autofill] wait`` seconds for it (and for it to be in front).

    With ``in_front`` the window returned is the one of it that takes input: its topmost open dialog.
    Raises DeviceError: window_unset, window_missing, window_own, window_behind, window_hung, window_elevated,
    fill_cancelled (Esc in the HIS).
    """
    if not job.settings.window and not job.settings.window_class:
        raise DeviceError("window_unset")
    until = monotonic() + job.settings.wait
    while True:
        try:
            window = _look(job)
            _check_reachable(window)
            if not in_front:
                return window
            window = user32.GetLastActivePopup(window) or window
            if _settled_in_front(window):
                return window
            failure = DeviceError("window_behind")
        except DeviceError as error:
            if error.name in ("window_elevated", "fill_cancelled"):
                raise
            failure = error
        if monotonic() >= until:
            raise failure
        if pump(LOOK_EVERY):
            raise DeviceError("fill_cancelled")
