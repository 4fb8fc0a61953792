"""Findings of the field check: all at once, with document and table, never with a value."""

import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcchk import specification
from vcchk.specification.checks import is_time
from vcchk.wire import jsontext, message

ENVELOPE = {
    "app_id": "TESTAPP0000000000000000000000001",
    "method": "ehc.ehealthcode.verify",
    "term_id": "35020010001",
    "version": "X.M.0.1",
    "timestamp": "20180516000058",
    "sign_type": "SM3",
    "enc_type": "SM4",
}
VERIFY = {
    "ehealth_code": "206CB2B57E8E905C5EF59A063515F655D8A17ACD312DD76A:0:ABCDEF::00000001001",
    "out_verify_no": "20180516000058",
    "out_verify_time": "20180516000058",
    "operator_id": "9527",
    "operator_name": "管理员",
    "treatment_code": "010105",
    "office_code": "0301",
    "ip_addr": "192.0.2.7",
}


def rules(envelope: dict, biz: dict | None, has_key: bool = True) -> list[tuple[str, str]]:
    return [(f.field, f.rule) for f in specification.check(envelope, biz, has_key=has_key)]


def test_a_good_request_has_no_findings() -> None:
    assert rules(ENVELOPE, VERIFY) == []


def test_all_findings_at_once() -> None:
    biz = VERIFY | {
        "operator_name": "管" * 33,
        "out_verify_time": "2018-05-16 00:00",
        "treatment_code": "999999",
        "office_code": "",
    }
    envelope = {k: v for k, v in ENVELOPE.items() if k != "term_id"}
    assert rules(envelope, biz) == [
        ("term_id", "required"),
        ("out_verify_time", "time"),
        ("operator_name", "length"),
        ("treatment_code", "dictionary"),
        ("office_code", "required"),
    ]


def test_a_finding_names_document_table_and_length_and_no_value() -> None:
    (found,) = specification.check(ENVELOPE, VERIFY | {"operator_name": "张三丰" * 11}, has_key=True)
    assert (found.document, found.table, found.length, found.limit) == ("A", "4.3 接口请求参数", 33, "32")
    assert "张三丰" not in found.sentence + repr(found)
    assert "operator_name" in found.sentence
    assert "文档A 4.3" in found.sentence


def test_lengths_count_characters() -> None:
    assert rules(ENVELOPE, VERIFY | {"operator_name": "𠮷" * 32}) == []


def test_document_b_dialect() -> None:
    biz = {
        "out_verify_no": "1",
        "out_verify_time": "20200608101112",
        "operator_id": "1",
        "operator_name": "甲",
        "treatment_code": "010101",
        "ECUrl": "http://127.0.0.1/ec",
        "orgId": "35020319001",
        "businessType": "01101",
        "businessInfo": "01",
        "officeId": "32760",
        "officeName": "消化内科",
        "IsMultiCode": "1",
    }
    assert rules(ENVELOPE, biz) == []
    assert rules(ENVELOPE, biz | {"businessType": "99999", "IsMultiCode": "2"}) == [
        ("businessType", "dictionary"),
        ("IsMultiCode", "values"),
    ]


def test_authurl_of_document_b_needs_no_office() -> None:
    biz = {
        "out_authorize_no": "1",
        "out_authorize_time": "20200608101112",
        "operator_id": "1",
        "operator_name": "甲",
        "treatment_code": "010101",
    }
    envelope = ENVELOPE | {"method": "ehc.ehealthcard.authurl"}
    assert rules(envelope, biz) == []
    assert rules(envelope | {"sign": ""}, biz) == []  # as both documents' samples have it
    assert rules(envelope, biz | {"ip_addr": "192.0.2.1"}) == [("office_code", "required")]


