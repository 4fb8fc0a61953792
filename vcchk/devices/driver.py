"""What the drivers of all kinds have in common: a row in the table of their kind, and INI keys of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

from vcchk.base.errors import DeviceError
from vcchk.base.nearest import nearest
from vcchk.devices.options import Option

KINDS = {"screen": "扩展屏", "printer": "标签打印机", "scanner": "扫码枪"}


class Driver(Protocol):
    """What `vcchk doctor` and the shipped INI know of a driver of any kind."""

    @property
    def OPTIONS(self) -> tuple[Option, ...]:
        """Its own INI keys."""


@runtime_checkable
class PortDriver(Driver, Protocol):
    """A driver of a device on a port: all but the screens that are no serial line (`screen.drivers.DisplayDriver`)."""

    @property
    def BAUD(self) -> int:
        """The device's usual rate in bits a second."""


@dataclass(frozen=True)
class DriverRow:
    """One driver of a table: its ``module``, and the makes it is for, in Chinese, for the INI and the documents."""

    module: str
    title: str


def load(kind: str, name: str, table: Mapping[str, DriverRow], position: str = "") -> Any:
    """Import and return the module of driver ``name``. Raises DeviceError ``absent`` or ``bad_argument``."""
    return import_module(f"vcchk.devices.{kind}.{table[known(kind, name, table, position)].module}")


def known(kind: str, name: str, table: Mapping[str, object], position: str = "") -> str:
    """Return the key of ``table`` that the INI's ``driver`` means. ``position``: its file and line (Chinese).

    Raises DeviceError ``absent`` (none is set) or ``bad_argument`` (the table has no such driver).
    """
    if not name:
        raise DeviceError("absent", f"未配置{KINDS[kind]}，请在 VirtualCardChk.ini 的 [{kind}] 中设置 driver 和 port")
    key = name.lower()
    if key not in table:
        sentence = f"[{kind}] driver 的值不认识，只能是 {'、'.join(table)}{nearest(key, table)}"
        raise DeviceError("bad_argument", f"{position}：{sentence}".lstrip("："), cause=f"driver {name!r}")
    return key
