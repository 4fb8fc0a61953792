"""What the platform saw: the last calls in memory, and one log line a call.

Raw texts stay in memory alone and are masked when somebody looks; nothing of a person is ever written to the log.
"""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vcchk import interfaces, masking
from vcchk.interfaces import kinds

if TYPE_CHECKING:
    from vcchk.sandbox.clock import Clock

KEPT = 5000
"""How many calls are remembered."""


@dataclass
class Seen:
    """One call. ``signature``: held, missing, wrong, or empty when it was never looked at. ``ms``: server time.

    ``request``/``reply``: the business JSON in clear (the raw body when it could not be opened). ``diagnosis``: for a
    failed signature, the masked canonical text and what would have matched; lines of Chinese text.
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
    diagnosis: tuple[str, ...] = ()

    def shown(self) -> dict[str, Any]:
        """Return the call with everything personal masked, and the findings of the field check."""
        return {
            "number": self.number,
            "time": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.at)),
            "method": masking.mask_word(self.method),
            "app_id": masking.mask_value("app_id", self.app_id),
            "term_id": _terminal(self),
            "profile": self.profile,
            "sign_type": masking.mask_text(self.sign_type),
            "enc_type": masking.mask_text(self.enc_type),
            "signature": self.signature,
            "ret_code": self.ret_code,
            "cause": masking.mask_text(self.cause),
            "serial": masking.mask_serial(self.serial),
            "ms": round(self.ms, 2),
            "http": self.http,
            "request": masking.mask_json(self.request),
            "reply": masking.mask_json(self.reply),
            "findings": self._findings(),
            "diagnosis": list(self.diagnosis),
        }

    def _findings(self) -> list[str]:
        if not self.envelope:
            return []
        try:
            biz = json.loads(self.request)
        except (ValueError, RecursionError):
            return []
        if not isinstance(biz, dict):
            return []
        # The client's findings about key and sign are not ours to repeat: they were on the wire, or are never there.
        envelope = {**self.envelope, "key": "-", "biz_content": self.request}
        return [f.sentence for f in interfaces.check(envelope, biz)]


class Calls:
    """The ring of calls, newest last."""

    def __init__(self, clock: Clock, write: Callable[[str], None] | None = None) -> None:
        self._clock = clock
        self._ring: deque[Seen] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)
        self.write = write

    def note(self, **facts: Any) -> Seen:
        """Remember a call and write its log line."""
        seen = Seen(next(self._numbers), self._clock.now(), **facts)
        self._ring.append(seen)
        if self.write is not None:
            self.write(_line(seen))
            for line in seen.diagnosis:
                self.write("  " + line)
        return seen

    def last(self, count: int = 100, method: str = "", since: int = 0) -> list[Seen]:
        """Return the newest calls, oldest first; ``since``: only those with a greater number."""
        wanted = kinds.bare(method) if method else ""
        rows = [s for s in list(self._ring) if s.number > since and wanted in ("", kinds.bare(s.method))]
        return rows[-count:] if count else []

    def get(self, number: int) -> Seen | None:
        """Return a call by its number."""
        return next((s for s in list(self._ring) if s.number == number), None)

    def clear(self) -> None:
        """Forget all; numbers go on."""
        self._ring.clear()


def _terminal(seen: Seen) -> str:
    """A terminal that is none (1009) may be anything a caller put there by mistake."""
    return masking.mask_value("card_no" if seen.ret_code == "1009" else "term_id", seen.term_id)


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
        f"term={_terminal(seen)[:40] or '-'}",
        f"serial={masking.mask_serial(seen.serial)[:64] or '-'}",
        f"{seen.ms:.1f}ms",
    ]
    if seen.cause:
        words.append("cause=" + masking.mask_text(seen.cause[:300]))
    return " ".join(words).replace("\r", " ").replace("\n", " ")


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
