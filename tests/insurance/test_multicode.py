"""One scan for every kind of code: each branch over real HTTP against its transcript, then chapter 4.2 field by field.

After a wanted change: ``VCCHK_WRITE_TRANSCRIPTS=1 python -m pytest tests/insurance/test_multicode.py``, and read the
difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.insurance.conftest import logged
from tests.insurance.people import CITIZEN, HEALTH_CODE, HOLDER, VOUCHER, success
from tests.insurance.scenarios import BRANCHES, NOT_ASKED, Branch, Played, ok, play
from tests.insurance.service import PLATFORM_PATH, QUERY_PATH, Service
from vcchk import specification
from vcchk.base.errors import ConnectError, LocalProtocolError, RequestError
from vcchk.base.result import Result
from vcchk.insurance import multicode
from vcchk.network.deadline import Deadline
from vcchk.network.gateway import Gateway
from vcchk.records.log import Log
from vcchk.settings import Settings
from vcchk.specification import kinds

TRANSCRIPTS = Path(__file__).parent / "transcripts"
VERIFY = specification.METHODS["ehc.ehealthcode.verify"]
REQUEST_FIELDS, ANSWER_FIELDS = VERIFY.request("B"), VERIFY.response("B")


@pytest.mark.parametrize("name", BRANCHES)
def test_branch(name: str, service: Service, gateway: Gateway, settings: Settings, log: Log, state: Path) -> None:
    branch = BRANCHES[name]
    played = play(branch, service, gateway, settings, log)
    assert (played.code, played.voucher) == (branch.returns, branch.voucher)
    for path, answer in ((PLATFORM_PATH, branch.platform), (QUERY_PATH, branch.ec)):
        assert len(service.bodies(path)) == (0 if answer is NOT_ASKED else 1)
    said = logged(state)
    assert not any(secret in said for secret in (VOUCHER, HEALTH_CODE, CITIZEN["id_no"], CITIZEN["user_name"]))
    kept = TRANSCRIPTS / f"{name}.txt"
    if os.environ.get("VCCHK_WRITE_TRANSCRIPTS"):
        kept.write_text(played.transcript, "utf-8")
    assert played.transcript == kept.read_text("utf-8")


def test_every_transcript_belongs_to_a_branch() -> None:
    assert {path.stem for path in TRANSCRIPTS.glob("*.txt")} == set(BRANCHES)


# --- chapter 4.2, field by field


def merged(service: Service, gateway: Gateway, settings: Settings, log: Log, **citizen: object) -> dict[str, Any]:
    branch = Branch("", VOUCHER, ok(**{**CITIZEN, **citizen}), success(HOLDER), "00", VOUCHER)
    played: Played = play(branch, service, gateway, settings, log)
    assert played.code == "00", played.text
    answer: dict[str, Any] = json.loads(played.text)
    return answer


def test_answer_has_every_field_of_4_2_2_in_its_order(
    service: Service, gateway: Gateway, settings: Settings, log: Log
) -> None:
    answer = merged(service, gateway, settings, log)
    documented = [field.name for field in ANSWER_FIELDS]
    assert list(multicode.ANSWER_FIELDS) == documented
    # card_no has no place beside card_type A2: see the next test.
    assert [name for name in answer if name in documented] == [name for name in documented if name != "card_no"]
    for field in ANSWER_FIELDS:
        assert isinstance(answer.get(field.name, ""), str)
        assert len(answer.get(field.name, "")) <= (field.length or 10**9)


@pytest.mark.parametrize("field", [f.name for f in ANSWER_FIELDS])
def test_where_each_field_of_4_2_2_comes_from(
    service: Service, gateway: Gateway, settings: Settings, log: Log, field: str
) -> None:
    voucher_alone = {"card_type": "A2", "ecToken": HOLDER["ecToken"], "insuOrg": "350200", "EcQrCode": VOUCHER}
    answer = merged(service, gateway, settings, log)
    if field == "card_no":
        assert "card_no" not in answer
        assert answer["card_list"] == [{"card_type": "01", "card_no": "D000001"}]
    else:
        assert answer[field] == voucher_alone.get(field, CITIZEN.get(field))


@pytest.mark.parametrize("field", [f.name for f in REQUEST_FIELDS if f.name != "ECUrl"])
def test_each_field_of_4_2_1_reaches_the_platform(
    service: Service, gateway: Gateway, settings: Settings, log: Log, field: str
) -> None:
    branch = Branch("", HEALTH_CODE, ok(**CITIZEN), NOT_ASKED, "00", "", {field: "77", "IsMultiCode": "1"})
    play(branch, service, gateway, settings, log)
    sent = json.loads(service.bodies(PLATFORM_PATH)[0])["biz_content"]
    assert sent[field] == ("1" if field == "IsMultiCode" else "77")
    assert sent["ECUrl"] == service.query_url


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("orgId", "orgId"),
        ("businessType", "businessType"),
        ("officeId", "officeId"),
        ("officeName", "officeName"),
        ("operator_id", "operatorId"),
        ("operator_name", "operatorName"),
    ],
)
def test_each_field_of_4_2_1_that_ecurl_takes(
    service: Service, gateway: Gateway, settings: Settings, log: Log, ours: str, theirs: str
) -> None:
    branch = Branch("", VOUCHER, NOT_ASKED, success(HOLDER), "00", VOUCHER, {"IsMultiCode": "0", ours: "值7"})
    play(branch, service, gateway, settings, log)
    sent = json.loads(service.bodies(QUERY_PATH)[0])
    assert sent["data"][theirs] == "值7"
    assert sent["orgId"] == ("值7" if ours == "orgId" else "35020319001")


def test_without_the_platform_the_answer_has_what_the_voucher_knows() -> None:
    answer = multicode.merge({}, {"ecToken": "T", "id_no": "1", "user_name": "甲", "authNo": "A"}, VOUCHER)
    assert list(answer.items()) == [
        ("id_no", "1"),
        ("user_name", "甲"),
        ("card_type", "A2"),
        ("ecToken", "T"),
        ("EcQrCode", VOUCHER),
        ("authNo", "A"),
    ]


def test_the_platforms_numbers_keep_their_digits(
    service: Service, gateway: Gateway, settings: Settings, log: Log
) -> None:
    branch = Branch("", VOUCHER, ok(**CITIZEN), success(HOLDER), "00", VOUCHER)
    service.answers[QUERY_PATH] = success(HOLDER)
    answer = Result(code="00", text='{"balance":10.10,"big":12345678901234567890,"deep":[1e2]}')
    biz = {**branch.request, "ECUrl": service.query_url, "ehealth_code": VOUCHER, "IsMultiCode": "1"}
    verified = multicode.verify(biz, lambda: answer, gateway=gateway, settings=settings, deadline=Deadline(5), log=log)
    assert '"balance":10.10,"big":12345678901234567890,"deep":[1e2]' in verified.text


def test_what_the_platform_answers_for_a_health_code_is_not_touched(
    gateway: Gateway, settings: Settings, log: Log
) -> None:
    text = '{"b":1.0,"a":"","user_name":"甲"}'
    verified = multicode.verify(
        {"ehealth_code": HEALTH_CODE, "ECUrl": "http://127.0.0.1:9/", "IsMultiCode": "1"},
        lambda: Result(code="00", text=text),
        gateway=gateway,
        settings=settings,
        deadline=Deadline(5),
        log=log,
    )
    assert (verified.text, verified.voucher, verified.asked) == (text, "", "platform")


@pytest.mark.parametrize("value", ["1", 1, "01", "", None, "yes"])
def test_only_0_means_not_supported(gateway: Gateway, settings: Settings, log: Log, value: object) -> None:
    verified = multicode.verify(
        {"ehealth_code": HEALTH_CODE, "IsMultiCode": value},
        lambda: Result(code="2001", message="二维码已过期"),
        gateway=gateway,
        settings=settings,
        deadline=Deadline(5),
        log=log,
    )
    assert verified.code == "2001"


@pytest.mark.parametrize("value", ["0", 0, " 0 "])
def test_0_as_text_or_number(gateway: Gateway, settings: Settings, log: Log, value: object) -> None:
    def never() -> Result:
        raise AssertionError("the platform must not be asked")

    with pytest.raises(RequestError) as caught:
        multicode.verify(
            {"ehealth_code": HEALTH_CODE, "IsMultiCode": value},
            never,
            gateway=gateway,
            settings=settings,
            deadline=Deadline(5),
            log=log,
        )
    assert caught.value.code == "2002"
    assert "IsMultiCode" in caught.value.message


@pytest.mark.parametrize("error", [RequestError("9001"), LocalProtocolError("9002")])
def test_a_request_of_the_callers_fault_is_not_carried_to_ecurl(
    service: Service, gateway: Gateway, settings: Settings, log: Log, error: Exception
) -> None:
    def platform() -> Result:
        raise error

    biz = {"ehealth_code": VOUCHER, "ECUrl": service.query_url, "IsMultiCode": "1"}
    with pytest.raises(type(error)):
        multicode.verify(biz, platform, gateway=gateway, settings=settings, deadline=Deadline(5), log=log)
    assert service.asked == []


def test_a_platform_that_used_up_the_time_is_the_one_responsible(
    service: Service, gateway: Gateway, settings: Settings, log: Log
) -> None:
    deadline = Deadline(0.05)

    def platform() -> Result:
        while not deadline.expired:
            pass
        raise ConnectError("8004", cause="slow")

    biz = {"ehealth_code": VOUCHER, "ECUrl": service.query_url, "IsMultiCode": "1"}
    with pytest.raises(ConnectError) as caught:
        multicode.verify(biz, platform, gateway=gateway, settings=settings, deadline=deadline, log=log)
    assert caught.value.cause == "slow"
    assert service.asked == []


def test_which_requests_are_in_document_bs_form() -> None:
    assert kinds.is_multicode({"ECUrl": ""})
    assert kinds.is_multicode({"IsMultiCode": "0"})
    assert not kinds.is_multicode({"ehealth_code": VOUCHER, "out_verify_no": "1"})


@pytest.mark.parametrize(
    ("code", "biz_text", "voucher"),
    [
        (VOUCHER, "{}", VOUCHER),
        (VOUCHER, '{"EcQrCode":"ANOTHER"}', "ANOTHER"),
        (HEALTH_CODE, '{"EcQrCode":""}', ""),
        (HEALTH_CODE, f'{{"EcQrCode":"{VOUCHER}"}}', VOUCHER),
        ("D000001", "no json", ""),
        ("", "[]", ""),
    ],
)
def test_voucher_of_a_verify(code: str, biz_text: str, voucher: str) -> None:
    assert multicode.voucher_of(code, biz_text) == voucher


def test_no_repr_shows_anybody() -> None:
    verified = Result(code="00", text='{"user_name":"测试甲"}', voucher=VOUCHER)
    answer = Result(code="00", text='{"user_name":"测试甲"}')
    assert "测试甲" not in repr(verified) + repr(answer)
    assert VOUCHER not in repr(verified)
