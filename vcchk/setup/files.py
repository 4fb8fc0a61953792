"""Moving and removing files that programs may be using.

Windows renames a library or a program that is in use, but neither deletes nor overwrites it. So a file is renamed aside
and the new one takes its name: whoever uses the old one finishes with it. What nobody uses is replaced in one step.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from vcchk.setup.failure import BUSY, REFUSED, SetupError, advice, reason
from vcchk.setup.release import sha256

LOCK = "vcchk_setup.lock"


def copy(source: str, target: str, digest: str) -> None:
    """Copy a file to a name that is not in use and see that it arrived. Raises OSError and SetupError."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(source, "rb") as reader, open(target, "wb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())
    # Not the source's mode: unpacked under a strict umask others cannot read it, and one from a CD cannot be deleted.
    os.chmod(target, 0o755 if os.access(source, os.X_OK) else 0o644)
    if sha256(target) != digest:
        raise SetupError(f"{target} 复制后与发布包不同，请检查磁盘和杀毒软件")


def write(path: str, data: bytes) -> None:
    """Write a small file for everybody to read, whole or not at all. Raises OSError."""
    partial = f"{path}.{os.getpid()}.tmp"
    try:
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except OSError:
        with suppress(OSError):
            os.unlink(partial)
        raise


def keep_copy(place: str, aside: str) -> None:
    """Copy a file that is about to be replaced, whole or not at all. Raises OSError."""
    partial = f"{place}.{os.getpid()}.tmp"
    try:
        with open(place, "rb") as reader, open(partial, "wb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
            writer.flush()
            os.fsync(writer.fileno())
        shutil.copystat(place, partial)
        os.replace(partial, aside)
    except OSError:
        with suppress(OSError):
            delete(partial)
        raise


# Windows may refuse to delete one of two names of a file that is in use, so there it is a copy.
_keep = keep_copy if sys.platform == "win32" else os.link


class Swaps:
    """Files that take the names of others; `undo` gives all names back."""

    def __init__(self) -> None:
        self._done: list[tuple[str, str]] = []

    def swap(self, new: str, place: str, aside: str) -> None:
        """Put ``new`` in ``place``; what stood there goes ``aside``. Raises OSError."""
        for path in (place, aside):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(place):
            if self._replaced(new, place, aside):
                return
            self._rename(place, aside)
        self._rename(new, place)

    def _replaced(self, new: str, place: str, aside: str) -> bool:
        """Do it in one step, so that the name is never without a file; False where that cannot be. Raises OSError.

        Windows renames a file that is in use, but replaces neither it nor one that is marked read-only. A folder
        replaces no file anywhere.
        """
        if os.path.isdir(new):
            return False
        try:
            _keep(place, aside)
        except OSError:
            return False
        try:
            self._rename(new, place)
        except OSError:
            delete(aside)
            if sys.platform != "win32":
                raise
            return False
        self._done.insert(-1, (place, aside))  # before the renaming, so that it is undone after it
        return True

    def move(self, place: str, aside: str) -> None:
        """Take a file's name away: it goes ``aside``. Raises OSError."""
        os.makedirs(os.path.dirname(aside), exist_ok=True)
        self._rename(place, aside)

    def _rename(self, source: str, target: str) -> None:
        os.replace(source, target)
        self._done.append((source, target))

    def undo(self) -> None:
        """Give back every name. Raises OSError when even that fails."""
        while self._done:
            source, target = self._done.pop()
            os.replace(target, source)


if sys.platform == "win32":

    def _is_refused(path: str, access: int, share: int) -> bool:
        from _winapi import NULL, OPEN_EXISTING, CloseHandle, CreateFile

        try:
            CloseHandle(CreateFile(path, access, share, NULL, OPEN_EXISTING, 0, NULL))
        except PermissionError:
            return True
        return False


def is_held(runtime_folder: str) -> bool:
    """Tell whether a program has this runtime open: `vcchk.runtime.importer` holds its archives.

    The first release held none; on Windows its core, being loaded, tells.
    """
    path = os.path.join(runtime_folder, "core.zip")
    if not os.path.isfile(path):
        return False
    if sys.platform == "win32":
        from _winapi import GENERIC_READ

        core = os.path.join(runtime_folder, "vcchk_core.dll")
        return _is_refused(path, GENERIC_READ, share=0) or (os.access(core, os.W_OK) and is_loaded(core))
    import fcntl

    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def is_loaded(library: str) -> bool:
    """Tell whether a program has loaded this library; True as well of one marked read-only, which does not tell.

    Linux never tells: False.
    """
    if sys.platform == "win32":
        generic_write, everything = 0x40000000, 7
        return _is_refused(library, generic_write, share=everything)
    return False


def delete(path: str) -> None:
    """Delete a file, one that is marked read-only, too (copied from a disc, say). Raises OSError."""
    try:
        os.unlink(path)
    except PermissionError:
        if sys.platform != "win32":
            raise
        os.chmod(path, stat.S_IWRITE)
        os.unlink(path)


def remove_folder(path: str) -> bool:
    """Remove a folder as far as nobody uses it; True when it is gone. Never raises."""

    def once_more(_failed: object, name: str, _error: object) -> None:
        with suppress(OSError):
            delete(name)

    shutil.rmtree(path, onerror=once_more)
    return not os.path.lexists(path)


def remove_empty_folders(path: str) -> None:
    """Remove ``path`` and the folders below it that hold no file."""
    for folder, _, _ in os.walk(path, topdown=False):
        try:
            os.rmdir(folder)
        except OSError:
            pass


def free_name(path: str) -> str:
    """Return ``path``, or it with a number where that name is taken."""
    stem, extension = os.path.splitext(path)
    number, name = 1, path
    while os.path.lexists(name):
        number += 1
        name = f"{stem}-{number}{extension}"
    return name


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """Keep a second setup out of ``folder``. Raises SetupError when one is at work, or nothing can be written there."""
    path = os.path.join(folder, LOCK)
    try:
        file = open(path, "a+b")  # noqa: SIM115 - closed below
    except OSError as error:
        raise SetupError(f"{folder} 不能写入（{reason(error)}），{advice(error)}", REFUSED) from error
    try:
        _lock(file.fileno(), path)
    except OSError as error:
        file.close()
        raise SetupError(f"另一个 vcchk setup 正在处理 {folder}，请等它结束", BUSY) from error
    try:
        yield
    finally:
        with suppress(OSError):  # another setup waits for it
            _unlock(file, path)


if sys.platform == "win32":

    def _lock(descriptor: int, _path: str) -> None:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(file: BinaryIO, path: str) -> None:
        file.close()
        os.unlink(path)

else:

    def _lock(descriptor: int, path: str) -> None:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The one that held it may have deleted the file that was opened here: a third one would lock the next.
        if not os.path.samestat(os.fstat(descriptor), os.stat(path)):
            raise BlockingIOError

    def _unlock(file: BinaryIO, path: str) -> None:
        with file:
            os.unlink(path)  # while it is locked
