"""A driver's own INI keys: declared in the driver as a table, read here with warnings instead of refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vcchk.settings.loading import nearest
from vcchk.settings.option import Option

__all__ = ["Option", "read"]


def read(
    rows: Iterable[Option], texts: Mapping[str, str], positions: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return (values of every option, Chinese warnings). A bad value leaves the default; an unknown key is told.

    ``positions``: where each key stands, for the warnings (`Device.positions`).
    """
    values: dict[str, Any] = {}
    warnings: list[str] = []

    def warn(name: str, sentence: str) -> None:
        position = (positions or {}).get(name, "")
        warnings.append(f"{position}：{sentence}" if position else sentence)

    for row in rows:
        values[row.name], slip = row.read_or_fallback(texts.get(row.name, ""))
        if slip:
            warn(row.name, slip)
    for name in texts:
        if name not in values:
            warn(name, f"{name} 不是该型号的设置项{nearest(name, values)}")
    return values, warnings
