"""Scanning on a real line, in time: one code for one patient, cancel, faults, the next call."""

from __future__ import annotations

import threading
import time

import pytest

from tests.deadlines import within
from tests.devices.lines import Lines, PtyDevice
from tests.devices.test_scanner_bytes import CODE, COMMANDS
from vcchk.base.errors import DEVICE_CODES, DeviceError
from vcchk.cli.commands import scan
from vcchk.devices import owner, port
from vcchk.devices.scanner import Scanner, families, ssi
from vcchk.settings import ScannerSettings

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
        assert scanner(device, tmp_path, driver=family).read(3, wait) == TEXT


def test_ssi_packets_are_answered(tmp_path):
    packet = ssi.packet(ssi.DECODE_DATA, source=0, data=b"\xf1" + CODE)
    pairs = [
        (b"\0" + families.FAMILIES["ssi"].trigger, bytes.fromhex("04 D0 00 00 FF 2C") + packet),
        (bytes.fromhex("04 D0 04 00 FF 28"), b""),
        (families.FAMILIES["ssi"].stop, b""),
    ]
    with PtyDevice(pairs) as device:
        assert scanner(device, tmp_path, driver="ssi").read(3, wait) == TEXT


@pytest.mark.parametrize("cut", [1, 2, 5, 20, -1])
def test_a_line_that_stalls_within_a_packet(cut, tmp_path):
    packet = ssi.packet(ssi.DECODE_DATA, source=0, data=b"\xf1" + CODE)
    with PtyDevice(free=True) as device:
        device.on_bytes = lambda data: device.send(packet[:cut]) if families.FAMILIES["ssi"].trigger in data else None
        threading.Timer(0.5, device.send, (packet[cut:],)).start()
        assert scanner(device, tmp_path, driver="ssi").read(5, wait) == TEXT


@pytest.mark.parametrize(
    ("end", "suffix"), [("cr", b"\r"), ("lf", b"\n"), ("crlf", b"\r\n"), ("gap", b""), ("auto", b"")]
)
def test_ends_on_a_line(end, suffix, tmp_path):
    with PtyDevice([(b"\x16T\r", CODE + suffix), (b"\x16U\r", b"")]) as device:
        assert scanner(device, tmp_path, end=end).read(3, wait) == TEXT


def test_two_codes_in_a_row_only_the_first_and_the_second_is_not_the_next_patients(tmp_path):
    pairs = [(b"\x16T\r", b"FIRST\r\nSECOND\r\n"), (b"\x16U\r", b""), (b"\x16T\r", b"THIRD\r\n"), (b"\x16U\r", b"")]
    with PtyDevice(pairs) as device:
        it = scanner(device, tmp_path)
        assert it.read(3, wait) == "FIRST"
        assert it.read(3, wait) == "THIRD"


def test_a_code_before_the_trigger_is_not_taken(tmp_path):
    with PtyDevice([(b"\x16T\r", b"MINE\r\n"), (b"\x16U\r", b"")]) as device:
        device.send(b"BEFORE\r\n")
        assert scanner(device, tmp_path).read(3, wait) == "MINE"


def test_the_rest_of_an_earlier_code_is_not_taken(tmp_path):
    with PtyDevice([(b"\x16T\r", b"MINE\r\n"), (b"\x16U\r", b"")]) as device:
        device.send(b"BEFO")
        threading.Timer(0.05, device.send, (b"RE\r\n",)).start()
        assert scanner(device, tmp_path).read(3, wait) == "MINE"


def test_time_is_over_and_the_scanner_is_stopped(tmp_path):
    log = Lines()
    with PtyDevice([(b"\x16T\r", b""), (b"\x16U\r", b"")]) as device:
        began = time.monotonic()
        with within(0.3), pytest.raises(DeviceError) as caught:
            scanner(device, tmp_path, log).read(0.3, wait)
        assert time.monotonic() - began > 0.25
    assert (caught.value.name, caught.value.code) == ("timeout", DEVICE_CODES["timeout"][1])
    assert "超时" in log.text()


