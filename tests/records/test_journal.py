"""The journal: what it keeps, several programs, broken disks, and killing the writer at any moment."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.deadlines import within
from tests.records.conftest import environment, run
from vcchk.records import journal, log, masking, sealing
from vcchk.settings import Settings

Make = Callable[..., Settings]

ID_NO = "11010519491231002X"
SERIAL = ("out_register_no", "20261122035206000001")
REGISTER = "ehc.ehealthcard.register"


def opened(settings: Settings, folder: Path) -> journal.Journal:
    return journal.Journal(str(folder), settings, log.Log(settings))


def rows(folder: Path) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(folder / journal.FILE)) as db:
        db.row_factory = sqlite3.Row
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return db.execute("SELECT * FROM call ORDER BY id").fetchall()


def logged(folder: Path) -> str:
    return "".join(p.read_text("utf-8") for p in (folder / "log").glob("*.log"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_a_call_is_there_before_it_ends_and_closed_after(make: Make, folder: Path) -> None:
    made = opened(make(), folder)
    before = time.time()
    person = masking.mask_person({"user_name": "张三", "id_no": ID_NO, "mobile_phone": "13800138000"})
    row = made.begin(REGISTER, SERIAL, "35020010001", person, "platform.example")
    (record,) = rows(folder)
    assert (record["id"], record["closed"], record["code"]) == (row, None, "")
    assert (record["serial_field"], record["serial"]) == SERIAL
    assert record["person"] == "张* 110***2X 138***00"
    assert (record["method"], record["term_id"], record["host"]) == (REGISTER, "35020010001", "platform.example")
    assert record["pid"] == os.getpid()
    assert before <= record["begun"] <= time.time()
    made.close(row, "00")
    (record,) = rows(folder)
    assert record["code"] == "00"
    assert record["closed"] >= record["begun"]


def test_in_doubt_stays_open_with_its_code(make: Make, folder: Path) -> None:
    made = opened(make(), folder)
    made.doubt(made.begin(REGISTER, SERIAL, "1", "", "h"), "8001")
    (record,) = rows(folder)
    assert (record["closed"], record["code"]) == (None, "8001")


def test_people_planted_in_any_field_are_masked(make: Make, folder: Path) -> None:
    made = opened(make(), folder)
    for place in range(4):
        values = [REGISTER, ("out_register_no", "1"), "1", ""]
        values[place] = ("out_register_no", ID_NO) if place == 1 else ID_NO
        made.close(made.begin(*values, "h"), ID_NO)  # type: ignore[arg-type]
    assert len(rows(folder)) == 4
    for name in os.listdir(folder):
        if name.startswith(journal.FILE):
            assert ID_NO.encode() not in (folder / name).read_bytes()


def test_a_reply_that_did_not_fit_is_kept_sealed(make: Make, folder: Path) -> None:
    made = opened(make(), folder)
    row = made.begin(REGISTER, SERIAL, "1", "", "h")
    reply = '{"user_name":"张三","id_no":"' + ID_NO + '","photo":"' + "x" * 3000 + '"}'
    assert made.keep_reply(row, reply)
    made.close(row, "9008")
    (record,) = rows(folder)
    assert record["reply_chars"] == len(reply)
    assert ID_NO.encode() not in record["reply"]
    assert sealing.unseal(record["reply"], str(folder)).decode() == reply
    assert oct((folder / sealing.FILE).stat().st_mode & 0o777) == "0o600"


def test_off_by_setting(make: Make, folder: Path) -> None:
    made = opened(make("[journal]\nenabled = no\n"), folder)
    row = made.begin(REGISTER, SERIAL, "1", "", "h")
    made.close(row, "00")
    assert row == journal.NOT_RECORDED
    assert not made.keep_reply(row, "x")
    assert not (folder / journal.FILE).exists()


def test_old_rows_go_those_in_doubt_stay(make: Make, folder: Path) -> None:
    first = opened(make(), folder)
    for code in ("00", "", "9008", "00"):
        row = first.begin(REGISTER, SERIAL, "1", "", "h")
        if code:
            first.close(row, code)
    with closing(sqlite3.connect(folder / journal.FILE)) as db, db:
        db.execute("UPDATE call SET begun = ? WHERE id < 4", (time.time() - 8 * 86400,))
    made = opened(make("[journal]\ndays = 7\n"), folder)
    made.close(made.begin(REGISTER, SERIAL, "1", "", "h"), "00")
    assert [r["id"] for r in rows(folder)] == [2, 4, 5]


def test_a_row_number_is_never_given_twice(make: Make, folder: Path) -> None:
    """When the clock has jumped, the sweep of one call takes another's row; its end must not close a third one's."""
    made = opened(make(), folder)
    in_flight = made.begin(REGISTER, SERIAL, "35020010001", "", "platform.example")
    with closing(sqlite3.connect(folder / journal.FILE)) as db, db:
        db.execute("DELETE FROM call")
    later = made.begin(REGISTER, SERIAL, "35020010001", "", "platform.example")
    made.close(in_flight, "00")
    assert [(row["id"], row["closed"]) for row in rows(folder)] == [(later, None)]


def test_threads_share_it(make: Make, folder: Path) -> None:
    made = opened(make(), folder)

    def work(n: int) -> None:
        for i in range(50):
            made.close(made.begin(REGISTER, ("out_register_no", f"{n}-{i}"), "1", "", "h"), "00")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = rows(folder)
    assert len({r["serial"] for r in found}) == 400
    assert all(r["closed"] for r in found)


WRITER = """
import os, sys
from vcchk.records import journal
from vcchk.records import log
from vcchk.settings import parse_settings
made = parse_settings("[log]\\nfolder = " + sys.argv[1])
made = journal.Journal(sys.argv[1], made, log.Log(made))
name, most = sys.argv[2], int(sys.argv[3])
say = os.dup(1)
for i in range(most):
    row = made.begin("ehc.ehealthcard.register", ("out_register_no", f"{name}-{i}"), "1", "", "h")
    if not row:
        os.write(2, (made.fault + "\\n").encode())
        sys.exit(3)
    os.write(say, f"b {i}\\n".encode())     # what leaves now would have been sent
    if i % 7 == 3:
        made.keep_reply(row, "reply " * 400)
    made.close(row, "00")
    os.write(say, f"c {i}\\n".encode())
