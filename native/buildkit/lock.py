"""One build at a time in a tree: a second one waits instead of mixing its files with the first one's."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from . import places, say

if os.name == "nt":
    import msvcrt

    def _take(file: BinaryIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
else:
    import fcntl

    def _take(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def held() -> Iterator[None]:
    """Hold the tree's build lock; says so once when another build has it, and waits. The system frees it at the end."""
    places.CACHE.mkdir(exist_ok=True)
    with (places.CACHE / "build.lock").open("ab") as file:
        told = False
        while True:
            try:
                _take(file)
                break
            except OSError:
                if not told:
                    say.line("Another build is running in this tree; waiting for it.")
                told = True
                time.sleep(0.5)
        yield
