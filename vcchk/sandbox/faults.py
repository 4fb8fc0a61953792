"""Faults by order: the next N calls answer a code, wait, lose their reply. For tests of what the other side does."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from vcchk.interfaces import kinds

KINDS: dict[str, type] = {
    "code": str,  # answer this ret_code; nothing is done
    "delay": float,  # seconds before the request is looked at
    "hold": float,  # seconds that the transaction keeps its serial number and card (3003 for the others)
    "drop": str,  # "before": close the connection, nothing done; "after": done, the reply is lost
    "status": int,  # answer this HTTP status; nothing is done
    "empty": bool,  # 200 with no bytes; nothing is done
    "unsigned": bool,  # done, but the reply carries no signature
}


@dataclass
class Fault:
    """One order. ``method``: only calls of this method count (empty: every call)."""

    kind: str
    value: Any
    count: int = 1
    method: str = ""


class Faults:
    """The orders not yet used up, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []

    def order(self, kind: str, value: Any, count: int = 1, method: str = "") -> None:
        """Add one; raises ValueError with what is wrong."""
        wanted = KINDS.get(kind)
        if wanted is None:
            raise ValueError(f"unknown fault {kind}")
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not wanted or (kind == "drop" and value not in ("before", "after")):
            raise ValueError(f"bad value of {kind}")
        if count < 1:
            raise ValueError("count")
        with self._lock:
            self._orders.append(Fault(kind, value, count, method))

    @property
    def any(self) -> bool:
        """Tell whether an order waits."""
        return bool(self._orders)

    def next(self, method: str) -> dict[str, Any]:
        """Use up one count of the oldest order of each kind that fits this call."""
        found: dict[str, Any] = {}
        with self._lock:
            for fault in self._orders:
                if fault.kind not in found and kinds.bare(fault.method) in ("", kinds.bare(method)):
                    found[fault.kind] = fault.value
                    fault.count -= 1
            self._orders = [f for f in self._orders if f.count > 0]
        return found

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._orders = []

    def waiting(self) -> list[dict[str, Any]]:
        """Return what is still to come."""
        with self._lock:
            return [{"kind": f.kind, "value": f.value, "count": f.count, "method": f.method} for f in self._orders]
