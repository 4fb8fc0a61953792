"""What VirtualCardTrans makes of the platform's answers: codes, sentences, sizes, signatures, what stays in doubt."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from tests.http_peer import ScriptedPlatform
from tests.package.conftest import Till
from vcchk.network.fault import VERIFY_IN_DOUBT
from vcchk.records import journal
from vcchk.sandbox.seed import DEMO
from vcchk.wire import codec
from vcchk.wire.families import BUILTIN

XIAMEN = BUILTIN["xiamen"]
VERIFY = "ehc.ehealthcode.verify"
REGQUERY = "ehc.ehealthcard.regquery"
CODE = {"ehealth_code": "0" * 64 + ":1", "out_verify_no": "20260101000001"}


def reply(biz_text: str = "{}", key: str = DEMO.key, **fields: str) -> bytes:
    """A signed, encrypted reply of the platform."""
    whole = {"ret_code": "0000", "ret_msg": "操作成功", "app_id": DEMO.app_id, "sign_type": "SM3", "enc_type": "SM4"}
    whole.update(fields)
    return codec.seal_reply(XIAMEN, whole, biz_text, key).body


def rows(till: Till) -> list[dict[str, Any]]:
    """The journal's records."""
    with sqlite3.connect(till.folder / journal.FILE) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM call ORDER BY id")]


@pytest.mark.parametrize(
    ("sent", "code", "sentence"),
    [
        ({"ret_code": "2001", "ret_msg": "电子健康卡二维码已过期"}, "2001", "电子健康卡二维码已过期[2001]"),
        ({"ret_code": "2001", "ret_msg": ""}, "2001", "电子健康卡二维码已过期[2001]"),
        ({"ret_code": "7777", "ret_msg": "本市特有"}, "7777", "本市特有[7777]"),
        ({"ret_code": "0001", "ret_msg": "受理中"}, "9998", f"受理中（平台返回码 0001）{VERIFY_IN_DOUBT}[9998]"),
        ({"ret_code": "00", "ret_msg": ""}, "9998", f"未知错误（平台返回码 00）{VERIFY_IN_DOUBT}[9998]"),
        ({"ret_code": "00000", "ret_msg": "x"}, "9998", f"x（平台返回码 00000）{VERIFY_IN_DOUBT}[9998]"),
    ],
)
def test_codes(
    platform: ScriptedPlatform, make_till: Callable[..., Till], sent: dict[str, str], code: str, sentence: str
) -> None:
    platform.answer = lambda _: reply(**sent)
    assert make_till().call(VERIFY, CODE) == (code, sentence)


