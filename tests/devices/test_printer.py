"""Printing on a real line: status first, a cut-off job is no success, the label beside the reply."""

from __future__ import annotations

import json
import threading

import pytest

from tests.deadlines import PATIENCE, within
from tests.devices.lines import Lines, PtyDevice
from tests.devices.printers import CARD, CODE, escpos_picture, job, tspl_picture
from tests.devices.test_label import decoded, needs_fonts
from tests.devices.test_printer_bytes import hs
from vcchk.base.errors import DEVICE_CODES
from vcchk.cli.commands import print_
from vcchk.devices.printer import Printer, controller
from vcchk.settings import PrinterSettings

pytestmark = pytest.mark.slow

QUERY = b"\x1b!?"
OK = b"\x00"


def number(name: str) -> int:
    return DEVICE_CODES[name][0]


def printer(device: PtyDevice | str, folder, log=None, **options) -> Printer:
    name = device if isinstance(device, str) else device.name
    values = {"driver": "tspl", "port": name, "baud": 115200, "text": "font", "timeout": PATIENCE, **options}
    return Printer(PrinterSettings(**values), log, folder=str(folder))


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Ask for the printer's state more often than is kind to a real one."""
    monkeypatch.setattr(controller, "ASK_AGAIN_SECONDS", 0.03)


ESCPOS_OK = [(bytes([16, 4, n]), b"\x12") for n in (1, 2, 4)]
EXCHANGES = {
    "tspl": [(QUERY, OK), None, (QUERY, b"\x20"), (QUERY, OK)],
    "cpcl": [(b"\x1bh", OK), None, (b"\x1bh", b"\x01"), (b"\x1bh", OK)],
    "zpl": [(b"~HS", hs()[0]), None, (b"~HS", hs(two="000,0,0,0,0,2,4,0,00000001,1,000")[0]), (b"~HS", hs()[0])],
    "escpos": [*ESCPOS_OK, None, *ESCPOS_OK],
}  # fmt: skip


@needs_fonts
@pytest.mark.parametrize("driver", EXCHANGES)
@pytest.mark.parametrize("text", ["font", "bitmap"])
def test_status_job_status_to_the_byte(driver, text, tmp_path):
    data = job(driver, text=text)
    pairs = [(data, b"") if pair is None else pair for pair in EXCHANGES[driver]]
    with PtyDevice(pairs) as device:
        assert printer(device, tmp_path, driver=driver, text=text).print_label(CODE, CARD, "张三") == 0


@needs_fonts
def test_a_bitmap_label_arrives_whole(tmp_path):
    for driver, query, answer, reader in (
        ("tspl", QUERY, OK, tspl_picture),
        ("escpos", b"\x10\x04", b"\x12", escpos_picture),
    ):
        with PtyDevice(free=True) as device:
            device.on_bytes = lambda data, d=device, q=query, a=answer: d.send(a) if data.startswith(q) else None
            assert printer(device, tmp_path, driver=driver, text="bitmap").print_label(CODE, CARD, "张三") == 0
            start = device.received.index(b"SIZE" if driver == "tspl" else b"\x1b@")
            ending = b"PRINT 1,1\r\n" if driver == "tspl" else b"\x1bd\x03"
            data = device.received[start : device.received.index(ending, start) + len(ending)]
        assert decoded(reader(data)) == [CODE]


@pytest.mark.parametrize(
    ("byte", "name"),
    [
        (0x01, "head_open"),
        (0x02, "paper_jam"),
        (0x04, "paper_out"),
        (0x08, "ribbon_out"),
        (0x10, "paused"),
        (0x80, "overheated"),
    ],
)
def test_a_fault_before_the_job_sends_no_job(byte, name, tmp_path):
    log = Lines()
    with PtyDevice([(QUERY, bytes([byte]))]) as device:  # any byte of a job would fail the test
        assert printer(device, tmp_path, log).print_label(CODE, CARD, "张三") == number(name)
    assert DEVICE_CODES[name][2] in log.text()
    assert "张三" not in log.text()
    assert CODE not in log.text()


def test_a_fault_in_the_middle_may_be_a_label(tmp_path):
    log = Lines()
    with PtyDevice([(QUERY, OK), (job("tspl", text="font"), b""), (QUERY, b"\x20"), (QUERY, b"\x04")]) as device:
        assert printer(device, tmp_path, log).print_label(CODE, CARD, "张三") == number("maybe_printed")
    assert "标签可能已打出，请先查看" in log.text()
    assert "缺纸" in log.text()  # which fault it was
    assert "paper_out 7101" in log.text()


def test_a_printer_that_never_answers(tmp_path):
    log = Lines()
    with PtyDevice([(QUERY, b"")]) as device, within(1):  # two waits of the printer's timeout
        assert printer(device, tmp_path, log, timeout=0.5).print_label(CODE, CARD, "张三") == number("no_answer")
    with PtyDevice([(b"~HS", b"")]) as device:
        zebra = printer(device, tmp_path, log, driver="zpl", timeout=0.5)
        assert zebra.print_label(CODE, CARD, "M") == number("no_answer")
    assert "可能缺纸" in log.text()