def test_no_read_answers_trigger_again(tmp_path):
    pairs = [(b"\x16T\r", b"%%NoRead\r\n"), (b"\x16T\r", CODE + b"\r"), (b"\x16U\r", b"")]
    with PtyDevice(pairs) as device:
        assert scanner(device, tmp_path, retrigger=0.2).read(3, wait) == TEXT


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
        time.sleep(0.3)
        with pytest.raises(DeviceError) as caught:
            it.read(1, wait)
        assert (caught.value.name, caught.value.code) == ("busy", "3003")
        assert it.cancel() is True
        thread.join(2)
        assert ended == ["cancelled"]
        assert it.read(3, wait) == TEXT  # an old cancel does not reach the next read


def test_unplugged_while_waiting_and_back_for_the_next(tmp_path):
    link = tmp_path / "tty"
    first = PtyDevice(free=True)
    link.symlink_to(first.name)
    it = scanner(str(link), tmp_path)
    threading.Timer(0.3, first.unplug).start()
    began = time.monotonic()
    with pytest.raises(DeviceError) as caught:
        it.read(30, wait)
    assert caught.value.name == "scanner_broken"
    assert time.monotonic() - began < 5
    with pytest.raises(DeviceError) as caught:
        it.read(1, wait)
    assert caught.value.name == "open_failed"
    link.unlink()
    with PtyDevice([(b"\x16T\r", CODE + b"\r"), (b"\x16U\r", b"")]) as second:
        link.symlink_to(second.name)
        assert it.read(3, wait) == TEXT


def flood(device: PtyDevice, size: int) -> threading.Thread:
    thread = threading.Thread(target=device.send, args=(b"\x55" * size,), daemon=True)
    thread.start()
    return thread


def test_a_flood_before_the_trigger_is_a_broken_scanner(tmp_path):
    with PtyDevice(free=True) as device:
        thread = flood(device, 1 << 26)
        began = time.monotonic()
        with pytest.raises(DeviceError) as caught:
            scanner(device, tmp_path).read(30, wait)
        assert caught.value.name == "scanner_broken"
        assert time.monotonic() - began < 3
        device._stop.set()
        thread.join(2)


def test_a_flood_of_1_mb_after_the_trigger_ends_in_bounded_time_and_the_next_call_works(tmp_path):
    with PtyDevice(free=True) as device:
        it = scanner(device, tmp_path)

        def answer(data: bytes) -> None:
            if data.startswith(b"\x16T"):
                flood(device, 1 << 20)

        device.on_bytes = answer
        began = time.monotonic()
        with pytest.raises(DeviceError) as caught:
            it.read(30, wait)
        assert caught.value.name == "bad_reply"
        assert time.monotonic() - began < 3
        device.on_bytes = lambda data: device.send(CODE + b"\r\n") if data.startswith(b"\x16T") else None
        last: DeviceError | None = None
        for _ in range(5):  # the megabyte may still be running out of the line
            try:
                assert it.read(3, wait) == TEXT
                break
            except DeviceError as error:
                last = error
        else:
            raise AssertionError(last)


def test_a_wrong_baud_rate_is_reported(tmp_path):
    pairs = [(b"\x16T\r", b"\xfe\x80\xfe\xff\x00\xf8\r"), (b"\x16U\r", b"")]
    with PtyDevice(pairs) as device, pytest.raises(DeviceError) as caught:
        scanner(device, tmp_path).read(1, wait)
    assert caught.value.name == "bad_reply"
    assert "波特率" in caught.value.message


def test_chinese_in_both_encodings(tmp_path):
    for raw in ("张三#1".encode(), "张三#1".encode("gbk")):
        with PtyDevice([(b"\x16T\r", raw + b"\r\n"), (b"\x16U\r", b"")]) as device:
            assert scanner(device, tmp_path).read(3, wait) == "张三#1"


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
    with PtyDevice([(b"\x16T\r", CODE[:cut]), (b"", b""), (b"\x16U\r", b"")]) as device:
        threading.Timer(0.35, device.send, (CODE[cut:] + b"\r\n",)).start()
        assert scanner(device, tmp_path).read(5, wait) == TEXT


