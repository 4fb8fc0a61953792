"""How a command tells of a device that failed: the sentence on stderr, the system's own words in the log."""

from __future__ import annotations

import sys

from vcchk.base.errors import DeviceError
from vcchk.records import log


def tell(error: DeviceError) -> None:
    """Print the sentence with its number; the cause, English mostly, is for the log alone."""
    hint = ""
    if error.cause:
        log.get().error(error.message, number=error.number, cause=error.cause)
        hint = "，详见日志"
    print(f"{error.message}[{error.number}]{hint}", file=sys.stderr)
