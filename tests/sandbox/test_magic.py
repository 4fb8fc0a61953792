"""Magic people, from the side of a HIS with the real client: each gives the error that the ID number says."""

from __future__ import annotations

import itertools
import json
import time

import pytest

from tests.package.conftest import Till
from tests.sandbox.conftest import authorisation, registration, verification
from tests.sandbox.independent import serial
from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES
from vcchk.sandbox import faults, magic
from vcchk.sandbox.seed import DEMO

REGQUERY = "ehc.ehealthcard.regquery"
VERIFY = "ehc.ehealthcode.verify"
GOOD = {"id_type": "01", "id_no": DEMO.people[0].id_no}
# number of a fault: what a HIS may be told
FAULTS = {
    "0001": {"8001"},
    "0002": {"8001", "8002"},
    "0003": {"8001", "8002"},
    "0004": {"8001", "8002"},
    "0005": {"9003"},
    "0006": {"9004"},
    "0007": {"9003"},
    "0008": {"9007"},
    "0009": {"8001", "8002", "9008"},
}
EXPECTED = {code: {code} for code in SENTENCES if code != PLATFORM_SUCCESS} | FAULTS


@pytest.fixture
def till(tmp_path, control):
    """A HIS whose site has seen a good signature, and which waits one second."""
    made = Till(tmp_path, control.gateway_url, "[gateway]\ntimeout = 1\n")
    assert made.call(REGQUERY, GOOD)[0] == "00"
    control.options(magic_delay_seconds=1.5)
    return made


def check_digit(digits: str) -> str:
    """GB 11643-1999: the sum of the digits times 2 to the power of their place, modulo 11."""
    total = sum(int(digit) * 2 ** (18 - place) for place, digit in enumerate(digits, 1))
    return "10X98765432"[total % 11]


def test_there_is_one_for_every_code_of_the_table_and_for_every_fault_of_a_reply():
    assert {one.number for one in magic.PEOPLE} == EXPECTED.keys()
    assert {one.kind for one in magic.PEOPLE} == faults.KINDS.keys() - {"hold"}
    for one in magic.PEOPLE:
        assert one.id_no[:6] == "99" + one.number
        assert one.id_no[6:17] == "19900101001"
        assert one.id_no[17] == check_digit(one.id_no[:17])
        assert one.effect == SENTENCES.get(one.number, one.effect)


@pytest.mark.slow
@pytest.mark.parametrize("number", EXPECTED)
def test_by_id_number_card_id_and_code(till, control, number):
    who = {"id_type": "01", "id_no": control.magic(number)}
    code = control.code(who["id_no"])
    change = {"ehealth_card_id": code.split(":")[0], "mobile_phone": "13900000099", "out_alter_no": serial()}
    asked = [(REGQUERY, who), (VERIFY, verification(code)), ("ehc.ehealthcard.alterinfo", change)]
    for method, biz in asked[: 1 if number == "0001" else None]:  # a second for each delay is enough of it
        returned, out = till.call(method, biz)
        assert returned in EXPECTED[number], (method, out)
        assert out.endswith(f"[{returned}]")
    while number == "0001" and len(control.traffic(method=REGQUERY)) < 2:
        time.sleep(0.05)  # the platform is still waiting; its record belongs to this test
    assert till.call(REGQUERY, GOOD)[0] == "00"


def test_every_method_that_names_the_person(till, control):
    one = control.magic("8007")
    card = control.code(one).split(":")[0]
    dynamic = control.code(one, seconds=60)
    who = {"id_type": "01", "id_no": one}
    named = {"ehealth_card_id": card, "out_close_no": serial(), "out_close_time": "20260101080000"}
    link = {"ehealth_card_id": card.lower(), "to_card_type": "01", "to_card_no": "1", "out_alter_no": serial()}
    new = {"out_register_no": serial(), "user_name": "甲", "user_sex": "1", "mobile_phone": "13900000098"}
    for method, biz in (
        ("querywithreg", {**who, **new}), ("register", {**who, **new}), ("close", named), ("push", named),
        ("alterlink", link), ("authurl", {**named}),
    ):  # fmt: skip
        assert till.call(f"ehc.ehealthcard.{method}", biz)[0] == "8007", method
    for text in (dynamic, f"85:{dynamic}"):
        assert till.call(VERIFY, verification(text))[0] == "8007"
    assert till.call(VERIFY, verification(control.voucher(one), IsMultiCode="1"))[0] == "8007"


@pytest.mark.parametrize("number", ["2005", "0004", "0006"])
def test_the_query_of_an_authorisation_that_the_person_gave(till, control, number):
    biz = authorisation()
    code, out = till.call("ehc.ehealthcard.authurl", biz)
    assert (code, "ehealth_authurl" in out) == ("00", True)
    asked = {"out_authorize_no": biz["out_authorize_no"]}
    assert json.loads(till.call("ehc.ehealthcard.auth.query", asked)[1])["auth_status"] == "ing"
    assert control.approve(biz["out_authorize_no"], id_no=control.magic(number)) == "succ"
    assert till.call("ehc.ehealthcard.auth.query", asked)[0] in EXPECTED[number]


def test_nobody_else_is_troubled(till, control, newcomer):
    strangers = ["998005199001010019", "99800519900101002" + check_digit("99800519900101002"), "99", "9980"]
    for id_no in strangers:
        assert id_no not in {one.id_no for one in magic.PEOPLE}
        assert till.call(REGQUERY, {"id_type": "01", "id_no": id_no})[0] == "3001"
    assert till.call("ehc.ehealthcard.querywithreg", registration(newcomer))[0] == "00"
    assert control.last()["cause"] == ""


def test_the_order_lists_them(control):
    rows = control("magic")["people"]
    assert [row["number"] for row in rows] == [one.number for one in magic.PEOPLE]
    known = {row["id_no"] for row in control("people", clear=True)["people"] if row["status"] == "open"}
    assert known >= {row["id_no"] for row in rows}
    assert all(itertools.chain.from_iterable((row["words"], row["user_name"]) for row in rows))
