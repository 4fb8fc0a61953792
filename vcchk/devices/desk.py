"""The devices of one window: which are set up, and what they do beside a transaction.

Nothing is imported for a device that the INI does not name: a HIS without devices pays nothing for them. What
happens here after a success never delays or changes the transaction's answer.
"""

from __future__ import annotations

import os
from _thread import allocate_lock

from vcchk.base.errors import DEVICE_CODES, VcchkError
from vcchk.devices import LABELS_FOLDER
from vcchk.runtime.pump import pump
from vcchk.settings import places
from vcchk.specification import codes, kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vcchk.devices.printer import Printer
    from vcchk.devices.scanner import Scanner
    from vcchk.devices.screen import Screen
    from vcchk.records.log import Log
    from vcchk.settings import Settings

ENDED = frozenset({"succ", "fail", "cancel"})
"""auth_status values that end an authorisation (document B 4.7.2)."""


class Desk:
    """Extension screen, label printer and scanner, each made when first needed."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._folder = places.state_folder(settings)
        self._lock = allocate_lock()
        self._screen: Screen | None = None
        self._printer: Printer | None = None
        self._scanner: Scanner | None = None

    def start(self) -> None:
        """Clear up after a program that was killed, beside the first call.

        What it left on the screen is not this patient's; labels that it left unprinted are reported, never printed.
        """
        screen = self.screen()
        if screen is not None:
            screen.clear()
        if self._settings.printer.driver and _has_entries(os.path.join(self._folder, LABELS_FOLDER)):
            from vcchk.devices.printer import pending

            pending.report(self._folder, self._log)

    def screen(self) -> Screen | None:
        """Return the extension screen, or None when no driver is set."""
        if not self._settings.screen.driver:
            return None
        with self._lock:
            if self._screen is None:
                from vcchk.devices.screen import Screen

                self._screen = Screen(self._settings.screen, self._log, folder=self._folder)
            return self._screen

    def printer(self) -> Printer | None:
        """Return the label printer, or None when no driver is set."""
        if not self._settings.printer.driver:
            return None
        with self._lock:
            if self._printer is None:
                from vcchk.devices.printer import Printer

                self._printer = Printer(self._settings.printer, self._log, folder=self._folder)
            return self._printer

    def scanner(self) -> Scanner | None:
        """Return the barcode scanner, or None when no driver is set."""
        if not self._settings.scanner.driver:
            return None
        with self._lock:
            if self._scanner is None:
                from vcchk.devices.scanner import Scanner

                self._scanner = Scanner(self._settings.scanner, self._log, folder=self._folder)
            return self._scanner

    # -- the three int functions' part

    def set_qrflow_mode(self, mode: int) -> int:
        """Set_QRflow_Mode: 0, or a number of `DEVICE_CODES`. A call that comes while a scan waits cancels the scan."""
        if self._scanner is not None:
            self._scanner.cancel()
        if mode not in (0, 1):
            self._log.warn("Set_QRflow_Mode：mode 只能是 0 或 1，请检查 HIS 的调用", mode=mode)
            return DEVICE_CODES["bad_argument"][0]
        screen = self.screen()
        if screen is None:
            self._log.warn("Set_QRflow_Mode：未配置扩展屏，请在 [screen] 中设置 driver 和 port")
            return DEVICE_CODES["absent"][0]
        return screen.set_mode(mode)

    def ehealth_id_print(self, ehealthid: str, card_no: str, name: str) -> int:
        """EhealthID_Print: 0 once printed, or a number of `DEVICE_CODES`."""
        printer = self.printer()
        if printer is None:
            self._log.warn("EhealthID_Print：未配置标签打印机，请在 [printer] 中设置 driver 和 port")
            return DEVICE_CODES["absent"][0]
        return printer.print_label(ehealthid, card_no, name)

    # -- beside a transaction

    def read_code_for(self, method: str, biz: Mapping[str, Any]) -> str | None:
        """Return the code that the scanner reads for this request, or None when the request goes out as it is.

        Raises DeviceError (timeout, cancelled, scanner_broken).
        """
        when = self._settings.scanner.scan
        if not kinds.is_verify(method) or when == "never" or not self._settings.scanner.driver:
            return None
        if when == "missing" and biz.get("ehealth_code"):
            return None
        scanner = self.scanner()
        if scanner is None:
            return None
        return scanner.read(self._settings.scanner.seconds, pump)

    def before_request(self, method: str, biz: Mapping[str, Any]) -> None:
        """Before a request goes out: a new authorisation clears the old one's QR code."""
        if kinds.is_authurl(method) and not kinds.is_push(method, biz) and self._screen is not None:
            self._screen.clear()

    def after_success(self, method: str, request: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        """After a request has succeeded: show, clear and print what belongs to it. Never raises."""
        try:
            self._act_on_success(method, request, reply)
        except VcchkError as error:
            self._log.warn("交易已成功，随后的设备动作失败", method=method, cause=str(error))
        except Exception as error:
            self._log.error("交易已成功，随后的设备动作失败", method=method, cause=type(error).__name__)

    def _act_on_success(self, method: str, request: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        url = reply.get("ehealth_authurl")
        if kinds.is_authurl(method) and url and not kinds.is_push(method, request):
            screen = self.screen()
            if screen is not None:
                screen.show_authorisation(str(url))
        elif reply.get("auth_status") in ENDED:
            if self._screen is not None:
                self._screen.clear()
        elif kinds.is_registration(method):
            self._registered(request, reply)

    def _registered(self, request: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        code = str(reply.get("ehealth_code") or "")
        dynamic = kinds.wants_dynamic(request)
        screen = self.screen() if dynamic and code else None
        if screen is not None:
            screen.show_ehealth_code(code)
        if request.get("QRprint") == "Y":
            printer = self.printer()
            if printer is None:
                self._log.warn("QRprint = Y，但未配置标签打印机，请在 [printer] 中设置 driver 和 port")
                return
            label = codes.lasting(code) or str(reply.get("ehealth_card_id") or "")
            printer.print_later(label, str(reply.get("card_no") or ""), str(reply.get("user_name") or ""))


def _has_entries(folder: str) -> bool:
    try:
        return bool(os.listdir(folder))
    except OSError:
        return False
