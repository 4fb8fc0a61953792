"""Way ``clipboard``: the code on the clipboard, pasted with Ctrl+V into ``[autofill] window`` when one is set.

What was on the clipboard is put back after ``[autofill] clipboard_seconds``, and at once by the next verify, unless
somebody has copied something else since. Formats whose data is not plain memory (pictures as handles; Windows makes
them anew from CF_DIB) and what is larger than `MAX_BYTES` are not kept. The code stays out of the clipboard history.
"""

from __future__ import annotations

import ctypes
import threading
import time
from typing import TYPE_CHECKING

from vcchk.base.errors import DeviceError
from vcchk.insurance.autofill import keys, window
from vcchk.insurance.autofill.win32 import (
    CF_UNICODETEXT,
    GMEM_MOVEABLE,
    HWND_MESSAGE,
    VK_CONTROL,
    VK_RETURN,
    VK_V,
    kernel32,
    last_error,
    user32,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import contextmanager

    from vcchk.insurance.autofill import Job
else:
    from contextlib import contextmanager

MAX_BYTES = 64 << 20
MAX_TRIES = 20
TRY_EVERY = 0.025
PASTE_SECONDS = 0.15
"""Time between Ctrl+V and Enter: the target fetches the text when it handles the key."""

# Formats whose handle is no memory block: CF_BITMAP, CF_METAFILEPICT, CF_PALETTE, CF_ENHMETAFILE, CF_OWNERDISPLAY and
# their CF_DSP… twins, and the ranges of private and GDI objects.
_HANDLES = frozenset({2, 3, 9, 14, 0x80, 0x82, 0x83, 0x8E, *range(0x200, 0x400)})
# Documented formats by which Windows 10 and clipboard managers are asked to leave the content alone.
_PRIVATE = (
    ("ExcludeClipboardContentFromMonitorProcessing", b"\0\0\0\0"),
    ("CanIncludeInClipboardHistory", b"\0\0\0\0"),
    ("CanUploadToCloudClipboard", b"\0\0\0\0"),
)

Contents = list[tuple[int, bytes]]


@contextmanager
def _opened() -> Iterator[None]:
    """Hold the clipboard, with an owner window of our own: without one SetClipboardData may fail after emptying."""
    owner = user32.CreateWindowExW(0, "STATIC", None, 0, 0, 0, 0, 0, HWND_MESSAGE, None, None, None)
    try:
        for attempt in range(MAX_TRIES):
            if user32.OpenClipboard(owner):
                break
            if attempt == MAX_TRIES - 1:
                raise DeviceError("clipboard_busy", cause=f"OpenClipboard error {last_error()}")
            time.sleep(TRY_EVERY)
        try:
            yield
        finally:
            user32.CloseClipboard()
    finally:
        if owner:
            user32.DestroyWindow(owner)


def _contents() -> Contents:
    """Return what is on the open clipboard, format by format."""
    kept: Contents = []
    number, bytes_left = 0, MAX_BYTES
    while number := user32.EnumClipboardFormats(number):
        if number in _HANDLES:
            continue
        handle = user32.GetClipboardData(number)
        size = kernel32.GlobalSize(handle) if handle else 0
        if not 0 < size <= bytes_left:
            continue
        address = kernel32.GlobalLock(handle)
        if address:
            kept.append((number, ctypes.string_at(address, size)))
            kernel32.GlobalUnlock(handle)
            bytes_left -= size
    return kept


def _put(contents: Contents) -> None:
    """Replace what is on the open clipboard. Raises DeviceError clipboard_busy."""
    if not user32.EmptyClipboard():
        raise DeviceError("clipboard_busy", cause=f"EmptyClipboard error {last_error()}")
    for number, data in contents:
        handle = kernel32.GlobalAlloc(GMEM_MOVEABLE, len(data))
        address = kernel32.GlobalLock(handle) if handle else None
        if not address:
            raise DeviceError("internal", cause="GlobalAlloc failed")
        ctypes.memmove(address, data, len(data))
        kernel32.GlobalUnlock(handle)
        if not user32.SetClipboardData(number, handle):
            kernel32.GlobalFree(handle)
            raise DeviceError("clipboard_busy", cause=f"SetClipboardData error {last_error()}")


def put_code(code: str, seconds: float) -> Callable[[], None]:
    """Put the code on the clipboard; returns what puts the old content back, which also runs after ``seconds``."""
    private = [(user32.RegisterClipboardFormatW(name), data) for name, data in _PRIVATE]
    with _opened():
        before = _contents()
        _put([(CF_UNICODETEXT, code.encode("utf-16-le") + b"\0\0"), *private])
    ours = user32.GetClipboardSequenceNumber()
    once = threading.Lock()

    def put_back() -> None:
        timer.cancel()
        if not once.acquire(blocking=False):
            return
        if user32.GetClipboardSequenceNumber() != ours:
            return
        try:
            with _opened():
                _put(before)
        except DeviceError:
            # Somebody holds the clipboard for longer than we try: theirs is the newer content, or will be.
            pass

    timer = threading.Timer(seconds, put_back)
    timer.daemon = True
    timer.start()
    return put_back


def _paste(job: Job) -> None:
    target = window.wait_for(job, in_front=True)
    keys.still_there(job, target, begun=False)
    keys.send(
        [
            keys.event(key=VK_CONTROL),
            keys.event(key=VK_V),
            keys.event(key=VK_V, up=True),
            keys.event(key=VK_CONTROL, up=True),
        ]
    )
    time.sleep(PASTE_SECONDS)
    if job.settings.enter:
        keys.still_there(job, target, begun=True)
        keys.press(VK_RETURN)


def fill(job: Job) -> Callable[[], None]:
    """Put the code on the clipboard and paste it. Returns what puts the old content back. Raises DeviceError."""
    undo = put_code(job.code, job.settings.clipboard_seconds)
    if job.settings.window or job.settings.window_class:
        try:
            _paste(job)
        except DeviceError:
            undo()
            raise
    return undo
