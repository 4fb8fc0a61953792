"""A Windows print queue as a port: ``spool:<printer name>``, one RAW job, for printers on USB.

Calls of winspool.drv as in Microsoft's "Print Spooler API" (OpenPrinterW, StartDocPrinterW with datatype RAW,
WritePrinter, EndDocPrinter, AbortPrinter, GetPrinterW level 2). A queue cannot be read: the driver's own status query
is replaced by the queue's status bits (winspool.h, PRINTER_STATUS_*).
"""

from __future__ import annotations

import sys
from typing import Any, Self

from vcchk.base.errors import DeviceError
from vcchk.devices import owner

# PRINTER_STATUS_* bit: the fault it means. The order is that of what a person should mend first.
STATUS_BITS: tuple[tuple[int, str], ...] = (
    (0x00400000, "head_open"),  # DOOR_OPEN
    (0x00000010, "paper_out"),  # PAPER_OUT
    (0x00000008, "paper_jam"),  # PAPER_JAM
    (0x00000040, "paper_out"),  # PAPER_PROBLEM
    (0x00040000, "ribbon_out"),  # NO_TONER
    (0x00000001, "paused"),  # PAUSED
    (0x00000080, "offline"),  # OFFLINE
    (0x00001000, "offline"),  # NOT_AVAILABLE
    (0x00100000, "device_fault"),  # USER_INTERVENTION
    (0x00000002, "device_fault"),  # ERROR
)


def status(info: bytes, pointer_size: int) -> int:
    """Return the status bits in a PRINTER_INFO_2W (4- or 8-byte pointers).

    It is 13 pointers, then Attributes, Priority, DefaultPriority, StartTime, UntilTime, Status.
    """
    return int.from_bytes(info[13 * pointer_size + 20 :][:4], "little")


def fault(status: int) -> str | None:
    """Return the fault (a name of DEVICE_CODES) in a queue's status bits, or None."""
    for bit, name in STATUS_BITS:
        if status & bit:
            return name
    return None


class SpoolPort:
    """A print queue. `open` starts a document, leaving the ``with`` block ends it, an exception in it aborts it."""

    def __init__(self, printer: str, *, folder: str = "", wait: float = 2.0) -> None:
        self.name = f"spool:{printer}"
        self._printer = printer
        self._claim = owner.Claim(self.name, folder, wait)
        self._handle: Any = None
        self._started = False

    def _api(self) -> Any:
        if sys.platform != "win32":
            raise DeviceError("open_failed", "spool: 打印队列只能在 Windows 上使用", cause="no winspool here")
        import ctypes

        return ctypes.WinDLL("winspool.drv", use_last_error=True)

    def _failure(self, name: str, call: str) -> DeviceError:
        number = 0
        if sys.platform == "win32":
            import ctypes

            number = ctypes.get_last_error()
        return DeviceError(name, cause=f"{self.name}: {call} failed, Windows error {number}")

    def open(self) -> None:
        """Open the queue. Raises DeviceError ``busy`` or ``open_failed``."""
        if self._handle is not None:
            return
        api = self._api()
        import ctypes

        self._claim.take()
        handle = ctypes.c_void_p()
        if not api.OpenPrinterW(ctypes.c_wchar_p(self._printer), ctypes.byref(handle), None):
            self._claim.drop()
            error = self._failure("open_failed", "OpenPrinterW")
            sentence = f"没有名为“{self._printer}”的打印机，请核对 Windows 打印机名称"
            raise DeviceError("open_failed", sentence, cause=error.cause)
        self._handle = handle

    def fault(self) -> str | None:
        """Return what the queue says is wrong (a name of DEVICE_CODES), or None."""
        import ctypes

        api = self._api()
        needed = ctypes.c_uint32()
        api.GetPrinterW(self._handle, 2, None, 0, ctypes.byref(needed))
        if needed.value == 0:
            return None
        buffer = ctypes.create_string_buffer(needed.value)
        if not api.GetPrinterW(self._handle, 2, buffer, needed, ctypes.byref(needed)):
            return None
        return fault(status(buffer.raw, ctypes.sizeof(ctypes.c_void_p)))

    def write(self, data: bytes, seconds: float) -> None:
        """Hand ``data`` to the spooler as part of one RAW document. Raises DeviceError ``write_failed``.

        The spooler takes data without waiting for the printer, so ``seconds`` has nothing to bound here.
        """
        import ctypes

        api = self._api()
        if not self._started:
            document = (ctypes.c_wchar_p * 3)("vcchk label", None, "RAW")  # DOC_INFO_1W
            if not api.StartDocPrinterW(self._handle, 1, ctypes.byref(document)):
                raise self._failure("write_failed", "StartDocPrinterW")
            self._started = True
        written = ctypes.c_uint32()
        if not api.WritePrinter(self._handle, data, len(data), ctypes.byref(written)) or written.value != len(data):
            raise self._failure("write_failed", f"WritePrinter ({written.value} of {len(data)} bytes)")

    def close(self, failed: bool = False) -> None:
        """End the document (or abort it) and close the queue. Raises ``write_failed`` if the end is refused."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        api = self._api()
        try:
            if self._started and failed:
                api.AbortPrinter(handle)
            elif self._started and not api.EndDocPrinter(handle):
                raise self._failure("write_failed", "EndDocPrinter")
        finally:
            self._started = False
            api.ClosePrinter(handle)
            self._claim.drop()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(failed=kind is not None)
