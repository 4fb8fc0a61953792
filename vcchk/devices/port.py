"""A line to a device: a pyserial URL.

``COM3``, ``/dev/ttyUSB0``, ``socket://host:9100``, ``hwgrep://1A86:7523`` (the USB adapter of that vendor and product),
``loop://``, ``spy://``.

Opened late, owned by one at a time, closed on any error so that the next use opens it anew (an unplugged adapter
comes back without restarting the HIS), and no wait without a bound. All failures of pyserial, whose kinds differ by
system (OSError, SerialException, termios.error), leave here as DeviceError.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Self

from vcchk.base.errors import DeviceError
from vcchk.devices import owner, port_errors
from vcchk.devices.port_errors import NothingSent
from vcchk.devices.spool import SpoolPort
from vcchk.settings import DeviceSettings

POLL_SECONDS = 0.005
"""Between two looks at a line. The clock is read before each: what was so in time is seen, though the process stand
still between the look and the clock."""
MAX_READ_BYTES = 65536
FINISH_SECONDS = 0.5
"""How long the other end of a network line may take to close it after us; many printers do not close at all."""
RESET_SECONDS = 0.1


class Port:
    """A serial line. Use it as a context manager; `open` and `close` may be repeated.

    ``baud`` is in bits a second, ``stopbits`` 1, 1.5 or 2, ``parity`` N, E or O, ``flow`` none, rtscts, xonxoff or
    dsrdtr. ``wait`` is how many seconds to wait for another owner to finish.
    """

    def __init__(
        self,
        name: str,
        *,
        baud: int = 9600,
        bytesize: int = 8,
        parity: str = "N",
        stopbits: float = 1.0,
        flow: str = "none",
        folder: str = "",
        wait: float = 2.0,
    ) -> None:
        self.name = name
        self._baud = baud
        self._line: dict[str, Any] = {
            "baudrate": baud,
            "bytesize": bytesize,
            "parity": parity,
            "stopbits": stopbits,
            "xonxoff": flow == "xonxoff",
            "rtscts": flow == "rtscts",
            "dsrdtr": flow == "dsrdtr",
        }
        self._claim = owner.Claim(name, folder, wait)
        self._serial: Any = None

    def open(self) -> None:
        """Open the line and throw away what had arrived. Raises DeviceError ``busy`` or ``open_failed``."""
        if self._serial is not None:
            return
        if not self.name:
            raise DeviceError("absent", "没有设置设备端口，请在 VirtualCardChk.ini 中设置 port")
        self._claim.take()
        try:
            import serial

            line = serial.serial_for_url(self.name, do_not_open=True, timeout=0, **self._line)
            if sys.platform != "win32" and "://" not in self.name:
                line.exclusive = True
            line.open()
            self._serial = line
        except Exception as error:
            self._claim.drop()
            raise port_errors.on_open(self.name, error) from error

    def close(self) -> None:
        """Close the line; never raises."""
        line, self._serial = self._serial, None
        if line is not None:
            try:
                line.close()
            except Exception:  # noqa: S110 - an unplugged adapter cannot even be closed properly, and is gone anyway
                pass
        self._claim.drop()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _failed(self, name: str, error: Exception) -> DeviceError:
        self.close()
        return port_errors.on_use(self.name, error, name)

    def _opened(self) -> Any:
        if self._serial is None:
            raise DeviceError("open_failed", cause=f"{self.name} is closed")
        return self._serial

    def write(self, data: bytes, seconds: float) -> None:
        """Write all of ``data``, waiting ``seconds`` plus twice its time on the line. Raises ``write_failed``."""
        line = self._opened()
        until = time.monotonic() + seconds + len(data) * 20 / max(self._baud, 1)
        try:
            line.write_timeout = max(0.05, until - time.monotonic())
            line.write(data)
            # tcdrain has no time limit, and closing drops what still waits in the driver. (What waits in a loop:// is
            # what was looped back.)
            now = time.monotonic()
            while not self.name.startswith("loop:") and getattr(line, "out_waiting", False):
                if now >= until:
                    raise TimeoutError("the line does not take the data")
                time.sleep(POLL_SECONDS)
                now = time.monotonic()
        except Exception as error:
            raise self._failed("write_failed", error) from error

    def write_job(self, data: bytes, seconds: float) -> None:
        """Write a job as `write` does. Raises `NothingSent` when the line did not take its first byte."""
        try:
            self.write(data[:1], seconds)
        except DeviceError as error:
            raise NothingSent(error.name, error.message, cause=error.cause) from error
        self.write(data[1:], seconds)

    def read_now(self) -> bytes:
        """Return what has arrived, perhaps nothing, without waiting. Raises DeviceError ``no_answer`` (unplugged)."""
        line = self._opened()
        try:
            # Asked first: under Wine a read that finds nothing raises.
            if not line.in_waiting:
                return b""
            return bytes(line.read(MAX_READ_BYTES))
        except Exception as error:
            raise self._failed("no_answer", error) from error

    def read_until(self, complete: Callable[[bytes], bool], seconds: float) -> bytes:
        """Return what arrives until ``complete`` says so or ``seconds`` are over (then it may be short or empty)."""
        until = time.monotonic() + seconds
        data = b""
        while not complete(data):
            now = time.monotonic()
            part = self.read_now()
            if part:
                data += part
                if len(data) > MAX_READ_BYTES:
                    break
            elif now >= until:
                break
            else:
                time.sleep(POLL_SECONDS)
        return data

    def finish(self) -> None:
        """See that the other end of a network line took everything. Raises DeviceError ``write_failed``.

        A print server that is busy accepts the connection and closes it, and writing succeeds all the same. What is
        closed (FIN) or reset (RST) before our end of the data is a fault. Serial lines tell nothing.
        """
        peer: socket.socket | None = getattr(self._opened(), "_socket", None)  # pyserial's socket://
        if peer is None:
            return
        try:
            if _closed(peer, 0.0):
                raise ConnectionError("closed by the other end")
            peer.shutdown(socket.SHUT_WR)
            if _closed(peer, FINISH_SECONDS):
                # A reset that answers our last bytes comes a moment after the FIN of a peer that read none of them.
                time.sleep(RESET_SECONDS)
                number = peer.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if number:
                    raise OSError(number, os.strerror(number))
        except OSError as error:
            raise self._failed("write_failed", error) from error

    def flush_input(self) -> None:
        """Throw away what has arrived."""
        line = self._opened()
        try:
            line.reset_input_buffer()
        except Exception as error:
            raise self._failed("no_answer", error) from error


def _closed(peer: socket.socket, seconds: float) -> bool:
    """Read until the other end closes the connection; returns whether it did within ``seconds``. Raises OSError."""
    until = time.monotonic() + seconds
    while select.select([peer], [], [], max(0.0, until - time.monotonic()))[0]:
        if not peer.recv(MAX_READ_BYTES):
            return True
    return False


def make(section: DeviceSettings, default_baud: int, folder: str = "") -> Port | SpoolPort:
    """Return the (closed) port of an INI section; ``default_baud`` is the driver's, taken when baud is 0."""
    if section.port.lower().startswith("spool:"):
        return SpoolPort(section.port[6:], folder=folder)
    return Port(
        section.port,
        baud=section.baud or default_baud,
        bytesize=section.bytesize,
        parity=section.parity,
        stopbits=section.stopbits,
        flow=section.flow,
        folder=folder,
    )


class SerialPort(NamedTuple):
    """A serial port of this machine. ``usb``: vendor and product as ``1A86:7523``, "" for a port that is not on USB."""

    name: str
    description: str
    usb: str = ""

    @property
    def lasting_name(self) -> str:
        """The name that stays when Windows gives the adapter another COM number, "" where there is none."""
        return f"hwgrep://{self.usb}" if self.usb else ""


def available() -> list[SerialPort]:
    """Return the serial ports of this machine, for ``vcchk doctor``; never raises."""
    try:
        from serial.tools.list_ports import comports

        return [
            SerialPort(p.device, p.description, "" if p.vid is None else f"{p.vid:04X}:{p.pid:04X}") for p in comports()
        ]
    except Exception:
        # The module does not load under Wine; the list of drivers in the registry does.
        return _from_registry()


def _from_registry() -> list[SerialPort]:
    if sys.platform != "win32":
        return []
    import winreg

    found = []
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DEVICEMAP\SERIALCOMM") as key:
            for index in range(256):
                device, name, _ = winreg.EnumValue(key, index)
                found.append(SerialPort(str(name), device))
    except OSError:
        pass
    return found
