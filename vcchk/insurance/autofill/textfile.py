"""Way ``file``: the code in a file of its own, for insurance software (or a robot) that watches one.

The file holds the code's ASCII characters and nothing else, appears whole (it is renamed into place), is readable
by its owner alone where the system knows owners, and is removed after ``[autofill] seconds`` or by the next verify.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from vcchk.base.errors import DeviceError
from vcchk.insurance.autofill import Job

NAME = "ecqrcode.txt"


def path(job: Job) -> str:
    """Return where the file goes: ``[autofill] file``, a relative one in the state folder."""
    return os.path.join(job.state_folder, job.settings.file or NAME)


def _identity(name: str) -> tuple[int, int, int] | None:
    try:
        stat = os.stat(name)
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def fill(job: Job) -> Callable[[], None]:
    """Write the file. Returns its removal. Raises DeviceError file_unwritable."""
    name = path(job)
    draft = f"{name}.{os.getpid()}.{threading.get_ident()}"
    try:
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        try:
            os.write(handle, job.code.encode("utf-8"))
        finally:
            os.close(handle)
        os.replace(draft, name)
    except OSError as error:
        _remove(draft)
        raise DeviceError("file_unwritable", cause=f"{type(error).__name__} errno {error.errno}") from None
    ours = _identity(name)

    def remove() -> None:
        # A file that another program's verify has put there since is not ours.
        timer.cancel()
        if ours is not None and _identity(name) == ours:
            _remove(name)

    timer = threading.Timer(job.settings.seconds, remove)
    timer.daemon = True
    timer.start()
    return remove


def _remove(name: str) -> None:
    try:
        os.remove(name)
    except OSError:
        pass
