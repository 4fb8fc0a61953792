"""The log: form, masking, several processes, broken disks, days kept."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.records.conftest import ROOT, environment, run
from vcchk.base import errors
from vcchk.records import log
from vcchk.runtime import process
from vcchk.settings import Settings

Make = Callable[..., Settings]

KEY = "TESTKEY0123456789ABCDEF012345678"
ID_NO = "11010519491231002X"
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+\.\d+ (START|CALL |INFO |WARN |ERROR|DEBUG) .+")


def text_of(made: log.Log) -> str:
    return "".join(p.read_text("utf-8") for p in sorted(Path(made.folder).glob("vcchk-*.log")))


def test_file_header_and_the_line_of_a_call(make: Make) -> None:
    made = log.Log(make("[gateway]\ntimeout = 12\nnonsense = 1\n[wire]\nkey = " + KEY + "\n"))
    made.call(
        "ehc.ehealthcode.verify", "00", 12.34, {"exchange": 10.25, "parse": 0.1, "act": 1.0},
        request_id="3f-1", serial=("out_verify_no", "20180516000058"), tries=2,
    )  # fmt: skip
    name = time.strftime("vcchk-%Y%m%d.log")
    assert os.listdir(made.folder) == [name]
    lines = text_of(made).splitlines()
    assert all(LINE.fullmatch(line) for line in lines), lines
    head = lines[0]
    for word in (process.program(), f"{process.bits()}-bit", "Python 3.11", process.code_page()):
        assert word in head
    assert "gateway.timeout=12" in lines[1]
    assert "wire.key=***" in lines[1]
    assert "[gateway] nonsense 不是已知的设置项" in lines[2]
    assert lines[3].endswith(
        "CALL  ehc.ehealthcode.verify 00 12.3ms parse=0.1 exchange=10.2 act=1.0 id=3f-1 out_verify_no=20180516000058"
        " tries=2"
    )
    assert KEY not in text_of(made)


def test_a_failures_chain_of_causes(make: Make) -> None:
    made = log.Log(make())

    def fail() -> None:
        try:
            try:
                raise ConnectionResetError(104, "reset by peer")
            except OSError as low:
                raise errors.ExchangeError("8001", cause=f"POST for {ID_NO}", in_doubt=True) from low
        except errors.VcchkError as high:
            raise KeyError(ID_NO) from high

    with pytest.raises(KeyError) as caught:
        fail()
    made.call("m", "8001", 1.0, error=caught.value)
    line = text_of(made).splitlines()[-1]
    assert re.search(
        r"cause: KeyError: .* \(test_log\.py:\d+ fail\) <- ExchangeError: 8001 网络读失败 .* <- Conn", line
    )
    assert ID_NO not in line


@pytest.mark.parametrize(
    "method", ["a\nb", "a\r\n2026-11-22 00:00:00.000 1.1 CALL  forged 00", "a\x00b\x1b[31m", "\udc80", ""]
)
def test_a_line_cannot_be_forged_or_broken(make: Make, method: str) -> None:
    made = log.Log(make())
    made.call(method, "9001", 0.1, serial=("out_x_no", method))
    made.info(method, field=method)
    assert made.fault is None
    lines = text_of(made).splitlines()
    assert len(lines) == 4  # START, START settings, CALL, INFO
    assert all(c.isprintable() for line in lines for c in line)


def test_levels(make: Make) -> None:
    made = log.Log(make("level = warn\n"))
    made.info("i1")
    made.call("reads.well", "00", 1)
    made.call("fails", "8004", 1)
    made.warn("w1")
    made.error("e1")
    text = text_of(made)
    assert [word in text for word in ("i1", "reads.well", "fails", "w1", "e1")] == [False] * 2 + [True] * 3


def test_old_days_go_and_foreign_files_stay(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "log"
    folder.mkdir(parents=True)
    kept = time.strftime("%Y%m%d", time.localtime(time.time() - 4 * 86400))
    for name in (
        "vcchk-20200101.log",
        f"vcchk-{kept}.log",
        "other-20200101.log",
        "vcchk-2020.log",
        "vcchk-20200101.log.bak",
    ):
        (folder / name).write_text("x")
    made = log.Log(make("days = 5\n"))
    made.info("x")
    names = sorted(os.listdir(folder))
    assert "vcchk-20200101.log" not in names
    assert {f"vcchk-{kept}.log", "other-20200101.log", "vcchk-2020.log", "vcchk-20200101.log.bak"} < set(names)


def test_a_new_day_is_a_new_file(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = log.Log(make())
    made.info("today")
    now = time.time()
    monkeypatch.setattr(log.time, "time", lambda: now + 86400)
    made.info("tomorrow")
    files = sorted(Path(made.folder).glob("*.log"))
    assert len(files) == 2
    assert "tomorrow" in files[1].read_text("utf-8")
    assert "START" in files[1].read_text("utf-8")


def test_a_clock_that_is_set_back_leaves_the_later_day_s_file(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = log.Log(make())
    now = time.time()
    monkeypatch.setattr(log.time, "time", lambda: now + 400 * 86400)
    made.info("wrong")
    monkeypatch.setattr(log.time, "time", lambda: now)
    made.info("right")
    first, second = sorted(Path(made.folder).glob("*.log"))
    assert "right" in first.read_text("utf-8")
    assert "right" not in second.read_text("utf-8")


WRITER = """
import sys, threading
from vcchk.records import log
from vcchk.settings import parse_settings
made = log.Log(parse_settings("[log]\\nfolder = " + sys.argv[1]))
def write(n):
    for i in range(300):
        made.info(f"w {sys.argv[2]} {n} {i} " + "字" * (i % 50), method="x" * 15)
