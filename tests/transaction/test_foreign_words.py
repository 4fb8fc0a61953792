"""A gateway's word never ends a writing call: it is in doubt, whatever it says, and the journal keeps it open."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.http_peer import ScriptedPlatform
from tests.transaction.conftest import DOUBT, Till, open_rows, signed

CLOSE = "ehc.ehealthcard.close"
REGQUERY = "ehc.ehealthcard.regquery"
BIZ = {"ehealth_card_id": "CARD", "out_close_no": "C1"}
MODES = ("", "[wire]\nverify_reply = off\n", "[wire]\nverify_reply = strict\n")
FOREIGN = [
    (504, {"code": 504, "msg": "网关超时"}),
    (502, {"code": 504, "msg": "网关超时"}),
    (500, {"code": 504, "msg": "网关超时"}),
    (200, {"code": 504, "msg": "网关超时"}),
    (404, {"code": 404, "message": "no Route matched with those values"}),
    (200, {"code": "0000", "msg": "success"}),
    (200, {"code": 0, "msg": "success", "data": None}),
    (200, {"code": "0000", "message": "ok", "timestamp": 1, "data": {}}),
    (599, {"ret_code": "0000"}),
    (200, {"ret_code": "0000"}),
    (200, {"ret_code": "0000", "ret_msg": "ok"}),
    (503, {"ret_code": "0000", "ret_msg": "ok", "app_id": "A", "biz_content": "{}"}),
    (200, {"success": True, "code": "0000", "result": None}),
]


@pytest.fixture(params=MODES, ids=["auto", "off", "strict"])
def till(request: pytest.FixtureRequest, make_till: Callable[..., Till]) -> Till:
    return make_till(request.param)


@pytest.mark.parametrize(("status", "body"), FOREIGN, ids=str)
def test_a_foreign_word_leaves_a_writing_call_in_doubt(
    platform: ScriptedPlatform, till: Till, status: int, body: dict[str, Any]
) -> None:
    platform.status, platform.answer = status, lambda _: json.dumps(body).encode()
    code, out = till.call(CLOSE, BIZ)
    assert code not in ("00", "0000")
    assert DOUBT in out
    (row,) = open_rows(till)
    assert (row["method"], row["code"]) == (CLOSE, code)


@pytest.mark.parametrize("status", [200, 400, 500, 504])
def test_a_signed_word_ends_it_whatever_the_status(platform: ScriptedPlatform, till: Till, status: int) -> None:
    platform.status, platform.answer = status, lambda _: signed(ret_code="3002", ret_msg="流水号重复")
    assert till.call(CLOSE, BIZ) == ("3002", "流水号重复[3002]")
    assert open_rows(till) == []


@pytest.mark.parametrize("ini", MODES[:2])
def test_an_unsigned_envelope_ends_it_where_no_platform_signs(
    platform: ScriptedPlatform, make_till: Callable[..., Till], ini: str
) -> None:
    till = make_till(ini)
    for ret_code, code in (("0000", "00"), ("3002", "3002")):
        whole = {"ret_code": ret_code, "ret_msg": "x", "method": CLOSE, "biz_content": "{}"}
        platform.answer = lambda _, whole=whole: json.dumps(whole).encode()
        assert till.call(CLOSE, BIZ)[0] == code
    assert open_rows(till) == []


@pytest.mark.parametrize("ret_code", ["1001", "1006", "1007", "1008", "8003", "9001", "9008"])
def test_an_unsigned_refusal_after_trust_keeps_its_code_and_is_in_doubt(
    platform: ScriptedPlatform, make_till: Callable[..., Till], ret_code: str
) -> None:
    till = make_till()
    platform.answer = lambda _: signed()
    assert till.call(CLOSE, BIZ)[0] == "00"
    whole = {"ret_code": ret_code, "ret_msg": "平台的话", "app_id": "", "method": CLOSE}
    for body in (whole, {"ret_code": ret_code, "ret_msg": "平台的话"}):
        platform.answer = lambda _, body=body: json.dumps(body).encode()
        code, out = till.call(CLOSE, BIZ)
        assert code == ret_code
        assert DOUBT in out
    assert [row["code"] for row in open_rows(till)] == [ret_code] * 2


def test_a_query_may_be_repeated_so_nothing_of_it_is_in_doubt(
    platform: ScriptedPlatform, make_till: Callable[..., Till]
) -> None:
    till = make_till()
    for status, body in FOREIGN:
        platform.status, platform.answer = status, lambda _, body=body: json.dumps(body).encode()
        code, out = till.call(REGQUERY, {"id_no": "1"})
        assert code not in ("00", "0000"), body
        assert DOUBT not in out


def test_the_log_has_what_was_wrong(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    platform.status, platform.answer = 504, lambda _: b'{"code":504,"msg":"upstream timed out"}'
    till = make_till()
    till.call(CLOSE, BIZ)
    assert "HTTP 504" in till.log_text()


@pytest.mark.parametrize(("status", "body"), [(504, {"code": 504, "msg": "网关超时"}), (200, {"code": 0, "msg": "ok"})])
def test_a_gateway_before_the_vouchers_service_leaves_the_query_in_doubt(
    platform: ScriptedPlatform, make_till: Callable[..., Till], status: int, body: dict[str, Any]
) -> None:
    platform.status, platform.answer = status, lambda _: json.dumps(body).encode()
    till = make_till()
    biz = {"out_verify_no": "V1", "ehealth_code": "A" * 28, "IsMultiCode": "0", "ECUrl": till.url}
    code, out = till.call("ehc.ehealthcode.verify", biz)
    assert code not in ("00", "0000")
    assert DOUBT in out
    assert [row["method"] for row in open_rows(till)] == ["ec.query"]
    assert till.raw('{"transType":"ec.query","orgId":"1"}')[0] not in ("00", "0000")
    assert [row["method"] for row in open_rows(till)] == ["ec.query", "transType"]


@pytest.mark.parametrize("body", [b"OK", b"Service is up", b"<status>up</status>"])
def test_what_a_server_said_stands_in_the_log(
    make_till: Callable[..., Till], platform: ScriptedPlatform, body: bytes
) -> None:
    till = make_till("")
    platform.answer = lambda _body: body
    code, _out = till.call("ehc.ehealthcard.regquery", {"id_type": "01", "id_no": "110000190001010018"})
    assert code == "9008"
    said = body.decode().replace("<status>", "").replace("</status>", "")
    assert f": {said})" in till.log_text()
