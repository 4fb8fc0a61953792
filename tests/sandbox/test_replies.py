"""The sandbox's replies against the documents' tables: every field that is 不可空 is there, none is too long."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import authorisation, registration, verification
from tests.sandbox.independent import His, serial
from tests.specification import complete
from vcchk.sandbox.seed import DEMO
from vcchk.specification import METHODS, dictionary, tables

PERSON = DEMO.people[0]
OF_A_FUSION_CODE = {"mindex_id", "ehealth_card_id"}
"""B 4.2.2: 融合码时返回."""
OF_A_VOUCHER = {"ecToken", "insuOrg", "EcQrCode"}


def card_id(control: Any, person: Any = PERSON) -> str:
    return str(control.code(person.id_no).split(":")[0])


def requests_of(control: Any) -> dict[str, dict[str, Any]]:
    """Return business fields that succeed, by method."""
    alter = {"ehealth_card_id": card_id(control), "out_alter_time": complete.TIME}
    return {
        "ehc.ehealthcard.querywithreg": registration(PERSON, pub_flag="Y"),
        "ehc.ehealthcard.register": registration(PERSON, pub_flag="Y"),
        "ehc.ehealthcode.verify": verification(control.code(PERSON.id_no)),
        "ehc.ehealthcard.alterinfo": {**alter, "out_alter_no": serial(), "mobile_phone": "13900000009"},
        "ehc.ehealthcard.alterlink": {**alter, "out_alter_no": serial(), "to_card_type": "04", "to_card_no": "S1"},
        "ehc.ehealthcard.authurl": authorisation(),
        "ehc.ehealthcard.push": {"ehealth_card_id": card_id(control), "out_close_no": serial()},
        "ehc.ehealthcard.close": {"ehealth_card_id": card_id(control), "out_close_no": serial()},
    }


def check(reply: dict[str, Any], fields: tuple[tables.Field, ...], lacking: set[str]) -> None:
    for field in fields:
        value = reply.get(field.name)
        if value is None:
            assert not field.required or field.name in lacking, field.name
        elif field.length:
            assert isinstance(value, str), field.name
            assert 0 < len(value) <= field.length, field.name
            if isinstance(field.values, str) and field.values != "card_types":
                assert value in dictionary(field.values), field.name


@pytest.mark.parametrize(("document", "method"), complete.tables())
def test_a_reply_keeps_its_table(his: His, control: Any, document: str, method: str) -> None:
    if method == "ehc.ehealthcard.auth.query":
        asked = authorisation()
        his.call("ehc.ehealthcard.authurl", asked)
        control.approve(asked["out_authorize_no"], id_no=PERSON.id_no)
        reply = his.call(method, {"out_authorize_no": asked["out_authorize_no"]})
    else:
        reply = his.call(method, requests_of(control)[method])
    assert reply.code == "0000", reply.message
    check(reply.biz, METHODS[method].response(document), OF_A_VOUCHER if document == "B" else set())
    # app_id is String(20) in replies and 与请求报文一致, String(32) there: the request's is echoed
    common = tuple(field for field in tables.common_reply() if field.name != "app_id")
    check({**reply.envelope, "biz_content": "-"}, common, set())
    assert reply.envelope["app_id"] == DEMO.app_id


def test_a_vouchers_reply_keeps_document_bs_table(his: His, control: Any) -> None:
    biz = verification(control.voucher(PERSON.id_no), IsMultiCode="1", ECUrl="http://127.0.0.1/ec")
    reply = his.call("ehc.ehealthcode.verify", biz)
    check(reply.biz, METHODS["ehc.ehealthcode.verify"].response("B"), OF_A_FUSION_CODE)
    assert reply.biz.keys() >= OF_A_VOUCHER
    assert reply.biz["card_type"] == "A2"


def test_every_field_that_may_be_empty_is_returned_for_somebody(his: His, control: Any) -> None:
    """xman_id, smk_id (who has linked a citizen card), card_type, card_no, card_list, pub_qrcode, birthday …"""
    contact = {"telephone": "0592-0000000", "address": "测试路1号", "work_unit": "测试单位"}
    contact["id_no"] = "350299200001010077"  # a newcomer: a known person's data stay as they were
    whole = registration(DEMO.people[4], pub_flag="Y", card_list=[{"card_type": "04", "card_no": "S9"}]) | contact
    made = his.call("ehc.ehealthcard.querywithreg", whole).biz
    verified = his.call("ehc.ehealthcode.verify", verification(made["ehealth_code"])).biz
    asked = authorisation()
    his.call("ehc.ehealthcard.authurl", asked)
    control.approve(asked["out_authorize_no"], id_no=contact["id_no"])
    queried = his.call("ehc.ehealthcard.auth.query", {"out_authorize_no": asked["out_authorize_no"]}).biz
    for method, reply in (("querywithreg", made), ("auth.query", queried)):
        for document, table in METHODS[f"ehc.ehealthcard.{method}"].documents.items():
            assert [field.name for field in table.reply if field.name not in reply] == [], (document, method)
    fields = METHODS["ehc.ehealthcode.verify"].response("B")
    assert [field.name for field in fields if field.name not in {*verified, *OF_A_VOUCHER}] == []
