"""[log] syslog: what arrives at a log server, once by hand and once by rsyslog."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.deadlines import PATIENCE, until
from tests.records.conftest import environment
from vcchk.base.errors import ExchangeError
from vcchk.records import daily_summary, statistics, syslog
from vcchk.records import log as log_module
from vcchk.records.log import Log
from vcchk.records.rules_file import RulesFile
from vcchk.settings import Settings, parse_settings, places
from vcchk.settings.address import host_and_port
from vcchk.transaction.sequence import Transactions
from vcchk.wire.families import BUILTIN
from vcchk.wire.site_profile import to_file_values

SECONDS = PATIENCE
RFC_5424 = re.compile(
    r"<(\d+)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d (\S+) vcchk (\d+) (\S+) - (.*)", re.DOTALL
)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(SECONDS)
        yield made


def settings(folder: Path, address: str) -> Settings:
    return parse_settings(f"[log]\nfolder = {folder}\nsyslog = {address}\n")


def received(server: socket.socket) -> tuple[str, str, str]:
    """Return a message's priority, kind and text; the text's mark of UTF-8 stands where it must."""
    match = RFC_5424.fullmatch(server.recv(65536).decode("utf-8"))
    assert match
    text = match[5].removeprefix("\ufeff")
    assert (text == match[5]) == text.isascii()
    return match[1], match[4], text


def first_text(log: Log, server: socket.socket) -> str:
    """Let one call after the other fail until the server gets something; returns the text of it."""
    texts: list[str] = []
    server.settimeout(0.05)

    def has_come() -> bool:
        log.call("later", "8004", 1.0)
        with suppress(TimeoutError):
            texts.append(received(server)[2])
        return bool(texts)

    until(has_come, "a message", SECONDS)
    return texts[0]


def test_failed_and_doubtful_calls_are_sent_masked_and_good_ones_are_not(server: socket.socket, tmp_path: Path) -> None:
    log = Log(settings(tmp_path, f"127.0.0.1:{server.getsockname()[1]}"))
    log.call("ehc.ehealthcard.regquery", "00", 3.0)
    log.call("ehc.ehealthcard.register", "3001", 5.0, id_no="350299198503120012", user_name="陈小明")
    log.call("ehc.ehealthcard.register", "8001", 30000.0, error=ExchangeError("8001"), in_doubt=True)
    priority, kind, text = received(server)
    assert (priority, kind) == (str(16 * 8 + 4), "CALL")
    assert text.startswith("ehc.ehealthcard.register 3001 5.0ms")
    assert "350299198503120012" not in text
    assert "陈小明" not in text
    priority, kind, text = received(server)
    assert (priority, kind) == (str(16 * 8 + 3), "DOUBT")
    assert "8001" in text


@pytest.mark.parametrize("level", ["warn", "error"])
def test_the_log_s_level_is_the_file_s(server: socket.socket, tmp_path: Path, level: str) -> None:
    address = f"127.0.0.1:{server.getsockname()[1]}"
    Log(parse_settings(f"[log]\nfolder={tmp_path}\nlevel={level}\nsyslog={address}\n")).call("m", "8004", 1.0)
    assert received(server) == ("132", "CALL", "m 8004 1.0ms")


def test_a_server_s_name_is_looked_up_aside(server: socket.socket, tmp_path: Path) -> None:
    log = Log(settings(tmp_path, f"localhost:{server.getsockname()[1]}"))
    log.call("m", "8004", 1.0)
    try:
        assert received(server)[1] == "CALL"
    except TimeoutError:
        pytest.skip("localhost is ::1 here")


def test_a_name_that_was_not_found_is_looked_up_again(
    server: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A till is switched on before its network is there; its programs run for weeks."""
    known: list[tuple[object, ...]] = []

    def addresses(_self: syslog.Syslog, flags: int = 0) -> list[tuple[object, ...]]:
        if flags or not known:
            raise OSError
        return known

    monkeypatch.setattr(syslog.Syslog, "_addresses", addresses)
    monkeypatch.setattr(syslog, "RETRY_SECONDS", 0.0)
    log = Log(settings(tmp_path, "logs.hospital:514"))
    log.call("first", "8004", 1.0)
    known.append((socket.AF_INET, socket.SOCK_DGRAM, 0, "", server.getsockname()))
    assert first_text(log, server).startswith("first"), "what waited goes first"