def test_silence_after_the_job_may_be_a_label(tmp_path):
    with PtyDevice([(QUERY, OK), (job("tspl", text="font"), b""), (QUERY, b"")]) as device:
        assert printer(device, tmp_path, timeout=0.5).print_label(CODE, CARD, "张三") == number("maybe_printed")


def test_garbage(tmp_path):
    with PtyDevice([(b"\x10\x04\x01", b"\xff")] + [(bytes([16, 4, n]), b"\xff") for n in (2, 4)]) as device:
        assert printer(device, tmp_path, driver="escpos").print_label(CODE, CARD, "M") == number("bad_reply")
    with PtyDevice([(b"~HS", b"\x02nonsense\x03" * 3)]) as device:
        assert printer(device, tmp_path, driver="zpl", text="bitmap").print_label(CODE, CARD, "M") == number(
            "bad_reply"
        )


@needs_fonts
def test_unplugged_in_mid_job_then_the_next_call_works(tmp_path):
    link = tmp_path / "lp"
    first = PtyDevice(free=True)
    link.symlink_to(first.name)

    def cut(data: bytes) -> None:
        if first.received == QUERY:
            first.send(OK)
        elif b"BITMAP" in first.received:
            first.unplug()

    first.on_bytes = cut
    # A slow line, so that the job is still going out when the plug is pulled.
    it = printer(str(link), tmp_path, text="bitmap", dpi=600)
    with within(3):
        assert it.print_label(CODE, CARD, "张三") == number("maybe_printed")
    link.unlink()
    assert it.print_label(CODE, CARD, "张三") == number("open_failed")
    with PtyDevice([(QUERY, OK), (job("tspl", text="bitmap", dpi=600), b""), (QUERY, OK)]) as second:
        link.symlink_to(second.name)
        assert it.print_label(CODE, CARD, "张三") == 0


def test_a_one_way_line(tmp_path):
    with PtyDevice([(job("tspl", text="font"), b"")]) as device:
        assert printer(device, tmp_path, status=False).print_label(CODE, CARD, "张三") == 0


def test_none_set_up_and_a_port_in_use(tmp_path):
    import serial

    log = Lines()
    assert Printer(PrinterSettings(), log, folder=str(tmp_path)).print_label(CODE, CARD, "张三") == number("absent")
    with PtyDevice(free=True) as device, serial.Serial(device.name, exclusive=True):
        assert printer(device, tmp_path, log).print_label(CODE, CARD, "张三") == number("busy")


def test_several_threads_print_one_after_the_other(tmp_path):
    data = job("tspl", text="font")
    with PtyDevice([(QUERY, OK), (data, b""), (QUERY, OK)] * 3) as device:
        it = printer(device, tmp_path)
        results = []
        threads = [
            threading.Thread(target=lambda: results.append(it.print_label(CODE, CARD, "张三"))) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert results == [0, 0, 0]


def test_printing_later_delays_nothing_and_its_failure_is_kept_for_doctor(tmp_path):
    with PtyDevice([(QUERY, b"\x04")]) as device:
        it = printer(device, tmp_path)
        with it._one_at_a_time:  # the printer is at work: the reply does not wait for it
            it.print_later(CODE, CARD, "张三")
            assert not it.wait(0)
        assert it.wait(PATIENCE)
    kept = controller.last_failure(str(tmp_path))
    assert kept["name"] == "paper_out"
    assert kept["number"] == number("paper_out")
    text = json.dumps(kept, ensure_ascii=False)
    assert "缺纸" in text
    for secret in (CODE, CARD, "张三"):
        assert secret not in text
    with PtyDevice([(QUERY, OK), (job("tspl", text="font"), b""), (QUERY, OK)]) as device:
        it = printer(device, tmp_path)
        it.print_later(CODE, CARD, "张三")
        assert it.wait(PATIENCE)
    assert controller.last_failure(str(tmp_path)) is None


def test_printing_later_without_a_printer_is_kept_too(tmp_path):
    it = Printer(PrinterSettings(), folder=str(tmp_path))
    it.print_later(CODE, CARD, "张三")
    assert it.wait(PATIENCE)
    assert controller.last_failure(str(tmp_path))["name"] == "absent"


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VCCHK_INI", str(tmp_path / "v.ini"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with PtyDevice([(QUERY, b"\x04"), (QUERY, b"\x41"), (QUERY, OK)]) as device:
        (tmp_path / "v.ini").write_text(f"[printer]\ndriver = tspl\nport = {device.name}\ntext = font\n")
        assert print_.main([]) == 1
        assert "缺纸" in capsys.readouterr().err
        assert print_.main(["--status"]) == 1
        assert "上盖" in capsys.readouterr().out
        assert print_.main(["--status"]) == 0
        assert "正常" in capsys.readouterr().out
