"""The port layer on real lines: one owner across threads and processes, unplug, bounded waits."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time

import pytest

from tests.devices.lines import PtyDevice
from vcchk.base.errors import DeviceError
from vcchk.devices import owner, port, spool
from vcchk.settings import PrinterSettings, ScreenSettings

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
        assert line.read_until(lambda data: len(data) >= 5, 1) == b"\x00\xffxyz"


def test_every_wait_is_bounded():
    with PtyDevice(free=True) as device, port.Port(device.name) as line:
        began = time.monotonic()
        assert line.read_until(lambda data: False, 0.2) == b""
        assert 0.15 < time.monotonic() - began < 1


def test_a_device_that_takes_nothing_is_a_failed_write():
    import os
    import pty
    import tty

    master, slave = pty.openpty()
    tty.setraw(slave)
    line = port.Port(os.ttyname(slave), baud=1_000_000)
    line.open()
    began = time.monotonic()
    with pytest.raises(DeviceError) as caught:
        line.write(b"x" * 50_000, 0.2)  # nobody reads the other end
    os.close(master)
    os.close(slave)
    assert caught.value.name == "write_failed"
    assert time.monotonic() - began < 5
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
        patient = port.Port(device.name, folder=str(tmp_path), wait=2)
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
            other.wait(5)
            mine.open()
            mine.close()


def test_a_foreign_program_has_the_port(tmp_path):
    import serial

    with PtyDevice(free=True) as device, serial.Serial(device.name, exclusive=True):
        with pytest.raises(DeviceError) as caught:
            port.Port(device.name, folder=str(tmp_path), wait=0.1).open()
        assert caught.value.name == "busy"


def test_unplug_is_told_and_the_port_can_be_opened_again(tmp_path):
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
                connection.settimeout(5)
                while len(b"".join(got)) < 100_003:
                    got.append(connection.recv(65536))
                connection.sendall(b"\x00")

        thread = threading.Thread(target=serve)
        thread.start()
        with port.Port(f"socket://127.0.0.1:{server.getsockname()[1]}") as line:
            line.write(b"abc" + b"x" * 100_000, 2)
            assert line.read_until(lambda data: len(data) >= 1, 2) == b"\x00"
        thread.join(5)
        assert b"".join(got) == b"abc" + b"x" * 100_000


def test_loop_and_spy(tmp_path):
    with port.Port("loop://") as line:
        line.write(b"hello", 1)
        assert line.read_until(lambda data: len(data) >= 5, 1) == b"hello"
    spied = tmp_path / "spy.txt"
    with PtyDevice([(b"hello", b"yes")]) as device, port.Port(f"spy://{device.name}?file={spied}") as line:
        line.write(b"hello", 1)
        assert line.read_until(lambda data: len(data) >= 3, 1) == b"yes"
    assert "hello" in spied.read_text()


def test_one_name_a_port(tmp_path):
    assert owner.canonical("com3") == owner.canonical(r"\\.\COM3") == "COM3"
    (tmp_path / "target").touch()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    assert owner.canonical(str(tmp_path / "link")) == str(tmp_path / "target")


def test_a_print_queue_outside_windows_is_told():
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