def test_a_server_that_moves_is_found_again(
    server: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kiosk runs for months: what it sends is not to go to the old address for so long."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as old:
        old.bind(("127.0.0.1", 0))
        old.settimeout(SECONDS)
        known = [old.getsockname()]

        def addresses(_self: syslog.Syslog, flags: int = 0) -> list[tuple[object, ...]]:
            if flags:
                raise OSError
            return [(socket.AF_INET, socket.SOCK_DGRAM, 0, "", known[0])]

        monkeypatch.setattr(syslog.Syslog, "_addresses", addresses)
        log = Log(settings(tmp_path, "logs.hospital:514"))
        log.call("first", "8004", 1.0)
        assert received(old)[2].startswith("first")
        known[0] = server.getsockname()
        log.syslog._next_look_up = 0.0  # an hour has passed
        log.call("second", "8004", 1.0)
        assert received(old)[2].startswith("second"), "nothing waits for the name service"
    assert first_text(log, server).startswith("later")


@pytest.mark.parametrize("address", ["no.such.host.invalid:514", "127.0.0.1:1", "[::1]:514", "a..b:514", "."])
def test_a_server_that_is_not_there_changes_nothing(tmp_path: Path, address: str) -> None:
    log = Log(settings(tmp_path, address))
    for _ in range(300):
        log.call("m", "8004", 1.0)
    assert log.fault is None


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("10.0.0.5", ("10.0.0.5", 514)),
        ("logs.hospital:1514", ("logs.hospital", 1514)),
        ("::1", ("::1", 514)),
        ("[::1]", ("::1", 514)),
        ("[fe80::1%eth0]:65535", ("fe80::1%eth0", 65535)),
    ],
)
def test_addresses(address: str, found: tuple[str, int]) -> None:
    assert host_and_port(address, 514) == found


@pytest.mark.parametrize(
    "address",
    ["日志服务器:514", "10.0.0.5：514", "udp://h:514", "h:", ":514", "h:0", "h:65536", "h:²", "h:-1", "h: 514", "[::1",
     "[::1]514", "%%%", "x" * 300, "a/b", "[]:514"],
)  # fmt: skip
def test_what_is_no_address_is_reported_and_breaks_nothing(tmp_path: Path, address: str) -> None:
    made = settings(tmp_path, address)
    assert len(made.warnings) == 1
    assert "[log] syslog 的值无效" in made.warnings[0]
    Log(made).call("m", "8004", 1.0)


@pytest.mark.parametrize("text", ["错" * 2000, "x" * 3000, "x" + "错" * 700])
def test_a_long_line_is_cut_between_characters_and_says_so(text: str) -> None:
    data = syslog.message(time.time(), 4, "PC", "CALL", text)
    assert syslog.MAX_BYTES - 3 < len(data) <= syslog.MAX_BYTES
    assert data.decode("utf-8").endswith(text[-1] + "…")


@pytest.mark.parametrize(
    ("name", "host", "begin"),
    [("PC-017", "PC-017", "m "), ("收费一", "e694b6e8b4b9e4b880", "computer=收费一 m "), ("", "-", "m "),
     ("A B", "412042", "computer=A_B m ")],
)  # fmt: skip
def test_the_computer_s_name(
    server: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, host: str, begin: str
) -> None:
    monkeypatch.setattr(places, "computer_name", lambda: name)
    Log(settings(tmp_path, f"127.0.0.1:{server.getsockname()[1]}")).call("m", "8004", 1.0)
    data = server.recv(65536).decode("utf-8")
    assert data.split(" ")[2] == host
    assert data.partition(" CALL - ")[2].removeprefix("\ufeff").startswith(begin)


@pytest.mark.parametrize(
    ("zone", "offset"), [("CST-8", "+08:00"), ("IST-5:30", "+05:30"), ("NST3:30", "-03:30"), ("UTC0", "+00:00")]
)
def test_the_time_s_zone(monkeypatch: pytest.MonkeyPatch, zone: str, offset: str) -> None:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", zone)
        time.tzset()
        stamp = syslog.message(1767571200.0625, 4, "PC", "CALL", "").split(b" ")[1].decode()
    time.tzset()
    assert stamp.endswith(".062" + offset)


