"""The voucher service's own reader: the code that somebody holds before it."""

from __future__ import annotations

import threading


class VoucherReader:
    """Holds one code until it is read once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._code: str | None = None

    def present(self, code: str | None) -> None:
        """Hold a code before the reader; None takes away what is held there."""
        with self._lock:
            self._code = code

    def read(self) -> str | None:
        """Return the code and let it go; None when nobody holds one."""
        with self._lock:
            code, self._code = self._code, None
        return code
