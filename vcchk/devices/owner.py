"""One owner a port, across the threads of this process and the programs of this machine.

Within the process a lock a port name; between processes a lock on a small file whose text says who holds it, so that
the second program can be told "in use by HIS.exe (1234)" instead of "access denied".
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import threading
import time

from vcchk.base.errors import DeviceError
from vcchk.records.file_lock import try_lock
from vcchk.records.folder import ensure_file, make_folder
from vcchk.runtime import process
from vcchk.settings import Settings, places

_guard = threading.Lock()
_held: dict[str, threading.Lock] = {}
_COM = re.compile(r"(?:[\\/]{2}[.?][\\/])?((?:COM|LPT)\d+):?", re.IGNORECASE)


def session() -> int:
    """Return the number of this process's Windows session: each of an RDS or Citrix server's has its own COM3.

    0 outside Windows, or when the system does not tell.
    """
    if sys.platform != "win32":
        return 0
    import ctypes

    number = ctypes.c_uint32()
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    return number.value if kernel.ProcessIdToSessionId(os.getpid(), ctypes.byref(number)) else 0


def canonical(name: str) -> str:
    """Return one spelling for a port: ``com3`` = ``\\\\.\\COM3``, with the session's number; a link = its target.

    The file system is never asked about a COM port: there the question opens the device.
    """
    text = name.strip()
    if "://" in text or text.lower().startswith("spool:"):
        return text.lower()
    com = _COM.fullmatch(text)
    if com or sys.platform == "win32":
        port = (com[1] if com else text).upper()
        number = session()
        return f"{port} session {number}" if number else port
    return os.path.realpath(text)


def digest(name: str) -> str:
    """Return 16 hex digits that stand for a port in a file's name."""
    return hashlib.sha256(canonical(name).encode()).hexdigest()[:16]


def default_folder() -> str:
    """Return where lock files stand when nobody says otherwise: the state folder of a default INI."""
    return places.state_folder(Settings())


class Claim:
    """The right to use one port. `take` waits at most ``wait`` seconds; `drop` gives it back; both may be repeated."""

    def __init__(self, name: str, folder: str = "", wait: float = 2.0) -> None:
        self._name = name
        self._key = canonical(name)
        self._path = os.path.join(folder or default_folder(), f"port-{digest(name)}.lock")
        self._wait = wait
        self._lock: threading.Lock | None = None
        self._file: int | None = None

    def take(self) -> None:
        """Become the owner. Raises DeviceError ``busy`` that names the present owner."""
        if self._lock is not None:
            return
        with _guard:
            lock = _held.setdefault(self._key, threading.Lock())
        until = time.monotonic() + self._wait
        if not lock.acquire(timeout=self._wait):
            raise DeviceError(
                "busy", f"端口 {self._name} 正被本程序的另一个操作使用，请稍后再试", cause="held by a thread"
            )
        try:
            self._between_processes(until)
        except BaseException:
            lock.release()
            raise
        self._lock = lock

    def _between_processes(self, until: float) -> None:
        try:
            make_folder(os.path.dirname(self._path))
            ensure_file(self._path)
            descriptor = os.open(self._path, os.O_RDWR)
        except OSError:
            # Another user's lock file, or no writable folder at all: then only the system's own exclusiveness is left.
            return
        while not try_lock(descriptor):
            if time.monotonic() >= until:
                os.lseek(descriptor, 0, os.SEEK_SET)
                holder = os.read(descriptor, 200).decode("utf-8", "replace").strip() or "另一个程序"
                os.close(descriptor)
                raise DeviceError("busy", f"端口 {self._name} 正被 {holder} 占用，请关闭它或稍后再试", cause=holder)
            time.sleep(0.02)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.path.basename(process.program())} ({os.getpid()})".encode())
        self._file = descriptor

    def drop(self) -> None:
        """Stop being the owner."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None
