"""A till with all three devices: the scenario that the package runs on Linux and the built DLL runs under Wine.

Each device hangs on a line of its own: an emulated Nextion display (nextion-tools), a TSPL printer and a Honeywell
scanner on ptys. `run` goes through what the documents say about them, then through unplugging and plugging in again.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import requests
from nextion_tools.emu import Display, Pty

from native.buildkit.demo_visit import NEWCOMER
from tests.deadlines import PATIENCE, until
from tests.devices.lines import PtyDevice
from tests.devices.printers import tspl_picture
from tests.devices.test_label import decoded
from vcchk.base.errors import DEVICE_CODES
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server

QUERY = b"\x1b!?"
VERIFY = "ehc.ehealthcode.verify"
INI = """
[screen]
driver = tjc
port = {screen}
[printer]
driver = tspl
port = {printer}
baud = 115200
font = {font}
[scanner]
driver = honeywell
port = {scanner}
seconds = 60
"""


def in_data(method: str, biz: dict[str, Any]) -> str:
    """Return the InData of a request of the demo application."""
    fields = {
        "app_id": DEMO.app_id, "biz_content": biz, "enc_type": "SM4", "key": DEMO.key, "method": method, "sign": "",
        "sign_type": "SM3", "term_id": DEMO.term_id, "timestamp": "20260101080000", "version": "X.M.0.1",
    }  # fmt: skip
    return json.dumps(fields, ensure_ascii=False)


def verification() -> str:
    """Return the InData of a verify without a code."""
    return in_data(VERIFY, {"out_verify_no": "DEVSCAN1", "out_verify_time": "20260101080000"})


class Host(Protocol):
    """A program that calls the four functions."""

    def trans(self, in_data: str) -> tuple[str, str]: ...

    def mode(self, mode: int) -> int: ...

    def label(self, ehealthid: str, card_no: str, name: str) -> int: ...


class Devices:
    """The three devices, reached through links that stay when a device is replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.code = ""
        self.status = b"\x00"
        self.connect()

    def link(self, name: str) -> Path:
        return self._folder / name

    def _point(self, name: str, target: str) -> None:
        link = self.link(name)
        link.unlink(missing_ok=True)
        link.symlink_to(target)

    def connect(self) -> None:
        """Plug everything in."""
        self.display = Display(Pty())
        self.printer = PtyDevice(free=True)
        self.scanner = PtyDevice(free=True)
        self.printer.on_bytes = self._print
        self.scanner.on_bytes = self._scan
        for name, target in (
            ("screen", self.display.transport.path),
            ("printer", self.printer.name),
            ("scanner", self.scanner.name),
        ):
            self._point(name, target)

    def unplug(self) -> None:
        """Pull everything out."""
        self.display.close()
        self.printer.unplug()
        self.scanner.unplug()
        for name in ("screen", "printer", "scanner"):
            self.link(name).unlink(missing_ok=True)

    def _print(self, data: bytes) -> None:
        if data.endswith(QUERY):
            self.printer.send(self.status)

    def _scan(self, data: bytes) -> None:
        if b"\x16T\r" in data and self.code:
            threading.Timer(0.3, self.scanner.send, (self.code.encode() + b"\r\n",)).start()

    def displayed(self) -> str:
        """Return the text of the display's QR component."""
        value = self.display.components.get("qr.qr0.txt", "")
        return value.decode() if isinstance(value, bytes) else str(value)

    def labels(self) -> list[str]:
        """Return the codes of the labels printed so far, each decoded from its bitmap."""
        jobs = re.findall(rb"SIZE .*?\r\nPRINT 1,1\r\n", self.printer.received, re.DOTALL)
        return [code for job in jobs for code in decoded(tspl_picture(job))]


@contextlib.contextmanager
def devices(folder: Path) -> Iterator[Devices]:
    made = Devices(folder)
    try:
        yield made
    finally:
        made.unplug()


def _number(name: str) -> int:
    return DEVICE_CODES[name][0]


