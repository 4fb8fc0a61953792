"""InData with transType: to strUrl as it is, the reply to the letter (NationEcTrans), over real HTTP."""

from __future__ import annotations

import json

import pytest

from tests.insurance.people import HOLDER, success
from tests.insurance.service import DROP, QUERY_PATH, Service
from tests.insurance.test_ec_query import SAMPLE
from vcchk.base.result import Result
from vcchk.insurance import service as insurance
from vcchk.network.deadline import Deadline
from vcchk.network.gateway import Gateway
from vcchk.records.log import Log
from vcchk.settings import Settings
from vcchk.specification import kinds

ODD = '{ "transType" : "ec.query",\n "n": 1.0, "orgId":"\\u4e00" }'


def transact(
    service: Service, gateway: Gateway, settings: Settings, log: Log, answer: object, in_data: str = SAMPLE
) -> Result:
    service.answers[QUERY_PATH] = answer
    return insurance.transact(service.query_url, in_data, gateway, settings, Deadline(5), log)


@pytest.mark.parametrize("in_data", [SAMPLE, ODD])
def test_in_data_travels_as_it_is(
    service: Service, gateway: Gateway, settings: Settings, log: Log, in_data: str
) -> None:
    transact(service, gateway, settings, log, success(HOLDER), in_data)
    assert service.bodies(QUERY_PATH) == [in_data.encode()]


def test_success_gives_0000_and_the_reply_to_the_letter(
    service: Service, gateway: Gateway, settings: Settings, log: Log
) -> None:
    reply = '{"code" : 0,\n"data":"{\\"userName\\":\\"测试甲\\"}", "x":1.50}'
    assert transact(service, gateway, settings, log, reply) == Result(code="0000", text=reply)


def test_gbk_reply(service: Service, gateway: Gateway, settings: Settings, log: Log) -> None:
    reply = json.dumps(success(HOLDER), ensure_ascii=False)
    assert transact(service, gateway, settings, log, reply.encode("gbk")).text == reply


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"code": -2, "message": "取消"}, "9998"),
        ({"code": 7, "message": "不行", "data": None}, "9998"),
    ],
)
def test_a_refusal_has_a_code_a_sentence_and_the_reply(
    service: Service, gateway: Gateway, settings: Settings, log: Log, answer: object, code: str
) -> None:
    ended = transact(service, gateway, settings, log, answer)
    assert ended.code == code
    assert ended.message
    assert ended.text == (answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((504, {"code": 504, "msg": "网关超时"}), "8002"),
        ({"code": 504, "msg": "网关超时"}, "9998"),
        ({"code": 0, "msg": "success"}, "9008"),
        ({"message": "成功"}, "9008"),
        ("[]", "9008"),
    ],
)
def test_what_may_be_a_gateways_word_is_in_doubt_and_not_handed_on(
    service: Service, gateway: Gateway, settings: Settings, log: Log, answer: object, code: str
) -> None:
    ended = transact(service, gateway, settings, log, answer)
    assert (ended.code, ended.text, ended.in_doubt) == (code, "", True)
    assert "交易状态未知" in ended.message


@pytest.mark.parametrize("answer", [DROP, b"", (500, b""), "<html></html>"])
def test_without_a_reply_there_is_a_sentence_alone_and_no_second_try(
    service: Service, gateway: Gateway, settings: Settings, log: Log, answer: object
) -> None:
    ended = transact(service, gateway, settings, log, answer)
    assert ended.code not in ("0000", "00", "")
    assert ended.message
    assert ended.text == ""
    assert len(service.asked) == 1


@pytest.mark.slow
def test_nobody_listens(gateway: Gateway, settings: Settings, log: Log, unused_port: int) -> None:
    ended = insurance.transact(f"http://127.0.0.1:{unused_port}/", SAMPLE, gateway, settings, Deadline(5), log)
    assert (ended.code, ended.text) == ("8004", "")


@pytest.mark.parametrize(
    ("envelope", "is_voucher"),
    [
        ({"transType": "ec.query"}, True),
        ({"transType": "ec.query", "method": ""}, True),
        ({"transType": "", "method": "ehc.ehealthcode.verify"}, False),
        ({"transType": "x", "method": "ehc.ehealthcode.verify"}, False),
        ({}, False),
    ],
)
def test_which_in_data_are_voucher_calls(envelope: dict[str, str], is_voucher: bool) -> None:
    assert kinds.is_voucher_call(envelope) is is_voucher


def test_repr_shows_no_reply(service: Service, gateway: Gateway, settings: Settings, log: Log) -> None:
    assert "测试甲" not in repr(transact(service, gateway, settings, log, success(HOLDER)))
