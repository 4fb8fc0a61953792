"""The label printers' languages that are known, and what a driver of one offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from vcchk.devices import driver
from vcchk.devices.driver import DriverRow
from vcchk.devices.options import Option
from vcchk.devices.printer.label import Label, State
from vcchk.devices.step import Step

DRIVERS = {
    "tspl": DriverRow("tspl", "TSC、佳博、汉印等"),
    "zpl": DriverRow("zpl", "斑马 ZPL II"),
    "escpos": DriverRow("escpos", "小票机"),
    "cpcl": DriverRow("cpcl", "便携机"),
    "template": DriverRow("template", "其他打印机，用模板文件"),
}


class PrinterDriver(Protocol):
    """A printer's language: makes and reads bytes and does no I/O.

    ``BAUD`` is the usual rate in bits a second, ``SIZES`` the heights of the printer's own font in dots, largest first.
    ``NO_ANSWER``: the Chinese sentence for silence where it means more than "check the cable", else None.
    """

    BAUD: int
    SIZES: Sequence[int]
    OPTIONS: tuple[Option, ...]
    NO_ANSWER: str | None

    def is_laid_out(self, values: dict[str, Any]) -> bool:
        """Tell whether `job` uses the label's elements; False spares a machine without fonts the drawing."""

    def can_print(self, text: str) -> bool:
        """Tell whether the printer's own font has every character of ``text``."""

    def measure(self, text: str, size: int) -> int:
        """Return the width of ``text`` in dots at ``size``, or an upper bound of it."""

    def job(self, label: Label, values: dict[str, Any]) -> bytes:
        """Return the bytes that print ``label``; ``values`` are those of ``OPTIONS``."""

    def queries(self) -> tuple[Step, ...]:
        """Return the questions for the printer's state."""

    def state(self, replies: list[bytes]) -> State:
        """Return what the answers to `queries` say. Raises DeviceError ``bad_reply``."""


def load(name: str, position: str = "") -> PrinterDriver:
    """Import and return a driver. Raises DeviceError ``absent`` or ``bad_argument``."""
    module: PrinterDriver = driver.load("printer", name, DRIVERS, position)
    return module
