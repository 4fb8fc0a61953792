"""One cut or ambiguous character never garbles the rest: what the HIS says, and what platform and voucher answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.http_peer import ScriptedPlatform
from tests.transaction.conftest import Till
from vcchk.sandbox.seed import DEMO
from vcchk.wire import codec
from vcchk.wire.families import BUILTIN

REGQUERY, VERIFY = "ehc.ehealthcard.regquery", "ehc.ehealthcode.verify"
XIAMEN = BUILTIN["xiamen"]
GBK_INSIDE = XIAMEN.replace(sm4_charset="gbk", charset="gbk")


def reply(biz: dict[str, Any], profile: Any = XIAMEN, **fields: str) -> str:
    whole = {"ret_code": "0000", "ret_msg": "操作成功", "app_id": DEMO.app_id, "sign_type": "SM3", **fields}
    text = json.dumps(biz, ensure_ascii=False, separators=(",", ":"))
    return codec.seal_reply(profile, whole, text, DEMO.key).body.decode()


def in_data(**biz: str) -> str:
    return json.dumps(
        {"app_id": DEMO.app_id, "method": VERIFY, "key": DEMO.key, "sign_type": "SM3", "enc_type": "SM4",
         "biz_content": biz}, ensure_ascii=False
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_cut_character_of_the_his_costs_itself_alone(
    platform: ScriptedPlatform, make_till: Callable[..., Till], encoding: str, lost: int
) -> None:
    if encoding == "gbk" and lost == 2:
        return
    till = make_till()
    data = in_data(user_name="张三", address="福建省厦门市中").encode(encoding)
    cut = data.replace("中".encode(encoding), "中".encode(encoding)[:-lost])
    platform.answer = lambda _: reply({"user_name": "张三"}, method=VERIFY).encode(encoding)
    code, out = till.boundary.virtual_card_trans(till.url.encode(), cut)
    assert (code, out) == ("00", '{"user_name":"张三"}'.encode(encoding))
    sent = codec.open(XIAMEN, platform.requests[0], DEMO.key, reply=False)
    assert sent.biz["user_name"] == "张三"
    assert sent.biz["address"] == "福建省厦门市?"
    name = {"utf-8": "UTF-8", "gbk": "GBK"}[encoding]
    assert f"InData 第 {data.index('中'.encode(encoding)) + 1} 字节起不是有效的 {name} 字符" in till.log_text()


@pytest.mark.parametrize(
    "content_type", ["application/json;charset=GBK", "application/json;charset=ISO-8859-1", "text/x"]
)
@pytest.mark.parametrize(("enc_type", "profile"), [("", XIAMEN), ("SM4", GBK_INSIDE)])
def test_a_gbk_name_that_is_valid_utf_8_too(
    platform: ScriptedPlatform, make_till: Callable[..., Till], content_type: str, enc_type: str, profile: Any
) -> None:
    platform.content_type = content_type
    platform.answer = lambda _: reply({"user_name": "郑伟"}, profile, enc_type=enc_type).encode("gbk")
    till = make_till("[wire]\nprofile = gbk\n[profile:gbk]\ncharset = gbk\n")
    assert till.call(REGQUERY, {"id_no": "1"}) == ("00", '{"user_name":"郑伟"}')
    platform.answer = lambda _: reply({"user_name": "郑伟"}, profile, enc_type=enc_type, ret_msg="ok").encode("gbk")
    assert till.call(REGQUERY, {"id_no": "2"}) == ("00", '{"user_name":"郑伟"}')


@pytest.mark.parametrize(("declared", "text"), [("GBK", "茅"), ("UTF-8", "é")])
def test_what_is_inside_an_envelope_of_ascii_follows_its_declaration(
    platform: ScriptedPlatform, make_till: Callable[..., Till], declared: str, text: str
) -> None:
    """C3A9 is 茅 in GBK and é in UTF-8: nothing but the declaration can tell."""
    profile = GBK_INSIDE if declared == "GBK" else XIAMEN
    body = reply({"user_name": text}, profile, enc_type="SM4", ret_msg="ok").encode("ascii")
    platform.content_type = f"application/json;charset={declared}"
    platform.answer = lambda _: body
    till = make_till("[wire]\nprofile = xiamen\nverify_reply = off\n")
    code, out = till.boundary.virtual_card_trans(till.url.encode(), in_data(user_name="张三").encode())
    assert (code, json.loads(out)["user_name"]) == ("00", text)


def test_utf_8_inside_what_declares_gbk(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    platform.content_type = "application/json;charset=GBK"
    platform.answer = lambda _: reply({"user_name": "张三"}, enc_type="").encode()
    assert make_till().call(REGQUERY, {"id_no": "1"}) == ("00", '{"user_name":"张三"}')


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_cut_character_of_the_platform_costs_itself_alone(
    platform: ScriptedPlatform, make_till: Callable[..., Till], encoding: str
) -> None:
    body = reply({"user_name": "张三", "address": "厦门市中", "z": 1}, enc_type="").encode(encoding)
    broken = body.replace("中".encode(encoding), "中".encode(encoding)[:-1])
    platform.answer = lambda _: broken
    till = make_till()
    code, out = till.call(REGQUERY, {"id_no": "1"})
    assert (code, out) == ("00", '{"user_name":"张三","address":"厦门市?","z":1}')
    assert f"平台应答第 {body.index('中'.encode(encoding)) + 1} 字节起不是有效的" in till.log_text()


def test_the_vouchers_service(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    holder = {"userName": "郑伟", "idNo": "350299198503120012", "ecToken": "T", "insuOrg": "350200"}
    platform.answer = lambda _: json.dumps({"code": 0, "message": "ok", "data": holder}, ensure_ascii=False).encode(
        "gbk"
    )
    till = make_till()
    biz = {"out_verify_no": "1", "ehealth_code": "A" * 28, "IsMultiCode": "0", "ECUrl": till.url}
    code, out = till.call(VERIFY, biz)
    assert code == "00"
    assert json.loads(out)["user_name"] == "郑伟"


def test_half_a_character_that_swallows_an_escape(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    """In GBK a backslash may be a character's second byte: JSON text in a string, cut before its quotation mark."""
    till = make_till()
    platform.answer = lambda _: reply({}, method=VERIFY).encode()
    whole = json.loads(in_data(user_name="张三", address="厦门市中", note="誠"))
    whole["biz_content"] = json.dumps(whole["biz_content"], ensure_ascii=False)
    data = json.dumps(whole, ensure_ascii=False).encode("gbk")
    code, _ = till.boundary.virtual_card_trans(till.url.encode(), data.replace(b"\xd6\xd0", b"\xd6"))
    assert code == "00"
    sent = codec.open(XIAMEN, platform.requests[0], DEMO.key, reply=False)
    assert sent.biz == {"user_name": "张三", "address": "厦门市?", "note": "誠"}
    assert "GBK 字符" in till.log_text()


def test_half_a_character_that_swallows_a_line_end(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    till = make_till()
    platform.answer = lambda _: reply({}, method=VERIFY).encode()
    data = in_data(user_name="张三", address="厦门市中\r\n二号", note="誠\n誠r").encode("gbk")
    code, _ = till.boundary.virtual_card_trans(till.url.encode(), data.replace(b"\xd6\xd0", b"\xd6"))
    assert code == "00"
    sent = codec.open(XIAMEN, platform.requests[0], DEMO.key, reply=False)
    assert sent.biz == {"user_name": "张三", "address": "厦门市?\r\n二号", "note": "誠\n誠r"}
    assert "GBK 字符" in till.log_text()
