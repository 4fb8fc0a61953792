"""Which reply belongs to which request, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from vcchk.specification.comparison import Comparison, compare, may_be_same_person

CLOSE, VERIFY, REGQUERY = "ehc.ehealthcard.close", "ehc.ehealthcode.verify", "ehc.ehealthcard.regquery"
AUTHURL = "ehc.ehealthcard.authurl"


@pytest.mark.parametrize(
    ("method", "request_biz", "reply_biz", "differs"),
    [
        (CLOSE, {}, {}, ""),
        (CLOSE, {"ehealth_card_id": "A"}, {"ehealth_card_id": "B"}, "ehealth_card_id"),
        ("ehealthcard.close", {"ehealth_card_id": "A"}, {"ehealth_card_id": "B"}, "ehealth_card_id"),
        (CLOSE, {"ehealth_card_id": "ab"}, {"ehealth_card_id": " AB"}, ""),
        (CLOSE, {"ehealth_card_id": "AB12"}, {"ehealth_card_id": "A**2"}, ""),
        (CLOSE, {"ehealth_card_id": "A"}, {"ehealth_card_id": None}, ""),
        ("ehc.ehealthcard.alterlink", {"ehealth_card_id": "A"}, {"ehealth_card_id": "B"}, "ehealth_card_id"),
        ("ehc.ehealthcard.push", {"ehealth_card_id": "A"}, {"ehealth_card_id": "B"}, "ehealth_card_id"),
        # A push in authurl's name is told by its fields.
        (AUTHURL, {"ehealth_card_id": "A", "out_close_no": "1"}, {"ehealth_card_id": "B"}, "ehealth_card_id"),
        # Elsewhere the card is the answer.
        (REGQUERY, {"ehealth_card_id": "A"}, {"ehealth_card_id": "B"}, ""),
        (VERIFY, {"ehealth_code": "A:1"}, {"ehealth_card_id": "B", "ehealth_code": "C:1"}, ""),
        (VERIFY, {"out_verify_no": "1"}, {"out_verify_no": "2"}, "out_verify_no"),
        (VERIFY, {"out_verify_no": "007"}, {"out_verify_no": 7}, ""),
        (VERIFY, {"out_verify_no": "1"}, {"out_register_no": "2"}, ""),
        ("ehc.any", {"out_x_no": "1"}, {"out_x_no": "2"}, "out_x_no"),
        (REGQUERY, {"id_no": "350200198505050000"}, {"id_no": "350200199001010000"}, "id_no"),
    ],
)
def test_what_differs(method: str, request_biz: dict[str, Any], reply_biz: dict[str, Any], differs: str) -> None:
    assert compare(method, request_biz, reply_biz).differs == differs


def test_a_serial_that_came_back() -> None:
    assert compare(VERIFY, {"out_verify_no": "1"}, {"out_verify_no": "1"}) == Comparison(serial_matched=True)
    assert not compare(VERIFY, {"out_verify_no": ""}, {"out_verify_no": ""}).serial_matched


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("350200199001010000", "350200199001010000", True),
        ("35020019900101000x", " 35020019900101000X ", True),
        ("3502**********0000", "350200199001010000", True),
        ("3502**********0001", "350200199001010000", False),
        ("", "350200199001010000", True),
        ("350200900101000", "350200199001010000", True),
        ("350200198505050000", "350200199001010000", False),
    ],
)
def test_when_two_id_numbers_are_of_different_people(one: str, other: str, same: bool) -> None:
    assert may_be_same_person({"id_no": one}, {"id_no": other}) is same
    assert may_be_same_person({"id_no": one, "id_type": "01"}, {"id_no": other, "id_type": 1}) is same
    assert may_be_same_person({"id_no": one, "id_type": "01"}, {"id_no": other, "id_type": "03"})
