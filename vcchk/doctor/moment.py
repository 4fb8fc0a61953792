"""A moment that others wrote down (a certificate's end, a file's time) as a date; it may be any."""

from __future__ import annotations

from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)
_FIRST, _LAST = -62135596800.0, 253402300799.0
"""0001-01-01, and 9999-12-31 23:59:59, which certificates without an end have (RFC 5280, 4.1.2.5)."""


def local(seconds: float) -> datetime:
    """Return a moment by this machine's clock; in UTC where its C library knows none: Windows' 1970 to 3000 alone."""
    try:
        return datetime.fromtimestamp(seconds)
    except (OSError, OverflowError, ValueError):
        return _EPOCH + timedelta(seconds=min(max(seconds, _FIRST), _LAST))
