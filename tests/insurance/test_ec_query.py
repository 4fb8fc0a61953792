"""The ec.query exchange: the request to the letter, every form of reply, every way to fail, over real HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.insurance.conftest import logged
from tests.insurance.people import HOLDER, REQUEST, VOUCHER, success
from tests.insurance.service import DROP, QUERY_PATH, Service
from vcchk.base.errors import ConnectError, ExchangeError, ReplyError, RequestError, VcchkError
from vcchk.insurance import service as insurance
from vcchk.network.deadline import Deadline
from vcchk.network.gateway import Gateway
from vcchk.records.log import Log
from vcchk.settings import Settings, parse_settings

# What public callers of NationECCode.dll send; the demo values are theirs.
SAMPLE = (
    '{"data":{"businessType":"01101","deviceType":"","officeId":"32760","officeName":"消化内科","operatorId":"test001",'
    '"operatorName":"管理员","orgId":"35020319001"},"orgId":"35020319001","transType":"ec.query"}'
)


def ask(service: Service, gateway: Gateway, settings: Settings, log: Log, **biz: object) -> dict[str, str]:
    biz_content = {**REQUEST, "ECUrl": service.query_url, **biz}
    return dict(insurance.ask(biz_content, VOUCHER, gateway, settings, Deadline(5), log).fields)


def failing(service: Service, gateway: Gateway, settings: Settings, log: Log, answer: object) -> VcchkError:
    service.answers[QUERY_PATH] = answer
    with pytest.raises(VcchkError) as caught:
        ask(service, gateway, settings, log)
    assert len(service.asked) == 1, "a query is never sent twice"
    assert not any(part in str(caught.value) for part in (VOUCHER, HOLDER["idNo"], HOLDER["userName"]))
    return caught.value


# --- the request


def test_request_without_a_known_code_is_the_public_sample_to_the_letter() -> None:
    assert insurance.request(REQUEST, "", parse_settings("").insurance) == SAMPLE


def test_request_with_a_code_adds_one_field() -> None:
    made = json.loads(insurance.request(REQUEST, VOUCHER, parse_settings("").insurance))
    assert made["data"].pop("ecQrCode") == VOUCHER
    assert made == json.loads(SAMPLE)


def test_kiosks_device_type_and_the_codes_field_are_settings() -> None:
    kiosk = parse_settings("[insurance]\ndevice_type = SelfService\ncode_field = qrCode\n").insurance
    data = json.loads(insurance.request(REQUEST, VOUCHER, kiosk))["data"]
    assert data["deviceType"] == "SelfService"
    assert data["qrCode"] == VOUCHER
    without = parse_settings("[insurance]\ncode_field = none\n").insurance
    assert insurance.request(REQUEST, VOUCHER, without) == SAMPLE


def test_missing_and_numeric_fields_do_not_stop_a_query() -> None:
    made = json.loads(insurance.request({"orgId": 7, "officeName": None}, "", parse_settings("").insurance))
    assert made["orgId"] == made["data"]["orgId"] == "7"
    assert made["data"]["officeName"] == made["data"]["operatorId"] == ""


def test_what_arrives_is_utf_8_json_by_post(service: Service, gateway: Gateway, settings: Settings, log: Log) -> None:
    service.answers[QUERY_PATH] = success(HOLDER)
    ask(service, gateway, settings, log)
    assert service.bodies(QUERY_PATH)[0].decode() == insurance.request(REQUEST, VOUCHER, settings.insurance)
    assert service.heads[0]["Content-Type"] == "application/json; charset=UTF-8"


# --- the reply


EXPECTED = {
    "id_type": "01",
    "id_no": "350200199001010000",
    "user_name": "测试甲",
    "user_sex": "1",
    "birthday": "1990-01-01",
    "ecToken": HOLDER["ecToken"],
    "insuOrg": "350200",
    "EcQrCode": VOUCHER,
    "nationality": "CHN",
    "ecIndexNo": "IX0001",
    "authNo": "AU0001",
}


@pytest.mark.parametrize("data", [HOLDER, json.dumps(HOLDER, ensure_ascii=False), json.dumps(HOLDER)])
def test_data_as_object_and_as_json_text(
    service: Service, gateway: Gateway, settings: Settings, log: Log, data: object
) -> None:
    service.answers[QUERY_PATH] = success(data)
    assert ask(service, gateway, settings, log) == EXPECTED


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8", "application/json;charset=UTF-8"),
        ("utf-8", "text/plain"),
        ("utf-8-sig", "application/json"),
        ("gbk", "text/html;charset=GBK"),
        ("gbk", "application/json"),
        ("gbk", "application/json;charset=UTF-8"),
    ],
)
def test_utf_8_and_gbk_whatever_the_header_says(
    service: Service, gateway: Gateway, settings: Settings, log: Log, encoding: str, content_type: str
) -> None:
    service.content_type = content_type
    service.answers[QUERY_PATH] = json.dumps(success(HOLDER), ensure_ascii=False).encode(encoding)
    assert ask(service, gateway, settings, log) == EXPECTED


def test_gbk_that_is_also_valid_utf_8(service: Service, gateway: Gateway, settings: Settings, log: Log) -> None:
    body = {"code": 0, "data": {**HOLDER, "userName": "联通"}}
    service.content_type = "application/json"
    service.answers[QUERY_PATH] = json.dumps(body, ensure_ascii=False).encode("gbk")
    assert ask(service, gateway, settings, log)["user_name"] == "联通"


def test_a_fixed_encoding_that_does_not_fit_is_9008(service: Service, gateway: Gateway, log: Log) -> None:
    service.answers[QUERY_PATH] = json.dumps(success(HOLDER), ensure_ascii=False).encode("gbk")
    fixed = parse_settings("[insurance]\nencoding = utf-8\n")
    with pytest.raises(ReplyError) as caught:
        ask(service, gateway, fixed, log)
    assert caught.value.code == "9008"
    assert "[insurance] encoding" in caught.value.message


def test_code_as_text_is_success_too(service: Service, gateway: Gateway, settings: Settings, log: Log) -> None:
    service.answers[QUERY_PATH] = {**success(HOLDER), "code": "0"}
    assert ask(service, gateway, settings, log) == EXPECTED


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ({"code": -2, "message": "用户取消"}, "9998", "取消或超时"),
        ({"code": "-2"}, "9998", "取消或超时"),
        ({"code": -103, "message": "凭证码已过期"}, "9998", "凭证码已过期（-103）"),
        ({"code": 1}, "9998", "没有说明原因（1）"),
        ({"code": "0000", "message": "?", "data": HOLDER}, "9998", "（0000）"),
        ({"code": False, "data": HOLDER}, "9008", "缺少 code"),
        ({"code": None, "data": HOLDER}, "9008", "缺少 code"),
        ({"message": "成功", "data": HOLDER}, "9008", "缺少 code"),
        (success(None), "9008", "没有 data"),
        (success([HOLDER]), "9008", "没有 data"),
        (success("not json"), "9008", "无法识别"),
        (success({}), "9008", "ecToken"),
        (success({**HOLDER, "ecToken": ""}), "9008", "ecToken"),
        (success({**HOLDER, "ecToken": None}), "9008", "ecToken"),
        ("[0]", "9008", "无法识别"),
        ("0", "9008", "无法识别"),
        ('{"code":0', "9008", "无法识别"),
        ("[" * 100000, "9008", "无法识别"),
        (b"", "9004", "没有返回内容"),
        (b" \r\n", "9004", "没有返回内容"),
    ],
)
def test_what_is_no_success(
    service: Service, gateway: Gateway, settings: Settings, log: Log, answer: object, code: str, says: str
) -> None:
    error = failing(service, gateway, settings, log, answer)
    assert error.code == code
    assert says in error.message


def test_the_services_own_sentence_is_limited(service: Service, gateway: Gateway, settings: Settings, log: Log) -> None:
    error = failing(service, gateway, settings, log, {"code": 9, "message": "长" * 5000})
    assert len(error.message) < 200


@pytest.mark.parametrize("status", [400, 404, 500, 502, 503])
def test_http_errors_never_read_as_success(
    service: Service, gateway: Gateway, settings: Settings, log: Log, status: int
) -> None:
    error = failing(service, gateway, settings, log, (status, success(HOLDER)))
    assert error.code in ("8002", "9008")
    assert str(status) in error.message or "交易状态未知" in error.message


def test_a_web_page_is_no_answer(service: Service, gateway: Gateway, settings: Settings, log: Log) -> None:
    assert failing(service, gateway, settings, log, "<html><body>登录</body></html>").code == "9008"


def test_a_broken_connection_after_the_request_is_in_doubt_and_not_sent_again(
    service: Service, gateway: Gateway, settings: Settings, log: Log
) -> None:
    error = failing(service, gateway, settings, log, DROP)
    assert isinstance(error, (ExchangeError, ReplyError))
    assert error.in_doubt
    assert "刷新凭证码" in error.message


@pytest.mark.slow
def test_nobody_listens(gateway: Gateway, settings: Settings, log: Log, unused_port: int) -> None:
    biz = {**REQUEST, "ECUrl": f"http://127.0.0.1:{unused_port}{QUERY_PATH}"}
    with pytest.raises(ConnectError) as caught:
        insurance.ask(biz, VOUCHER, gateway, settings, Deadline(5), log)
    assert caught.value.code == "8004"
    assert caught.value.message.startswith("医保电子凭证：服务 127.0.0.1:")
    assert "拒绝连接，请核对 ECUrl 的地址和端口；无误时请医保服务商确认服务已启动" in caught.value.message
    assert "没有发出" in caught.value.message
    assert "strUrl" not in caught.value.message


@pytest.mark.parametrize("url", ["", None, " "])
def test_without_ecurl(gateway: Gateway, settings: Settings, log: Log, url: str | None) -> None:
    with pytest.raises(RequestError) as caught:
        insurance.ask({**REQUEST, "ECUrl": url}, VOUCHER, gateway, settings, Deadline(5), log)
    assert (caught.value.code, "ECUrl" in caught.value.message) == ("9001", True)


def test_unknown_business_type_is_a_warning_and_no_refusal(
    service: Service, gateway: Gateway, settings: Settings, log: Log, state: Path
) -> None:
    service.answers[QUERY_PATH] = success(HOLDER)
    ask(service, gateway, settings, log, businessType="01101")
    assert "2.9" not in logged(state)
    ask(service, gateway, settings, log, businessType="77777")
    assert "businessType 不在文档B附录2.9中" in logged(state)


def test_nothing_personal_in_log_or_repr(
    service: Service, gateway: Gateway, settings: Settings, log: Log, state: Path
) -> None:
    service.answers[QUERY_PATH] = success(HOLDER)
    biz = {**REQUEST, "ECUrl": service.query_url, "businessType": "?"}
    holder = insurance.ask(biz, VOUCHER, gateway, settings, Deadline(5), log)
    log.info(f"a careless line about {holder.fields['user_name']} and {holder.fields['ecToken']}")
    written = repr(holder) + logged(state)
    assert "a careless line" in written
    for secret in (HOLDER["userName"], HOLDER["idNo"], HOLDER["ecToken"], VOUCHER):
        assert secret not in written


@given(st.text())
def test_reading_never_raises_anything_else(text: str) -> None:
    try:
        holder = insurance.read(text)
    except VcchkError:
        return
    assert holder.fields["ecToken"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_any_code_and_data(value: object) -> None:
    for answer in ({"code": value, "data": HOLDER}, success(value), success({**HOLDER, "ecToken": value})):
        try:
            holder = insurance.read(json.dumps(answer))
        except VcchkError:
            continue
        assert holder.fields["ecToken"]
        assert str(answer["code"]).strip() == "0"