LINES = """2026-01-05 08:00:00.001 1.1 START vcchk 0.1.0 host=x
2026-01-05 08:00:01.001 1.1 CALL  ehc.ehealthcode.verify 00 10.0ms seal=1.0 id=1
2026-01-05 08:00:02.001 1.1 CALL  ehc.ehealthcode.verify 00 30.0ms
2026-01-05 08:00:03.001 1.1 CALL  ehc.ehealthcode.verify 8001 30000.0ms cause: x
2026-01-05 09:00:00.001 1.1 CALL  EhealthID_Print 7101 5.0ms
2026-01-05 09:00:00.002 1.1 CALL  cut
"""


def test_a_day_s_summary_is_sent_once_a_machine(server: socket.socket, tmp_path: Path) -> None:
    yesterday = time.strftime("%Y%m%d", time.localtime(time.time() - 86400))
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / f"vcchk-{yesterday}.log").write_text(LINES, "utf-8")
    chosen = settings(tmp_path, f"127.0.0.1:{server.getsockname()[1]}")
    for _ in range(3):  # three programs begin their day
        log = Log(chosen)
        log.on_new_file = lambda log=log: daily_summary.send_when_due(log, chosen, lambda: "sm2")  # type: ignore[misc]
        log.info("begin")
    priority, kind, text = received(server)
    assert (priority, kind) == (str(16 * 8 + 5), "DAY")
    assert f"day={yesterday}" in text
    assert "profile=sm2 calls=4 failed=2 in_doubt=- code.7101=1 code.8001=1" in text
    assert "ehc.ehealthcode.verify=3/p50=30ms/p95=30000ms" in text
    server.settimeout(0.2)
    with pytest.raises(TimeoutError):
        server.recv(65536)


