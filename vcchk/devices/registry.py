"""Every driver there is: kind → the name written in the INI → its module. A new driver is one file and one row here."""

from __future__ import annotations

from vcchk.base.errors import DeviceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DRIVERS: dict[str, dict[str, str]] = {
    "screen": {
        "tjc": "tjc",
        "dwin": "dwin",
        "qrbox": "qrbox",
        "window": "window",
        "file": "file",
    },
    "printer": {
        "tspl": "tspl",
        "zpl": "zpl",
        "escpos": "escpos",
        "cpcl": "cpcl",
    },
    "scanner": {
        "continuous": "continuous",
        "newland": "newland",
        "newland-ucs": "newland_ucs",
        "honeywell": "honeywell",
        "gm65": "gm65",
        "ssi": "ssi",
        "datalogic": "datalogic",
        "zkteco": "zkteco",
    },
}

KINDS = {"screen": "扩展屏", "printer": "标签打印机", "scanner": "扫码枪"}


def load(kind: str, name: str) -> Any:
    """Import and return the driver's module. Raises DeviceError ``absent`` (none set) or ``bad_argument`` (unknown)."""
    from importlib import import_module

    if not name:
        raise DeviceError("absent", f"未配置{KINDS[kind]}，请在 VirtualCardChk.ini 的 [{kind}] 中设置 driver 和 port")
    module = DRIVERS[kind].get(name.lower())
    if module is None:
        known = "、".join(DRIVERS[kind])
        raise DeviceError("bad_argument", f"[{kind}] driver 的值不认识，只能是 {known}", cause=f"driver {name!r}")
    return import_module(f"vcchk.devices.{kind}.{module}")
