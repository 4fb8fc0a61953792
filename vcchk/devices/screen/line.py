"""A screen behind a serial line: carries out the steps its driver makes."""

from __future__ import annotations

from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices import port
from vcchk.devices.screen.drivers import LineDriver
from vcchk.devices.spool import SpoolPort
from vcchk.devices.step import Step, run
from vcchk.settings import ScreenSettings


class LineDisplay:
    """Shows and clears by a line driver (``show(text, values)`` and ``clear(values)`` return steps).

    The port is closed after each use, so that two programs of one till can share the screen, unless the driver says
    ``HOLD`` (a box that restarts when DTR falls).
    """

    def __init__(self, driver: LineDriver, section: ScreenSettings, values: dict[str, Any], folder: str) -> None:
        self._driver = driver
        self._values = values
        self._seconds = section.timeout
        line = port.make(section, driver.BAUD, folder)
        if isinstance(line, SpoolPort):
            raise DeviceError("bad_argument", "扩展屏的 port 不能是打印队列，请填串口号", cause=line.name)
        self._port = line

    def show(self, text: str, seconds: float) -> None:
        """Show ``text`` as a QR. ``seconds`` is the controller's to watch. Raises DeviceError."""
        self._carry_out(self._driver.show(text, self._values))

    def clear(self) -> None:
        """Make the screen dark, or idle. Raises DeviceError."""
        self._carry_out(self._driver.clear(self._values))

    def _carry_out(self, steps: tuple[Step, ...]) -> None:
        try:
            self._port.open()
            run(self._port, steps, self._seconds)
        except BaseException:
            self._port.close()
            raise
        if not self._driver.HOLD:
            self._port.close()

    def close(self) -> None:
        """Let go of the port."""
        self._port.close()
