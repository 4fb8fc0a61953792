"""Reading one code for a verify that has none (document B 4.2: the DLL itself reads the code from the scanner).

The wait lies on the caller's thread, in slices given to ``pump`` so that the till's window lives on and Esc cancels.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from vcchk.base.errors import DEVICE_CODES, DeviceError
from vcchk.devices import options, port
from vcchk.devices.port import Port
from vcchk.devices.scanner import families, framing
from vcchk.devices.scanner.families import ScannerFamily
from vcchk.devices.scanner.stream import Stream
from vcchk.devices.scanner.suffix import Suffix
from vcchk.devices.spool import SpoolPort
from vcchk.records.log import Log
from vcchk.settings import ScannerSettings

SLICE_SECONDS = 0.02
QUIET_SECONDS = 0.06
"""Before a trigger the line must have been silent this long: else the rest of an earlier code would pass for a code."""
NOISE_SECONDS = 1.0
"""How long a line may go on talking by itself before the scanner counts as broken."""
WAKE_SECONDS = 0.05
FRAME_SECONDS = 2.0
"""How long the first part of a protocol's frame is kept for the rest of it: a frame is whole or nothing."""
UNSURE_GAPS = 4
"""How many times ``gap_ms`` a pause must last where no line end was seen yet."""


class Scanner:
    """The scanner of one process."""

    def __init__(self, section: ScannerSettings, log: Log | None = None, *, folder: str = "") -> None:
        self._section = section
        self._log = log
        self._folder = folder
        self._reading = threading.Lock()
        self._cancelled = threading.Event()

    def read(
        self, deadline_seconds: float, pump: Callable[[float], bool], watch: Callable[[bytes], None] | None = None
    ) -> str:
        """Trigger, wait at most ``deadline_seconds`` for one code, stop, and return the code's text.

        ``pump(seconds)`` waits and returns True when the person cancels. ``watch`` is shown every byte that arrives.
        Raises DeviceError ``timeout``, ``cancelled``, ``scanner_broken``, ``bad_reply``, ``busy``, ``open_failed`` or
        ``absent``. What arrived before the trigger is not taken: it may be the patient before.
        """
        family = families.load(self._section.driver, self._section.positions.get("driver", ""))
        if not self._reading.acquire(blocking=False):
            raise DeviceError("busy", "正在等待另一次扫码，请先完成或取消它", cause="a read is under way")
        try:
            self._cancelled.clear()
            for warning in options.read(family.OPTIONS, self._section)[1]:
                self._report("warn", "[scanner] " + warning)
            line = port.make(self._section, family.BAUD, self._folder)
            if isinstance(line, SpoolPort):
                raise DeviceError("bad_argument", "扫码枪的 port 不能是打印队列，请填串口号", cause=line.name)
            return self._session(family, line, deadline_seconds, pump, watch)
        except DeviceError as fault:
            error = fault
            if fault.name in ("no_answer", "write_failed"):  # unplugged while waiting
                is_plain = fault.message == DEVICE_CODES[fault.name][2]
                error = DeviceError("scanner_broken", None if is_plain else fault.message, cause=fault.cause)
            self._report(
                "warn" if error.name in ("timeout", "cancelled") else "error", error.message, cause=error.cause
            )
            raise error from fault
        except Exception as fault:
            error = DeviceError("internal", cause=f"{type(fault).__name__}: {fault}")
            self._report("error", error.message, cause=error.cause)
            raise error from fault
        finally:
            self._reading.release()

    def cancel(self) -> bool:
        """Make a `read` in another thread end as ``cancelled``; returns whether one was under way."""
        self._cancelled.set()
        return self._reading.locked()

    def _session(
        self,
        family: ScannerFamily,
        line: Port,
        seconds: float,
        pump: Callable[[float], bool],
        watch: Callable[[bytes], None] | None,
    ) -> str:
        with line:
            suffix = Suffix(self._section.port, self._folder)
            framer = _framer(self._section, suffix.is_known())
            session = _Session(family, line, self._section, framer, self._retrigger(family), watch)
            try:
                self._until_quiet(line, pump)
                session.trigger()
                until = time.monotonic() + seconds
                while True:
                    now = time.monotonic()  # before the look: see `port.POLL_SECONDS`
                    code = session.poll(now)
                    if code is not None:
                        if framer.cleaned:
                            self._report("info", "码前有扫码枪加的 ECI 或 BOM 标记，已去掉；请在扫码枪上关闭它")
                        return framing.text(code, self._section.encoding)
                    if now >= until:
                        raise session.nothing_came()
                    self._wait(pump)
            finally:
                session.stop_quietly()
                if framer.ended:
                    suffix.learn()
                elif framer.holds_code:
                    suffix.forget()

    def _until_quiet(self, line: Port, pump: Callable[[float], bool]) -> None:
        line.flush_input()
        started = quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            self._wait(pump)
            if line.read_now():
                line.flush_input()
                quiet_since = time.monotonic()
            if time.monotonic() - started > NOISE_SECONDS:
                raise DeviceError(
                    "scanner_broken", "扫码枪不停地发送数据，请检查或重新插拔", cause="no silence before the trigger"
                )

    def _wait(self, pump: Callable[[float], bool]) -> None:
        if pump(SLICE_SECONDS) or self._cancelled.is_set():
            raise DeviceError("cancelled")

    def _retrigger(self, family: ScannerFamily) -> float:
        seconds = self._section.retrigger
        return family.retrigger_seconds if seconds < 0 else seconds

    def _report(self, level: str, text: str, **fields: str) -> None:
        if self._log is not None:
            getattr(self._log, level)("扫码枪：" + text, **fields)


