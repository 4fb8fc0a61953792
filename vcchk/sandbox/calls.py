"""What the platform saw: the last calls in memory, and one log line a call.

Raw bytes stay in memory alone; what is shown of them is made when somebody looks (`vcchk.sandbox.shown`), never on the
way of a call. Nothing of a person is ever written to the log.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vcchk.records import masking
from vcchk.sandbox import shown
from vcchk.specification import kinds

if TYPE_CHECKING:
    from vcchk.sandbox.clock import Clock
    from vcchk.sandbox.platform.diagnosis import Diagnosis
    from vcchk.wire.profile import Profile

KEPT = 5000
"""How many calls are remembered."""
KEPT_BODY = 256 << 10
"""Bytes of one body that are remembered: a photograph's request is cut."""
KEPT_BYTES = 64 << 20
"""Bytes of all bodies and texts together; the oldest calls are forgotten before it is more."""


@dataclass
class Seen:
    """One call. ``signature``: held, missing, wrong, or empty when it was never looked at. ``ms``: server time.

    ``request``/``reply``: the business JSON in clear, empty when it could not be opened. ``body``/``reply_body``: the
    bytes as they travelled, `KEPT_BODY` at most, of ``size``/``reply_size``. ``envelope``: the request's fields by
    document A's names. ``replay_of``: the number of the call that this one repeats, else 0.
    """

    number: int
    at: float
    method: str = ""
    app_id: str = ""
    term_id: str = ""
    profile: str = ""
    sign_type: str = ""
    enc_type: str = ""
    signature: str = ""
    ret_code: str = ""
    cause: str = ""
    serial: str = ""
    ms: float = 0.0
    http: int = 200
    request: str = ""
    reply: str = ""
    envelope: dict[str, Any] = field(default_factory=dict)
    diagnosis: Diagnosis | None = None
    path: str = ""
    content_type: str = ""
    body: bytes = b""
    size: int = 0
    reply_type: str = ""
    reply_body: bytes = b""
    reply_size: int = 0
    rules: Profile | None = None
    key: str = field(default="", repr=False)
    replay_of: int = 0
    weight: int = 0
    """Bytes that it takes in memory, roughly."""

    def __post_init__(self) -> None:
        size = self.size = len(self.body)
        reply_size = self.reply_size = len(self.reply_body)
        if size > KEPT_BODY or reply_size > KEPT_BODY:
            self.body, self.reply_body = self.body[:KEPT_BODY], self.reply_body[:KEPT_BODY]
            size, reply_size = min(size, KEPT_BODY), min(reply_size, KEPT_BODY)
        self.weight = size + reply_size + len(self.request) + len(self.reply)

    def shown(self, *, clear: bool = False) -> dict[str, Any]:
        """Return the call for a reader: everything personal masked; in ``clear`` all but keys, with the raw bodies."""
        return shown.clear(self) if clear else shown.masked(self)


class Calls:
    """The ring of calls, newest last."""

    def __init__(self, clock: Clock, write: Callable[[str], None] | None = None) -> None:
        self._clock = clock
        self._ring: deque[Seen] = deque()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._weight = 0
        self.write = write

    def note(self, **facts: Any) -> Seen:
        """Remember a call and write its log line."""
        seen = Seen(next(self._numbers), self._clock.now(), **facts)
        self._keep(seen)
        if self.write is not None:
            self.write(_printable(_line(seen)))
            for line in seen.diagnosis.lines if seen.diagnosis else ():
                self.write("  " + _printable(line))
        return seen

    def _keep(self, seen: Seen) -> None:
        with self._lock:
            if len(self._ring) == KEPT:
                self._weight -= self._ring.popleft().weight
            self._ring.append(seen)
            self._weight += seen.weight
            while self._weight > KEPT_BYTES and len(self._ring) > 1:
                self._weight -= self._ring.popleft().weight

    def last(self, count: int = 100, method: str = "", since: int = 0) -> list[Seen]:
        """Return the newest calls, oldest first; ``since``: only those with a greater number."""
        wanted = kinds.bare(method) if method else ""
        rows = [s for s in self._all() if s.number > since and wanted in ("", kinds.bare(s.method))]
        return rows[-count:] if count else []

    def get(self, number: int) -> Seen | None:
        """Return a call by its number."""
        return next((s for s in self._all() if s.number == number), None)

    def clear(self) -> None:
        """Forget all; numbers go on."""
        with self._lock:
            self._ring.clear()
            self._weight = 0

    def _all(self) -> list[Seen]:
        with self._lock:
            return list(self._ring)


def _line(seen: Seen) -> str:
    """Return the log line: facts about the call, nothing about the person."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seen.at))
    words = [
        stamp,
        f"#{seen.number}",
        masking.mask_word(seen.method)[:60] or "-",
        f"ret={seen.ret_code or '-'}",
        f"profile={seen.profile or '-'}",
        f"sign={masking.mask_text(seen.sign_type[:20]) or '-'}/{seen.signature or '-'}",
        f"cipher={masking.mask_text(seen.enc_type[:20]) or '-'}",
        f"term={shown.terminal(seen)[:40] or '-'}",
        f"serial={masking.mask_serial(seen.serial)[:64] or '-'}",
        f"{seen.ms:.1f}ms",
    ]
    if seen.cause:
        words.append("cause=" + masking.mask_text(seen.cause[:300]))
    return " ".join(words)


def _printable(line: str) -> str:
    """One line stays one, and nothing in it steers a terminal."""
    return line if line.isprintable() else "".join(c if c.isprintable() else " " for c in line)


class LineWriter:
    """Writes log lines to a file (appended, UTF-8) or to stderr; a lost line never stops a call."""

    def __init__(self, path: str | None = None) -> None:
        self._lock = threading.Lock()
        self._stream = open(path, "a", encoding="utf-8", buffering=1) if path else sys.stderr  # noqa: SIM115

    def __call__(self, line: str) -> None:
        if self._stream is None:  # a windowed program has no stderr
            return
        try:
            with self._lock:
                self._stream.write(line + "\n")
        except (OSError, ValueError):
            pass
