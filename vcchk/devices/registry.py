"""Every driver there is: kind → the name written in the INI → its row. A new driver is a row in its kind's table."""

from __future__ import annotations

from collections.abc import Mapping

from vcchk.devices.driver import KINDS as KINDS
from vcchk.devices.driver import Driver
from vcchk.devices.printer import drivers as printer_drivers
from vcchk.devices.scanner import families
from vcchk.devices.screen import drivers as screen_drivers

DRIVERS: Mapping[str, Mapping[str, str]] = {
    "screen": {name: row.title for name, row in screen_drivers.DRIVERS.items()},
    "printer": {name: row.title for name, row in printer_drivers.DRIVERS.items()},
    "scanner": {name: family.title for name, family in families.FAMILIES.items()},
}
"""Kind → driver's name in the INI → the makes it is for, in Chinese."""


def load(kind: str, name: str, position: str = "") -> Driver:
    """Return the driver of any kind; ``position`` says where its name stands.

    Raises DeviceError ``absent`` (none is set) or ``bad_argument`` (unknown).
    """
    if kind == "screen":
        return screen_drivers.load(name, position)
    return printer_drivers.load(name, position) if kind == "printer" else families.load(name, position)


def choices(kind: str) -> str:
    """Return the drivers of ``kind`` and their makes as the INI explains its key ``driver``."""
    return "、".join(f"{name}（{title}）" if title else name for name, title in DRIVERS[kind].items())
