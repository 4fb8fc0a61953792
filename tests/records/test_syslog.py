"""[log] syslog: what arrives at a log server, once by hand and once by rsyslog."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vcchk.base.errors import ExchangeError
from vcchk.records import daily_summary, statistics, syslog
from vcchk.records.log import Log
from vcchk.settings import Settings, parse_settings

SECONDS = 10.0
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
    """Return a message's priority, kind and text."""
    match = RFC_5424.fullmatch(server.recv(65536).decode("utf-8"))
    assert match
    return match[1], match[4], match[5]


def test_failed_and_doubtful_calls_are_sent_masked_and_good_ones_are_not(server: socket.socket, tmp_path: Path) -> None:
    log = Log(settings(tmp_path, f"127.0.0.1:{server.getsockname()[1]}"))
    log.call("ehc.ehealthcard.regquery", "00", 3.0)
    log.call("ehc.ehealthcard.register", "3001", 5.0, id_no="350299198503120012", user_name="陈小明")
    log.call("ehc.ehealthcard.register", "8001", 30000.0, error=ExchangeError("8001", in_doubt=True))
    priority, kind, text = received(server)
    assert (priority, kind) == (str(16 * 8 + 4), "CALL")
    assert text.startswith("ehc.ehealthcard.register 3001 5.0ms")
    assert "350299198503120012" not in text
    assert "陈小明" not in text
    priority, kind, text = received(server)
    assert (priority, kind) == (str(16 * 8 + 3), "DOUBT")
    assert "8001" in text


def test_a_server_s_name_is_looked_up_aside(server: socket.socket, tmp_path: Path) -> None:
    log = Log(settings(tmp_path, f"localhost:{server.getsockname()[1]}"))
    log.call("m", "8004", 1.0)
    try:
        assert received(server)[1] == "CALL"
    except TimeoutError:
        pytest.skip("localhost is ::1 here")


@pytest.mark.parametrize("address", ["no.such.host.invalid:514", "127.0.0.1:1", "%%%", "[::1]:514"])
def test_a_server_that_is_not_there_changes_nothing(tmp_path: Path, address: str) -> None:
    log = Log(settings(tmp_path, address))
    for _ in range(300):
        log.call("m", "8004", 1.0)
    assert log.fault == ""


def test_a_long_chinese_line_is_cut_between_characters() -> None:
    data = syslog.message(time.time(), 4, "PC", "CALL", "错" * 2000)
    assert len(data) <= syslog.MAX_BYTES
    data.decode("utf-8")


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
        log.on_new_file = lambda log=log: daily_summary.send_when_due(log, chosen)  # type: ignore[misc]
        log.info("begin")
    priority, kind, text = received(server)
    assert (priority, kind) == (str(16 * 8 + 5), "DAY")
    assert f"day={yesterday}" in text
    assert f"profile={chosen.wire.profile} calls=4 failed=2 in_doubt=- code.7101=1 code.8001=1" in text
    assert "ehc.ehealthcode.verify=3/p50=30ms/p95=30000ms" in text
    server.settimeout(0.2)
    with pytest.raises(TimeoutError):
        server.recv(65536)


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
            until = time.monotonic() + SECONDS
            log = Log(settings(tmp_path, f"127.0.0.1:{port}"))
            while not out.is_file() and time.monotonic() < until:
                log.call("ehc.ehealthcode.verify", "2001", 4.0, note="二维码已过期")
                time.sleep(0.05)
            line = out.read_text("utf-8").splitlines()[0]
        finally:
            running.terminate()
    assert line.startswith("local0.warning vcchk CALL ehc.ehealthcode.verify 2001 4.0ms")
    assert "二维码已过期" in line
