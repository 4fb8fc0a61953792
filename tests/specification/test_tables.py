"""The package's field tables and dictionaries against facts counted in the documents."""

import pytest

from vcchk import specification
from vcchk.base.errors import SENTENCES
from vcchk.specification import dictionaries, dictionary, tables

COUNTS = {
    "ret_codes": 38,
    "methods": 10,
    "id_types": 12,
    "nations": 57,
    "sexes": 6,
    "treatments": 10,
    "departments": 199,
    "card_types": 6,
    "insurance_regions": 420,
    "business_types": 17,
}

SPOTS = [
    ("ret_codes", "2001", "电子健康卡二维码已过期"),
    ("methods", "ehc.ehealthcard.alterlink", "更换绑定关联实体卡"),
    ("methods", "ehc.ehealthcard.", "多码融合码消息推送"),
    ("id_types", "A3", "外国人永久居留证"),
    ("nations", "01", "汉族"),
    ("nations", "05", "维吾尔族"),
    ("sexes", "9", "未说明性别"),
    ("treatments", "010105", "收费"),
    ("treatments", "A10102", "退款"),
    ("departments", "0301", "呼吸内科专业"),
    ("card_types", "05", "健康卡"),
    ("insurance_regions", "510300", "自贡市"),
    ("insurance_regions", "420700", "鄂州市"),
    ("business_types", "01101", "挂号"),
    ("business_types", "03132", "医疗类 APP 线上 结算"),
]


@pytest.mark.parametrize("name", specification.DICTIONARIES)
def test_dictionary_counts(name: str) -> None:
    assert len(dictionary(name)) == COUNTS[name]


def test_every_dictionary_is_counted() -> None:
    assert set(specification.DICTIONARIES) == set(COUNTS)


@pytest.mark.parametrize(("name", "code", "meaning"), SPOTS)
def test_dictionary_spot_values(name: str, code: str, meaning: str) -> None:
    assert dictionary(name)[code] == meaning


def test_unknown_dictionary() -> None:
    with pytest.raises(KeyError):
        dictionary("os")


def test_return_codes_are_those_of_errors() -> None:
    assert dictionary("ret_codes") == SENTENCES


def test_methods_and_tables() -> None:
    assert len(tables.TABLES) == 15
    assert [t.document for t in tables.TABLES].count("A") == 7
    assert len(specification.METHODS) == 10
    assert set(specification.METHODS["ehc.ehealthcode.verify"].documents) == {"A", "B"}
    assert set(specification.METHODS["ehc.ehealthcard.register"].documents) == {"A"}
    assert set(specification.METHODS["ehc.ehealthcard.alterlink"].documents) == {"B"}
    # Document B's sample request leaves the prefix out.
    assert specification.find("ehealthcode.verify") is specification.METHODS["ehc.ehealthcode.verify"]
    assert specification.find("ehc.nothing") is None


@pytest.mark.parametrize(
    ("method", "document", "requests", "responses"),
    [
        ("ehc.ehealthcard.querywithreg", "A", 20, 9),
        ("ehc.ehealthcard.querywithreg", "B", 20, 11),
        ("ehc.ehealthcode.verify", "A", 8, 13),
        ("ehc.ehealthcode.verify", "B", 12, 18),
        ("ehc.ehealthcard.alterinfo", "A", 11, 4),
        ("ehc.ehealthcard.alterinfo", "B", 7, 4),
        ("ehc.ehealthcard.register", "A", 18, 0),
        ("ehc.ehealthcard.auth.query", "B", 1, 17),
        ("ehc.ehealthcard.push", "B", 3, 2),
    ],
)
def test_field_counts(method: str, document: str, requests: int, responses: int) -> None:
    found = specification.METHODS[method]
    assert (len(found.request(document)), len(found.response(document))) == (requests, responses)


def test_the_common_tables() -> None:
    assert len(tables.common_request()) == len(tables.common_reply()) == 10
    reply = {field.name: field for field in tables.common_reply()}
    assert (reply["app_id"].length, reply["ret_msg"].length, reply["biz_content"].length) == (20, 200, None)
    assert [name for name, field in reply.items() if not field.required] == ["enc_type", "biz_content"]


def test_columns_beside_code_and_name() -> None:
    departments = {row[0]: row for row in dictionaries.load("departments").rows}
    assert departments["0301"][2] == "03"  # 科室级别
    business = dictionaries.load("business_types")
    row = next(dict(zip(business.columns, row, strict=True)) for row in business.rows if row[0] == "02121")
    assert (row["level1_name"], row["level2_name"], row["note"]) == ("药店", "药店购药", "替代社保卡")


@pytest.mark.parametrize(("word", "code", "where"), [
    ("市民卡", "04", "4.1.1、4.2.2、4.3.1、4.7.2"),
    ("市民健康正式卡", "02", "4.1.1、4.2.2、4.3.1、4.7.2"),
    ("医保电子凭证", "A2", "4.2.2"),
    ("健康卡", "05", "附录2.7"),
])  # fmt: skip
def test_card_types_of_document_bs_chapters(word: str, code: str, where: str) -> None:
    (hit,) = [hit for hit in specification.search(word) if hit.dictionary == "card_types" and hit.code == code]
    assert hit.where == where


def test_field_spot_values() -> None:
    fields = {f.name: f for f in specification.METHODS["ehc.ehealthcard.querywithreg"].request("A")}
    assert (fields["user_name"].length, fields["user_name"].required) == (50, True)
    assert fields["apply_method"].values["3"] == "医疗卫生机构窗口申请"
    assert fields["id_type"].values == "id_types"
    assert fields["photo_info"].length == 2048
    assert fields["time_expire"].note == "单位：秒"
    verify = {f.name: f for f in specification.METHODS["ehc.ehealthcode.verify"].request("B")}
    assert (verify["ECUrl"].length, verify["businessType"].values) == (512, "business_types")


def test_conversion_errors_are_mended() -> None:
    names = {f.name for table in tables.TABLES for f in table.request + table.reply}
    assert {"out_alter_no", "out_alter_time"} <= names
    assert {"photo_fomat", "photo_format"} <= names
    assert not any(name != name.strip() or name.startswith("out.") for name in names)


@pytest.mark.parametrize(
    ("word", "dictionary_name", "code"),
    [
        ("hxnk", "departments", "0301"),
        ("0301", "departments", "0301"),
        ("呼吸内科", "departments", "0301"),
        ("xms", "insurance_regions", None),
        ("sf", "treatments", "010105"),
        ("hz", "nations", "01"),
        ("2001", "ret_codes", "2001"),
        ("verify", "methods", "ehc.ehealthcode.verify"),
    ],
)
def test_search(word: str, dictionary_name: str, code: str | None) -> None:
    hits = specification.search(word)
    codes = [hit.code for hit in hits if hit.dictionary == dictionary_name]
    if code is None:
        assert codes
        assert all(hit.dictionary == "insurance_regions" for hit in hits)
    else:
        assert code in codes


def test_search_puts_exact_matches_first() -> None:
    assert specification.search("01")[0].code == "01"
    assert specification.search("  ") == []
    assert specification.search("没有这个词") == []


def test_serial_number() -> None:
    assert specification.serial_number({"out_verify_no": "7", "x": "1"}) == ("out_verify_no", "7")
    assert specification.serial_number({"out_trade_no": "8"}) == ("out_trade_no", "8")
    assert specification.serial_number({"out_other_no": "9"}) == ("out_other_no", "9")
    assert specification.serial_number({"out_verify_no": ""}) is None
    assert specification.serial_number({}) is None
