"""EhealthID_Print and QRprint = Y: ask the printer's status, send the label, see that it came out.

Documents A and B, 静态码打印调用函数: ``ehealthid`` (the static QR's content), ``cardNo`` and ``name``, 0 = printed.
From a job's first byte on nobody can tell a label that is out from one that is not: whatever fails then (the printer
reports a fault, falls silent, the line breaks) is ``maybe_printed``, so that nobody prints a second one unseen.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from vcchk.base.errors import DEVICE_CODES, DeviceError
from vcchk.devices import options, owner, port
from vcchk.devices.port_errors import NothingSent
from vcchk.devices.printer import drivers, layout, pending
from vcchk.devices.printer.drivers import PrinterDriver
from vcchk.devices.printer.fonts import Fonts
from vcchk.devices.printer.label import Content, Label, State
from vcchk.devices.printer.pending import PendingLabel
from vcchk.devices.spool import SpoolPort
from vcchk.records import masking
from vcchk.records.folder import ensure_file, make_folder
from vcchk.records.log import Log
from vcchk.settings import PrinterSettings

FAILURE_FILE = "printer-failure.json"
FINISH_SECONDS = 15.0
"""How long a printer may take from the last byte until it says that it is done."""
ASK_AGAIN_SECONDS = 0.3
MAX_WAITING = 50
"""Labels that may wait for the worker."""


class Printer:
    """The label printer of one process. All methods are safe from any thread and none raises."""

    def __init__(self, section: PrinterSettings, log: Log | None = None, *, folder: str = "") -> None:
        self._section = section
        self._log = log
        self._folder = folder or owner.default_folder()
        self._one_at_a_time = threading.Lock()
        self._fonts: Fonts | None = None
        self._waiting: queue.Queue[tuple[Content, PendingLabel | None]] = queue.Queue(MAX_WAITING)
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def print_label(self, ehealthid: str, card_no: str, name: str) -> int:
        """Print one label and return 0, or the number of what is wrong (`errors.DEVICE_CODES`).

        ``ehealthid``: the QR's content. Waits for the labels before it, at most ``[printer] wait`` seconds, and for the
        printer: bounded by status, transmission and 15 s of printing.
        """
        content = Content(code=ehealthid, card=card_no, name=name)
        return self._print_and_report(content, self._section.wait, lambda: None)

    def print_later(self, ehealthid: str, card_no: str, name: str) -> None:
        """Print on a worker, beside the reply. A failure is logged and kept for `vcchk doctor`.

        Until it is printed the label is kept on the disk, sealed, in case the HIS ends before.
        """
        if not self._section.driver:
            self._failed(_absent())
            return
        content = Content(code=ehealthid, card=card_no, name=name)
        kept = pending.keep(self._folder, content, self._log)
        try:
            self._waiting.put_nowait((content, kept))
        except queue.Full:
            self._failed(DeviceError("busy", "待打印的标签过多，本张未打印", cause=f"{MAX_WAITING} labels wait"))
            if kept is not None:
                kept.release(begun=False)
            return
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="vcchk-printer", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until all labels of `print_later` are done (for the command line and tests); False: not in time."""
        until = time.monotonic() + seconds
        while self._waiting.unfinished_tasks:
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        return True

    def status(self) -> State:
        """Ask the printer and return its state, for doctor. Raises DeviceError."""
        driver, _ = self._driver()
        with self._one_at_a_time, port.make(self._section, driver.BAUD, self._folder) as line:
            return self._ask(driver, line)

    def _work(self) -> None:
        while True:
            content, kept = self._waiting.get()
            try:
                number = self._print_and_report(content, -1, kept.begin if kept is not None else lambda: None)
                if kept is None:
                    continue
                if number:
                    kept.release(begun=number == DEVICE_CODES["maybe_printed"][0])
                else:
                    kept.remove()
            finally:
                self._waiting.task_done()

    def _print_and_report(self, content: Content, wait_seconds: float, begin: Callable[[], None]) -> int:
        """Print when no other label is under way; ``wait_seconds`` -1 is without a bound, ``begin`` as in `_send`."""
        if not self._one_at_a_time.acquire(timeout=wait_seconds):
            sentence = f"前面还有标签在打印，等了 {wait_seconds:g} 秒，本张未打印，请稍后再试"
            return self._failed(DeviceError("busy", sentence, cause="[printer] wait is over"))
        try:
            driver, values = self._driver()
            label = self.label(content.code, content.card, content.name, driver, values)
            self._send(driver, driver.job(label, values), begin)
        except DeviceError as error:
            return self._failed(error)
        except Exception as error:
            return self._failed(DeviceError("internal", cause=f"{type(error).__name__}: {error}"))
        finally:
            self._one_at_a_time.release()
        self._succeeded()
        return 0

    def _driver(self) -> tuple[PrinterDriver, dict[str, Any]]:
        if not self._section.driver:
            raise _absent()
        driver = drivers.load(self._section.driver, self._section.positions.get("driver", ""))
        values, warnings = options.read(driver.OPTIONS, self._section)
        for warning in warnings:
            self._report("warn", "[printer] " + warning)
        return driver, values

    def label(
        self,
        ehealthid: str,
        card_no: str,
        name: str,
        driver: PrinterDriver | None = None,
        values: dict[str, Any] | None = None,
    ) -> Label:
        """Return the label as data; without ``driver`` all of it drawn (the preview). Raises DeviceError."""
        if self._fonts is None:
            if self._section.font and not os.path.isfile(self._section.font):
                self._report("warn", "[printer] font 所指的字体文件不存在，改用系统字体", cause=self._section.font)
            self._fonts = Fonts(self._section.font)
        if self._section.mask_name:
            name = masking.mask_value("user_name", name)
        content = Content(code=ehealthid, card=card_no, name=name).cleaned()
        return layout.make(self._section, driver, self._fonts, content, values or {})

    def _send(self, driver: PrinterDriver, job: bytes, begin: Callable[[], None]) -> None:
        """Carry out a job. ``begin`` is called before its first byte leaves.

        Raises DeviceError: before the first byte what is wrong, from then on ``maybe_printed``.
        """
        with port.make(self._section, driver.BAUD, self._folder) as line:
            self._stop_on_fault(self._ask(driver, line))
            begin()
            try:
                line.write_job(job, self._section.timeout)
                self._see_it_out(driver, line)
            except NothingSent:
                raise
            except Exception as error:
                raise _maybe_printed(error) from error

    def _ask(self, driver: PrinterDriver, line: port.Port | SpoolPort) -> State:
        if isinstance(line, SpoolPort):
            fault = line.fault()
            return State(faults=(fault,) if fault else ())
        if not self._section.status:
            return State()
        line.flush_input()
        replies = []
        for step in driver.queries():
            line.write(step.send, self._section.timeout)
            if step.complete is None:
                continue
            reply = line.read_until(step.complete, self._section.timeout)
            if not step.complete(reply):
                name = "bad_reply" if reply else "no_answer"
                sentence = None if reply else driver.NO_ANSWER
                raise DeviceError(
                    name, sentence, cause=f"{line.name}: status {step.send.hex(' ')}: {reply[:24].hex(' ')}"
                )
            replies.append(reply)
        state = driver.state(replies)
        for note in state.notes:
            self._report("warn", "标签打印机：" + note)
        return state

    def _stop_on_fault(self, state: State) -> None:
        if state.faults:
            raise DeviceError(state.faults[0], cause="the printer reports " + ", ".join(state.faults))

    def _see_it_out(self, driver: PrinterDriver, line: port.Port | SpoolPort) -> None:
        """Ask until the printer is idle: paper may run out, or the head be opened, in the middle of a job.

        Where the printer cannot be asked, see at least that the line took the whole job.
        """
        if isinstance(line, SpoolPort):
            line.finish()
            self._stop_on_fault(self._ask(driver, line))  # what the printer says now that it has the label
            return
        if not self._section.status or not driver.queries():
            line.finish()
            return
        until = time.monotonic() + FINISH_SECONDS * self._section.copies
        while True:
            time.sleep(ASK_AGAIN_SECONDS)
            state = self._ask(driver, line)
            self._stop_on_fault(state)
            if not state.busy:
                return
            if time.monotonic() >= until:
                raise DeviceError("no_answer", "打印机没有报告打印完成", cause="still printing")

    def _failed(self, error: DeviceError) -> int:
        self._report("error", "标签打印机：" + error.message, cause=error.cause, number=str(error.number))
        when = time.strftime("%Y-%m-%d %H:%M:%S")
        record = {"time": when, "name": error.name, "number": error.number, "message": error.message}
        try:
            make_folder(self._folder)
            path = os.path.join(self._folder, FAILURE_FILE)
            ensure_file(path)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(record, file, ensure_ascii=False)
        except OSError as problem:
            self._report("warn", "打印失败的记录写不出", cause=str(problem))
        return error.number

    def _succeeded(self) -> None:
        try:
            os.remove(os.path.join(self._folder, FAILURE_FILE))
        except OSError:
            pass  # there was no failure to forget

    def _report(self, level: str, text: str, **fields: str) -> None:
        if self._log is not None:
            getattr(self._log, level)(text, **fields)


def _absent() -> DeviceError:
    return DeviceError("absent", "未配置标签打印机，请在 [printer] 中设置 driver 和 port")


def _maybe_printed(error: Exception) -> DeviceError:
    """Return ``maybe_printed`` with what happened: in the sentence for people, in the cause for the log."""
    plain = DeviceError("maybe_printed")
    if not isinstance(error, DeviceError):
        return DeviceError("maybe_printed", cause=f"{type(error).__name__}: {error}")
    cause = f"after the job's first byte: {error.name} {error.number}: {error.cause}"
    return DeviceError("maybe_printed", f"{plain.message}（{error.message}）", cause=cause)


def last_failure(folder: str) -> dict[str, Any] | None:
    """Return the last label that failed since one succeeded: time, name, number, message; for `vcchk doctor`."""
    try:
        with open(os.path.join(folder or owner.default_folder(), FAILURE_FILE), encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None
