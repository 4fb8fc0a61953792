"""The shipped INI, made from the rows of `vcchk.settings`, of the devices' drivers and of the wire's profiles."""

from __future__ import annotations

from vcchk.devices import registry
from vcchk.settings import SECTIONS
from vcchk.settings.option import Option, written
from vcchk.wire import profile_help

INTRODUCTION = """\
; VirtualCardChk.ini —— VirtualCardChk.dll（vcchk）的设置
; 全部设置项都可以不填：不填即按默认值运行。改动后重启 HIS 生效。
; 文件编码可为 UTF-8、GBK 或 UTF-16。以分号开头的行是说明。"""


def template() -> str:
    """Return the shipped INI: every key, explained, with its default (LF line ends; the build writes CRLF)."""
    lines = [INTRODUCTION]
    for name, section in SECTIONS.items():
        lines += ["", f"; ==== {section._title} ====", f"[{name}]"]
        for row in section._options.values():
            lines += [f"; {explained(name, row)}", f"{row.name} = {written(row.default)}".rstrip()]
        lines += _driver_keys(name)
    lines += ["", *profile_help.example()]
    return "\n".join(lines) + "\n"


def explained(section: str, row: Option) -> str:
    """Return what a key means; for ``driver`` with the drivers there are, which the settings do not know."""
    if row.name == "driver" and section in registry.DRIVERS:
        return row.help.replace("型号", f"型号：{registry.choices(section)}", 1)
    return row.help


def _driver_keys(section: str) -> list[str]:
    """Return the keys that single drivers add to a section, as remarks."""
    lines = []
    for driver in registry.DRIVERS.get(section, ()):
        rows = registry.load(section, driver).OPTIONS
        if rows:
            lines.append(f"; ---- driver = {driver} 时还可以设置（去掉行首分号）：")
        for row in rows:
            lines += [f"; {row.help}", f";{row.name} = {written(row.default)}".rstrip()]
    return lines
