"""One build at a time in a tree: a second one waits instead of mixing its files with the first one's."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from . import places

if os.name == "nt":
    import msvcrt

    def _take(file: BinaryIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
else:
    import fcntl

    def _take(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def held(on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the tree's build lock. Call ``on_wait`` once when another build has it. The system frees it at the end."""
    places.CACHE.mkdir(exist_ok=True)
    with (places.CACHE / "build.lock").open("ab") as file:
        is_waiting = False
        while True:
            try:
                _take(file)
                break
            except OSError:
                if not is_waiting:
                    on_wait()
                is_waiting = True
                time.sleep(0.5)
        yield