threads = [threading.Thread(target=write, args=(n,)) for n in range(2)]
[t.start() for t in threads]; [t.join() for t in threads]
assert made.fault is None, made.fault
"""


def test_several_processes_and_threads_write_whole_lines(make: Make, tmp_path: Path) -> None:
    folder = str(tmp_path / "state")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, folder, str(n)], env=environment()) for n in range(3)]
    assert [w.wait(60) for w in writers] == [0, 0, 0]
    made = log.Log(make())
    lines = text_of(made).splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    seen = {tuple(m.groups()) for line in lines if (m := re.search(r" w (\d) (\d) (\d+) ", line))}
    assert len(seen) == 3 * 2 * 300


def test_a_file_in_place_of_the_folder_is_survived_and_reported(make: Make, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    made = log.Log(make())
    made.info("lost 1")
    made.call("lost 2", "00", 1)
    assert made.fault
    (tmp_path / "state").unlink()
    made._retry_at = 0.0
    made.info("works again")
    made.info("and goes on")
    text = text_of(made)
    assert "works again" in text
    assert "日志有 2 行没有写成" in text
    assert made.fault is None


FULL = """
import resource, signal, sys
from vcchk.records import log
from vcchk.settings import parse_settings
made = log.Log(parse_settings("[log]\\nfolder = " + sys.argv[1]))
made.info("before")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
for i in range(100):
    made.info(f"line {i} " + "x y " * 10)
assert made.fault, "the full disk was not noticed"
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
made.info("after")
made.info("after that")
assert made.fault is None, made.fault
"""


def test_a_full_disk_loses_lines_and_says_how_many(make: Make, tmp_path: Path) -> None:
    done = run(FULL, str(tmp_path / "state"))
    assert done.returncode == 0, done.stderr
    text = text_of(log.Log(make()))
    lost = re.search(r"日志有 (\d+) 行没有写成", text)
    assert lost
    whole = len(set(re.findall(r" line (\d+) (?:x y ){10}", text)))
    assert whole + int(lost[1]) == 100
    assert "after that" in text
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_nothing_in_a_log_call_raises(make: Make) -> None:
    class Bad:
        def __str__(self) -> str:
            raise RuntimeError("no")

    class BadError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    made = log.Log(make())
    made.info("x", field=Bad())
    made.call("x", "00", float("nan"), {"parse": "no number"})  # type: ignore[dict-item]
    made.call(None, None, None)  # type: ignore[arg-type]
    made.error("x", BadError())
    made.call("x", "8009", 1, error=BadError())
    made.info("alive")
    assert "alive" in text_of(made)
    assert text_of(made).count("BadError: (no text)") == 2


def test_a_line_costs_little(make: Make) -> None:
    """Target 15 us on an idle machine; the bound leaves room for a shared one."""
    made = log.Log(make("[wire]\nkey = " + KEY + "\n"))
    stages = {"parse": 0.1, "seal": 0.1, "connect": 1.0, "exchange": 10.2, "open": 0.2}
    best = 1.0
    for _ in range(5):
        begin = time.process_time()
        for _ in range(1000):
            made.call(
                "ehc.ehealthcode.verify",
                "00",
                12.3,
                stages,
                request_id="a-1",
                serial=("out_verify_no", "20180516000058"),
            )
        best = min(best, (time.process_time() - begin) / 1000)
    assert best < 60e-6


def test_parallel_first_lines_make_one_header(make: Make) -> None:
    made = log.Log(make())
    barrier = threading.Barrier(8)

    def write() -> None:
        barrier.wait()
        made.info("x")

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert text_of(made).count("START vcchk") == 1


def test_imports_stay_on_the_diet() -> None:
    """docs/architecture.md, "The call path is short on purpose"; -S: the tree's own imports, not those of site."""
    banned = (
        "logging typing dataclasses inspect ctypes datetime pathlib subprocess traceback contextlib uuid random email"
        " http urllib decimal ssl Cryptodome sqlite3 collections.abc"
    )
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); bare = set(sys.modules)\n"
        "import vcchk.records.log, vcchk.records.journal, vcchk.records.masking, vcchk.records.sealing\n"
        f"print(*sorted((set(sys.modules) - bare) & set({banned.split()!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == []
