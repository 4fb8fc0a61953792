"""The port layer on real lines: one owner across threads and processes, unplug, bounded waits."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from tests.deadlines import PATIENCE, within
from tests.devices.lines import PtyDevice
from vcchk.base.errors import DeviceError
from vcchk.devices import owner, port, spool
from vcchk.doctor import equipment
from vcchk.settings import PrinterSettings, ScreenSettings

pytestmark = pytest.mark.slow

HOLD = """
import sys, time
from vcchk.devices import port
line = port.Port(sys.argv[1], folder=sys.argv[2])
line.open()
print("open", flush=True)
sys.stdin.read()
"""


def test_bytes_both_ways():
    with PtyDevice([(b"abc", b"\x00\xffxyz")]) as device, port.Port(device.name) as line:
        line.write(b"abc", 1)
        assert line.read_until(lambda data: len(data) >= 5, PATIENCE) == b"\x00\xffxyz"


def test_every_wait_is_bounded():
    with PtyDevice(free=True) as device, port.Port(device.name) as line:
        began = time.monotonic()
        with within(0.2):
            assert line.read_until(lambda data: False, 0.2) == b""
        assert time.monotonic() - began > 0.15


class StoppedLine:
    """A line at whose first look this process is stopped for a while; what was under way is done meanwhile."""

    def __init__(self, clock: list[float]) -> None:
        self._clock = clock
        self._arrived = b""

    def _stop(self) -> None:
        self._clock[0] += 100
        self._arrived = b"yes"

    @property
    def in_waiting(self) -> int:
        count = len(self._arrived)
        self._stop()
        return count

    @property
    def out_waiting(self) -> int:
        count = 0 if self._arrived else 5
        self._stop()
        return count

    def read(self, size: int) -> bytes:
        return self._arrived

    def write(self, data: bytes) -> None:
        """Take it."""

    def close(self) -> None:
        """Be closed."""


def test_what_was_so_in_time_is_seen_by_a_process_that_was_stopped(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(port, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=lambda seconds: None))
    with port.Port("loop://") as line:
        line._serial = StoppedLine(clock)
        assert line.read_until(lambda data: data == b"yes", 1) == b"yes"
    with port.Port("loop://") as line:
        line.name, line._serial = "COM3", StoppedLine(clock)
        line.write(b"hello", 1)


def test_a_device_that_takes_nothing_is_a_failed_write():
    import os
    import pty
    import tty

    master, slave = pty.openpty()
    tty.setraw(slave)
    line = port.Port(os.ttyname(slave), baud=1_000_000)
    line.open()
    with within(1.5), pytest.raises(DeviceError) as caught:
        line.write(b"x" * 50_000, 0.2)  # nobody reads the other end
    os.close(master)
    os.close(slave)
    assert caught.value.name == "write_failed"
    with pytest.raises(DeviceError) as caught:
        line.write(b"x", 0.2)  # a broken line is closed
    assert caught.value.name == "open_failed"


def test_a_port_that_is_not_there():
    with pytest.raises(DeviceError) as caught:
        port.Port("/dev/ttyNOWHERE").open()
    assert caught.value.name == "open_failed"
    assert "/dev/ttyNOWHERE" in caught.value.message
    with pytest.raises(DeviceError) as caught:
        port.Port("").open()
    assert caught.value.name == "absent"


def test_two_threads(tmp_path):
    with PtyDevice(free=True) as device:
        first = port.Port(device.name, folder=str(tmp_path))
        first.open()
        second = port.Port(device.name, folder=str(tmp_path), wait=0.1)
        with pytest.raises(DeviceError) as caught:
            second.open()
        assert caught.value.name == "busy"
        threading.Timer(0.2, first.close).start()
        patient = port.Port(device.name, folder=str(tmp_path), wait=PATIENCE)
        patient.open()
        patient.close()


def test_two_processes(tmp_path):
    with PtyDevice(free=True) as device:
        command = [sys.executable, "-c", HOLD, device.name, str(tmp_path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout.readline() == "open\n"
            mine = port.Port(device.name, folder=str(tmp_path), wait=0.2)
            with pytest.raises(DeviceError) as caught:
                mine.open()
            assert caught.value.name == "busy"
            assert f"({other.pid})" in caught.value.message  # who has it
            other.kill()  # a crashed owner leaves no lock behind
            other.wait(PATIENCE)
            mine.open()
            mine.close()


def test_a_foreign_program_has_the_port(tmp_path):
    import serial

    with PtyDevice(free=True) as device, serial.Serial(device.name, exclusive=True):
        with pytest.raises(DeviceError) as caught:
            port.Port(device.name, folder=str(tmp_path), wait=0.1).open()
        assert caught.value.name == "busy"


def test_unplug_is_reported_and_the_port_can_be_opened_again(tmp_path):
    device = PtyDevice(free=True)
    link = tmp_path / "ttyUSB"
    link.symlink_to(device.name)
    line = port.Port(str(link), folder=str(tmp_path))
    line.open()
    device.unplug()
    with pytest.raises(DeviceError) as caught:
        line.read_until(lambda data: False, 0.5)
    assert caught.value.name == "no_answer"
    with pytest.raises(DeviceError) as caught:
        line.open()
    assert caught.value.name == "open_failed"
    with PtyDevice([(b"again", b"")]) as replugged:
        link.unlink()
        link.symlink_to(replugged.name)
        with line:
            line.write(b"again", 1)


def test_a_network_printer_is_a_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        got = []

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(PATIENCE)
                while len(b"".join(got)) < 100_003:
                    got.append(connection.recv(65536))
                connection.sendall(b"\x00")

        thread = threading.Thread(target=serve)
        thread.start()
        with port.Port(f"socket://127.0.0.1:{server.getsockname()[1]}") as line:
            line.write(b"abc" + b"x" * 100_000, PATIENCE)
            assert line.read_until(lambda data: len(data) >= 1, PATIENCE) == b"\x00"
        thread.join(PATIENCE)
        assert b"".join(got) == b"abc" + b"x" * 100_000


def test_loop_and_spy(tmp_path):
    with port.Port("loop://") as line:
        line.write(b"hello", 1)
        assert line.read_until(lambda data: len(data) >= 5, PATIENCE) == b"hello"
    spied = tmp_path / "spy.txt"
    with PtyDevice([(b"hello", b"yes")]) as device, port.Port(f"spy://{device.name}?file={spied}") as line:
        line.write(b"hello", 1)
        assert line.read_until(lambda data: len(data) >= 3, PATIENCE) == b"yes"
    assert "hello" in spied.read_text()


def test_one_name_a_port(tmp_path):
    assert owner.canonical("com3") == owner.canonical(r"\\.\COM3") == "COM3"
    (tmp_path / "target").touch()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    assert owner.canonical(str(tmp_path / "link")) == str(tmp_path / "target")


def test_a_print_queue_outside_windows_is_reported():
    made = port.make(PrinterSettings(driver="tspl", port="spool:标签"), 9600)
    assert isinstance(made, spool.SpoolPort)
    with pytest.raises(DeviceError) as caught:
        made.open()
    assert caught.value.name == "open_failed"
    assert "Windows" in caught.value.message


def test_the_settings_of_the_line_reach_it():
    with PtyDevice(free=True) as device:
        section = ScreenSettings(
            driver="tjc", port=device.name, baud=19200, bytesize=7, parity="E", stopbits=2.0, flow="xonxoff"
        )
        with port.make(section, 9600) as line:
            made = line._serial
            assert (made.baudrate, made.bytesize, made.parity, made.stopbits) == (19200, 7, "E", 2.0)
            assert made.xonxoff
    assert port.make(ScreenSettings(port="x"), 115200)._baud == 115200


def test_available_never_raises():
    assert isinstance(port.available(), list)


def denied(number: int, kind: str = "PermissionError", errno: int = 13) -> str:
    """Return an OSError of Windows as Python writes it, inside pyserial's text (serialwin32.py, open)."""
    return f"could not open port 'COM3': {kind}({errno}, 'Text of Windows.', None, {number})"


