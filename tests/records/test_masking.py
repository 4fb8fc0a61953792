"""Masking: by field, by what a call carried, by form. All people and numbers are synthetic."""

from __future__ import annotations

import json
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcchk.records import masking
from vcchk.records.masking import patterns, values

KEY = "TESTKEY0123456789ABCDEF012345678"
NAME = "欧阳测试"
ID_18 = "350203199001011239"
ID_X = "11010519491231002X"  # the example of GB 11643
ID_15 = "110105491231002"
PHONE = "13800138000"
LANDLINE = "0592-5123456"
ADDRESS = "厦门市思明区湖滨南路11号602室"
UNIT = "某某测试公司"
PHOTO = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUV"
CODE = "206CB2B57E8E905C5EF59A063515F655D8A17ACD312DD76A206CB2B57E8E905C:1:::00000001001"
VOUCHER = "350000qzk8ag0h4m1l0g1n6k1p8b"
BIZ = {
    "user_name": NAME,
    "id_no": ID_18,
    "mobile_phone": PHONE,
    "telephone": LANDLINE,
    "address": ADDRESS,
    "work_unit": UNIT,
    "birthday": "1990-01-01",
    "photo_info": PHOTO,
    "card_list": [{"card_type": "01", "card_no": "D6351280"}],
    "ehealth_code": CODE,
    "EcQrCode": VOUCHER,
    "ecToken": "tk-8f1c",
}
PLANTED = (KEY, NAME, ID_18, PHONE, LANDLINE, ADDRESS, UNIT, "1990-01-01", PHOTO, "D6351280", CODE, VOUCHER, "tk-8f1c")


def hidden(text: str, *values: str) -> bool:
    return not any(value in text for value in values)


@pytest.mark.parametrize("field", list(masking.FIELDS))
def test_every_field_of_the_table_hides_its_value(field: str) -> None:
    value = "甲乙丙丁戊己庚辛壬癸"
    assert value not in masking.mask_value(field, value)
    camel = "".join(word if i == 0 else word.capitalize() for i, word in enumerate(field.split("_")))
    assert masking.mask_value(camel, value) == masking.mask_value(field, value)
    assert value not in masking.mask_text(f'{{"{camel}":"{value}"}}')
    assert value not in masking.mask_text(f"{field}={value}&term_id=1")


@pytest.mark.parametrize(
    ("field", "value", "masked"),
    [
        ("user_name", "张三", "张*"),
        ("user_name", "Smith", "*"),
        ("id_no", ID_18, "350***39"),
        ("mobile_phone", 13800138000, "138***00"),
        ("mobile_phone", "1234567", "***"),
        ("address", ADDRESS, "***(17字)"),
        ("key", KEY, "***"),
        ("birthday", "19900101", "***"),
        ("userName", "张三", "张*"),
        ("term_id", "35020010001", "35020010001"),
        ("user_name", "", ""),
        ("id_no", None, ""),
        ("out_register_no", "20180516000058201805160000", "20180516000058201805160000"),
        ("out_register_no", ID_X, "110***2X"),
        ("app_id", "TESTAPP0000000000000000000000001", "TESTAPP0000000000000000000000001"),
    ],
)
def test_what_a_field_shows(field: str, value: object, masked: str) -> None:
    assert masking.mask_value(field, value) == masked


def test_no_more_than_first_three_and_last_two_of_an_id_number() -> None:
    masked = masking.mask_value("id_no", ID_18)
    assert sum(c.isdigit() for c in masked) == 5