def answering(device: PtyDevice, *answers: bytes) -> None:
    """Answer each trigger with the next of ``answers``; a part behind ``|`` comes half a second later."""
    left = list(answers)

    def answer(data: bytes) -> None:
        if data.startswith(b"\x16T"):
            first, _, later = left.pop(0).partition(b"|")
            device.send(first)
            if later:
                threading.Timer(0.5, device.send, (later,)).start()

    device.on_bytes = answer


def test_after_one_line_end_a_pause_is_never_an_end(tmp_path):
    whole = CODE + b":::00000001001"
    with PtyDevice(free=True) as device:
        answering(device, CODE + b"\r\n", CODE + b"|:::00000001001\r\n")
        assert scanner(device, tmp_path).read(3, wait) == TEXT
        # Another program of this machine: what was learned stands in the state folder.
        assert scanner(device, tmp_path).read(5, wait) == whole.decode()


def test_a_scanner_that_loses_its_line_end_is_learned_anew(tmp_path):
    with PtyDevice(free=True) as device:
        answering(device, CODE + b"\r\n", CODE, CODE, CODE)
        it = scanner(device, tmp_path)
        assert it.read(3, wait) == TEXT
        with pytest.raises(DeviceError) as caught:
            it.read(1, wait)
        assert caught.value.name == "timeout"
        assert "结束符" in caught.value.message
        assert it.read(3, wait) == TEXT
        assert it.read(3, wait) == TEXT


def test_a_reading_that_nobody_used_forgets_nothing(tmp_path):
    with PtyDevice(free=True) as device:
        answering(device, CODE + b"\r\n", b"", CODE + b"|:::00000001001\r\n")
        it = scanner(device, tmp_path)
        assert it.read(3, wait) == TEXT
        with pytest.raises(DeviceError):
            it.read(0.3, wait)
        assert it.read(5, wait) == TEXT + ":::00000001001"


def test_marks_of_the_scanner_are_logged_once(tmp_path):
    log = Lines()
    with PtyDevice([(b"\x16T\r", b"\xef\xbb\xbf\\000026" + CODE + b"\r\n"), (b"\x16U\r", b"")]) as device:
        assert scanner(device, tmp_path, log).read(3, wait) == TEXT
    assert [text for _, text, _ in log.lines if "ECI" in text] == [
        "扫码枪：码前有扫码枪加的 ECI 或 BOM 标记，已去掉；请在扫码枪上关闭它"
    ]


def test_the_code_is_not_in_the_log(tmp_path):
    log = Lines()
    with PtyDevice([(b"\x16T\r", CODE + b"\r\n"), (b"\x16U\r", b"")]) as device:
        scanner(device, tmp_path, log).read(3, wait)
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
        assert scan.main(["--seconds", "3"]) == 0
    printed = capsys.readouterr().out
    assert "41 42 31 0D 0A" in printed
    assert "AB1" in printed
    with PtyDevice([(b"", b"")]) as device:
        threading.Timer(0.15, device.send, (b"\x01\x02",)).start()
        assert scan.main(["--listen", "--seconds", "0.5", "--port", device.name]) == 0
    assert "01 02" in capsys.readouterr().out
    (tmp_path / "v.ini").write_text(f"[scanner]\ndriver = honeywell\n[log]\nfolder = {tmp_path / 'state'}\n")
    with PtyDevice([(b"", b"")]) as device:
        assert scan.main(["--listen", "--seconds", "0.05", "--port", device.name]) == 1
        assert (tmp_path / "state" / f"port-{owner.digest(device.name)}.lock").is_file()  # where the HIS's own is
    capsys.readouterr()
    assert scan.main(["--port", "/dev/ttyNOWHERE", "--seconds", "1"]) == 1
    assert "/dev/ttyNOWHERE" in capsys.readouterr().err
