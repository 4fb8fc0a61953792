"""``vcchk doctor --out`` and ``vcchk fleet``: three hundred windows in one table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from vcchk.cli.commands import fleet as command
from vcchk.doctor import fleet, window
from vcchk.doctor.window import TIME
from vcchk.settings import ini_edit, parse_settings


def report(number: int, **changes: Any) -> dict[str, Any]:
    figures = {"calls": 100, "failed": 1, "last_call": "2026-01-05 09:00:00", "in_doubt": 0, "clock_seconds": 0.4}
    found = {
        "format": 1, "computer": f"PC-{number:03}", "time": time.strftime(TIME), "version": "0.1.0",
        "dialect": "xiamen", "figures": {**figures, "certificate_days": 200}, "devices_off": [], "findings": [],
    }  # fmt: skip
    found["figures"] |= changes.pop("figures", {})
    return found | changes


def put(folder: Path, *reports: dict[str, Any]) -> None:
    for found in reports:
        (folder / f"{found['computer']}.json").write_text(json.dumps(found, ensure_ascii=False), "utf-8")


def test_what_makes_a_window_a_problem(tmp_path: Path) -> None:
    old = time.strftime(TIME, time.localtime(time.time() - 2 * 86400))
    put(
        tmp_path,
        report(1),
        report(2, time=old),
        report(3, figures={"in_doubt": 2}),
        report(4, figures={"failed": 50}),
        report(5, figures={"clock_seconds": -300.0}),
        report(6, figures={"certificate_days": 9}),
        report(
            7, devices_off=["printer"], findings=[{"check": "标签打印机", "level": "fail", "text": "", "advice": ""}]
        ),
        report(8, version="0.0.9"),
        report(9, findings=[{"check": "文件完整", "level": "fail", "text": "x", "advice": "y"}]),
        report(10, figures={"calls": 2, "failed": 1, "in_doubt": None}),
    )
    (tmp_path / "broken.json").write_text("{", "utf-8")
    (tmp_path / "list.json").write_text("[1]", "utf-8")
    (tmp_path / "notes.txt").write_text("", "utf-8")
    found = {window.computer: window.problems for window in fleet.read(str(tmp_path), time.time())}
    assert found.pop("broken")[0].startswith("报告读不出")
    assert found.pop("list")[0].startswith("报告读不出")
    assert found == {
        "PC-001": (), "PC-002": ("2 天没有报告",), "PC-003": ("2 笔状态未知",), "PC-004": ("失败 50%",),
        "PC-005": ("时钟慢 300 秒",), "PC-006": ("平台证书还有 9 天",), "PC-007": ("打印机不通",),
        "PC-008": ("版本旧（0.0.9）",), "PC-009": ("文件完整故障",), "PC-010": (),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-0.4, "0 秒"), (0, "0 秒"), (0.6, "快 1 秒"), (-130.2, "慢 130 秒"), (86400, "快 86400 秒")]
)
def test_a_clock_is_fast_or_slow(seconds: float, shown: str) -> None:
    assert fleet.clock(seconds) == shown


def test_a_certificate_that_has_ended(tmp_path: Path) -> None:
    put(tmp_path, report(1, figures={"certificate_days": -3}))
    (window,) = fleet.read(str(tmp_path), time.time())
    assert window.problems == ("平台证书已过期 3 天",)
    assert command.cells(window)[9] == "已过期 3 天"


@pytest.mark.parametrize("name", ["computer", "version", "dialect"])
def test_one_report_s_long_text_spoils_no_table(tmp_path: Path, capsys, name: str) -> None:
    """A version of 5000 digits ended the command, a name of as many letters made every line as long."""
    put(tmp_path, report(2))
    (tmp_path / "a.json").write_text(json.dumps(report(1, **{name: "9" * 5000})), "utf-8")
    assert command.main([str(tmp_path)]) in (0, 1)
    assert max(map(len, capsys.readouterr().out.splitlines())) < 300


def test_three_hundred_windows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "doctor"
    folder.mkdir()
    put(folder, *(report(number) for number in range(300)))
    assert command.main([str(folder)]) == 0
    assert "300 个窗口，0 个需要处理" in capsys.readouterr().out
    put(folder, report(17, computer="<b>窗口</b>".replace("/", "|"), figures={"in_doubt": 1}))
    page = tmp_path / "page.html"
    assert command.main([str(folder), "--json", "--html", str(page)]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 301
    assert rows[0]["problems"] == ["1 笔状态未知"]
    text = page.read_text("utf-8")
    assert text.count("<tr") == 302
    assert "&lt;b&gt;窗口" in text
    assert "http" not in text, "it loads nothing"


def test_three_hundred_windows_in_two_seconds(tmp_path: Path) -> None:
    put(tmp_path, *(report(number) for number in range(300)))
    begin = time.process_time()
    windows = fleet.read(str(tmp_path), time.time())
    command.page(windows)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("arguments", [["nowhere"], ["."], [".", "--html", "no/such/folder/x.html"]])
def test_bad_input_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    if "--html" in arguments:
        put(tmp_path, report(1))
    assert command.main(arguments) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


@pytest.mark.slow
def test_doctor_writes_the_report_that_fleet_reads(tmp_path: Path) -> None:
    ini = tmp_path / "VirtualCardChk.ini"
    ini.write_text(f"[log]\nfolder = {tmp_path}/state\n[printer]\ndriver = tspl\nport = /dev/nowhere\n", "utf-8")
    (tmp_path / "doctor").mkdir()
    (tmp_path / "state" / "log").mkdir(parents=True)
    line = f"{time.strftime(TIME)}.001 1.1 CALL  ehc.ehealthcode.verify 8001 3.0ms\n"
    (tmp_path / "state" / "log" / f"vcchk-{time.strftime('%Y%m%d')}.log").write_text(line, "utf-8")
    environment = {**os.environ, "VCCHK_INI": str(ini), "COMPUTERNAME": "PC-017"}
    out = f"{tmp_path}/doctor/%COMPUTERNAME%.json"
    done = subprocess.run(
        [sys.executable, "-m", "vcchk", "doctor", "--json", "--quiet", "--out", out], env=environment, timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    (window,) = fleet.read(str(tmp_path / "doctor"), time.time())
    assert (window.calls, window.error_share, window.devices_off) == (1, 1.0, ("printer",))
    assert window.last_call == line[:19]
    written = json.loads((tmp_path / "doctor" / "PC-017.json").read_text("utf-8"))
    assert written["version"] == window.version != ""
    for nowhere in (["--out", f"{tmp_path}/nowhere/x.json"], ["--out="], ["--out", " "], ["--out", "%NO_SUCH%.json"],
                    ["--out", str(tmp_path)], ["--report", str(tmp_path)]):  # fmt: skip
        failed = subprocess.run(
            [sys.executable, "-m", "vcchk", "doctor", "--quiet", *nowhere], env=environment, timeout=60,
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
    assert sorted(os.listdir(tmp_path)) == ["VirtualCardChk.ini", "doctor", "state"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b"\xff\xfe\0\x01",
        b"null",
        b"{}",
        b'{"name": "package", "version": "1.0.0"}',
        b"x" * (2 << 20),
    ],
    ids=["empty", "deep", "bytes", "null", "object", "foreign", "long"],
)
def test_a_file_that_is_no_report_is_one_row(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "PC-1.json").write_bytes(content)
    (tmp_path / "folder.json").mkdir()
    (window,) = fleet.read(str(tmp_path), time.time())
    assert window.computer == "PC-1"
    (problem,) = window.problems
    assert "重新生成" in problem


def test_what_a_hostile_or_foreign_report_puts_into_the_table(tmp_path: Path, capsysbinary: Any) -> None:
    """Escape sequences, half a surrogate pair, line ends and a script stay out of terminal, JSON and page."""
    name = "\x1b[31m\u202e收\ud800\n费<script>x</script>"
    hostile = report(1, computer=name, findings=[{"check": "a\nb\x1b", "level": "fail", "text": "", "advice": ""}])
    hostile["time"] = hostile["time"].replace(" ", "\n")
    (tmp_path / "a.json").write_text(json.dumps(hostile), "utf-8")
    (tmp_path / "in\nf\x1b.json").write_text(
        json.dumps(report(2)).replace('"clock_seconds": 0.4', '"clock_seconds": 1e999')
    )
    page = tmp_path / "page.html"
    assert command.main([str(tmp_path), "--html", str(page)]) == 1
    assert len(capsysbinary.readouterr().out.splitlines()) == 5
    assert command.main([str(tmp_path), "--json"]) == 1
    printed = capsysbinary.readouterr().out.decode("utf-8")
    rows = json.loads(printed, parse_constant=pytest.fail)
    assert {row["computer"] for row in rows} == {"[31m 收 费<script>x</script>", "in f"}
    html = page.read_text("utf-8")
    assert "<script" not in html
    for text in (printed, html):
        assert not set(text) & {"\x1b", "\u202e", "\r"}


def test_two_reports_of_one_computer_are_one_row(tmp_path: Path) -> None:
    old = time.strftime(TIME, time.localtime(time.time() - 9 * 86400))
    put(tmp_path, report(1))
    (tmp_path / "PC-001 - 副本.json").write_text(json.dumps(report(1, time=old, computer="pc-001")), "utf-8")
    (window,) = fleet.read(str(tmp_path), time.time())
    assert (window.file, window.problems) == ("PC-001.json", ("还有别的报告（PC-001 - 副本.json），请移走",))


def test_a_report_of_tomorrow_and_one_of_a_later_format(tmp_path: Path) -> None:
    ahead = time.strftime(TIME, time.localtime(time.time() + 86400))
    put(tmp_path, report(1, time=ahead), report(2, format=2), report(3))
    found = {window.computer: window.problems for window in fleet.read(str(tmp_path), time.time())}
    assert "日期" in found["PC-001"][0]
    assert "新版" in found["PC-002"][0]
    assert found["PC-003"] == ()


def test_a_log_without_good_calls_tells_no_share(tmp_path: Path) -> None:
    """``[log] level = warn`` leaves the failures alone: all of what is counted."""
    calls = tmp_path / "log"
    calls.mkdir()
    line = f"{time.strftime(TIME)}.001 1.1 CALL  m 8001 3.0ms\n"
    (calls / f"vcchk-{time.strftime('%Y%m%d')}.log").write_text(line * 20, "utf-8")
    shares = []
    for level in ("info", "warn"):
        found = window.report(parse_settings(f"[log]\nfolder={tmp_path}\nlevel={level}\n"), [])
        window.write(str(tmp_path / "PC.json"), found)
        (row,) = fleet.read(str(tmp_path), time.time())
        shares.append((row.calls, row.error_share))
    assert shares == [(20, 1.0), (None, None)]
    assert command.cells(row)[5:7] == ("-", "-")


def test_a_report_that_is_being_read_is_replaced_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [PermissionError(13, "in use")] * 2

    def refusing(path: str, data: bytes) -> None:
        if refusals:
            raise refusals.pop()
        ini_edit.write_whole(path, data)

    monkeypatch.setattr(window, "write_whole", refusing)
    monkeypatch.setattr(window, "BETWEEN_TRIES", 0.0)
    window.write(str(tmp_path / "PC.json"), {"a": "\ud800"})
    assert json.loads((tmp_path / "PC.json").read_text("utf-8")) == {"a": "?"}
    refusals[:] = [PermissionError(13, "in use")] * window.TRIES
    with pytest.raises(PermissionError):
        window.write(str(tmp_path / "PC.json"), {"b": 1})
    assert json.loads((tmp_path / "PC.json").read_text("utf-8")) == {"a": "?"}
    assert os.listdir(tmp_path) == ["PC.json"]


@pytest.mark.parametrize("value", [None, [], {}, 5, True, -1e308, "x\ny", "1.²"])
@pytest.mark.parametrize(
    "name",
    ["computer", "time", "version", "dialect", "figures", "devices_off", "findings", "in_doubt", "clock_seconds"],
)
def test_a_report_of_wrong_kinds_breaks_no_table(tmp_path: Path, capsys, name: str, value: object) -> None:
    changed = report(1)
    (changed["figures"] if name in ("in_doubt", "clock_seconds") else changed)[name] = value
    (tmp_path / "a.json").write_text(json.dumps(changed), "utf-8")
    (tmp_path / "b.json").write_text(json.dumps(report(2)), "utf-8")
    assert command.main([str(tmp_path)]) in (0, 1)
    assert len(capsys.readouterr().out.splitlines()) == 5  # heading, two windows, blank, sum
    assert command.main([str(tmp_path), "--json", "--html", str(tmp_path / "all.html")]) in (0, 1)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets administrators alone make links")
def test_a_link_to_itself_is_one_row_and_no_end_of_all(tmp_path: Path) -> None:
    put(tmp_path, report(1))
    (tmp_path / "round.json").symlink_to("round.json")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    windows = fleet.read(str(tmp_path), time.time())
    assert len(windows) == 2
    assert "round.json" in {window.file for window in windows}
