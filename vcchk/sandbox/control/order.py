"""What every order has in common: its JSON body, and how it is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox

Body = Mapping[str, Any]
Order = Callable[["Sandbox", Body], dict[str, Any]]


class OrderError(Exception):
    """The order cannot be carried out; the text says in Chinese why, and what would do."""


def text(body: Body, name: str, default: str = "") -> str:
    """Return a field as text; `OrderError` for anything that is neither text nor a number."""
    value = body.get(name, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise OrderError(f"{name} 应为文本")
    return str(value)


def needed(body: Body, name: str) -> str:
    """Return a field that must have a value."""
    value = text(body, name).strip()
    if not value:
        raise OrderError(f"缺少 {name}")
    return value


def number(body: Body, name: str, default: float = 0.0) -> float:
    """Return a field as a finite number; text of one is taken too (GET)."""
    value = body.get(name, default)
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise OrderError(f"{name} 应为数字") from None
    if isinstance(value, bool) or not math.isfinite(found):
        raise OrderError(f"{name} 应为数字")
    return found


def whole(body: Body, name: str, default: int = 0) -> int:
    """Return a field as a whole number."""
    found = number(body, name, default)
    if found != int(found):
        raise OrderError(f"{name} 应为整数")
    return int(found)


def flag(body: Body, name: str, default: bool = False) -> bool:
    """Return a field as true or false."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise OrderError(f"{name} 应为 true 或 false")
    return value


def objects(body: Body, name: str) -> list[Body]:
    """Return a list of JSON objects, empty when absent."""
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise OrderError(f"{name} 应为对象的列表")
    return value


def texts(body: Body, name: str) -> list[str]:
    """Return a list of texts, empty when absent."""
    value = body.get(name, [])
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise OrderError(f"{name} 应为文本的列表")
    return list(value)
