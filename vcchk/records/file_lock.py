"""A lock on a file that a program loses when it ends, however it ends."""

from __future__ import annotations

import os
import sys

_FAR = 1 << 20
"""The byte that is locked. It lies behind any text, since Windows lets nobody read a locked byte."""


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this program until it is closed; returns False when another has it. Rewinds the file."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, _FAR, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            finally:
                os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