OPENING = [
    (denied(2, "FileNotFoundError", 2), "open_failed", "没有这个端口"),
    (denied(3, "FileNotFoundError", 2), "open_failed", "没有这个端口"),
    (denied(5), "busy", "占用"),
    (denied(32), "busy", "占用"),
    (denied(21), "device_fault", "驱动"),
    (denied(22), "device_fault", "驱动"),
    (denied(31), "device_fault", "系统错误 31"),
    (denied(1167, "OSError", 22), "device_fault", "驱动"),
    (denied(1117, "OSError", 22), "device_fault", "驱动"),
    (denied(121, "OSError", 22), "no_answer", "超时"),
    (denied(1460, "OSError", 22), "no_answer", "超时"),
    ("Cannot configure port, something went wrong. Original message: OSError(22, 'x (y)', None, 87)", "open_failed",
     "波特率"),
    (denied(4711, "OSError", 22), "open_failed", "打不开"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "part"), OPENING)
def test_windows_errors_by_their_number(monkeypatch, tmp_path, text, name, part):
    import serial

    def refuse(*arguments, **named):
        raise serial.SerialException(text)

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(DeviceError) as caught:
        port.Port("COM3", folder=str(tmp_path)).open()
    assert (caught.value.name, part in caught.value.message) == (name, True), caught.value.message
    assert "COM3" in caught.value.message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("WriteFile failed (PermissionError(13, 'x', None, 22))", "device_fault"),
        ("ClearCommError failed (OSError(22, 'x', None, 995))", "device_fault"),
        ("GetOverlappedResult failed (OSError(22, 'x', None, 121))", "no_answer"),
        ("Write timeout", "write_failed"),
    ],
)
def test_windows_errors_while_a_port_is_used(text, name):
    import serial

    with port.Port("loop://") as line:
        line._serial.write = lambda data: (_ for _ in ()).throw(serial.SerialException(text))
        with pytest.raises(DeviceError) as caught:
            line.write(b"x", 0.1)
    assert caught.value.name == name


