"""Which serial numbers and cards a transaction is working on at this moment: what 3003 is answered by.

3003 资源正在被占用，请确认交易状态再试 (both documents, appendix 1) is about two requests at one moment, which no
row of a committed database can show; so it is kept here, in memory, for as long as a transaction runs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

Resource = tuple[str, ...]


class ResourceBusy(Exception):
    """Another running transaction holds the resource."""


class ResourceLocks:
    """Resources in use: taken exclusively (a card being changed) or shared (a card being read)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exclusive: set[Resource] = set()
        self._shared: dict[Resource, int] = {}

    @contextmanager
    def take(self, exclusive: tuple[Resource, ...] = (), shared: tuple[Resource, ...] = ()) -> Iterator[None]:
        """Hold resources while the block runs; raises `ResourceBusy` at once, never waits."""
        with self._lock:
            if any(r in self._exclusive or r in self._shared for r in exclusive):
                raise ResourceBusy
            if any(r in self._exclusive for r in shared):
                raise ResourceBusy
            self._exclusive.update(exclusive)
            for r in shared:
                self._shared[r] = self._shared.get(r, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._exclusive.difference_update(exclusive)
                for r in shared:
                    self._shared[r] -= 1
                    if not self._shared[r]:
                        del self._shared[r]