"""


def start(folder: Path, name: str, most: int = 1000000) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-S", "-c", "import sys; sys.path[:0] = sys.argv[4:]\n" + WRITER, str(folder), name, str(most),
         *(p for p in sys.path if p)],
        stdout=subprocess.PIPE, env=environment(),
    )  # fmt: skip


def test_several_programs_share_it(folder: Path) -> None:
    writers = [start(folder, str(n), 50) for n in range(6)]  # all of them find no file and make it
    for writer in writers:
        writer.communicate(timeout=60)
    assert [w.returncode for w in writers] == [0] * 6
    assert len({r["serial"] for r in rows(folder)}) == 300


def kill_often(folder: Path, times: int, seed: int) -> None:
    """Kill a writer ``times`` times; what it said it had recorded must be there, whole, after each kill."""
    chance = random.Random(seed)
    begun: set[str] = set()
    closed: set[str] = set()
    for turn in range(times):
        writer = start(folder, str(turn))
        assert writer.stdout is not None
        said = writer.stdout.readline()  # it runs: from now on every moment is a moment during writing calls
        time.sleep(chance.random() * 0.03)
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.read()
        writer.stdout.close()
        assert writer.wait(10) == -signal.SIGKILL
        for line in said.decode().splitlines(keepends=True):
            if line.endswith("\n"):
                (begun if line[0] == "b" else closed).add(f"{turn}-{line[2:-1]}")
        if turn % 10 == 9 or turn == times - 1:
            found = {r["serial"]: r for r in rows(folder)}
            assert begun <= set(found), f"turn {turn}: {len(begun - set(found))} records lost"
            assert all(found[serial]["closed"] for serial in closed)
            for serial in {s for s in found if not found[s]["closed"]}:
                assert serial not in closed
            assert len([s for s in found if not found[s]["closed"]]) <= turn + 1, "at most one in doubt a kill"
    assert len(begun) > times


@pytest.mark.slow
def test_killed_at_random_moments_it_loses_nothing(folder: Path) -> None:
    """The writer alone, without a network's waiting: every moment is one of writing (hosts: test_kill_host.py)."""
    kill_often(folder, 12, 20261122)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_killed_at_950_random_moments_it_loses_nothing(folder: Path) -> None:
    kill_often(folder, 950, 950)


def test_a_file_in_place_of_the_folder_goes_to_the_log(make: Make, tmp_path: Path) -> None:
    settings = make()
    (tmp_path / "blocked").write_text("in the way")
    made = journal.Journal(str(tmp_path / "blocked"), settings, log.Log(settings))
    waiting = made.begin(REGISTER, SERIAL, "35020010001", "张* 110***2X", "h")
    made.close(journal.NOT_RECORDED, "00")
    text = logged(tmp_path / "state")
    assert "交易流水写不了" in text
    assert f"serial_field=out_register_no serial={SERIAL[1]}" in text
    assert "35020010001" in text
    (tmp_path / "blocked").unlink()
    made._retry_at = 0.0
    assert made.begin(REGISTER, SERIAL, "1", "", "h") > 0
    assert "交易流水已恢复" in logged(tmp_path / "state")
    made.close(waiting, "00")
    found = rows(tmp_path / "blocked")
    assert [(r["id"], bool(r["closed"]), r["term_id"]) for r in found] == [(1, True, "35020010001"), (2, False, "1")]
    assert found[0]["begun"] < found[1]["begun"]