def test_a_com_port_is_never_looked_up_as_a_file(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "COM3").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").touch()
    for spelling in ("COM3", "com3", " Com3 ", r"\\.\COM3", r"\\.\com3", r"\\?\COM3", "COM3:"):
        assert owner.canonical(spelling) == "COM3"
    assert owner.canonical(r"\\.\COM12") == owner.canonical("com12") == "COM12"
    assert owner.canonical("COM3x") == str(tmp_path / "COM3x")


def test_sessions_of_a_terminal_server_have_ports_of_their_own(monkeypatch, tmp_path):
    monkeypatch.setattr(owner, "session", lambda: 2)
    first = owner.Claim("COM3", str(tmp_path), 0.05)
    first.take()
    monkeypatch.setattr(owner, "session", lambda: 3)
    second = owner.Claim(r"\\.\com3", str(tmp_path), 0.05)
    second.take()
    same = owner.Claim("com3", str(tmp_path), 0.05)
    with pytest.raises(DeviceError) as caught:
        same.take()
    assert caught.value.name == "busy"
    first.drop()
    second.drop()


def test_a_usb_adapter_by_its_number(monkeypatch, tmp_path):
    from serial.tools import list_ports, list_ports_common

    with PtyDevice([(b"abc", b"")]) as device:
        found = list_ports_common.ListPortInfo(device.name)
        found.vid, found.pid, found.hwid, found.description = 0x1A86, 0x7523, "USB VID:PID=1A86:7523", "CH340"
        monkeypatch.setattr(list_ports, "comports", lambda include_links=False: [found])
        (offered,) = port.available()
        assert offered.lasting_name == "hwgrep://1A86:7523"
        with port.Port(offered.lasting_name, folder=str(tmp_path)) as line:
            line.write(b"abc", 1)
        assert "hwgrep://1A86:7523" in equipment._described(offered)
        with pytest.raises(DeviceError) as caught:
            port.Port("hwgrep://1A86:0000", folder=str(tmp_path)).open()
        assert "USB" in caught.value.message
