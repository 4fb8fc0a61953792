"""The voucher code of the last verify, kept for SetEcQrcode (document B 3.5) and for nothing else.

It lives in memory alone, never shows in ``repr``, log or journal, and is dropped after its seconds, after one
successful fill, and by every new verify: no patient's code may be filled in for another.
"""

from __future__ import annotations

from _thread import allocate_lock
from time import monotonic

from vcchk.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NEVER = "voucher_none"
EXPIRED = "voucher_expired"
USED = "voucher_used"
BUSY = "busy"


class Taken(Record):
    """A code handed out for filling. ``state`` is "" when there is one, else why there is none (a row's name)."""

    _secret = ("code",)
    state: str = ""
    code: str = ""
    generation: int = 0


class VoucherMemory:
    """Holds at most one code, for ``seconds`` on the monotonic clock. Safe for several threads.

    ``generation`` counts the verifies: a verify may store its code only as long as no later one has begun.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = allocate_lock()
        self._generation = 0
        self._code = ""
        self._until = 0.0
        self._state = NEVER
        self._undo: Callable[[], None] | None = None

    def __repr__(self) -> str:
        return f"VoucherMemory(state={self._state or 'held'})"

    def _drop(self, state: str) -> None:
        self._code = ""
        self._state = state

    def forget(self) -> int:
        """A verify begins: drop the code, take back what a fill left behind, return the generation for `remember`."""
        with self._lock:
            self._generation += 1
            self._drop(NEVER)
            generation, undo, self._undo = self._generation, self._undo, None
        if undo is not None:
            undo()
        return generation

    def remember(self, generation: int, code: str) -> bool:
        """Keep ``code`` unless another verify has begun since ``generation``; returns whether it is kept."""
        with self._lock:
            if generation != self._generation or not code:
                return False
            self._code = code
            self._state = ""
            self._until = monotonic() + self._seconds
            return True

    def take(self) -> Taken:
        """Hand the code out for one fill; until `done` others get "busy"."""
        with self._lock:
            if not self._state and monotonic() >= self._until:
                self._drop(EXPIRED)
            if self._state:
                return Taken(state=self._state)
            self._state = BUSY
            return Taken(code=self._code, generation=self._generation)

    def current(self, taken: Taken) -> bool:
        """Return whether ``taken`` may still be typed: no verify has begun since, and its time is not over."""
        return taken.generation == self._generation and monotonic() < self._until

    def done(self, taken: Taken, *, filled: bool, undo: Callable[[], None] | None = None) -> None:
        """End a fill: a code that was filled is forgotten, another may be tried again until it expires.

        ``undo`` takes back what the fill left behind (a file, the clipboard); it may run on another thread, and twice.
        """
        with self._lock:
            late = taken.generation != self._generation
            if not late:
                self._undo = undo
                if filled:
                    self._drop(USED)
                else:
                    self._state = ""
        if late and undo is not None:
            undo()