FULL = """
import resource, signal, sys
from vcchk.records import journal
from vcchk.records import log
from vcchk.settings import parse_settings
made = parse_settings("[log]\\nfolder = " + sys.argv[2])
made = journal.Journal(sys.argv[1], made, log.Log(made))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def turn(i):
    row = made.begin("ehc.ehealthcard.register", ("out_register_no", f"n-{i}"), "1", "x" * 400, "h")
    if i % 3:
        made.close(row, "00")
    return row
assert all(turn(i) > 0 for i in range(20))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (120000, hard))
waiting = [i for i in range(20, 80) if turn(i) < 0]
assert waiting, "the full disk was not noticed"
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
assert turn(80) > 0, made.fault
print(*waiting)
"""


def test_what_a_full_disk_refused_is_written_later_in_order(folder: Path, tmp_path: Path) -> None:
    done = run(FULL, str(folder), str(tmp_path / "elsewhere"))
    assert done.returncode == 0, done.stderr
    found = rows(folder)
    assert [r["serial"] for r in found] == [f"n-{i}" for i in range(81)]
    assert [bool(r["closed"]) for r in found] == [i % 3 > 0 for i in range(81)]
    assert [r["begun"] for r in found] == sorted(r["begun"] for r in found)
    text = logged(tmp_path / "elsewhere")
    assert all(f"serial=n-{i} " in text for i in done.stdout.split()), "the log has them besides"
    assert "交易流水已恢复" in text


READ_ONLY = """
import sys
from vcchk.records import journal
from vcchk.records import log
from vcchk.settings import parse_settings
made = parse_settings("[log]\\nfolder = " + sys.argv[2])
made = journal.Journal(sys.argv[1], made, log.Log(made))
assert made.begin("m", ("out_register_no", "later"), "1", "", "h") < 0
assert made.fault
"""


def test_a_read_only_folder_goes_to_the_log(make: Make, folder: Path, tmp_path: Path) -> None:
    opened(make(), folder).begin(REGISTER, SERIAL, "1", "", "h")
    script = (
        'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift 0 && '
        'exec "$3" -c "$4" "$1" "$2"'
    )  # root ignores modes: a read-only mount of this child's own is the real thing
    arguments = [str(folder), str(tmp_path / "elsewhere"), sys.executable, READ_ONLY]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", *arguments],
        capture_output=True, text=True, timeout=60, env=environment(), check=False,
    )  # fmt: skip
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no mounts of one's own here: {done.stderr.strip()[:100]}")
    assert done.returncode == 0, done.stderr
    assert "serial=later" in logged(tmp_path / "elsewhere")
    assert [r["serial"] for r in rows(folder)] == [SERIAL[1]]


def test_a_damaged_file_is_set_aside(make: Make, folder: Path) -> None:
    folder.mkdir()
    (folder / journal.FILE).write_bytes(b"this is no database" * 100)
    made = opened(make(), folder)
    assert made.begin(REGISTER, SERIAL, "1", "", "h") > 0
    (aside,) = [n for n in os.listdir(folder) if ".broken-" in n]
    assert (folder / aside).read_bytes().startswith(b"this is no database")
    assert "交易流水文件损坏" in logged(folder)
    assert len(rows(folder)) == 1


@pytest.mark.slow
def test_another_program_that_holds_the_file_delays_a_call_by_a_second_at_most(make: Make, folder: Path) -> None:
    made = opened(make(), folder)
    row = made.begin(REGISTER, SERIAL, "1", "", "h")
    with closing(sqlite3.connect(folder / journal.FILE, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with within(journal.BUSY_SECONDS):
            blocked = made.begin(REGISTER, ("out_register_no", "blocked"), "1", "", "h")
        begin = time.monotonic()
        assert made.begin(REGISTER, SERIAL, "1", "", "h") < 0
        made.close(row, "00")
        assert time.monotonic() - begin < journal.BUSY_SECONDS, "only the first call waits"
    assert rows(folder)[0]["closed"] is None
    made.close(made.begin(REGISTER, SERIAL, "1", "", "h"), "00")
    made.doubt(blocked, "8001")
    found = [(r["serial"], bool(r["closed"]), r["code"]) for r in rows(folder)]
    assert found == [
        (SERIAL[1], True, "00"), ("blocked", False, "8001"), (SERIAL[1], False, ""), (SERIAL[1], True, "00")
    ], "what could not be written then is written now"  # fmt: skip
    assert "serial=blocked" in logged(folder)


def test_it_costs_under_a_millisecond_of_computing(make: Make, folder: Path) -> None:
    made = opened(make(), folder)
    times = []
    for i in range(300):
        begin = time.process_time()
        made.close(made.begin(REGISTER, ("out_register_no", str(i)), "35020010001", "张* 350***10", "h"), "00")
        times.append(time.process_time() - begin)
    assert min(times) < 1e-3