def test_a_summary_names_the_rules_that_were_found(
    server: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ``profile = auto``, the default, it said auto of every machine. Its parts have no blanks in them."""
    yesterday = time.strftime("%Y%m%d", time.localtime(time.time() - 86400))
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / f"vcchk-{yesterday}.log").write_text(LINES, "utf-8")
    profile = BUILTIN["payment"].replace(des_encoding="HEX")
    rules = RulesFile(str(tmp_path), "http://127.0.0.1:9/", "DEMOAPP0000000000000000000000001")
    assert rules.acquire(1.0)
    rules.save({"confirmed": "20260102030405", **to_file_values(profile)})
    rules.release()
    ini = tmp_path / "VirtualCardChk.ini"
    ini.write_text(f"[log]\nfolder = {tmp_path}\nsyslog = 127.0.0.1:{server.getsockname()[1]}\n", "utf-8")
    monkeypatch.setenv("VCCHK_INI", str(ini))
    monkeypatch.setattr(log_module, "_process", None)  # other tests have their own
    transactions = Transactions.from_ini()
    transactions.log.info("begin")
    assert " profile=payment，des_encoding=HEX calls=4 " in received(server)[2]


@pytest.mark.parametrize(("level", "begin"), [("warn", "calls=- failed=2"), ("error", "calls=- failed=-")])
def test_a_summary_does_not_tell_what_the_log_left_out(tmp_path: Path, level: str, begin: str) -> None:
    (tmp_path / "vcchk-20260105.log").write_text(LINES, "utf-8")
    chosen = parse_settings(f"[log]\nfolder={tmp_path}\nlevel={level}\n")
    text = daily_summary.summary(str(tmp_path), chosen, "sm2", "20260105")
    assert f" {begin} " in text
    assert "ms" not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "age", "is_sent"), [(b"", 5.0, False), (b"", 3600.0, True), (b"sent", 3600.0, False)]
)
def test_a_summary_whose_program_ended_is_sent_by_the_next(
    server: socket.socket, tmp_path: Path, content: bytes, age: float, is_sent: bool
) -> None:
    """``vcchk call`` of the morning is over before its summary has left."""
    yesterday = time.strftime("%Y%m%d", time.localtime(time.time() - 86400))
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / f"vcchk-{yesterday}.log").write_text(LINES, "utf-8")
    marker = folder / f"{daily_summary.MARKER}{yesterday}"
    marker.write_bytes(content)
    os.utime(marker, (time.time() - age,) * 2)
    (folder / f"{daily_summary.MARKER}20200101").mkdir()  # nobody can remove it as a file: no reason to send nothing
    chosen = settings(tmp_path, f"127.0.0.1:{server.getsockname()[1]}")
    daily_summary.send_when_due(Log(chosen), chosen, lambda: "sm2")
    server.settimeout(SECONDS if is_sent else 0.3)
    if is_sent:
        assert received(server)[1] == "DAY"
        until(lambda: marker.read_bytes() == daily_summary.SENT, "the mark that it is sent", SECONDS)
    else:
        with pytest.raises(TimeoutError):
            server.recv(65536)


PROGRAM = """
import sys
from vcchk.records import daily_summary
from vcchk.records.log import Log
from vcchk.settings import parse_settings
settings = parse_settings(sys.argv[1])
log = Log(settings)
log.on_new_file = lambda: daily_summary.send_when_due(log, settings, lambda: "sm2")
log.info("begin")
sys.stdin.read()
"""


def test_of_several_programs_one_sends(server: socket.socket, tmp_path: Path) -> None:
    yesterday = time.strftime("%Y%m%d", time.localtime(time.time() - 86400))
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / f"vcchk-{yesterday}.log").write_text(LINES, "utf-8")
    ini = f"[log]\nfolder = {tmp_path}\nsyslog = 127.0.0.1:{server.getsockname()[1]}\n"
    running = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, ini], env=environment(), stdin=subprocess.PIPE)
        for _ in range(4)
    ]
    try:
        assert received(server)[1] == "DAY"
    finally:
        for program in running:
            program.communicate()
    server.settimeout(0.2)
    with pytest.raises(TimeoutError):
        server.recv(65536)


@pytest.mark.parametrize(
    ("count", "p50", "p95"), [(1, 1, 1), (2, 1, 2), (3, 2, 3), (20, 10, 19), (21, 11, 20), (100, 50, 95), (101, 51, 96)]
)
def test_percentiles_are_nearest_ranks(count: int, p50: int, p95: int) -> None:
    values = [float(value) for value in range(count, 0, -1)]
    assert (statistics.percentile(values, 50), statistics.percentile(values, 95)) == (p50, p95)


def test_a_call_in_another_line_s_text_is_none() -> None:
    found = statistics.Statistics()
    found.add("2026-01-05 08:00:00.001 1.1 WARN  the platform said: CALL  x 9003 3.0ms")
    assert found.calls == 0


def test_recent_calls_and_the_last_of_all(tmp_path: Path) -> None:
    (tmp_path / "vcchk-20260105.log").write_text(LINES, "utf-8")
    found = statistics.recent(str(tmp_path))
    assert (found.calls, found.last) == (0, "2026-01-05 09:00:00")


def test_rsyslog_takes_it(tmp_path: Path) -> None:
    program = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"
    if not Path(program).is_file():
        pytest.skip("LOUD SKIP: rsyslog is not on this machine")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    out, configuration = tmp_path / "out", tmp_path / "rsyslog.conf"
    configuration.write_text(
        f"""global(workDirectory="{tmp_path}")
module(load="imudp")
input(type="imudp" port="{port}" address="127.0.0.1")
template(name="fields" type="string"
  string="%syslogfacility-text%.%syslogseverity-text% %app-name% %msgid% %msg%\\n")
action(type="omfile" file="{out}" template="fields")
""",
        "utf-8",
    )
    with subprocess.Popen([program, "-n", "-f", str(configuration), "-i", str(tmp_path / "pid")]) as running:
        try:
            log = Log(settings(tmp_path, f"127.0.0.1:{port}"))

            def has_come() -> bool:
                log.call("ehc.ehealthcode.verify", "2001", 4.0, note="二维码已过期")
                return out.is_file() and "\n" in out.read_text("utf-8")

            until(has_come, "a line of rsyslog's", SECONDS)
            line = out.read_text("utf-8").splitlines()[0]
        finally:
            running.terminate()
    assert line.startswith("local0.warning vcchk CALL \ufeffehc.ehealthcode.verify 2001 4.0ms")
    assert "二维码已过期" in line
