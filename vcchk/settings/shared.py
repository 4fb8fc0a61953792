"""Settings files on a share, named by ``[include]``: read within a time limit, with a copy for when the share is away.

A HIS must start while the file server does not. So the last good text is kept in the state folder and used instead,
with a warning that tells its age. A server that does not answer would hold the first call for as long as Windows waits
(20 s and more), so the reading is left to a thread.
"""

from __future__ import annotations

import os
import time
from _thread import allocate_lock, start_new_thread
from binascii import crc32

from vcchk.settings import ini

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES = 1 << 20
"""Of a settings file this much is read."""
WAIT_SECONDS = 3.0
_GAP = bytes(4)
"""What is not written yet of a file that Windows copies has its place already. No text holds this, UTF-16's neither."""


def read(paths: list[str], copies: str, make_folder: Callable[[str], None] | None = None) -> list[tuple[str, str]]:
    """Return for each file (its text or its copy's, Chinese warning). Never raises.

    ``copies``: the folder for copies. ``make_folder`` makes it where it is missing; without, nothing is kept then.
    All are asked at once: a server that is away costs the time limit once, however many files it has.
    """
    readings = [_Reading(path) for path in paths]
    end = time.monotonic() + WAIT_SECONDS
    return [_judged(reading, copies, make_folder, end) for reading in readings]


class _Reading:
    """One file, being read by a thread of its own."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._found: bytes | OSError | ValueError = b""
        self._ended = allocate_lock()
        self._ended.acquire()
        try:
            start_new_thread(self._read, ())
        except RuntimeError:  # no more threads for this program
            self._read()

    def _read(self) -> None:
        try:
            with open(self.path, "rb") as file:
                self._found = file.read(MAX_BYTES)
        except (OSError, ValueError) as error:
            self._found = error
        self._ended.release()

    def outcome(self, end: float) -> tuple[bytes | None, str]:
        """Return (bytes, "") or (None, why not); waits until ``end``."""
        if not self._ended.acquire(timeout=max(0.0, end - time.monotonic())):
            return None, f"{WAIT_SECONDS:g} 秒没有回应"
        if isinstance(self._found, bytes):
            return self._found, ""
        if isinstance(self._found, ValueError):
            return None, "不是文件的路径"
        from vcchk.base.system_errors import reason

        return None, reason(self._found)


def _judged(reading: _Reading, copies: str, make_folder: Callable[[str], None] | None, end: float) -> tuple[str, str]:
    path = reading.path
    copy = os.path.join(copies, f"include-{crc32(os.path.normcase(path).encode('utf-8', 'replace')):08x}.ini")
    data, why_not = reading.outcome(end)
    if data is not None:
        text = ini.decode(data)
        if _GAP in data:
            why_not = "文件只写了一半"
        elif ini.parse(text)[0]:
            _keep(copy, data, make_folder)
            return text, ""
        else:
            why_not = "文件里没有设置项" if data.strip() else "文件是空的"
    try:
        with open(copy, "rb") as file:
            kept = file.read(MAX_BYTES)
        age = _age(time.time() - os.stat(copy).st_mtime)
    except OSError:
        return "", f"读不到 {path}（{why_not}），本机也没有副本：其中的设置没有起作用"
    return ini.decode(kept), f"读不到 {path}（{why_not}），改用本机 {age}前的副本"


def _keep(copy: str, data: bytes, make_folder: Callable[[str], None] | None) -> None:
    """Keep the text that was read; a copy that is the same only gets today's time. What fails changes nothing."""
    try:
        with open(copy, "rb") as file:
            is_same = file.read() == data
    except OSError:
        is_same = False
    partial = f"{copy}.{os.getpid()}"
    try:
        if is_same:
            os.utime(copy)
            return
        if make_folder:
            make_folder(os.path.dirname(copy))
        # It may hold a key: on Linux for its owner alone; on Windows the folder's access list is inherited.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        with open(os.open(partial, flags, 0o600), "wb") as file:
            file.write(data)
        os.replace(partial, copy)
    except OSError:
        pass


def _age(seconds: float) -> str:
    for unit, name in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= unit:
            return f" {seconds / unit:.0f} {name}"
    return "不到 1 分钟"