def _framer(section: ScannerSettings, has_suffix: bool) -> framing.Framer:
    """Return the framer for a port whose codes are known, or not yet known, to end with a line end."""
    gap = section.gap_ms / 1000
    if section.end != "auto":
        return framing.Framer(section.end, gap, section.strip_aim)
    if has_suffix:
        return framing.Framer("auto", gap, section.strip_aim, framing.never)
    # The form alone cannot tell a code from one that lacks its last field, so the pause must be a long one.
    return framing.Framer("auto", gap * UNSURE_GAPS, section.strip_aim)


class _Session:
    """One trigger, its replies and the bytes after it."""

    def __init__(
        self,
        family: ScannerFamily,
        line: Port,
        section: ScannerSettings,
        framer: framing.Framer,
        retrigger: float,
        watch: Callable[[bytes], None] | None,
    ) -> None:
        self._family = family
        self._line = line
        self._seconds = section.timeout
        self._retrigger = retrigger
        self._watch = watch
        self._framer = framer
        self._stream: Stream = family.stream()
        self._triggered_at = 0.0
        self._heard_at = 0.0

    def trigger(self) -> None:
        """Start the scanner reading."""
        self._triggered_at = self._heard_at = time.monotonic()
        if self._family.wake:
            self._line.write(self._family.wake, self._seconds)
            time.sleep(WAKE_SECONDS)
        if self._family.trigger:
            self._line.write(self._family.trigger, self._seconds)

    def poll(self, now: float) -> bytes | None:
        """Take what has arrived; return the first whole code, or None."""
        data = self._line.read_now()
        if data:
            self._heard_at = now
            if self._watch is not None:
                self._watch(data)
            codes = self._framer.feed(self._stream.feed(data), now)
            if self._stream.answer:
                self._line.write(self._stream.answer, self._seconds)
                self._stream.answer = b""
            return codes[0] if codes else None
        if now - self._heard_at >= FRAME_SECONDS:
            held = self._stream.flush()
            codes = self._framer.feed(held, self._heard_at) if held else []
            if codes:
                return codes[0]
        code = self._framer.pause(now)
        if code is not None:
            return code
        if (
            self._retrigger
            and self._family.trigger
            and now - max(self._triggered_at, self._heard_at) >= self._retrigger
        ):
            self.trigger()
        return None

    def nothing_came(self) -> DeviceError:
        """Return why there is no code: nobody showed one, or the scanner never answered the trigger."""
        if not self._stream.acknowledged:
            sentence = "扫码枪没有应答触发命令，请检查连线、电源、波特率和型号设置"
            return DeviceError("scanner_broken", sentence, cause="no acknowledgement")
        if self._framer.holds_code:
            sentence = "扫到的内容没有结束符（回车），请重新扫码；仍不行请给扫码枪设回车后缀，或设 [scanner] end = gap"
            return DeviceError("timeout", sentence, cause="a code without its line end")
        return DeviceError("timeout")

    def stop_quietly(self) -> None:
        """End the scanner's session, whatever state it is in."""
        if not self._family.stop:
            return
        try:
            self._line.write(self._family.stop, self._seconds)
        except DeviceError:
            pass  # the fault that led here is already on its way to the caller
