"""Faults, from the side of a HIS with the real client: whatever goes wrong, it is never told 00."""

from __future__ import annotations

import itertools
import json

import pytest
import requests

from tests.package.conftest import Till
from tests.sandbox.conftest import registration
from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES
from vcchk.sandbox import faults
from vcchk.sandbox.seed import DEMO
from vcchk.testing import ControlError

REGQUERY = "ehc.ehealthcard.regquery"
QUERYWITHREG = "ehc.ehealthcard.querywithreg"
WHO = {"id_type": "01", "id_no": DEMO.people[0].id_no}
CODES = [code for code in SENTENCES if code != PLATFORM_SUCCESS]


@pytest.fixture
def till(tmp_path, control):
    """A HIS whose site has seen a good signature before, as every site that works."""
    made = Till(tmp_path, control.gateway_url, "")
    assert made.call(REGQUERY, WHO)[0] == "00"
    return made


@pytest.mark.parametrize("code", [*CODES, "5555", "0001"])
def test_any_return_code_reaches_the_his(till, control, code):
    """The 38 less success, a city's own, and one that begins with 00, which an old program would take for success."""
    control.fault("code", code)
    returned, out = till.call(REGQUERY, WHO)
    assert returned == ("9998" if code.startswith("00") else code)
    assert out.endswith(f"[{returned}]")
    assert till.call(REGQUERY, WHO)[0] == "00"


SPOILED = {
    "truncate": (True, {"8001", "8002"}),
    "drop": ("after", {"8001", "8002"}),
    "bad_sign": (True, {"9003"}),
    "unsigned": (True, {"9003"}),
    "wrong_cipher": (True, {"9007"}),
}
UNDONE = {"drop": ("before", {"8001", "8002"}), "empty": (True, {"9004"}), "status": (503, {"8001", "8002", "9008"})}


@pytest.mark.parametrize("method", [QUERYWITHREG, REGQUERY])
@pytest.mark.parametrize(
    ("kind", "value", "returned", "is_done"),
    [(k, *row, True) for k, row in SPOILED.items()] + [(k, *row, False) for k, row in UNDONE.items()],
)
def test_a_fault_is_never_a_success(till, control, newcomer, kind, value, returned, is_done, method):
    # a reading method is asked again by the client, so it is spoiled as often as that
    control.fault(kind, value, count=4)
    who = {"id_type": newcomer.id_type, "id_no": newcomer.id_no}
    code, out = till.call(method, registration(newcomer) if method == QUERYWITHREG else WHO)
    assert code in returned, out
    assert out.endswith(f"[{code}]")
    control.clear_faults()
    if method == QUERYWITHREG:
        assert till.call(REGQUERY, who)[0] == ("00" if is_done else "3001")
    if is_done and code.startswith("8") and method == QUERYWITHREG:
        assert "交易状态未知" in out


@pytest.mark.parametrize("enc_type", ["AES", "DES", "SM4", "Plain"])
def test_another_cipher_than_was_said(till, control, enc_type):
    control.fault("wrong_cipher")
    code, _ = till.call(REGQUERY, WHO, enc_type=enc_type)
    assert code in (("9003", "9007", "9008") if enc_type == "Plain" else ("9007",))
    assert control.last()["cause"] == "ordered: another cipher"


def test_a_cut_reply_says_its_whole_length(control, his):
    control.fault("truncate")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        his.call(REGQUERY, WHO)
    seen = control.last(clear=True)
    assert (seen["ret_code"], seen["cause"]) == ("0000", "ordered: reply cut")
    with pytest.raises(ValueError, match=r"\w"):
        json.loads(seen["reply_body"])


def test_a_fault_is_gone_when_it_is_used_up(till, control):
    control.fault("code", "2005", count=3)
    control.fault("code", "8008", method=REGQUERY)
    assert [w["count"] for w in control("faults")["waiting"]] == [3, 1]
    assert [till.call(REGQUERY, WHO)[0] for _ in range(6)] == ["2005", "2005", "2005", "8008", "00", "00"]
    assert control("faults")["waiting"] == []


def test_faults_of_several_kinds_come_together(till, control, newcomer):
    control.fault("code", "9006")
    control.fault("truncate")
    assert till.call(QUERYWITHREG, registration(newcomer))[0] in ("8001", "8002")
    assert control.last()["ret_code"] == "9006"
    assert control("faults")["waiting"] == []


BAD = [("code", value) for value in ("0000", "12345", "abcd", 8005, "", None, "１２３４")] + [
    ("delay", -1), ("delay", "1"), ("delay", True), ("delay", 1e9), ("status", 99), ("status", "503"), ("empty", False),
    ("empty", 1), ("truncate", "yes"), ("bad_sign", False), ("drop", "never"), ("nothing", True),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_a_bad_fault_is_refused_in_words_and_leaves_nothing(control, kind, value):
    control.fault("code", "9999")
    with pytest.raises(ControlError, match=r"[一-鿿]"):
        control("faults", kind=kind, value=value, clear=True)
    assert len(control("faults")["waiting"]) == 1


def test_every_kind_is_reported_with_what_it_does(control):
    kinds = control("faults")["kinds"]
    assert kinds == {name: description for name, (_, description) in faults.KINDS.items()}
    assert {*SPOILED, *UNDONE, "code", "delay", "hold"} == set(kinds)
    assert all(itertools.chain(kinds.values()))