@pytest.mark.parametrize(
    ("method", "meant"),
    [
        ("ehc.ehealthcard.aut hurl", "ehc.ehealthcard.authurl"),
        ("ehc.ehealthcard.aut.h.query", "ehc.ehealthcard.auth.query"),
        ("ehc.ehealthcard.reg ister", "ehc.ehealthcard.register"),
        ("ehealthcard.query withreg", "ehc.ehealthcard.querywithreg"),
        ("ehc.ehealthcode.\nverify", "ehc.ehealthcode.verify"),
    ],
)
def test_a_method_that_a_converter_broke_is_named(method: str, meant: str) -> None:
    (found,) = specification.check(ENVELOPE | {"method": method}, VERIFY, has_key=True)
    assert (found.field, found.rule) == ("method", "broken_method")
    assert f"应为 {meant}" in found.sentence


def test_the_stump_of_document_bs_dictionary_is_the_push() -> None:
    biz = {"ehealth_card_id": "A", "out_close_no": "1", "out_close_time": "20200608101112"}
    assert rules(ENVELOPE | {"method": "ehc.ehealthcard."}, biz) == []
    assert specification.find("ehc.ehealthcard.") is specification.METHODS["ehc.ehealthcard.push"]


@pytest.mark.parametrize(
    ("no", "time"),
    [
        ("out.Alter_no", "out.Alter_time"),  # as B 4.3 and 4.4 print them
        ("out_alter_no", "out_alter_time"),
        ("out.alter_no", "out_Alter_time"),
        ("out_ alter_no", "out_alter_ time"),
    ],
)
@pytest.mark.parametrize("method", ["ehc.ehealthcard.alterlink", "ehc.ehealthcard.alterinfo"])
def test_serial_and_time_of_a_change_in_any_printed_spelling(method: str, no: str, time: str) -> None:
    biz = {"ehealth_card_id": "A", no: "7", time: "20200608101112", "to_card_type": "01", "to_card_no": "D1"}
    found = rules(ENVELOPE | {"method": method}, biz)
    assert found == ([("out_alter_time", "required")] if time == "out_Alter_time" else [])
    assert specification.serial_number(biz) == ("out_alter_no", "7")
    assert rules(ENVELOPE | {"method": method}, biz | {no: "7" * 33}) == [("out_alter_no", "length"), *found]


def test_the_right_name_counts_before_a_broken_one() -> None:
    assert specification.serial_number({"out.Alter_no": "1", "out_alter_no": "2"}) == ("out_alter_no", "2")
    assert specification.serial_number({"out_alter_no": "2", "out.Alter_no": "1"}) == ("out_alter_no", "2")


def test_push_in_authurls_name_is_checked_as_a_push() -> None:
    biz = {"ehealth_card_id": "A", "out_close_no": "1", "out_close_time": "20200608101112"}
    assert rules(ENVELOPE | {"method": "ehc.ehealthcard.authurl"}, biz) == []


def test_static_code_for_payment_is_a_finding() -> None:
    static = VERIFY | {"ehealth_code": "206CB2B57E8E905C5EF59A063515F655D8A17ACD312DD76A:1:::00000001001"}
    assert rules(ENVELOPE, static) == [("ehealth_code", "static_code")]
    assert rules(ENVELOPE, static | {"treatment_code": "010101"}) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"generate_type": "dynamic"}, [("time_expire", "expiry_missing")]),
        ({"generate_type": "dynamic", "time_expire": "0"}, [("time_expire", "expiry_invalid")]),
        ({"generate_type": "dynamic", "time_expire": "-5"}, [("time_expire", "expiry_invalid")]),
        ({"generate_type": "dynamic", "time_expire": "300"}, []),
        ({"generate_type": "static", "time_expire": "x"}, []),
        ({"time_expire": "abc"}, [("time_expire", "expiry_invalid")]),
        ({"id_type": "77"}, [("id_type", "dictionary")]),
        ({"apply_method": "5"}, [("apply_method", "values")]),
        ({"nation": "60"}, [("nation", "dictionary")]),
        ({"user_name": {"a": 1}}, [("user_name", "text")]),
        ({"card_type": "ZZ"}, []),
        # no 见字典 and more room than a code needs: the word is as good
        ({"nation": "汉族"}, []),
        ({"nation": "漢族"}, [("nation", "dictionary")]),
        ({"generate_type": "Dynamic"}, [("time_expire", "expiry_missing")]),
        ({"generate_type": "Dynamic", "time_expire": "300"}, []),
        ({"pub_flag": "y", "photo_format": "jpgbase64"}, []),
        ({"user_name": "  "}, [("user_name", "required")]),
        ({"user_name": True}, [("user_name", "text")]),
        ({"photo_format": "PNG"}, [("photo_fomat", "values")]),
    ],
)
def test_registration(changes: dict, expected: list) -> None:
    biz = {
        "out_register_no": "1",
        "out_register_time": "20180516000058",
        "certificate_mode": "01",
        "apply_method": "3",
        "id_type": "01",
        "id_no": "350200199001010000",
        "user_name": "测试",
        "user_sex": "1",
        "mobile_phone": "13700000000",
    }
    assert rules(ENVELOPE | {"method": "ehc.ehealthcard.querywithreg"}, biz | changes) == expected


