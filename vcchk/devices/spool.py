"""A Windows print queue as a port: ``spool:<printer name>``, one RAW job, for printers on USB.

Calls of winspool.drv as in Microsoft's "Print Spooler API" (OpenPrinterW, StartDocPrinterW with datatype RAW,
WritePrinter, EndDocPrinter, AbortPrinter, GetPrinterW level 2, GetJobW level 1, SetJobW). A queue cannot be read: the
driver's own status query is replaced by what Windows knows of the queue and of the job. Windows takes a job for a
printer that is unplugged and prints it at the next plug-in, to whichever patient stands there then; so a job is
watched, and taken back while nothing of it has gone out.
"""

from __future__ import annotations

import sys
import time
from typing import Any, Self

from vcchk.base.errors import DeviceError
from vcchk.devices import owner
from vcchk.devices.port_errors import NothingSent

WATCH_SECONDS = 3.0
"""How long a job is watched until it is taken back."""
WATCH_EVERY = 0.05

WORK_OFFLINE = 0x400
"""PRINTER_ATTRIBUTE_WORK_OFFLINE: an unplugged USB printer has it, with a Status of 0."""

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
    (0x00800000, "offline"),  # SERVER_UNKNOWN
    (0x02000000, "offline"),  # SERVER_OFFLINE
    (0x00100000, "device_fault"),  # USER_INTERVENTION
    (0x00200000, "device_fault"),  # OUT_OF_MEMORY
    (0x00000002, "device_fault"),  # ERROR
)

# JOB_STATUS_* (winspool.h).
JOB_PRINTING, JOB_PRINTED, JOB_COMPLETE = 0x10, 0x80, 0x1000
JOB_FAULTS: tuple[tuple[int, str], ...] = (
    (0x40, "paper_out"),  # PAPEROUT
    (0x01, "paused"),  # PAUSED
)
"""What is told apart of a job that did not begin; OFFLINE, ERROR, BLOCKED_DEVQ and all others are ``offline``."""
JOB_CONTROL_DELETE = 5


def status(info: bytes, pointer_size: int) -> int:
    """Return the status bits in a PRINTER_INFO_2W (4- or 8-byte pointers).

    It is 13 pointers, then Attributes, Priority, DefaultPriority, StartTime, UntilTime, Status.
    """
    return _word(info, 13 * pointer_size + 20)


def attributes(info: bytes, pointer_size: int) -> int:
    """Return the attribute bits in a PRINTER_INFO_2W."""
    return _word(info, 13 * pointer_size)


def job_status(info: bytes, pointer_size: int) -> int:
    """Return the status bits in a JOB_INFO_1W: JobId, 6 pointers, Status, Priority, Position, TotalPages, PagesPrinted.

    PagesPrinted, where it is not 0, counts as PRINTING.
    """
    bits = _word(info, 7 * pointer_size)
    return bits | JOB_PRINTING if _word(info, 7 * pointer_size + 16) else bits


def _word(info: bytes, offset: int) -> int:
    return int.from_bytes(info[offset : offset + 4], "little")


def fault(status: int, attributes: int = 0) -> str | None:
    """Return the fault (a name of DEVICE_CODES) in a queue's status and attribute bits, or None."""
    for bit, name in STATUS_BITS:
        if status & bit:
            return name
    return "offline" if attributes & WORK_OFFLINE else None


class SpoolPort:
    """A print queue. `write_job` starts a document, `finish` ends it; leaving the ``with`` block without
    `finish` aborts it.
    """

    def __init__(self, printer: str, *, folder: str = "", wait: float = 2.0) -> None:
        self.name = f"spool:{printer}"
        self._printer = printer
        self._claim = owner.Claim(self.name, folder, wait)
        self._handle: Any = None
        self._job = 0

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

    def _info(self, call: str, *arguments: int) -> bytes:
        """Return what GetPrinterW or GetJobW fills in, b"" when it has nothing."""
        import ctypes

        function = getattr(self._api(), call)
        needed = ctypes.c_uint32()
        function(self._handle, *arguments, None, 0, ctypes.byref(needed))
        if needed.value == 0:
            return b""
        buffer = ctypes.create_string_buffer(needed.value)
        done = function(self._handle, *arguments, buffer, needed, ctypes.byref(needed))
        return buffer.raw if done else b""

    def fault(self) -> str | None:
        """Return what the queue says is wrong (a name of DEVICE_CODES), or None."""
        info = self._info("GetPrinterW", 2)
        return fault(status(info, _pointer_size()), attributes(info, _pointer_size())) if info else None

    def write_job(self, data: bytes, seconds: float) -> None:
        """Hand ``data`` to the spooler as part of one RAW document. Raises DeviceError ``write_failed``.

        The spooler takes data without waiting for the printer, so ``seconds`` has nothing to bound here.
        """
        import ctypes

        api = self._api()
        if not self._job:
            document = (ctypes.c_wchar_p * 3)("vcchk label", None, "RAW")  # DOC_INFO_1W
            self._job = api.StartDocPrinterW(self._handle, 1, ctypes.byref(document))
            if not self._job:
                error = self._failure("write_failed", "StartDocPrinterW")
                raise NothingSent(error.name, cause=error.cause)
        written = ctypes.c_uint32()
        if not api.WritePrinter(self._handle, data, len(data), ctypes.byref(written)) or written.value != len(data):
            raise self._failure("write_failed", f"WritePrinter ({written.value} of {len(data)} bytes)")

    def finish(self) -> None:
        """End the document and see that it leaves the queue.

        Raises `NothingSent` when it was taken back unprinted, DeviceError ``write_failed`` or ``no_answer`` when it may
        be printed yet.
        """
        job, self._job = self._job, 0
        if not self._api().EndDocPrinter(self._handle):
            raise self._failure("write_failed", "EndDocPrinter")
        until = time.monotonic() + WATCH_SECONDS
        seen = 0
        while True:
            info = self._info("GetJobW", job, 1)
            if not info:
                return  # a job that is done leaves the queue
            bits = job_status(info, _pointer_size())
            if bits & (JOB_PRINTED | JOB_COMPLETE):
                return
            seen |= bits
            if time.monotonic() >= until:
                break
            time.sleep(WATCH_EVERY)
        self._withdraw(job, bits, seen)

    def _withdraw(self, job: int, bits: int, seen: int) -> None:
        cause = f"{self.name}: job {job} has status {bits:#x} after {WATCH_SECONDS:g} s"
        if seen & JOB_PRINTING:
            raise DeviceError("no_answer", cause=cause)
        if not self._api().SetJobW(self._handle, job, 0, None, JOB_CONTROL_DELETE):
            raise DeviceError("no_answer", cause=cause + ", SetJobW failed")
        info = self._info("GetJobW", job, 1)
        if info and job_status(info, _pointer_size()) & (JOB_PRINTING | JOB_PRINTED | JOB_COMPLETE):
            raise DeviceError("no_answer", cause=cause + ", began while it was deleted")
        name = next((name for bit, name in JOB_FAULTS if seen & bit), "offline")
        raise NothingSent(name, cause=cause + ", deleted")

    def close(self) -> None:
        """Close the queue; a document that was begun and not finished is aborted."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        api = self._api()
        job, self._job = self._job, 0
        try:
            if job:
                api.AbortPrinter(handle)
        finally:
            api.ClosePrinter(handle)
            self._claim.drop()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _pointer_size() -> int:
    import ctypes

    return ctypes.sizeof(ctypes.c_void_p)
