"""A key of VirtualCardChk.ini as one row: name, default, Chinese help, and which values it takes."""

from __future__ import annotations

import os

from vcchk.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

SEALED = "sealed:"
"""How a value begins that only this machine can open (`vcchk.records.sealing`)."""
TRUE = frozenset({"yes", "y", "true", "on", "1", "是"})
FALSE = frozenset({"no", "n", "false", "off", "0", "否"})
_NEVER_IN_A_NAME = frozenset('\\/:*?"<>| ')
"""Of an environment variable; what has one of these between two percent signs is text."""


class Option(Record):
    """One key. The type of ``default`` is the type of the value; ``help`` is a Chinese sentence for the INI.

    ``choices``: the closed list of a text. ``low``, ``high``: bounds of a number. ``fallback``: what a value that
    cannot be read counts as; None is the default. ``is_path``: the value names a file, so ``%VAR%`` in it is expanded.
    ``is_local``: C code reads it, too, from the local file's plain section alone, so nothing else may set it.
    ``port``: the value is a server's address, and this its port where it has none.
    """

    name: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = 1 << 31
    fallback: Any = None
    is_path: bool = False
    is_local: bool = False
    port: int = 0

    def read(self, text: str) -> Any:
        """Return ``text`` as a value of the default's type. Raise ValueError with a Chinese reason."""
        if self.choices:
            for choice in self.choices:
                if text.lower() == choice.lower():
                    return choice
            raise ValueError("只能是 " + "、".join(self.choices))
        if isinstance(self.default, bool):
            if text.lower() in TRUE:
                return True
            if text.lower() in FALSE:
                return False
            raise ValueError("只能是 yes 或 no")
        if isinstance(self.default, (int, float)):
            return self._number(text)
        if isinstance(self.default, tuple):
            parts = tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())
            if not parts:
                raise ValueError("逗号之间没有内容")
            return parts
        if self.port:
            from vcchk.settings.address import host_and_port  # for sites that have a log server

            host_and_port(text, self.port)
        return text

    def read_or_fallback(self, text: str) -> tuple[Any, str]:
        """Return (value, Chinese warning). The warning is "" when ``text`` could be read."""
        if text == "":
            return self.default, ""
        try:
            value = self.read(text)
            return (expand(value) if self.is_path else value), ""
        except ValueError as error:
            if self.fallback is None:
                return self.default, f"{self.name} 的值无效（{error}），已按默认值处理"
            return self.fallback, f"{self.name} 的值无效（{error}），已按最严格的 {written(self.fallback)} 处理"

    def _number(self, text: str) -> int | float:
        try:
            if "_" in text:  # Python's own way of writing 1_000
                raise ValueError
            if isinstance(self.default, float):
                value = float(text)
            elif text[:2].lower() == "0x":  # addresses of a screen's variables are written as 0x1000
                value = int(text, 16)
            else:
                value = int(text)
        except ValueError:
            raise ValueError("应为整数" if isinstance(self.default, int) else "应为数字") from None
        if not self.low <= value <= self.high:
            raise ValueError(f"应在 {self.low:g} 到 {self.high:g} 之间")
        return value


def expand(path: str) -> str:
    """Return ``path`` with each ``%NAME%`` replaced from the environment.

    Raise ValueError for an unknown name, and for a path that begins with a percent sign all the same (``%TEMP\\x``,
    ``% TEMP %``): a folder of that name would be made where nobody looks for it.
    """
    parts = path.split("%")
    expanded, number = parts[0], 1
    while number < len(parts):
        name = parts[number]
        is_name = number + 1 < len(parts) and name and not set(name) & _NEVER_IN_A_NAME
        if is_name:
            if not os.environ.get(name):  # an empty one would leave a path that begins elsewhere
                raise ValueError(f"本机没有环境变量 %{name}%")
            expanded += os.environ[name] + parts[number + 1]
            number += 2
        else:  # a percent sign that is itself, as in D:\\50%\\label.png
            expanded += "%" + name
            number += 1
    if expanded[:1] in ("%", "％"):
        raise ValueError("开头的 % 没有写成 %变量%")
    return expanded


def written(value: object) -> str:
    """Return a value as it is written in the INI."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def option(default: Any, help: str, **limits: Any) -> Any:
    """Return the row of a section's attribute; its name is the attribute's."""
    return Option(name="", default=default, help=help, **limits)


class Section(Record):
    """Base of the INI's sections: each attribute that is set to an `option` is a key, and its default.

    ``_options`` holds the rows by name, in the order of the file; ``_title`` is the section's Chinese heading.
    """

    _title: ClassVar[str] = ""
    _options: ClassVar[dict[str, Option]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = {name: row for name, row in vars(cls).items() if isinstance(row, Option)}
        named = {name: row.replace(name=name) for name, row in own.items()}
        for name, row in named.items():
            setattr(cls, name, row.default)
        cls._options = {**cls._options, **named}
