"""What the extension screen should show, and a worker that makes it so.

Documents A and B, 拓展屏控制函数: mode 0 不显示, 1 拓展屏显示; 主扫: the authorisation QR is valid for 60 seconds
with a countdown. The worker brings the screen to one wanted state instead of working off a queue: a screen that does
not answer cannot pile up work, and the newest code is always the one that is shown. Nothing here delays or fails a
transaction.
"""

from __future__ import annotations

import threading
import time

from vcchk.base.errors import DeviceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.devices.screen.drivers import Display
    from vcchk.records.log import Log
    from vcchk.settings import ScreenSettings

RETRY_SECONDS = 3.0
"""How soon a failed showing is tried again while its code is still valid (an adapter plugged in again)."""


class Screen:
    """The extension screen of one process. All methods are safe from any thread and none raises."""

    def __init__(self, section: ScreenSettings, log: Log | None = None, *, folder: str = "") -> None:
        self._section = section
        self._log = log
        self._folder = folder
        self._display: Display | None = None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_on = section.mode == 1
        self._text = ""
        self._until = 0.0
        self._requested = 0  # counts changes of what is wanted; the worker has carried out those up to _completed
        self._completed = 0
        self._shown: str | None = None  # not known at the start
        self._failure: DeviceError | None = None  # of the last attempt
        self._unreported: DeviceError | None = None  # a failed showing that no Set_QRflow_Mode has reported yet
        self._retry_at = 0.0
        self._stop = False

    def set_mode(self, mode: int) -> int:
        """Set_QRflow_Mode: 0 clears the screen and keeps it dark, 1 shows a code that is still valid, and later ones.

        Waits for the screen, but no longer than three of its time limits. Returns 0, or the number of what failed:
        now, or at a showing since the last call.
        """
        if mode not in (0, 1):
            return self._refuse(DeviceError("bad_argument", "Set_QRflow_Mode 的 mode 只能是 0 或 1"))
        if not self._section.driver:
            return self._refuse(DeviceError("absent", "未配置扩展屏，请在 [screen] 中设置 driver 和 port"))
        until = time.monotonic() + 3 * self._section.timeout + 1
        with self._changed:
            self._is_on = mode == 1
            unreported, self._unreported = self._unreported, None
            number = self._request()
            while self._completed < number:
                left = until - time.monotonic()
                if left <= 0:
                    return self._refuse(DeviceError("no_answer", cause="the screen's worker is still busy"))
                self._changed.wait(left)
            self._unreported = None  # this call reports it
            failure = self._failure or unreported
        return failure.number if failure else 0

    def show_authorisation(self, text: str) -> None:
        """Show the authorisation URL (ehealth_authurl) of a successful authurl, in place of an earlier one."""
        if "authurl" in self._section.show:
            self._set_text(text)

    def show_ehealth_code(self, text: str) -> None:
        """Show a dynamic code that querywithreg returned, if ``[screen] show`` wants it."""
        if "ehealth_code" in self._section.show:
            self._set_text(text)

    def clear(self) -> None:
        """Show nothing: an authorisation has come to succ, fail or cancel, or another one begins."""
        self._set_text("")

    def close(self) -> None:
        """Finish what is under way and let go of the screen (for the command line; a HIS just ends)."""
        with self._changed:
            self._stop = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(3 * self._section.timeout + 1)
        if self._display is not None:
            self._display.close()

    def _set_text(self, text: str) -> None:
        if not self._section.driver:
            return
        with self._changed:
            self._text = text
            self._until = time.monotonic() + self._section.seconds
            if self._wanted_text() != self._shown or self._failure is not None or self._completed < self._requested:
                self._request()

    def _wanted_text(self) -> str:
        return self._text if self._is_on and time.monotonic() < self._until else ""

    def _request(self) -> int:
        self._requested += 1
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="vcchk-screen", daemon=True)
            self._thread.start()
        self._changed.notify_all()
        return self._requested

    def _refuse(self, error: DeviceError) -> int:
        self._report("error", "扩展屏：" + error.message, cause=error.cause)
        return error.number

    def _report(self, level: str, text: str, **fields: str) -> None:
        if self._log is not None:
            getattr(self._log, level)(text, **fields)

    def _work(self) -> None:
        while True:
            with self._changed:
                wait = self._idle_seconds()
                while wait > 0 and not (self._stop and self._completed == self._requested):
                    self._changed.wait(min(wait, 3600))
                    wait = self._idle_seconds()
                if wait > 0:
                    return
                number, text, left = self._requested, self._wanted_text(), self._until - time.monotonic()
            failure = self._carry_out(text, left)
            with self._changed:
                if failure and not self._failure:
                    self._report("error", "扩展屏：" + failure.message, cause=failure.cause)
                elif self._failure and not failure:
                    self._report("info", "扩展屏恢复正常")
                self._failure = failure
                if failure:
                    self._unreported = failure
                self._shown = text
                self._retry_at = time.monotonic() + RETRY_SECONDS if failure and text else 0.0
                self._completed = number
                self._changed.notify_all()

    def _idle_seconds(self) -> float:
        """Return how long the worker has nothing to do; 0 when it has."""
        if self._completed < self._requested:
            return 0
        if self._wanted_text() != self._shown:
            return 0  # the time of the code is over
        now = time.monotonic()
        times = [at for at in (self._until if self._shown else 0.0, self._retry_at) if at]
        return max(0.0, min(times) - now) if times else 3600

    def _carry_out(self, text: str, seconds: float) -> DeviceError | None:
        try:
            if self._display is None:
                self._display = self._make()
            if text:
                self._display.show(text, seconds)
            else:
                self._display.clear()
        except DeviceError as error:
            return error
        except Exception as error:
            return DeviceError("internal", cause=f"{type(error).__name__}: {error}")
        return None

    def _make(self) -> Display:
        # Here, so that the worker pays for it and not a program's first call, beside which the screen is darkened.
        from vcchk.devices import options
        from vcchk.devices.screen import drivers
        from vcchk.devices.screen.line import LineDisplay

        driver = drivers.load(self._section.driver, self._section.positions.get("driver", ""))
        values, warnings = options.read(driver.OPTIONS, self._section)
        for warning in warnings:
            self._report("warn", "[screen] " + warning)
        if isinstance(driver, drivers.LineDriver):
            return LineDisplay(driver, self._section, values, self._folder)
        return driver.Display(self._section, values, self._folder)
