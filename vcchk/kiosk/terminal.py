"""One terminal: library, archive, who it is, and how it asks the platform (documents' public request fields)."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app

from vcchk.kiosk import sandbox_api
from vcchk.kiosk.archive import PatientArchive
from vcchk.kiosk.choices import Application, Choices
from vcchk.kiosk.library import Answer, Library
from vcchk.kiosk.matching import own_numbers
from vcchk.kiosk.trace import LIBRARY, TERMINAL
from vcchk.kiosk.visit import Reading, Visit, Visits

NOT_REACHED = "8004"
HINT = "平台连不上：没有平台时先运行 vcchk sandbox，地址不是它的就用 --url 指定"
CANCEL_SECONDS = 3.0
CANCEL_PAUSE = 0.1


class Terminal:
    """One terminal and what it works with.

    ``url``: the platform's gateway.
    """

    def __init__(self, library: Library, archive: PatientArchive, url: str, app: Application, choices: Choices) -> None:
        self.library = library
        self.archive = archive
        self.url = url
        self.app = app
        self.choices = choices
        self.visits = Visits()
        self.verified: Reading | None = None
        """Whose code the library verified last."""
        self._scanning: Visit | None = None
        self._lock = threading.Lock()

    def term_id(self, visit: Visit) -> str:
        """Return the terminal number of a visit's place."""
        return self.app.kiosk_term_id if visit.place.is_kiosk else self.app.term_id

    def ask(self, visit: Visit, method: str, biz: Mapping[str, Any], serial: str = "", device: str = "") -> Answer:
        """Call VirtualCardTrans once; a failure's sentence becomes the visit's ``problem``. ``device``: what the
        library does at a device for this call."""
        request = {
            "app_id": self.app.app_id,
            "key": self.app.key,
            "term_id": self.term_id(visit),
            "method": method,
            "version": self.app.version,
            "timestamp": now(),
            "sign_type": self.app.sign_type,
            "enc_type": self.app.enc_type,
            "biz_content": dict(biz),
        }
        with visit.trace.timed(LIBRARY, f"VirtualCardTrans {method}", method, serial) as step:
            before = self._newest()
            answer = self.library.trans(self.url, request)
            step.numbers = self._own_numbers(before, method, biz, answer)
            step.answer, step.is_good, step.device = answer.code, answer.is_good, device
            if answer.biz.get("auth_status"):
                step.answer += f"，auth_status = {answer.biz['auth_status']}"
        if not answer.is_good:
            visit.problem = answer.message + (f"。{HINT}" if answer.code == NOT_REACHED else "")
        return answer

    def _newest(self) -> int | None:
        """Return the number of the sandbox's last call; None where the platform is no sandbox of this machine."""
        try:
            return sandbox_api.newest(self.url)
        except sandbox_api.NoSandbox:
            return None

    def _own_numbers(self, before: int | None, method: str, biz: Mapping[str, Any], answer: Answer) -> tuple[int, ...]:
        if before is None:
            return ()
        try:
            return own_numbers(sandbox_api.calls_since(self.url, before), method, biz, answer.biz)
        except sandbox_api.NoSandbox:
            return ()

    def scene(self, visit: Visit) -> dict[str, str]:
        """Return who uses the card where and for what (记录科室场景), in the fields of the document in use."""
        place, function = visit.place, visit.function
        common = {"operator_id": place.operator_id, "operator_name": place.operator_name,
                  "treatment_code": function.treatment_code}  # fmt: skip
        if self.choices.document == "B":
            return common
        return {**common, "ip_addr": "127.0.0.1", "office_code": place.office_code}

    def screen(self, visit: Visit, mode: int) -> int:
        """Set_QRflow_Mode, where the place has an extension screen; 0 elsewhere."""
        if not visit.place.has_screen:
            return 0
        with visit.trace.timed(LIBRARY, f"Set_QRflow_Mode({mode})") as step:
            number = self.library.screen(mode)
            step.answer, step.is_good = f"{number}", number == 0
        return number

    def scan_begins(self, visit: Visit) -> None:
        """A scan of this visit's begins: one that somebody walked away from must not hold the scanner."""
        with self._lock:
            before, self._scanning = self._scanning, visit
        if before is not None and before is not visit:
            self.cancel_scan(before)

    def scan_left(self, visit: Visit) -> None:
        """The person went back from a scan that still waits and begins something else: that scan ends."""
        if visit.scan is not None and not visit.scan.wait(0):
            self.cancel_scan(visit)

    def cancel_scan(self, visit: Visit) -> bool:
        """End a scan under way by Set_QRflow_Mode(0); tells whether it has ended."""
        job, visit.is_cancelled = visit.scan, True
        until = time.monotonic() + CANCEL_SECONDS
        while job is not None and not job.wait(0):
            # The library may be just about to begin reading, so once is not enough.
            self.library.screen(0)
            if job.wait(CANCEL_PAUSE):
                visit.trace.note(TERMINAL, LIBRARY, "Set_QRflow_Mode(0)：取消扫码")
                break
            if time.monotonic() > until:
                return False
        return True


def now() -> str:
    """Return the time as yyyyMMddHHmmss (3.2)."""
    return time.strftime("%Y%m%d%H%M%S")


def new_serial() -> str:
    """Return a serial number of this terminal's (at most 32 characters)."""
    return f"Z{now()}{secrets.token_hex(6).upper()}"


def attach(app: Flask, terminal: Terminal) -> None:
    """Let `current` find the terminal in requests of this application."""
    app.extensions["vcchk"] = terminal


def current() -> Terminal:
    """Return the terminal of the running request."""
    found: Terminal = current_app.extensions["vcchk"]
    return found