@pytest.mark.parametrize("depth", range(4))
def test_pairs_in_json_inside_strings_of_json(depth: int) -> None:
    text = json.dumps(BIZ, ensure_ascii=False)
    for _ in range(depth):
        text = json.dumps({"biz_content": text}, ensure_ascii=False)
    assert hidden(masking.mask_text(text), *PLANTED)
    assert hidden(masking.mask_json(text), *PLANTED)
    assert hidden(masking.mask_text("平台应答：" + text[: len(text) // 2]), *PLANTED)


def test_pairs_of_a_canonical_text() -> None:
    text = "&".join(f"{k}={v}" for k, v in BIZ.items() if isinstance(v, str)) + "&version=X.M.0.1key=" + KEY
    masked = masking.mask_text(text)
    assert hidden(masked, *PLANTED[:9], *PLANTED[10:])
    assert "version=X.M.0.1key=***" in masked


@pytest.mark.parametrize("suffix", ["key=", "&key=", "&app_secret=", "&app_key="])
def test_the_keys_suffixes_of_all_profiles(suffix: str) -> None:
    assert hidden(masking.mask_text("a=1&version=1" + suffix + "short1"), "short1")


@pytest.mark.parametrize(
    "value",
    [ID_18, ID_X, ID_X.lower(), ID_15, PHONE, "138-0013-8000", "138 0013 8000", LANDLINE, "E12345678", "H1234567801",
     "EA1234567", KEY, PHOTO, VOUCHER, CODE.split(":")[0], ADDRESS, "0b9bd6a0-5f43-4a0e-a4f0-4f2f5a1d2c3b"],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}", "患者{}已注册", "error: {} (x)", "id={};", "[{}]", "{}，{}"])
def test_forms_in_free_text(value: str, frame: str) -> None:
    assert value not in masking.mask_text(frame.replace("{}", value))


@pytest.mark.parametrize(
    "text",
    [
        "ehc.ehealthcard.querywithreg",
        "操作成功",
        "http://127.0.0.1:8080/ehcService/gateway.do",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "2026-11-22 03:52:06.123 20261122035206",
        "out_register_no 20261122035206123 已存在",
        "/usr/lib/python3.11/site-packages/urllib3/connectionpool.py",
        "C:\\ProgramData\\vcchk\\log\\vcchk-20261122.log",
        "X.M.0.1 35020010001 9001 010105",
        "交易状态未知，请先查询是否已办理，切勿直接重做",
        "SSLCertVerificationError certificate has expired",
    ],
)
def test_what_an_engineer_needs_stays(text: str) -> None:
    assert masking.mask_text(text) == text


def test_a_name_in_a_platforms_sentence_is_found_by_what_the_call_carried() -> None:
    sentence = f"{NAME}({ID_18})在{UNIT}的卡D6351280已注销，\\u6B27\\u9633\\u6d4b\\u8bd5"
    assert NAME in masking.mask_text(sentence)
    masking.remember({"key": KEY}, BIZ)
    try:
        masked = masking.mask_text(sentence)
        assert hidden(masked, *PLANTED)
        assert "6b27" not in masked.lower()
        other: list[str] = []
        thread = threading.Thread(target=lambda: other.append(masking.mask_text(NAME)))
        thread.start()
        thread.join(5)
        assert other == [NAME], "another call's people are not this call's"
    finally:
        masking.forget()
    assert NAME in masking.mask_text(sentence)


def test_a_short_name_is_replaced_as_a_word_alone() -> None:
    masking.remember({"user_name": "Li"})
    try:
        assert masking.mask_text("Li asked the client of Limited, Li") == "* asked the client of Limited, *"
    finally:
        masking.forget()


def test_guarded_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "_guarded", {})
    masking.guard("short-key")
    assert masking.mask_text("a short-key b") == "a *** b"


@pytest.mark.parametrize(
    ("serial", "masked"),
    [
        ("20180516000058", "20180516000058"),
        ("0b9bd6a0-5f43-4a0e-a4f0-4f2f5a1d2c3b", "0b9bd6a0-5f43-4a0e-a4f0-4f2f5a1d2c3b"),
        ("0B9BD6A05F434A0EA4F04F2F5A1D2C3B", "0B9BD6A05F434A0EA4F04F2F5A1D2C3B"),
        ("20261122" + "0" * 24, "20261122" + "0" * 24),
        (ID_X + "20261122", "110***2X20261122"),
        ("A" + ID_18, "A350***39"),
        (PHONE, "138***00"),
        ("", ""),
    ],
)
def test_serial_numbers_stay_findable_and_people_do_not(serial: str, masked: str) -> None:
    assert masking.mask_serial(serial) == masked


@pytest.mark.parametrize(
    ("word", "masked"),
    [
        ("ehc.ehealthcode.verify", "ehc.ehealthcode.verify"),
        ("verify2", "verify2"),
        (NAME, "****"),
        ("D77351286677", "D***********"),
        ("", ""),
    ],
)
def test_identifiers(word: str, masked: str) -> None:
    assert masking.mask_word(word) == masked


def test_a_serial_of_organisation_date_and_counter_is_no_id_number() -> None:
    body = f"350203{time.strftime('%Y%m%d')}123"
    serials = [body + digit for digit in "0123456789"]
    left = [serial for serial in serials if masking.mask_serial(serial) == serial]
    assert len(left) >= 9, "at most the one whose check digit happens to hold may be masked"


@given(st.text(max_size=300))
def test_never_raises_and_masking_twice_leaks_nothing_new(text: str) -> None:
    masking.mask_json(text)
    masking.mask_serial(text)
    assert ID_X not in masking.mask_text(f"{text} {ID_X} {text}")


@given(st.text(alphabet="0123456789Xx", max_size=40), st.text(alphabet="abc ，。:=\"'{}\\", max_size=10))
def test_the_fast_way_and_the_patterns_agree(digits: str, frame: str) -> None:
    """What `is_plain` lets pass is what the patterns would have left as it is."""
    text = frame + digits + frame
    if patterns.is_plain(text):
        for pattern, _ in patterns.compile_patterns():
            assert not pattern.search(text)


def test_patterns_take_linear_time() -> None:
    """A hostile text (backslashes, quotes, digits) of 200 KB is masked within a second or two, not minutes."""
    for unit in ("\\", '"', '\\"user_name\\":\\"', "1", "a1", "key=", "市1", "=", "'user_name':'"):
        text = (unit * 50000)[:50000]
        begin = time.process_time()
        masking.mask_text(text)
        assert time.process_time() - begin < 2, unit
