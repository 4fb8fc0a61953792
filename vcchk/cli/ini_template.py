"""The shipped INI, made from the rows of `vcchk.settings`, of the devices' drivers and of the wire's profiles."""

from __future__ import annotations

from vcchk.devices import registry
from vcchk.settings import SECTIONS
from vcchk.settings.option import Option, written
from vcchk.wire import profile_help

INTRODUCTION = """\
; VirtualCardChk.example.ini —— VirtualCardChk.dll（vcchk）的全部设置项，每项写的是默认值
; 复制为 VirtualCardChk.ini，去掉要改的那几行行首的分号；不填的按默认值运行。改动后重启 HIS 生效。
; 升级只更换本文件，不动 VirtualCardChk.ini。文件编码可为 UTF-8、GBK 或 UTF-16。以分号开头的行是说明。
; 文件路径中可以写 %变量%，如 %ProgramData%；其他地方的 % 就是 %。
; 只给一台或一组电脑的设置：在节名后加 @电脑名，可用 * 和 ?，如 [printer@PC-017]、[scanner@窗口*]。
; 环境变量 VCCHK_INI 可以指定另一个 INI 文件。

; ==== 多台电脑共用的设置 ====
[include]
; 先读这些文件（逗号分隔，后面的优先），再读本文件，本文件优先；读不到时用本机上次的副本
;file = \\\\server\\share\\VirtualCardChk.common.ini"""


def template() -> str:
    """Return the shipped INI: every key, explained, with its default (LF line ends; the build writes CRLF)."""
    lines = [INTRODUCTION]
    for name, section in SECTIONS.items():
        lines += ["", f"; ==== {section._title} ====", f"[{name}]"]
        for row in section._options.values():
            lines += [f"; {explained(name, row)}", f";{row.name} = {written(row.default)}".rstrip()]
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
            lines.append(f"; ---- driver = {driver} 时还可以设置：")
        for row in rows:
            lines += [f"; {row.help}", f";{row.name} = {written(row.default)}".rstrip()]
    return lines
