"""Labels that may be out, that wait, that hold what a printer would obey, that are left behind by a HIS that ends."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deadlines import PATIENCE
from tests.devices.lines import Lines, PtyDevice
from tests.devices.printers import CARD, CODE, job
from tests.devices.test_printer import OK, QUERY, number, printer
from vcchk import settings
from vcchk.base.errors import DeviceError
from vcchk.cli.commands import print_
from vcchk.devices import port
from vcchk.devices.desk import Desk
from vcchk.devices.printer import controller, pending
from vcchk.devices.printer.label import Content

# --- a network printer without status ---


@contextlib.contextmanager
def peer(serve) -> Iterator[str]:
    """Serve one connection with ``serve(connection)``; yields the port's name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)

        def run() -> None:
            with contextlib.suppress(OSError), server.accept()[0] as connection:
                connection.settimeout(PATIENCE)
                serve(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"socket://127.0.0.1:{server.getsockname()[1]}"
        thread.join(PATIENCE)


def read_all(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def read_and_stay(connection: socket.socket) -> None:
    """As many printers do: they read and never close."""
    read_all(connection)
    time.sleep(1)


def close_at_once(connection: socket.socket) -> None:
    """As a print server that is busy."""


def reset(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close_before_the_end(connection: socket.socket) -> None:
    connection.recv(10)


@pytest.mark.slow
@pytest.mark.parametrize("serve", [read_all, read_and_stay])
def test_a_printer_that_takes_everything(serve, tmp_path):
    with peer(serve) as name:
        assert printer(name, tmp_path, status=False).print_label(CODE, CARD, "张三") == 0


@pytest.mark.slow
@pytest.mark.parametrize("serve", [close_at_once, reset, close_before_the_end])
def test_a_peer_that_closes_before_the_end_is_no_success(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(port, "FINISH_SECONDS", PATIENCE)  # it does close, sooner or later
    with peer(serve) as name:
        assert printer(name, tmp_path, status=False).print_label(CODE, CARD, "张三") != 0


def test_a_line_that_does_not_take_the_first_byte_is_reported_as_not_printed(tmp_path, monkeypatch):
    with PtyDevice(free=True) as device:
        it = printer(device, tmp_path, status=False)

        def refuse(self, data, seconds):
            raise DeviceError("write_failed")

        monkeypatch.setattr("vcchk.devices.port.Port.write", refuse)
        assert it.print_label(CODE, CARD, "张三") == number("write_failed")


# --- a queue of calls ---


@pytest.mark.slow
def test_a_label_does_not_wait_for_ever(tmp_path):
    with PtyDevice([(QUERY, b"")], free=False) as device:
        slow = printer(device, tmp_path, timeout=3.0, wait=0.2)
        first = threading.Thread(target=slow.print_label, args=(CODE, CARD, "张三"))
        first.start()
        device.wait_for(lambda data: slow._one_at_a_time.locked())
        log = slow._log = Lines()
        assert slow.print_label(CODE, CARD, "李四") == number("busy")
        assert "未打印" in log.text()
        first.join(PATIENCE)


# --- texts that a printer would obey ---

HOSTILE = (
    'A"\r\nPRINT 1,999\r\n',
    "A\rPRINT\r\n",
    'x",5\nPRINT 1,999',
    "a\x1b@b",
    "a\x00b",
    "a\x1c.b",
    "a\x85b",
    "a\u2028b",
)


@pytest.mark.parametrize("driver", ["tspl", "zpl", "escpos", "cpcl"])
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["code", "card", "person"])
def test_control_characters_are_refused(driver, text, field):
    with contextlib.suppress(DeviceError):
        data = job(driver, text="font", **{field: text})
        assert commands(driver, data).count("PRINT") == 1
        return
    with pytest.raises(DeviceError) as caught:
        job(driver, text="font", **{field: text})
    assert caught.value.name == "bad_argument"
    assert "控制字符" in caught.value.message


def test_blanks_and_line_ends_around_a_text_do_not_count():
    assert job("tspl", text="font", code=f" {CODE}\r\n", card=f"\t{CARD}\n", person=" 张三\r\n") == job(
        "tspl", text="font"
    )


def commands(driver: str, data: bytes) -> list[str]:
    """Return the names of the commands in a job, by a reader of the language that knows nothing of ours."""
    if driver == "escpos":
        return ["PRINT"] * data.count(b"\x1bd\x03")
    found = []
    while data:
        picture = re.match(rb"BITMAP \d+,\d+,(\d+),(\d+),0,", data)
        if driver == "tspl" and picture:
            data = data[picture.end() + int(picture[1]) * int(picture[2]) + 2 :]
            found.append("BITMAP")
            continue
        if driver == "zpl":
            return re.findall(r"[\^~][A-Z][A-Z0-9]", re.sub(r"\^FD.*?\^FS", "^FD^FS", data.decode())) + [
                "PRINT"
            ] * data.count(b"^PQ")
        line, _, data = data.partition(b"\r\n")
        found.append(line.split(b" ")[0].decode("ascii", "replace"))
    return found


KINDS = {
    "tspl": {"SIZE", "GAP", "DIRECTION", "CLS", "BITMAP", "QRCODE", "TEXT", "PRINT"},
    "cpcl": {"!", "PAGE-WIDTH", "B", "EG", "T", "SETMAG", "ENDQR", "FORM", "PRINT"},
}


@pytest.mark.slow
@hypothesis.settings(deadline=None)  # drawing takes what a busy machine needs
@given(
    st.text(max_size=30), st.text(max_size=20), st.text(max_size=12), st.sampled_from(["tspl", "zpl", "escpos", "cpcl"])
)
def test_whatever_the_text_the_commands_stay(code, card, person, driver):
    try:
        data = job(driver, text="font", code=code, card=card, person=person)
    except DeviceError as error:
        refused = error.name
    else:
        refused = ""
    assert refused in ("", "bad_argument", "font_missing", "too_large")
    if refused:
        return
    found = commands(driver, data)
    assert found.count("PRINT") == 1
    if driver in KINDS:
        content = {line for line in found if line not in KINDS[driver]}
        # In CPCL the QR code's data stand on a line of their own, behind their level.
        assert all(driver == "cpcl" and line.startswith("MA,") for line in content), content
        assert found[-1] == "PRINT"


# --- a HIS that ends before its label is printed ---

HOST = """
import sys
from vcchk.devices.printer import Printer
from vcchk.settings import PrinterSettings
it = Printer(PrinterSettings(driver="tspl", port=sys.argv[1], text="font", timeout=20.0), folder=sys.argv[2])
for number in range(3):
    it.print_later("CODE%d:1" % number, "M0012345678", "Zhang San")
sys.stdin.read()
"""


def end_with_labels(device: PtyDevice, folder) -> None:
    """Run a program that queues three labels and ends once it has begun with the first."""
    command = [sys.executable, "-c", HOST, device.name, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as program:
        device.wait_played(1)
        program.communicate(timeout=PATIENCE)
    assert program.returncode == 0


def test_labels_of_a_program_that_ends_are_kept_sealed_and_reported(tmp_path):
    with PtyDevice([(QUERY, b"")]) as device:
        end_with_labels(device, tmp_path)
    labels = pending.abandoned(str(tmp_path))
    assert [label.content(str(tmp_path)).code for label in labels] == ["CODE0:1", "CODE1:1", "CODE2:1"]
    for file in (tmp_path / "labels").iterdir():
        assert file.stat().st_mode & 0o077 == 0
        for secret in (b"Zhang", b"CODE", b"M0012345678"):
            assert secret not in file.read_bytes()
    log = Lines()
    chosen = settings.Settings(
        printer=settings.PrinterSettings(driver="tspl", port="/dev/null"),
        log=settings.LogSettings(folder=str(tmp_path)),
    )
    Desk(chosen, log).start()
    assert "3 张标签没有打印完（其中 0 张可能已打出）" in log.text()
    assert "vcchk print --pending" in log.text()
    assert len(pending.abandoned(str(tmp_path))) == 3  # never by itself


def test_a_label_that_had_begun_is_reported_apart(tmp_path):
    kept = pending.keep(str(tmp_path), Content(code="A:1", card="", name=""), None)
    assert pending.abandoned(str(tmp_path)) == []  # a living program has it
    kept.begin()
    kept.release(begun=True)
    assert [label.begun for label in pending.abandoned(str(tmp_path))] == [True]


def test_printed_labels_leave_nothing(tmp_path):
    with PtyDevice([(QUERY, OK), (job("tspl", text="font"), b""), (QUERY, OK)]) as device:
        it = printer(device, tmp_path)
        it.print_later(CODE, CARD, "张三")
        assert it.wait(PATIENCE)
    assert list((tmp_path / "labels").iterdir()) == []


def test_a_label_that_failed_waits_for_a_person(tmp_path):
    with PtyDevice([(QUERY, b"\x04")]) as device:
        it = printer(device, tmp_path)
        it.print_later(CODE, CARD, "张三")
        assert it.wait(PATIENCE)
    assert [label.begun for label in pending.abandoned(str(tmp_path))] == [False]


def test_after_a_day_a_label_is_deleted(tmp_path, monkeypatch):
    pending.keep(str(tmp_path), Content(code="A:1", card="", name=""), None).release(begun=False)
    assert len(pending.abandoned(str(tmp_path))) == 1
    later = time.time() + pending.KEPT_SECONDS + 1
    monkeypatch.setattr(pending.time, "time", lambda: later)
    assert pending.abandoned(str(tmp_path)) == []
    assert list((tmp_path / "labels").iterdir()) == []


def test_the_command_prints_or_drops(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(controller, "ASK_AGAIN_SECONDS", 0.03)
    monkeypatch.setenv("VCCHK_INI", str(tmp_path / "v.ini"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    state = str(tmp_path / "vcchk")
    for name in ("张三", "李四", "王五"):
        pending.keep(state, Content(code=CODE, card=CARD, name=name), None).release(begun=False)
    answers = iter(["p", "d", ""])
    monkeypatch.setattr("builtins.input", lambda prompt="": next(answers))
    with PtyDevice([(QUERY, OK), (job("tspl", text="font"), b""), (QUERY, OK)]) as device:
        (tmp_path / "v.ini").write_text(f"[printer]\ndriver = tspl\nport = {device.name}\ntext = font\n")
        assert print_.main(["--pending"]) == 0
    printed = capsys.readouterr().out
    assert "张*" in printed
    assert "张三" not in printed
    assert [label.content(state).name for label in pending.abandoned(state)] == ["王五"]
    assert os.listdir(state)


def test_the_command_without_pending_labels(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VCCHK_INI", str(tmp_path / "v.ini"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert print_.main(["--pending"]) == 0
    assert "没有" in capsys.readouterr().out
