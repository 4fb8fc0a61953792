"""Thousands of calls through a bad front; then the platform's truth, the journal's and the HIS's are compared."""

from __future__ import annotations

import json
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.demo_request import demo_request
from tests.package.conftest import Till
from tests.transaction.conftest import DOUBT
from tests.transaction.unreliable_platform import UnreliablePlatform, person_of
from vcchk.records import journal

pytestmark = pytest.mark.slow

WRITES = {
    "ehc.ehealthcard.querywithreg": "out_register_no",
    "ehc.ehealthcard.close": "out_close_no",
    "ehc.ehealthcard.alterinfo": "out_alter_no",
    "ehc.ehealthcode.verify": "out_verify_no",
}
REGQUERY = "ehc.ehealthcard.regquery"
TIMEOUT = 1.0
AT_ONCE = 8


class Call:
    """One call of the HIS, and how it ended."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.method = rng.choice([*WRITES, REGQUERY])
        self.serial = f"S{number}"
        self.person = person_of(f"CARD-{number}")
        self.encoding = rng.choice(["gb18030", "utf-8"])
        self.is_cut = rng.random() < 0.1
        self.code = self.out = ""

    def in_data(self) -> bytes:
        biz = {**self.person, "mindex_id": self.person["ehealth_card_id"], "address": "福建省厦门市湖里"}
        biz["ehealth_code"] = f"{self.person['ehealth_card_id']}:1"
        if self.method in WRITES:
            biz[WRITES[self.method]] = self.serial
        data = json.dumps(demo_request(self.method, biz), ensure_ascii=False).encode(self.encoding)
        last = "里".encode(self.encoding)
        return data.replace(last, last[:-1]) if self.is_cut else data


def compare(calls: list[Call], platform: UnreliablePlatform, state: Path) -> None:
    """Hold what the HIS got and what the journal says against what the platform did."""
    with sqlite3.connect(state / journal.FILE) as db:
        rows = {serial: (code, closed) for serial, code, closed in db.execute("SELECT serial, code, closed FROM call")}
    assert platform.garbled == []
    for call in calls:
        seen = f"{call.method} {call.serial}: {call.code} {call.out}"
        writing = call.method in WRITES
        if call.code == "00":
            answered = json.loads(call.out)
            assert {name: answered[name] for name in call.person} == call.person, seen
            assert not writing or call.serial in platform.done, seen
        if not writing:
            assert DOUBT not in call.out, seen
            continue
        code, closed = rows[call.serial]
        assert code == call.code, seen
        assert (closed is None) == (DOUBT in call.out), seen
        if closed is not None and code != "00":
            assert call.serial not in platform.done, seen


@pytest.mark.parametrize("rule", ["auto", "off", "strict"])
@pytest.mark.parametrize("number", [400, pytest.param(10_000, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_the_truth_is_kept(tmp_path: Path, rule: str, number: int) -> None:
    rng = random.Random(f"{rule} {number}")
    platform = UnreliablePlatform(number, late=TIMEOUT * 1.5)
    till = Till(tmp_path, platform.url, f"[gateway]\ntimeout = {TIMEOUT}\n[wire]\nverify_reply = {rule}\n")
    calls = [Call(i, rng) for i in range(number)]

    def make(call: Call) -> None:
        # A program speaks one encoding; which one a call is in shows by its name.
        code, out = till.boundary.virtual_card_trans(platform.url.encode(), call.in_data())
        call.code, call.out = code, out.decode(call.encoding)

    try:
        # Until the platform's rules are confirmed by a first success, calls wait for each other.
        first = iter(calls)
        for call in first:
            make(call)
            if call.code == "00":
                break
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(make, first))
    finally:
        platform.close()
    assert min(platform.ways.values()) > 0, platform.ways
    ended = {code: sum(call.code == code for call in calls) for code in {call.code for call in calls}}
    print(rule, platform.ways, ended)
    assert ended["00"] > number / 3
    compare(calls, platform, tmp_path)
