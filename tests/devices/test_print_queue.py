"""Windows print queues: what Windows says of queue and job decides whether a label was printed, may be, or was not.

winspool is modelled: the calls that vcchk makes, with the words that Windows gives for printers in trouble.
"""

from __future__ import annotations

import ctypes
import itertools
import struct
from types import SimpleNamespace

import pytest

from tests.devices.lines import Lines
from tests.devices.printers import CARD, CODE
from vcchk.base.errors import DEVICE_CODES
from vcchk.devices import spool
from vcchk.devices.printer import Printer
from vcchk.settings import PrinterSettings

POINTER = "Q" if ctypes.sizeof(ctypes.c_void_p) == 8 else "I"
PRINTING, PRINTED, OFFLINE, ERROR, BLOCKED, PAPEROUT, SPOOLING, COMPLETE = (
    0x10, 0x80, 0x20, 0x2, 0x200, 0x40, 0x8, 0x1000,
)  # fmt: skip
GONE = None
"""A job that has left the queue."""


class Winspool:
    """One queue with one job. ``states``: the job's status at each look, the last one for ever."""

    def __init__(self, *states, status=0, attributes=0, pages=0, delete=True, starts=True, late=0) -> None:
        self._states = itertools.chain(states, itertools.repeat(states[-1] if states else GONE))
        self._state = next(self._states)
        self._status, self._attributes, self._pages = status, attributes, pages
        self._delete, self._starts, self._late_status = delete, starts, late
        self.written = b""
        self.calls: list[str] = []

    def OpenPrinterW(self, name, handle, defaults):
        return 1

    def ClosePrinter(self, handle):
        self.calls.append("close")
        return 1

    def _fill(self, info: bytes, buffer, size, needed) -> int:
        ctypes.cast(needed, ctypes.POINTER(ctypes.c_uint32))[0] = len(info)
        if buffer is None:
            return 0
        ctypes.memmove(buffer, info, len(info))
        return 1

    def GetPrinterW(self, handle, level, buffer, size, needed):
        info = struct.pack(f"<13{POINTER}8I", *[0] * 13, self._attributes, 0, 0, 0, 0, self._status, 0, 0)
        return self._fill(info, buffer, size, needed)

    def StartDocPrinterW(self, handle, level, document):
        return 7 if self._starts else 0

    def WritePrinter(self, handle, data, size, written):
        self.written += data
        ctypes.cast(written, ctypes.POINTER(ctypes.c_uint32))[0] = size
        return 1

    def EndDocPrinter(self, handle):
        self.calls.append("end")
        self._status |= self._late_status
        return 1

    def AbortPrinter(self, handle):
        self.calls.append("abort")
        return 1

    def GetJobW(self, handle, job, level, buffer, size, needed):
        assert (job, level) == (7, 1)
        if buffer is None:
            self._state = next(self._states)
        if self._state is GONE:
            ctypes.cast(needed, ctypes.POINTER(ctypes.c_uint32))[0] = 0
            return 0
        padding = "4x" if POINTER == "Q" else ""
        info = struct.pack(f"<I{padding}6{POINTER}5I", 7, *[0] * 6, self._state, 0, 1, 0, self._pages)
        return self._fill(info, buffer, size, needed)

    def SetJobW(self, handle, job, level, data, command):
        assert (job, level, command) == (7, 0, spool.JOB_CONTROL_DELETE)
        self.calls.append("delete")
        if self._delete:
            self._states = itertools.repeat(GONE)
        return int(self._delete)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The watch is counted in looks, not in seconds: its clock goes on while it sleeps alone."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(spool, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))


def label(queue: Winspool, monkeypatch, folder) -> tuple[int, str]:
    monkeypatch.setattr(spool.SpoolPort, "_api", lambda self: queue)
    log = Lines()
    section = PrinterSettings(driver="tspl", port="spool:标签", text="font")
    return Printer(section, log, folder=str(folder)).print_label(CODE, CARD, "M"), log.text()


def number(name: str) -> int:
    return DEVICE_CODES[name][0]


@pytest.mark.parametrize(
    "queue", [Winspool(SPOOLING, PRINTING, GONE), Winspool(0, PRINTED), Winspool(0, COMPLETE), Winspool(GONE)]
)
def test_a_label_that_leaves_the_queue_is_printed(queue, monkeypatch, tmp_path):
    assert label(queue, monkeypatch, tmp_path)[0] == 0
    assert queue.written.endswith(b"PRINT 1,1\r\n")
    assert queue.calls == ["end", "close"]


@pytest.mark.parametrize(
    ("queue", "name"),
    [
        (Winspool(attributes=0x400), "offline"),
        (Winspool(attributes=0x440, status=0), "offline"),
        (Winspool(status=0x80), "offline"),
        (Winspool(status=0x10, attributes=0x400), "paper_out"),
    ],
)
def test_a_queue_that_cannot_print_gets_no_job(queue, name, monkeypatch, tmp_path):
    assert label(queue, monkeypatch, tmp_path)[0] == number(name)
    assert queue.written == b""


@pytest.mark.parametrize(
    ("state", "name"),
    [(OFFLINE, "offline"), (ERROR, "offline"), (BLOCKED, "offline"), (0, "offline"), (SPOOLING | OFFLINE, "offline"),
     (PAPEROUT, "paper_out")],
)  # fmt: skip
def test_a_job_that_does_not_begin_is_taken_back(state, name, monkeypatch, tmp_path):
    queue = Winspool(0, state)
    assert label(queue, monkeypatch, tmp_path)[0] == number(name)
    assert queue.calls == ["end", "delete", "close"]


@pytest.mark.parametrize(
    "queue",
    [
        Winspool(0, PRINTING, ERROR | PRINTING),
        Winspool(0, PRINTING, OFFLINE),  # it was printing before
        Winspool(0, OFFLINE, pages=1),
    ],
)
def test_a_job_that_has_begun_is_left_and_may_be_a_label(queue, monkeypatch, tmp_path):
    result, text = label(queue, monkeypatch, tmp_path)
    assert result == number("maybe_printed")
    assert "delete" not in queue.calls
    assert "可能已打出" in text


def test_a_printer_that_runs_out_of_paper_with_the_label_in_it(monkeypatch, tmp_path):
    result, text = label(Winspool(0, GONE, late=0x10), monkeypatch, tmp_path)
    assert result == number("maybe_printed")
    assert "缺纸" in text


def test_a_job_that_cannot_be_taken_back_may_be_a_label(monkeypatch, tmp_path):
    queue = Winspool(0, OFFLINE, delete=False)
    assert label(queue, monkeypatch, tmp_path)[0] == number("maybe_printed")


def test_a_job_that_windows_does_not_take_is_none(monkeypatch, tmp_path):
    queue = Winspool(GONE, starts=False)
    assert label(queue, monkeypatch, tmp_path)[0] == number("write_failed")
    assert queue.written == b""