def test_success_keeps_order_numbers_and_characters(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    platform.answer = lambda _: reply('{"z": 1.50, "a": 12345678901234567890, "user_name": "𠮷\\u4e2d\\/",  "n": null}')
    code, out = make_till().call(REGQUERY, {"id_no": "1"})
    assert (code, out) == ("00", '{"z":1.50,"a":12345678901234567890,"user_name":"𠮷中/","n":null}')


def test_requests_reach_the_platform_unchanged(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    platform.answer = lambda _: reply()
    biz = '{"out_x_no":1.50,"unknown":{"b":[1e5,true]},"user_name":"㼆𠮷","a":""}'
    whole = f'{{"method":"ehc.any","sign_type":"MD5","key":"{DEMO.key}","biz_content":{biz},"extra":"007"}}'
    assert make_till().raw(whole) == ("00", "{}")
    opened = codec.open(XIAMEN, platform.requests[0], DEMO.key, reply=False)
    assert opened.signature == "held"
    assert opened.biz_text == biz
    assert opened.fields["extra"] == "007"
    assert DEMO.key.encode() not in platform.requests[0]


def test_a_reply_that_does_not_fit_is_kept_and_never_cut(
    platform: ScriptedPlatform, make_till: Callable[..., Till]
) -> None:
    platform.answer = lambda _: reply(json.dumps({"user_name": "张三", "photo": "x" * 3000}, ensure_ascii=False))
    till = make_till()
    code, out = till.call(VERIFY, CODE)
    assert code == "9008"
    assert out.startswith("平台已办理成功，请勿重复办理；但返回超长：30")
    assert "2048 字节" in out
    assert "vcchk journal show 1" in out
    (row,) = rows(till)
    assert row["code"] == "9008"
    assert row["closed"] is not None
    assert "张三".encode() not in row["reply"]
    platform.answer = lambda _: reply(json.dumps({"user_name": "李四", "photo": "x" * 3000}, ensure_ascii=False))
    code, out = till.call(REGQUERY, {"id_no": "1"})
    assert code == "9008"
    assert out.startswith("查询已成功；但返回超长")


def test_exactly_the_capacity(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    till = make_till()
    text = '{"a":"%s"}'
    platform.answer = lambda _: reply(text % ("x" * (2047 - len(text) + 2)))
    code, out = till.call(REGQUERY, {"id_no": "1"})
    assert (code, len(out)) == ("00", 2047)
    platform.answer = lambda _: reply(text % ("x" * (2048 - len(text) + 2)))
    assert till.call(REGQUERY, {"id_no": "1"})[0] == "9008"


def test_signatures_of_replies(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    wrong = json.loads(reply())
    wrong["sign"] = "0" * 64
    missing = {name: value for name, value in json.loads(reply()).items() if name != "sign"}
    till = make_till()
    for body in (wrong, missing):  # nothing has verified here yet: a warning
        platform.answer = lambda _, body=body: json.dumps(body).encode()
        assert till.call(REGQUERY, {"id_no": "1"})[0] == "00"
    assert till.log_text().count("verify_reply = auto 放行") == 2
    platform.answer = lambda _: reply()
    assert till.call(REGQUERY, {"id_no": "1"})[0] == "00"
    for body, sentence in ((wrong, "签名不符"), (missing, "没有签名")):  # from now on a lie
        platform.answer = lambda _, body=body: json.dumps(body).encode()
        code, out = make_till().call(REGQUERY, {"id_no": "1"})  # another process knows it too
        assert code == "9003"
        assert sentence in out
    code, out = till.call(VERIFY, CODE)
    assert code == "9003"
    assert "交易状态未知" in out
    assert rows(till)[-1]["closed"] is None


@pytest.mark.parametrize(("rule", "code"), [("strict", "9003"), ("off", "00")])
def test_the_rule_for_signatures_is_a_setting(
    platform: ScriptedPlatform, make_till: Callable[..., Till], rule: str, code: str
) -> None:
    platform.answer = lambda _: json.dumps({"ret_code": "0000", "biz_content": "{}"}).encode()
    assert make_till(f"[wire]\nverify_reply = {rule}\n").call(REGQUERY, {"id_no": "1"})[0] == code


def test_a_refusal_from_before_any_key_is_known_is_unsigned_by_nature(
    platform: ScriptedPlatform, make_till: Callable[..., Till]
) -> None:
    platform.answer = lambda _: reply()
    till = make_till()
    assert till.call(REGQUERY, {"id_no": "1"})[0] == "00"
    for code, returned in (("1008", "1008"), ("3001", "9003")):
        platform.answer = lambda _, code=code: json.dumps({"ret_code": code, "ret_msg": "拒绝"}).encode()
        assert till.call(REGQUERY, {"id_no": "1"})[0] == returned


def test_an_unsigned_refusal_still_says_why(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    platform.answer = lambda _: json.dumps({"ret_code": "1008", "ret_msg": "应用不存在"}).encode()
    assert "1008 应用不存在" in make_till("[wire]\nverify_reply = strict\n").call(REGQUERY, {"id_no": "1"})[1]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "9004"),
        (b"<html>login</html>", "9008"),
        (b'{"biz_content":"{}"}', "9008"),
        (b'{"ret_code":"","biz_content":"{}"}', "9008"),
        (b'{"ret_code":"0000","enc_type":"SM4","biz_content":"ABCD"}', "9007"),
    ],
)
def test_an_unreadable_answer_to_a_writing_call_stays_in_doubt(
    platform: ScriptedPlatform, make_till: Callable[..., Till], body: bytes, code: str
) -> None:
    platform.answer = lambda _: body
    till = make_till()
    got, out = till.call(VERIFY, CODE)
    assert got == code
    assert "交易状态未知" in out
    (row,) = rows(till)
    assert (row["closed"], row["code"]) == (None, code)
    got, out = till.call(REGQUERY, {"id_no": "1"})
    assert got == code
    assert "交易状态未知" not in out


@pytest.mark.slow
def test_a_platform_that_is_not_there_leaves_nothing_in_doubt(make_till: Callable[..., Till]) -> None:
    till = make_till()
    till.url = "http://127.0.0.1:9/gateway.do"
    code, out = till.call(VERIFY, CODE)
    assert code == "8004"
    assert "交易状态未知" not in out
    (row,) = rows(till)
    assert row["closed"] is not None


def test_voucher_calls_pass_as_they_are(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    platform.answer = lambda _: '{"code":0,"message":"成功","data":{"ecToken":"T"}}'.encode()
    till = make_till()
    in_data = '{"transType":"ec.query","orgId":"35020319001","data":{"orgId":"35020319001"}}'
    assert till.raw(in_data) == ("00", '{"code":0,"message":"成功","data":{"ecToken":"T"}}')
    assert platform.requests == [in_data.encode()]
    boundary = till.boundary
    code, out = boundary.nation_ec_trans(till.url.encode(), in_data.encode())
    assert (code, out.decode("gb18030")) == ("0000", '{"code":0,"message":"成功","data":{"ecToken":"T"}}')
    platform.answer = lambda _: b'{"code":-2,"message":"cancel"}'
    assert till.raw(in_data)[0] == "9998"
    code, out = boundary.nation_ec_trans(till.url.encode(), in_data.encode())
    assert (code, out) == ("9998", b'{"code":-2,"message":"cancel"}')


def test_a_voucher_query_is_recorded_too(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    holder = {"userName": "张三", "idNo": "350299198503120012", "ecToken": "T", "insuOrg": "350200"}
    platform.answer = lambda _: json.dumps({"code": 0, "data": holder}).encode()
    till = make_till()
    biz = {"out_verify_no": "20260101000009", "ehealth_code": "A" * 28, "IsMultiCode": "0", "ECUrl": till.url}
    assert till.call(VERIFY, biz)[0] == "00"
    (row,) = rows(till)
    assert (row["method"], row["serial"], row["code"]) == ("ec.query", "20260101000009", "00")
    assert row["closed"] is not None
    platform.answer = lambda _: b""
    code, _ = till.call(VERIFY, biz)
    assert code == "9004"
    row = rows(till)[-1]
    assert (row["code"], row["closed"]) == ("9004", None)
    till.url = biz["ECUrl"]
    assert till.raw('{"transType":"ec.query","orgId":"1"}')[0] == "9004"
    assert rows(till)[-1]["method"] == "transType"
