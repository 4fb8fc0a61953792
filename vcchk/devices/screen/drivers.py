"""The extension screens that are known, and what a driver of one offers."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from vcchk.devices import driver
from vcchk.devices.driver import DriverRow
from vcchk.devices.options import Option
from vcchk.devices.step import Probe, Step
from vcchk.settings import ScreenSettings

DRIVERS = {
    "tjc": DriverRow("tjc", "淘晶驰/Nextion"),
    "dwin": DriverRow("dwin", "迪文 DGUS II"),
    "qrbox": DriverRow("qrbox", "Bonrix"),
    "window": DriverRow("window", "第二显示器"),
    "file": DriverRow("file", "图片文件"),
}


@runtime_checkable
class LineDriver(Protocol):
    """A screen behind a serial line: makes the bytes and does no I/O.

    ``BAUD`` is the usual rate in bits a second. ``HOLD``: the port stays open between two codes.
    ``PROBES``: questions by which ``vcchk screen --find`` knows the screen; () for one that answers nothing. ``values``
    are those of ``OPTIONS``.
    """

    BAUD: int
    HOLD: bool
    PROBES: tuple[Probe, ...]
    OPTIONS: tuple[Option, ...]

    def show(self, text: str, values: dict[str, Any]) -> tuple[Step, ...]:
        """Return the steps that show ``text`` as a QR code. Raises DeviceError ``too_large`` or ``bad_argument``."""

    def clear(self, values: dict[str, Any]) -> tuple[Step, ...]:
        """Return the steps that make the screen dark, or idle."""


class Display(Protocol):
    """A screen in use. ``show`` and ``clear`` raise DeviceError."""

    def show(self, text: str, seconds: float) -> None:
        """Show ``text`` as a QR code; ``seconds`` is how long it is valid."""

    def clear(self) -> None:
        """Make the screen dark, or idle."""

    def close(self) -> None:
        """Let go of the screen."""


class DisplayMaker(Protocol):
    """Makes the `Display` of a screen that is no serial line."""

    def __call__(self, section: ScreenSettings, values: dict[str, Any], folder: str) -> Display: ...


class DisplayDriver(Protocol):
    """A screen that is no serial line."""

    OPTIONS: tuple[Option, ...]
    Display: DisplayMaker


def load(name: str, position: str = "") -> LineDriver | DisplayDriver:
    """Import and return a driver. Raises DeviceError ``absent`` or ``bad_argument``."""
    module: LineDriver | DisplayDriver = driver.load("screen", name, DRIVERS, position)
    return module
