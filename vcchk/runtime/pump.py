"""What the C core offers to Python: the waiting that keeps the host's window alive.

Outside the DLL (tests, the command line) waiting is a sleep.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_lib: Any = None


def attach(lib: Any) -> None:
    """Use the core's functions from now on."""
    global _lib
    _lib = lib


def pump(seconds: float) -> bool:
    """Wait up to ``seconds``; while waiting, paint and key messages of the caller's window are handled.

    Returns True when Esc was pressed in the host's window (the person cancels).
    """
    if _lib is None:
        time.sleep(seconds)
        return False
    return bool(_lib.vcchk_pump(int(seconds * 1000)))


def revive_sockets() -> None:
    """Start Winsock again where the host has called WSACleanup too often (10093 from every socket function)."""
    if _lib is not None:
        _lib.vcchk_sockets_revive()