def run(host: Host, plugged: Devices, sandbox: Server) -> None:
    """The whole scenario; every step asserts."""
    requests.post(f"{sandbox.base_url}/_sandbox/reset", json={}, timeout=PATIENCE)
    serial = iter(range(1, 1000))

    def ask(method: str, **biz: Any) -> tuple[str, Any]:
        code, out = host.trans(in_data(method, biz))
        return code, json.loads(out) if code == "00" else out

    def verify(**more: Any) -> tuple[str, Any]:
        scene = {"operator_id": "9527", "operator_name": "演示员", "treatment_code": "010101", "office_code": "A03"}
        number = {"out_verify_no": f"DEV{next(serial):06d}", "out_verify_time": "20260101080000"}
        return ask(VERIFY, **number, **scene, **more)

    # A label beside the reply: QRprint = Y.
    code, reply = ask(
        "ehc.ehealthcard.querywithreg", out_register_no=f"DEV{next(serial):06d}", out_register_time="20260101080000",
        certificate_mode="01", apply_method="3", QRprint="Y", **NEWCOMER.fields(),
    )  # fmt: skip
    assert code == "00", reply
    static = reply["ehealth_code"]
    until(lambda: plugged.labels() == [static], "the label of QRprint = Y")

    # verify without a code reads it from the scanner.
    plugged.code = static
    code, reply = verify()
    assert code == "00", reply
    assert reply["user_name"] == NEWCOMER.user_name
    until(lambda: plugged.scanner.received.endswith(b"\x16U\r"), "the scanner's stop command")

    # Screen: dark until mode 1, then the code that is still valid, at once.
    number = f"DEV{next(serial):06d}"
    code, reply = ask("ehc.ehealthcard.authurl", out_authorize_no=number, out_authorize_time="20260101080000")
    assert code == "00", reply
    url = reply["ehealth_authurl"]
    assert plugged.displayed() == "", plugged.display.commands
    assert host.mode(1) == 0
    assert plugged.displayed() == url, plugged.display.commands

    # All three at once: a label is printed and a code scanned while the screen follows the authorisation.
    results: dict[str, Any] = {}
    threads = [
        threading.Thread(target=lambda: results.update(label=host.label(static, "M0012345678", "㼆𠮷·买买提"))),
        threading.Thread(target=lambda: results.update(verify=verify()[0])),
    ]
    for thread in threads:
        thread.start()
    order = {"out_authorize_no": number, "id_no": NEWCOMER.id_no}
    requests.post(f"{sandbox.base_url}/_sandbox/approve", json=order, timeout=PATIENCE)
    code, reply = ask("ehc.ehealthcard.auth.query", out_authorize_no=number)
    assert (code, reply["auth_status"]) == ("00", "succ")
    until(lambda: plugged.displayed() == "", "the screen is cleared on succ")
    for thread in threads:
        thread.join(PATIENCE)
    assert results == {"label": 0, "verify": "00"}
    assert plugged.labels() == [static, static]

    # Faults: a code each, no success; and a transaction without devices goes on.
    plugged.status = b"\x04"
    assert host.label(static, "M0012345678", "张三") == _number("paper_out")
    plugged.status = b"\x00"
    assert host.mode(2) == _number("bad_argument")
    plugged.unplug()
    code, out = verify()
    assert (code, out.endswith(f"[{code}]")) == (DEVICE_CODES["open_failed"][1], True)
    assert host.mode(1) != 0
    assert host.label(static, "M0012345678", "张三") != 0
    code, reply = verify(ehealth_code=static)
    assert code == "00", reply

    # Plugged in again: all of it works without a restart.
    plugged.connect()
    plugged.code = static
    assert verify()[0] == "00"
    assert host.label(static, "M0012345678", "张三") == 0
    assert plugged.labels() == [static]
    number = f"DEV{next(serial):06d}"
    code, reply = ask("ehc.ehealthcard.authurl", out_authorize_no=number, out_authorize_time="20260101080000")
    assert code == "00", reply
    until(lambda: plugged.displayed() == reply["ehealth_authurl"], "the code on the new display")
    assert host.mode(0) == 0
    assert plugged.displayed() == ""
