"""Faults by order: the next N calls answer a code, wait, lose or spoil their reply. For tests of the other side.

An order counts down with each call that it fits, and is removed at zero. What each does: `platform.fault_effects`.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Any

from vcchk.base.errors import PLATFORM_SUCCESS
from vcchk.specification import kinds

# kind: (type of its value, what it does in Chinese)
KINDS: dict[str, tuple[type, str]] = {
    "code": (str, "返回指定的返回码，不办理"),
    "delay": (float, "延迟若干秒后才处理"),
    "hold": (float, "办理时占用流水号和卡若干秒（其他请求得 3003）"),
    "drop": (str, "断开连接：before 未办理，after 已办理但应答丢失"),
    "truncate": (bool, "已办理，应答只发出一半就断开"),
    "status": (int, "返回指定的 HTTP 状态，不办理"),
    "empty": (bool, "HTTP 200 但应答为空，不办理"),
    "unsigned": (bool, "已办理，应答没有签名"),
    "bad_sign": (bool, "已办理，应答签名错误"),
    "wrong_cipher": (bool, "已办理，应答用了与 enc_type 不同的加密算法"),
}
DROPS = ("before", "after")
MAX_SECONDS = 600.0
"""Seconds of a delay or hold."""
MAX_COUNT = 1_000_000
_CODE = re.compile(r"[0-9]{4}\Z", re.ASCII)


def problem(kind: str, value: Any) -> str:
    """Return in Chinese what is wrong with a fault's kind or value, "" for a good one.

    A ``code`` may be any four digits, since cities have codes of their own; but 0000, which is no fault.
    """
    if not isinstance(kind, str) or kind not in KINDS:
        return f"没有这种故障，可用：{'、'.join(KINDS)}"
    wanted = KINDS[kind][0]
    is_of_kind = type(value) is wanted
    if wanted is float:
        good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_SECONDS
        return "" if good else f"{kind} 的值应为 0 到 {MAX_SECONDS:.0f} 秒"
    if not is_of_kind:
        return f"{kind} 的值类型不对，应为 {wanted.__name__}"
    if kind == "code" and (not _CODE.match(value) or value == PLATFORM_SUCCESS):
        return "code 应为四位数字的返回码，0000（成功）除外"
    if kind == "drop" and value not in DROPS:
        return "drop 应为 before 或 after"
    if kind == "status" and not 200 <= value <= 599:
        return "status 应为 200 到 599"
    return "" if value is not False else f"{kind} 只能是 true"


@dataclass
class FaultOrder:
    """One order of a fault. ``method``: only calls of this method count (empty: every call)."""

    kind: str
    value: Any
    count: int = 1
    method: str = ""


class Faults:
    """The orders not yet used up, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[FaultOrder] = []

    def order(self, kind: str, value: Any, count: int = 1, method: str = "") -> None:
        """Add one. Raises ValueError with what is wrong, in Chinese."""
        good = type(count) is int and 0 < count <= MAX_COUNT
        wrong = problem(kind, value) or ("" if good else f"count 应为 1 到 {MAX_COUNT}")
        wrong = wrong or ("" if isinstance(method, str) else "method 应为文本")
        if wrong:
            raise ValueError(wrong)
        with self._lock:
            self._orders.append(FaultOrder(kind, float(value) if KINDS[kind][0] is float else value, count, method))

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

    def become(self, other: Faults) -> None:
        """Take over another's orders."""
        with self._lock:
            self._orders = list(other._orders)

    def waiting(self) -> list[dict[str, Any]]:
        """Return what is still to come."""
        with self._lock:
            return [{"kind": f.kind, "value": f.value, "count": f.count, "method": f.method} for f in self._orders]
