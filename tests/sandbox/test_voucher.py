"""Document B's voucher on the platform's side: verify, ec.query, token check, over real HTTP."""

from __future__ import annotations

import json
import re

import pytest
import requests

from tests.sandbox.conftest import as_text, in_clear, verification
from vcchk.sandbox.seed import DEMO

VERIFY = "ehc.ehealthcode.verify"
PERSON = DEMO.people[0]
QUERY_PATH = "/localcfc/api/hsecfc/localQrCodeQuery"
CHECK_PATH = "/localcfc/api/hsecfc/localEcTokenCheck"


def ec_query(code=None, **more):
    data = {"businessType": "01101", "deviceType": "", "officeId": "32760", "officeName": "消化内科",
            "operatorId": "test001", "operatorName": "管理员", "orgId": DEMO.org_id}  # fmt: skip
    if code:
        data["ecQrCode"] = code
    return {"data": data, "orgId": DEMO.org_id, "transType": "ec.query", **more}


@pytest.fixture
def ask(server):
    def post(body, path=QUERY_PATH, prefix="/hospital"):
        data = body if isinstance(body, bytes) else as_text(body).encode()
        headers = {"Content-Type": "application/json"}
        return requests.post(server.base_url + prefix + path, data=data, headers=headers, timeout=60)

    return post


@pytest.fixture
def code(control):
    made = control("voucher", id_no=PERSON.id_no)["code"]
    assert re.fullmatch(r"[0-9A-Z]{28,32}", made)
    return made


def test_verify_answers_for_a_voucher(his, code):
    reply = his.call(VERIFY, verification(code, IsMultiCode="1", orgId=DEMO.org_id, businessType="01101"))
    assert reply.code == "0000"
    assert {n: reply.biz[n] for n in ("card_type", "EcQrCode", "insuOrg", "user_name", "id_no", "id_type")} == {
        "card_type": "A2", "EcQrCode": code, "insuOrg": "350200", "user_name": PERSON.user_name,
        "id_no": PERSON.id_no, "id_type": "01",
    }  # fmt: skip
    assert len(reply.biz["ecToken"]) <= 64


def test_a_voucher_is_good_once_and_not_for_ever(his, control, code):
    assert his.call(VERIFY, verification(code, IsMultiCode="1")).code == "0000"
    assert his.call(VERIFY, verification(code, IsMultiCode="1")).code == "2001"
    fresh = control("voucher", id_no=PERSON.id_no, seconds=30)["code"]
    control("clock", advance=31)
    assert his.call(VERIFY, verification(fresh, IsMultiCode="1")).code == "2001"
    assert his.call(VERIFY, verification("A1" * 14, IsMultiCode="1")).code == "2002"


@pytest.mark.parametrize("flag", ["0", "", None])
def test_without_multicode_a_voucher_is_no_health_code(his, code, flag):
    assert his.call(VERIFY, verification(code, IsMultiCode=flag)).code == "2002"


def test_the_option_without_token_leaves_the_code_to_ec_query(his, control, ask, code):
    control("options", verify_without_token=True)
    reply = his.call(VERIFY, verification(code, IsMultiCode="1"))
    assert (reply.code, reply.biz) == ("0000", {"card_type": "A2", "EcQrCode": code})
    assert ask(ec_query(code)).json()["data"]["ecToken"]


@pytest.mark.parametrize("prefix", ["", "/hospital", "/a/b"])
def test_ec_query(ask, code, prefix):
    answer = ask(ec_query(code), prefix=prefix).json()
    assert (answer["code"], answer["message"], answer["orgId"]) == (0, "成功", DEMO.org_id)
    data = answer["data"]
    assert set(data) == {"userName", "idNo", "idType", "insuOrg", "ecToken", "ecQrCode", "gender", "birthday",
                         "nationality", "ecIndexNo", "authNo", "extra"}  # fmt: skip
    assert (data["userName"], data["idNo"], data["ecQrCode"]) == (PERSON.user_name, PERSON.id_no, code)


def test_data_as_text_and_gbk(ask, control, code):
    control("options", voucher_data="text", voucher_charset="gbk")
    answer = ask(ec_query(code))
    whole = json.loads(answer.content.decode("gbk"))
    assert isinstance(whole["data"], str)
    assert json.loads(whole["data"])["userName"] == PERSON.user_name
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("utf-8")


def test_a_request_in_gbk(ask, code):
    assert ask(as_text(ec_query(code)).encode("gbk")).json()["code"] == 0


