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

MAX_BYTES = 1 << 20
"""Of a settings file this much is read."""
WAIT_SECONDS = 3.0
_GAP = bytes(4)
"""What is not written yet of a file that Windows copies has its place already. No text holds this, UTF-16's neither."""


def read(path: str, copies: str) -> tuple[str, str]:
    """Return (text of the file or of its copy, Chinese warning). Never raises.

    ``copies``: the folder for copies; none is written where it does not exist yet.
    """
    copy = os.path.join(copies, f"include-{crc32(os.path.normcase(path).encode('utf-8', 'replace')):08x}.ini")
    data, why_not = _read_in_time(path)
    if data is not None:
        text = ini.decode(data)
        if _GAP in data:
            why_not = "文件只写了一半"
        elif ini.parse(text)[0]:
            _keep(copy, data)
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


def _read_in_time(path: str) -> tuple[bytes | None, str]:
    """Return (bytes, "") or (None, why not)."""
    outcome: list[bytes | OSError | ValueError] = []
    ended = allocate_lock()
    ended.acquire()

    def work() -> None:
        try:
            with open(path, "rb") as file:
                outcome.append(file.read(MAX_BYTES))
        except (OSError, ValueError) as error:
            outcome.append(error)
        ended.release()

    start_new_thread(work, ())
    if not ended.acquire(timeout=WAIT_SECONDS):
        return None, f"{WAIT_SECONDS:g} 秒没有回应"
    found = outcome[0]
    if isinstance(found, bytes):
        return found, ""
    if isinstance(found, ValueError):
        return None, "不是文件的路径"
    from vcchk.base.system_errors import reason

    return None, reason(found)


def _keep(copy: str, data: bytes) -> None:
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
        elif os.path.isdir(os.path.dirname(copy)):
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
