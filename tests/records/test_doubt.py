"""What is in doubt, and then: asking the platform, settling by hand, and a serial number sent again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.records.conftest import REGISTER, Site
from tests.records.test_commands import age
from vcchk.records.journal import FILE
from vcchk.sandbox.seed import DEMO

pytestmark = pytest.mark.slow

NEW = {
    "id_type": "01", "id_no": "350299196502020018", "user_name": "新患者", "user_sex": "1",
    "mobile_phone": "13900001111", "out_register_time": "20261126080000", "certificate_mode": "01", "apply_method": "1",
}  # fmt: skip
AUTHURL = "ehc.ehealthcard.authurl"
CLOSE = "ehc.ehealthcard.close"


def order(url: str, name: str, **values: Any) -> dict[str, Any]:
    """Give the sandbox an order."""
    base = url.partition("/ehcService")[0]
    request = Request(f"{base}/_sandbox/{name}", json.dumps(values).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as reply:
        found: dict[str, Any] = json.load(reply)
        return found


@pytest.fixture(autouse=True)
def _as_new(url: str) -> None:
    order(url, "reset")


def call(site: Site, url: str, method: str, biz: dict[str, object]) -> str:
    """Return the code and the sentence that the HIS gets."""
    done = site.run("call", site.in_data(method, biz), "--url", url)
    assert "返回码" in done.stdout, done.stderr
    return done.stdout


def lost(site: Site, url: str, method: str, biz: dict[str, object], when: str = "after") -> str:
    """Make a call whose reply is lost, before or after the platform acted."""
    order(url, "faults", kind="drop", value=when, count=1)
    said = call(site, url, method, biz)
    assert "返回码  8001" in said
    return said


def rows(site: Site) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(site.state / FILE)) as db:
        db.row_factory = sqlite3.Row
        return db.execute("SELECT * FROM call ORDER BY id").fetchall()


def files(site: Site) -> bytes:
    return b"".join(path.read_bytes() for path in site.state.rglob("*") if path.is_file())


@pytest.mark.parametrize("source", ["INI", "InData"])
@pytest.mark.parametrize(("when", "code", "how"), [("after", 0, "done"), ("before", 0, "not-done")])
def test_a_registration_is_asked_for_by_its_person(
    site: Site, url: str, source: str, when: str, code: int, how: str
) -> None:
    assert "vcchk journal check" in lost(site, url, REGISTER, {**NEW, "out_register_no": "R1"}, when)
    key: tuple[str, ...] = ()
    if source == "INI":
        site.ini(f"[wire]\nkey = {DEMO.key}\n")
    else:
        key = ("--indata", site.in_data("x", {}, "other.json", "gb18030"))
    done = site.run("journal", "check", "1", *key)
    assert done.returncode == code, done.stdout + done.stderr
    assert f"vcchk journal settle 1 --{how}" in done.stdout
    assert NEW["id_no"] not in done.stdout
    assert [(r["closed"], r["code"]) for r in rows(site)] == [(None, "8001")], "asking changes nothing"
    done = site.run("journal", "settle", "1", f"--{how}", "--note", "平台王工电话 13812345678 确认")
    assert done.returncode == 0, done.stderr
    (row,) = rows(site)
    assert row["closed"]
    assert (row["code"], row["settled"], row["inquiry"]) == ("8001", how, None)
    assert row["settled_by"]
    assert "平台王工电话" in row["note"]
    assert "13812345678" not in row["note"]
    printed = site.run("journal", "show", "1").stdout
    assert "已核实" in printed
    assert "平台王工电话" in printed
    assert "没有状态未知的交易" in site.run("journal", "--open").stdout
    again = site.run("journal", "settle", "1", "--done", "--note", "x")
    assert again.returncode == 1
    assert "没有改动" in again.stderr


@pytest.mark.parametrize(("when", "found"), [("after", "auth_status ing"), ("before", "查无此笔")])
def test_an_authorisation_is_asked_for_by_its_serial_number(site: Site, url: str, when: str, found: str) -> None:
    biz = {"out_authorize_no": "A1", "out_authorize_time": "20261126080000", "treatment_code": "010101",
           "operator_id": "1", "operator_name": "王五", "ip_addr": "127.0.0.1", "office_code": "0101"}  # fmt: skip
    lost(site, url, AUTHURL, biz, when)
    site.ini(f"[wire]\nkey = {DEMO.key}\n")
    done = site.run("journal", "check")
    assert done.returncode == 0, done.stdout
    assert found in done.stdout


def test_what_cannot_be_asked_says_whom_to_ring(site: Site, url: str) -> None:
    lost(site, url, CLOSE, {"ehealth_card_id": "0" * 64, "out_close_no": "C1", "out_close_time": "20261126080000"})
    site.ini(f"[wire]\nkey = {DEMO.key}\n")
    done = site.run("journal", "check", "1")
    assert done.returncode == 1
    assert "没有对应的查询，请凭流水号和时间致电平台（127.0.0.1）核对" in done.stdout


def test_a_check_that_fails_says_so(site: Site, url: str) -> None:
    lost(site, url, REGISTER, {**NEW, "out_register_no": "R1"})
    done = site.run("journal", "check", "1")
    assert done.returncode == 1
    assert "[9002]" in done.stdout, "no key anywhere"
    site.ini("[wire]\nkey = WRONGKEY0123456789ABCDEF01234567\n")
    done = site.run("journal", "check", "1")
    assert done.returncode == 1
    assert "没有查到结果" in done.stdout
    assert "settle" not in done.stdout
    (site.state / "seal.key").unlink()
    done = site.run("journal", "check", "1")
    assert done.returncode == 1
    assert "打不开" in done.stdout
    assert site.run("journal", "check", "9").returncode == 1


def test_what_asking_needs_is_kept_sealed_and_goes_with_the_doubt(site: Site, url: str) -> None:
    lost(site, url, REGISTER, {**NEW, "out_register_no": "R1"})
    call(site, url, REGISTER, {**NEW, "out_register_no": "R2"})
    first, second = rows(site)
    assert (bool(first["inquiry"]), second["inquiry"]) == (True, None)
    kept = files(site)
    for value in (NEW["id_no"], NEW["user_name"], NEW["mobile_phone"], DEMO.key):
        assert value.encode() not in kept


def test_a_serial_number_sent_again_settles_the_first(site: Site, url: str) -> None:
    biz = {**NEW, "out_register_no": "R1"}
    lost(site, url, REGISTER, biz)
    lost(site, url, REGISTER, {**biz, "out_register_no": "R2"}, "before")
    assert "返回码  3002" in call(site, url, REGISTER, biz)
    first, second, third = rows(site)
    assert (bool(first["closed"]), first["settled"], first["note"]) == (True, "done", "平台已有此流水（3002）")
    assert (second["closed"], second["settled"]) == (None, "")
    assert (third["code"], third["settled"]) == ("3002", "")
    assert "先前状态未知的一笔已核实" in files(site).decode("utf-8", "replace")


@pytest.mark.parametrize("other", ["method", "serial", "app_id", "masked alike"])
def test_another_calls_doubt_stays(site: Site, url: str, other: str) -> None:
    """The platform says 3002 of one call; an earlier one of another method, number or application says nothing."""
    serial = "35029919650202020501" if other == "masked alike" else "R1"
    biz: dict[str, object] = {**NEW, "out_register_no": serial}
    changed = {"serial": "R2", "masked alike": "35029919650202100501"}.get(other, serial)
    lost(site, url, "ehc.ehealthcard.querywithreg" if other == "method" else REGISTER,
         {**biz, "out_register_no": changed}, "before")  # fmt: skip
    if other == "app_id":
        with closing(sqlite3.connect(site.state / FILE)) as db, db:
            db.execute("UPDATE call SET app_id = 'ANOTHER'")
    call(site, url, REGISTER, biz)
    assert "返回码  3002" in call(site, url, REGISTER, biz)
    found = rows(site)
    assert [bool(row["closed"]) for row in found] == [False, True, True]
    if other == "masked alike":
        assert len({row["serial"] for row in found}) == 1


def test_doctor_and_the_list_count_the_same_rows(site: Site) -> None:
    made = site.journal()
    for number in range(60):
        row = made.begin(REGISTER, ("out_register_no", f"N{number}"), "1", "", "h")
        if number % 3 == 0:
            made.close(row, "00")
        elif number % 3 == 1:
            made.doubt(row, "8001")
    age(site, made.begin(REGISTER, ("out_register_no", "KILLED"), "1", "", "h"), 3600)
    listed = site.run("journal", "--open")
    assert "共 21 笔状态未知" in listed.stdout
    assert listed.stdout.count("状态未知 8001") == 20
    assert "KILLED" in listed.stdout
    found = json.loads(site.run("journal", "--open", "--json").stdout)
    assert len(found) == 21
    doctor = {row["check"]: row for row in json.loads(site.run("doctor", "--json").stdout)}
    assert "21 笔状态未知" in doctor["交易流水"]["text"]


def test_what_is_in_doubt_is_found_by_an_index(site: Site) -> None:
    from vcchk.records.journal.reading import Reader
    from vcchk.settings import load_settings

    site.journal().begin(REGISTER, None, "1", "", "h")
    with Reader(load_settings(str(site.path))) as reader:
        statements: list[str] = []
        reader.db.set_trace_callback(statements.append)
        reader.rows(in_doubt=True)
        reader.count()
        reader.db.set_trace_callback(None)
        plans = [reader.db.execute("EXPLAIN QUERY PLAN " + text).fetchone()[3] for text in statements]
    assert [plan for plan in plans if "call_open" not in plan and "sqlite_sequence" not in plan] == []
    assert len(plans) == 3


def test_settling_needs_a_word_and_a_reason(site: Site, tmp_path: Path) -> None:
    for arguments in (("1",), ("1", "--done"), ("1", "--done", "--not-done", "--note", "x"), ("--done", "--note", "x")):
        assert site.run("journal", "settle", *arguments).returncode == 2
    assert site.run("journal", "settle", "1", "--done", "--note", "x").returncode == 1, "no journal"
    made = site.journal()
    under_way = made.begin(REGISTER, None, "1", "", "h")
    done = site.run("journal", "settle", str(under_way), "--done", "--note", "x")
    assert done.returncode == 1
    assert "进行中" in done.stderr