def test_errors_of_ec_query(ask, control, code):
    assert ask(ec_query(code)).json()["code"] == 0
    assert ask(ec_query(code)).json()["code"] == -1003
    assert ask(ec_query("B2" * 14)).json()["code"] == -1001
    late = control("voucher", id_no=PERSON.id_no, seconds=-1)["code"]
    answer = ask(ec_query(late)).json()
    assert (answer["code"], answer["data"]) == (-1002, None)
    assert "过期" in answer["message"]
    for bad in (b"not json", b"[]", ec_query(code, transType="other"), {"transType": "ec.query"}):
        assert ask(bad).json()["code"] == -1004


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"transType": "hos.upload.fee"}, "模拟平台不支持 hos.upload.fee，可用 ec.query"),
        ({"transType": ""}, "缺少 transType"),
        ({"orgId": ""}, "缺少 orgId"),
        ({"data": None}, "缺少 data"),
        ({"transType": "iot.gain.ec.qrcode"}, "缺少 outBizNo"),
        ({"transType": "iot.medical.settle.notify"}, "缺少 outBizNo、medicalSettleState"),
    ],
)
def test_what_is_wrong_is_named(ask, code, changes, sentence):
    answer = ask({**ec_query(code), **changes}).json()
    assert answer["code"] == -1004
    assert sentence in answer["message"]


def test_the_services_own_device_and_what_it_shows(ask, control):
    """As a public caller does it: wake the device for a phone or a face, then tell it what became of the settlement."""
    data = {"operatorId": "1", "operatorName": "甲", "orgId": "35020319001", "officeId": "01", "officeName": "内科",
            "businessType": "01301", "gainWay": "MOBILE", "outBizNo": "20260101080000"}  # fmt: skip
    gain = {"transType": "iot.gain.ec.qrcode", "orgId": "35020319001", "data": data}
    assert ask(gain).json()["code"] == -2
    for way in ("MOBILE", "FACE"):
        code = control("voucher", id_no=PERSON.id_no, present=True)["code"]
        answer = ask({**gain, "data": {**data, "gainWay": way}}).json()
        assert (answer["code"], answer["data"]["idNo"], answer["data"]["ecQrCode"]) == (0, PERSON.id_no, code)
        assert control.last()["method"] == "iot.gain.ec.qrcode"
    for state, expected in (("SUCCESS", 0), ("FAIL", 0), ("DONE", -1004)):
        payload = {"bizType": "register", "medicalSettleState": state, "outBizNo": "20260101080000", "totalFee": "1.00"}
        assert ask({"transType": "iot.medical.settle.notify", "data": payload}).json()["code"] == expected


def test_without_a_code_the_service_reads_the_one_held_before_it(ask, control):
    cancelled = ask(ec_query()).json()
    assert (cancelled["code"], cancelled["message"]) == (-2, "用户取消或等待超时")
    control("voucher", id_no=PERSON.id_no, present=True)
    assert ask(ec_query()).json()["data"]["userName"] == PERSON.user_name
    assert ask(ec_query()).json()["code"] == -2
    control("voucher", id_no=PERSON.id_no, present=True)
    control("voucher", present=False)
    assert ask(ec_query()).json()["code"] == -2


def test_ordered_codes_and_an_empty_reply(ask, control, code):
    control("options", voucher_code=-2)
    assert ask(ec_query(code)).json()["code"] == -2
    control("options", voucher_code=None, voucher_empty=True)
    assert ask(ec_query(code)).content == b""
    control("options", voucher_empty=False)
    assert ask(ec_query(code)).json()["code"] == 0


@pytest.mark.parametrize("is_nested", [True, False])
def test_a_token_proves_an_identity_once(ask, code, is_nested):
    data = ask(ec_query(code)).json()["data"]
    payload = {n: data[n] for n in ("ecToken", "idType", "idNo", "userName")}

    def flag(**changes):
        body = {**payload, **changes}
        return ask({"data": body} if is_nested else body, path=CHECK_PATH).json()["data"]["flag"]

    # numbers: a public caller compares with === 0, and took the text "0" for a valid token
    for changes, expected in (({"ecToken": "f" * 64}, 0), ({}, 1), ({}, 0)):
        found = flag(**changes)
        assert (type(found), found) == (int, expected)


def test_a_token_is_no_proof_for_somebody_else_or_too_late(ask, control):
    def token():
        made = control("voucher", id_no=PERSON.id_no)["code"]
        return ask(ec_query(made)).json()["data"]

    data = token()
    check = {"ecToken": data["ecToken"], "idType": "01", "idNo": DEMO.people[1].id_no, "userName": PERSON.user_name}
    assert ask(check, path=CHECK_PATH).json()["data"]["flag"] == 0
    data = token()
    control("clock", advance=601)
    check = {n: data[n] for n in ("ecToken", "idType", "idNo", "userName")}
    assert ask(check, path=CHECK_PATH).json()["data"]["flag"] == 0
    assert ask({"ecToken": "x"}, path=CHECK_PATH).json()["code"] == -1004


def test_vouchers_leave_no_trace_of_the_person_in_log_and_calls(ask, control, code, log):
    log.clear()
    data = ask(ec_query(code)).json()["data"]
    ask({n: data[n] for n in ("ecToken", "idType", "idNo", "userName")}, path=CHECK_PATH)
    seen = as_text(control("traffic"))
    assert "ec.query" in seen
    for text in (seen, "\n".join(log)):
        assert in_clear(text) == []
        assert code not in text
        assert data["ecToken"] not in text
