"""Finding a device: on a named port, by questions that change nothing, at the rate that it listens to."""

from __future__ import annotations

import termios
import threading

import pytest
from nextion_tools.emu import Display, Pty

from tests.devices.lines import PtyDevice
from tests.devices.test_printer_bytes import hs
from vcchk.base.errors import DeviceError
from vcchk.cli.commands import print_, scan, screen
from vcchk.devices import find, port
from vcchk.devices.screen import dwin

pytestmark = pytest.mark.slow

SPEEDS = {9600: termios.B9600, 115200: termios.B115200, 38400: termios.B38400}


class Device(PtyDevice):
    """A device that answers ``question`` with ``answer`` at one baud rate, and to nothing else."""

    def __init__(self, baud: int, question: bytes, answer: bytes) -> None:
        super().__init__(free=True)
        self._held = b""
        self._baud, self._question, self._answer = SPEEDS[baud], question, answer
        self.on_bytes = self._obey

    def speed(self) -> int:
        return termios.tcgetattr(self._slave)[4]

    def _obey(self, data: bytes) -> None:
        if self.speed() != self._baud:
            self._held = b""
            return
        self._held = (self._held + data)[-100:]
        if self._held.endswith(self._question):
            self._held = b""
            self.send(self._answer)


SCREENS = [
    ("dwin", 115200, bytes.fromhex("5A A5 04 83 00 0F 01"), bytes.fromhex("5A A5 06 83 00 0F 01 12 34"), {}),
    ("dwin", 9600, dwin.PROBES[1].step.send, bytes.fromhex("5A A5 08 83 00 0F 01 12 34 AA BB"), {"crc": "yes"}),
    ("tjc", 38400, b"connect\xff\xff\xff", b"comok 1,30601-0,TJC4832T035,163,61699,X,4194304\xff\xff\xff", {}),
]
PRINTERS = [
    ("tspl", 9600, b"\x1b!?", b"\x00", {}),
    ("cpcl", 115200, b"\x1bh", b"\x00", {}),
    ("escpos", 38400, b"\x10\x04", b"", {}),
    ("zpl", 9600, b"~HS", hs()[0], {}),
]
SCANNERS = [
    ("honeywell", 115200, b"\x16M\r232BAD?.", b"232BAD9\x06.", {}),
    ("gm65", 9600, bytes.fromhex("7E 00 07 01 00 2A 02 D8 0F"), bytes.fromhex("02 00 00 02 39 01 C1 4C"), {}),
    ("ssi", 9600, bytes.fromhex("04 A3 04 00 FF 55"), bytes.fromhex("08 A4 00 00 41 42 43 44 FE 4A"), {}),
    ("newland-ucs", 9600, b"QRYSYS;\x03", bytes.fromhex("02 01 30 30 30 30 23") + b"QRYSYS1.0\x06;\x03", {}),
]


@pytest.mark.parametrize(
    ("kind", "row"),
    [(kind, row) for kind, rows in (("screen", SCREENS), ("printer", PRINTERS), ("scanner", SCANNERS)) for row in rows],
)
def test_a_device_is_found_with_its_rate(kind, row, tmp_path):
    name, baud, question, answer, options = row
    with Device(baud, question, answer) as device:
        if name == "escpos":
            device._question = b"\x10\x04\x01"
            device.on_bytes = lambda data: device.send(b"\x12") if device.speed() == device._baud else None
        found = find.find(kind, device.name, str(tmp_path), lambda line: None)
    assert (found.driver, found.baud, found.options) == (name, baud, options)


def test_an_emulated_nextion_is_found(tmp_path):
    display = Display(Pty())
    try:
        found = find.find("screen", display.transport.path, str(tmp_path), lambda line: None)
        assert found.driver == "tjc"
    finally:
        display.close()


@pytest.mark.parametrize("kind", ["screen", "printer", "scanner"])
def test_a_silent_port_has_no_device(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(find, "BAUDS", (9600,))
    with PtyDevice(free=True) as device:
        assert find.find(kind, device.name, str(tmp_path), lambda line: None) is None
        # Nothing that was sent orders anything: no trigger, no job, no showing.
        for order in (b"PRINT", b"^XA", b"\x16T\r", b"\x01T\x04", b"SCNTRG", b"vis ", b"page "):
            assert order not in device.received


def test_a_port_in_use_or_absent_is_an_error(tmp_path):
    with pytest.raises(DeviceError) as caught:
        find.find("screen", "/dev/ttyNOWHERE", str(tmp_path), lambda line: None)
    assert caught.value.name == "open_failed"


def test_a_scanner_that_answers_nothing_is_found_by_a_code(tmp_path, monkeypatch):
    monkeypatch.setattr(find, "BAUDS", (9600, 115200))
    monkeypatch.setattr(find, "LISTEN_SECONDS", 2.0)
    with PtyDevice(free=True) as device:
        stop = threading.Event()

        def show() -> None:
            while not stop.wait(0.15):
                right = termios.tcgetattr(device._slave)[4] == termios.B115200
                device.send(b"6901234567892\r\n" if right else b"\x86\xfe\x80\xf8\x00")

        thread = threading.Thread(target=show)
        thread.start()
        found = find.listen(device.name, str(tmp_path), lambda line: None)
        stop.set()
        thread.join(3)
    assert (found.driver, found.baud) == ("continuous", 115200)


def test_the_commands_print_the_ini(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VCCHK_INI", str(tmp_path / "v.ini"))
    for command, section, row in (
        (screen, "screen", SCREENS[1]),
        (print_, "printer", PRINTERS[0]),
        (scan, "scanner", SCANNERS[1]),
    ):
        name, baud, question, answer, options = row
        with Device(baud, question, answer) as device:
            assert command.main(["--find", device.name]) == 0
            printed = capsys.readouterr().out
            assert f"[{section}]\ndriver = {name}\nport = {device.name}\nbaud = {baud}\n" in printed
            assert all(f"{key} = {value}\n" in printed for key, value in options.items())


def test_without_a_port_each_is_confirmed(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VCCHK_INI", str(tmp_path / "v.ini"))
    name, baud, question, answer, _ = PRINTERS[0]
    with Device(baud, question, answer) as device, PtyDevice(free=True) as pin_pad:
        ports = [port.SerialPort(pin_pad.name, "PIN pad"), port.SerialPort(device.name, "printer")]
        monkeypatch.setattr(port, "available", lambda: ports)
        answers = iter(["", "y"])
        monkeypatch.setattr("builtins.input", lambda prompt="": next(answers))
        assert print_.main(["--find"]) == 0
        assert pin_pad.received == b""
    assert f"driver = {name}" in capsys.readouterr().out
    monkeypatch.setattr("builtins.input", lambda prompt="": "n")
    assert print_.main(["--find"]) == 1
