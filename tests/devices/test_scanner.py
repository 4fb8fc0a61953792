"""Scanning on a real line, in time: one code for one patient, cancel, faults, the next call."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from tests.deadlines import PATIENCE, until, within
from tests.devices.lines import Lines, PtyDevice
from tests.devices.test_scanner_bytes import CODE, COMMANDS
from vcchk.base.errors import DEVICE_CODES, DeviceError
from vcchk.cli.commands import scan
from vcchk.devices import owner, port
from vcchk.devices.scanner import Scanner, families, ssi
from vcchk.settings import ScannerSettings

pytestmark = pytest.mark.slow

TEXT = CODE.decode()


def wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def scanner(device: PtyDevice | str, folder, log=None, **options) -> Scanner:
    name = device if isinstance(device, str) else device.name
    return Scanner(ScannerSettings(**{"driver": "honeywell", "port": name, **options}), log, folder=str(folder))


@pytest.mark.parametrize("family", families.FAMILIES)
def test_every_family_reads_a_code(family, tmp_path):
    trigger, stop, ack = (bytes.fromhex(text) for text in COMMANDS[family])
    wake = b"\0" if family == "ssi" else b""
    with PtyDevice([(wake + trigger, ack + CODE + b"\r\n"), (stop, ack)] if trigger else [], free=False) as device:
        if not trigger:
            threading.Timer(0.2, device.send, (CODE + b"\r\n",)).start()
        assert scanner(device, tmp_path, driver=family).read(PATIENCE, wait) == TEXT


def test_ssi_packets_are_answered(tmp_path):
    packet = ssi.packet(ssi.DECODE_DATA, source=0, data=b"\xf1" + CODE)
    pairs = [
        (b"\0" + families.FAMILIES["ssi"].trigger, bytes.fromhex("04 D0 00 00 FF 2C") + packet),
        (bytes.fromhex("04 D0 04 00 FF 28"), b""),
        (families.FAMILIES["ssi"].stop, b""),
    ]
    with PtyDevice(pairs) as device:
        assert scanner(device, tmp_path, driver="ssi").read(PATIENCE, wait) == TEXT


@pytest.mark.parametrize("cut", [1, 2, 5, 20, -1])
def test_a_line_that_stalls_within_a_packet(cut, tmp_path):
    packet = ssi.packet(ssi.DECODE_DATA, source=0, data=b"\xf1" + CODE)
    with PtyDevice(free=True) as device:
        answering(device, packet[:cut] + LATER + packet[cut:], to=families.FAMILIES["ssi"].trigger)
        assert scanner(device, tmp_path, driver="ssi").read(PATIENCE, wait) == TEXT


@pytest.mark.parametrize(
    ("end", "suffix"), [("cr", b"\r"), ("lf", b"\n"), ("crlf", b"\r\n"), ("gap", b""), ("auto", b"")]
)
def test_ends_on_a_line(end, suffix, tmp_path):
    with PtyDevice([(b"\x16T\r", CODE + suffix), (b"\x16U\r", b"")]) as device:
        assert scanner(device, tmp_path, end=end).read(PATIENCE, wait) == TEXT


def test_two_codes_in_a_row_only_the_first_and_the_second_is_not_the_next_patients(tmp_path):
    pairs = [(b"\x16T\r", b"FIRST\r\nSECOND\r\n"), (b"\x16U\r", b""), (b"\x16T\r", b"THIRD\r\n"), (b"\x16U\r", b"")]
    with PtyDevice(pairs) as device:
        it = scanner(device, tmp_path)
        assert it.read(PATIENCE, wait) == "FIRST"
        assert it.read(PATIENCE, wait) == "THIRD"


def test_a_code_before_the_trigger_is_not_taken(tmp_path):
    with PtyDevice([(b"\x16T\r", b"MINE\r\n"), (b"\x16U\r", b"")]) as device:
        device.send(b"BEFORE\r\n")
        assert scanner(device, tmp_path).read(PATIENCE, wait) == "MINE"


def test_the_rest_of_an_earlier_code_is_not_taken(tmp_path):
    rest = iter([b"RE\r\n"])

    def pump(seconds: float) -> bool:
        device.send(next(rest, b""))  # while it waits for the line to be silent
        return wait(seconds)

    with PtyDevice([(b"\x16T\r", b"MINE\r\n"), (b"\x16U\r", b"")]) as device:
        device.send(b"BEFO")
        assert scanner(device, tmp_path).read(PATIENCE, pump) == "MINE"


def test_time_is_over_and_the_scanner_is_stopped(tmp_path):
    log = Lines()
    with PtyDevice([(b"\x16T\r", b""), (b"\x16U\r", b"")]) as device:
        began = time.monotonic()
        with within(0.3), pytest.raises(DeviceError) as caught:
            scanner(device, tmp_path, log).read(0.3, wait)
        assert time.monotonic() - began > 0.25
    assert (caught.value.name, caught.value.code) == ("timeout", DEVICE_CODES["timeout"][1])
    assert "超时" in log.text()


def test_a_code_that_came_in_time_is_taken_by_a_process_that_was_stopped(tmp_path, monkeypatch):
    ahead = [0.0]
    look, send = port.Port.read_now, port.Port.write

    def triggered(line: port.Port, data: bytes, seconds: float) -> None:
        send(line, data, seconds)
        monkeypatch.setattr(port.Port, "write", send)
        monkeypatch.setattr(port.Port, "read_now", stopped)

    def stopped(line: port.Port) -> bytes:
        """Find nothing, and go on only when the code is there and the time is over."""
        until(lambda: line._serial.in_waiting > len(CODE), "the code in the line")
        ahead[0] = 100.0
        monkeypatch.setattr(port.Port, "read_now", look)
        return b""

    monkeypatch.setattr(port.Port, "write", triggered)
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + ahead[0], sleep=time.sleep)
    monkeypatch.setattr("vcchk.devices.scanner.controller.time", clock)
    with PtyDevice([(b"\x16T\r", CODE + b"\r\n"), (b"\x16U\r", b"")]) as device:
        assert scanner(device, tmp_path).read(50, wait) == TEXT


def test_no_read_answers_trigger_again(tmp_path):
    pairs = [(b"\x16T\r", b"%%NoRead\r\n"), (b"\x16T\r", CODE + b"\r"), (b"\x16U\r", b"")]
    with PtyDevice(pairs) as device:
        assert scanner(device, tmp_path, retrigger=0.2).read(PATIENCE, wait) == TEXT


def test_a_scanner_that_never_acknowledges_is_broken(tmp_path):
    stop, trigger = (bytes.fromhex(COMMANDS["gm65"][n]) for n in (1, 0))
    with PtyDevice([(trigger, b""), (stop, b"")]) as device, pytest.raises(DeviceError) as caught:
        scanner(device, tmp_path, driver="gm65").read(0.3, wait)
    assert caught.value.name == "scanner_broken"


def test_escape_cancels_at_once(tmp_path):
    presses = iter([False] * 6 + [True])

    def pump(seconds: float) -> bool:
        time.sleep(seconds)
        return next(presses)

    with PtyDevice([(b"\x16T\r", b""), (b"\x16U\r", b"")]) as device:
        with pytest.raises(DeviceError) as caught:
            scanner(device, tmp_path).read(30, pump)
        assert next(presses, None) is None, "it was not asked again"
    assert caught.value.name == "cancelled"


def test_another_thread_cancels_and_a_second_read_is_busy(tmp_path):
    with PtyDevice([(b"\x16T\r", b""), (b"\x16U\r", b""), (b"\x16T\r", CODE + b"\r"), (b"\x16U\r", b"")]) as device:
        it = scanner(device, tmp_path)
        assert it.cancel() is False
        ended = []

        def first() -> None:
            try:
                it.read(30, wait)
            except DeviceError as error:
                ended.append(error.name)

        thread = threading.Thread(target=first)
        thread.start()
        device.wait_played(1)
        with pytest.raises(DeviceError) as caught:
            it.read(1, wait)
        assert (caught.value.name, caught.value.code) == ("busy", "3003")
        assert it.cancel() is True
        thread.join(PATIENCE)
        assert ended == ["cancelled"]
        assert it.read(PATIENCE, wait) == TEXT  # an old cancel does not reach the next read


def test_unplugged_while_waiting_and_back_for_the_next(tmp_path):
    link = tmp_path / "tty"
    first = PtyDevice(free=True)
    link.symlink_to(first.name)
    it = scanner(str(link), tmp_path)
    first.on_bytes = lambda data: first.unplug()  # when it is triggered
    with within(1.5), pytest.raises(DeviceError) as caught:
        it.read(PATIENCE, wait)
    assert caught.value.name == "scanner_broken"
    with pytest.raises(DeviceError) as caught:
        it.read(1, wait)
    assert caught.value.name == "open_failed"
    link.unlink()
    with PtyDevice([(b"\x16T\r", CODE + b"\r"), (b"\x16U\r", b"")]) as second:
        link.symlink_to(second.name)
        assert it.read(PATIENCE, wait) == TEXT


def flood(device: PtyDevice, size: int) -> threading.Thread:
    thread = threading.Thread(target=device.send, args=(b"\x55" * size,), daemon=True)
    thread.start()
    return thread


def test_a_flood_before_the_trigger_is_a_broken_scanner(tmp_path):
    with PtyDevice(free=True) as device:
        thread = flood(device, 1 << 26)
        with within(1), pytest.raises(DeviceError) as caught:
            scanner(device, tmp_path).read(PATIENCE, wait)
        assert caught.value.name == "scanner_broken"
        device._stop.set()
        thread.join(PATIENCE)


def test_a_flood_of_1_mb_after_the_trigger_ends_in_bounded_time_and_the_next_call_works(tmp_path):
    with PtyDevice(free=True) as device:
        it = scanner(device, tmp_path)

        def answer(data: bytes) -> None:
            if b"\x16T" in data:
                flood(device, 1 << 20)

        device.on_bytes = answer
        with within(1), pytest.raises(DeviceError) as caught:
            it.read(PATIENCE, wait)
        assert caught.value.name == "bad_reply"
        device.on_bytes = lambda data: device.send(CODE + b"\r\n") if b"\x16T" in data else None
        last: DeviceError | None = None
        for _ in range(5):  # the megabyte may still be running out of the line
            try:
                assert it.read(PATIENCE, wait) == TEXT
                break
            except DeviceError as error:
                last = error
        else:
            raise AssertionError(last)


def test_a_wrong_baud_rate_is_reported(tmp_path):
    pairs = [(b"\x16T\r", b"\xfe\x80\xfe\xff\x00\xf8\r"), (b"\x16U\r", b"")]
    with PtyDevice(pairs) as device, pytest.raises(DeviceError) as caught:
        scanner(device, tmp_path).read(PATIENCE, wait)
    assert caught.value.name == "bad_reply"
    assert "波特率" in caught.value.message


def test_chinese_in_both_encodings(tmp_path):
    for raw in ("张三#1".encode(), "张三#1".encode("gbk")):
        with PtyDevice([(b"\x16T\r", raw + b"\r\n"), (b"\x16U\r", b"")]) as device:
            assert scanner(device, tmp_path).read(PATIENCE, wait) == "张三#1"


def test_none_set_up_unknown_and_a_queue(tmp_path):
    for options, name in (
        ({"driver": ""}, "absent"),
        ({"driver": "x"}, "bad_argument"),
        ({"port": "spool:a"}, "bad_argument"),
    ):
        with pytest.raises(DeviceError) as caught:
            scanner("/dev/null", tmp_path, **options).read(1, wait)
        assert caught.value.name == name


def test_ways_to_fail_are_distinct():
    rows = [DEVICE_CODES[name] for name in ("timeout", "cancelled", "scanner_broken", "absent")]
    assert len({row[0] for row in rows}) == len(rows)
    assert len({row[2] for row in rows}) == len(rows)


@pytest.mark.parametrize("cut", [1, 20, 33, 34, 36])
def test_a_line_that_stalls_within_a_code(cut, tmp_path):
    with PtyDevice(free=True) as device:
        answering(device, CODE[:cut] + LATER + CODE[cut:] + b"\r\n")
        assert scanner(device, tmp_path, gap_ms=5000).read(PATIENCE, wait) == TEXT


LATER = b"(half a second later)"


def answering(device: PtyDevice, *answers: bytes, to: bytes = b"\x16T") -> None:
    """Answer each trigger with the next of ``answers``; what stands behind `LATER` comes half a second after it."""
    left = list(answers)

    def answer(data: bytes) -> None:
        if to in data:
            first, _, later = left.pop(0).partition(LATER)
            device.send(first)
            if later:
                threading.Timer(0.5, device.send, (later,)).start()

    device.on_bytes = answer


def test_after_one_line_end_a_pause_is_never_an_end(tmp_path):
    whole = CODE + b":::00000001001"
    with PtyDevice(free=True) as device:
        answering(device, CODE + b"\r\n", CODE + LATER + b":::00000001001\r\n")
        assert scanner(device, tmp_path).read(PATIENCE, wait) == TEXT
        # Another program of this machine: what was learned stands in the state folder.
        assert scanner(device, tmp_path).read(PATIENCE, wait) == whole.decode()


def test_a_scanner_that_loses_its_line_end_is_learned_anew(tmp_path):
    with PtyDevice(free=True) as device:
        answering(device, CODE + b"\r\n", CODE, CODE, CODE)
        it = scanner(device, tmp_path)
        assert it.read(PATIENCE, wait) == TEXT
        with pytest.raises(DeviceError) as caught:
            it.read(2, wait)
        assert caught.value.name == "timeout"
        assert "结束符" in caught.value.message
        assert it.read(PATIENCE, wait) == TEXT
        assert it.read(PATIENCE, wait) == TEXT


def test_a_reading_that_nobody_used_forgets_nothing(tmp_path):
    with PtyDevice(free=True) as device:
        answering(device, CODE + b"\r\n", b"", CODE + LATER + b":::00000001001\r\n")
        it = scanner(device, tmp_path)
        assert it.read(PATIENCE, wait) == TEXT
        with pytest.raises(DeviceError):
            it.read(0.3, wait)
        assert it.read(PATIENCE, wait) == TEXT + ":::00000001001"


def test_marks_of_the_scanner_are_logged_once(tmp_path):
    log = Lines()
    with PtyDevice([(b"\x16T\r", b"\xef\xbb\xbf\\000026" + CODE + b"\r\n"), (b"\x16U\r", b"")]) as device:
        assert scanner(device, tmp_path, log).read(PATIENCE, wait) == TEXT
    assert [text for _, text, _ in log.lines if "ECI" in text] == [
        "扫码枪：码前有扫码枪加的 ECI 或 BOM 标记，已去掉；请在扫码枪上关闭它"
    ]


def test_the_code_is_not_in_the_log(tmp_path):
    log = Lines()
    with PtyDevice([(b"\x16T\r", CODE + b"\r\n"), (b"\x16U\r", b"")]) as device:
        scanner(device, tmp_path, log).read(PATIENCE, wait)
    assert TEXT not in log.text()


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ([], "本机没有串口：请检查 USB 线和驱动程序；键盘方式的扫码枪不占串口"),
        ([port.SerialPort("COM3", "USB-SERIAL CH340", "1A86:7523")], "COM3  USB-SERIAL CH340  hwgrep://1A86:7523"),
    ],
    ids=["none", "one on USB"],
)
def test_the_ports_of_a_machine_are_listed(found, line, monkeypatch, capsys):
    monkeypatch.setattr(port, "available", lambda: found)
    assert scan.main(["--ports"]) == 0
    assert capsys.readouterr().out == line + "\n"


def test_the_command_shows_hex(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VCCHK_INI", str(tmp_path / "v.ini"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with PtyDevice([(b"\x16T\r", b"AB1\r\n"), (b"\x16U\r", b"")]) as device:
        (tmp_path / "v.ini").write_text(f"[scanner]\ndriver = honeywell\nport = {device.name}\n")
        assert scan.main(["--seconds", "60"]) == 0
    printed = capsys.readouterr().out
    assert "41 42 31 0D 0A" in printed
    assert "AB1" in printed
    with PtyDevice([(b"", b"")]) as device:
        over = threading.Event()

        def show() -> None:
            while not over.wait(0.05):  # what came before the port was opened does not count
                device.send(b"\x01\x02")

        showing = threading.Thread(target=show)
        showing.start()
        assert scan.main(["--listen", "--seconds", "1", "--port", device.name]) == 0
        over.set()
        showing.join(PATIENCE)
    assert "01 02" in capsys.readouterr().out
    (tmp_path / "v.ini").write_text(f"[scanner]\ndriver = honeywell\n[log]\nfolder = {tmp_path / 'state'}\n")
    with PtyDevice([(b"", b"")]) as device:
        assert scan.main(["--listen", "--seconds", "0.05", "--port", device.name]) == 1
        assert (tmp_path / "state" / f"port-{owner.digest(device.name)}.lock").is_file()  # where the HIS's own is
    capsys.readouterr()
    assert scan.main(["--port", "/dev/ttyNOWHERE", "--seconds", "1"]) == 1
    assert "/dev/ttyNOWHERE" in capsys.readouterr().err
