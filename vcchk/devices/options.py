"""A driver's own INI keys: declared in the driver as a table, read here with warnings instead of refusals."""

from __future__ import annotations

from vcchk import settings
from vcchk.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


class Option(Record):
    """One INI key of a driver. The type of ``default`` is the type of the value; ``help`` is Chinese.

    ``choices``: the closed list of a text option. ``low``/``high``: bounds of a number.
    """

    name: str
    default: bool | int | float | str
    help: str
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = 1 << 31


def _value(option: Option, text: str) -> Any:
    """Return ``text`` in the option's type; raises ValueError with a Chinese reason."""
    if isinstance(option.default, int) and not isinstance(option.default, bool):
        try:
            number = int(text, 0)  # addresses are written as 0x1000
        except ValueError:
            raise ValueError("应为整数") from None
        if not option.low <= number <= option.high:
            raise ValueError(f"应在 {option.low:g} 到 {option.high:g} 之间")
        return number
    if option.choices:
        if text not in option.choices:
            raise ValueError("只能是 " + "、".join(option.choices))
        return text
    return settings.convert("", option.name, option.default, text)


def read(table: Iterable[Option], given: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return (values of every option, Chinese warnings). A bad value leaves the default; an unknown key is told."""
    values: dict[str, Any] = {}
    warnings: list[str] = []
    for option in table:
        values[option.name] = option.default
        text = given.get(option.name, "")
        if text:
            try:
                values[option.name] = _value(option, text)
            except ValueError as error:
                warnings.append(f"{option.name} 的值无效（{error}），已按默认值处理")
    warnings += [f"{name} 不是该型号的设置项" for name in given if name not in values]
    return values, warnings