@pytest.mark.parametrize(
    ("envelope", "expected"),
    [
        ({"timestamp": ""}, [("timestamp", "required")]),
        ({"timestamp": "20180516"}, [("timestamp", "time")]),
        ({"timestamp": "20180516000058123"}, []),
        ({"timestamp": "20180230000058"}, [("timestamp", "time")]),
        ({"method": "ehc.unknown"}, [("method", "method")]),
        ({"method": ""}, [("method", "required")]),
        ({"version": "X.M.0.1.2.3.4.5"}, [("version", "length")]),
    ],
)
def test_envelope(envelope: dict, expected: list) -> None:
    assert rules(ENVELOPE | envelope, VERIFY) == expected


def test_key_or_sign_is_needed() -> None:
    assert rules(ENVELOPE, VERIFY, has_key=False) == [("key", "key")]
    assert rules(ENVELOPE | {"sign": "AB"}, VERIFY, has_key=False) == []


def test_biz_content_that_is_no_object() -> None:
    assert rules(ENVELOPE, None) == [("biz_content", "biz")]


def test_regquery_has_no_table() -> None:
    assert rules(ENVELOPE | {"method": "ehc.ehealthcard.regquery"}, {"id_type": "01", "id_no": "1"}) == []


@given(st.text("0123456789", min_size=14, max_size=14))
def test_is_time_agrees_with_the_calendar(text: str) -> None:
    try:
        time.strptime(text, "%Y%m%d%H%M%S")
        known = int(text[12:]) < 60  # strptime takes leap seconds
    except ValueError:
        known = False
    assert is_time(text) == known


@pytest.mark.parametrize("text", ["20200229235959", "20000229000000", "19991231235959"])
def test_is_time_holds(text: str) -> None:
    assert is_time(text)


@pytest.mark.parametrize(
    "text", ["20210229235959", "19000229000000", "2020022923595", "２０２００２２９２３５９５９", ""]
)
def test_is_time_refuses(text: str) -> None:
    assert not is_time(text)


@settings(max_examples=25)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.dictionaries(st.text(), v)))
def test_check_never_raises(value: object) -> None:
    names = ("out_verify_no", "ehealth_code", "treatment_code", "time_expire", "generate_type", "operator_id")
    for method in specification.METHODS:
        specification.check({"method": method, "timestamp": "x"}, dict.fromkeys(names, value))


def test_a_check_costs_little() -> None:
    parsed = message.parse('{"biz_content":' + jsontext.compact(VERIFY) + "}")
    specification.check(ENVELOPE, parsed.biz, has_key=True)
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        specification.check(ENVELOPE, parsed.biz, has_key=True)
    finally:
        sys.setprofile(None)
    # Counted, not timed: 30 us on the development machine.
    assert calls < 120
