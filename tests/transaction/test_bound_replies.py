"""A reply belongs to its request: another patient's is never handed on, however well it is signed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.http_peer import ScriptedPlatform
from tests.transaction.conftest import DOUBT, Till, open_rows, signed
from vcchk.transaction import binding, channel

REGQUERY, CLOSE, VERIFY = "ehc.ehealthcard.regquery", "ehc.ehealthcard.close", "ehc.ehealthcode.verify"
AUTH_QUERY, REGISTER = "ehc.ehealthcard.auth.query", "ehc.ehealthcard.querywithreg"
A, B = "350299198503120012", "350299199001010015"
MODES = ["", "[wire]\nverify_reply = strict\n", "[wire]\nverify_reply = off\n"]
REFUSED = "应答与请求不符"


def of_a(**fields: str) -> bytes:
    biz = {"id_type": "01", "id_no": A, "user_name": "甲", "ehealth_card_id": "CARD-A"}
    return signed(json.dumps(biz, ensure_ascii=False), **fields)


def moved_clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that sending and comparing see; the test moves them."""
    now = [1000.0]
    for module in (binding, channel):
        monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("ini", MODES)
def test_another_patients_reply_is_not_handed_on(
    platform: ScriptedPlatform, make_till: Callable[..., Till], ini: str
) -> None:
    till = make_till(ini)
    platform.answer = lambda _: of_a(method=REGQUERY)
    assert till.call(REGQUERY, {"id_type": "01", "id_no": A})[0] == "00"
    code, out = till.call(REGQUERY, {"id_type": "01", "id_no": B})
    assert code == "9008"
    assert out.startswith(REFUSED)
    assert A not in out
    assert DOUBT not in out
    code, out = till.call(CLOSE, {"ehealth_card_id": "CARD-A", "out_close_no": "1"})  # of another method
    assert code == "9008"
    assert DOUBT in out
    code, out = till.call(CLOSE, {"ehealth_card_id": "CARD-B", "out_close_no": "2"})
    assert code == "9008"
    assert [row["code"] for row in open_rows(till)] == ["9008", "9008"]
    assert "ehealth_card_id is not the request's" in till.log_text()


def test_a_refusal_to_another_request_refuses_nothing(
    platform: ScriptedPlatform, make_till: Callable[..., Till]
) -> None:
    platform.answer = lambda _: signed('{"out_close_no":"1"}', ret_code="3001", ret_msg="无")
    till = make_till()
    assert till.call(CLOSE, {"ehealth_card_id": "C", "out_close_no": "2"})[0] == "9008"
    assert len(open_rows(till)) == 1


@pytest.mark.parametrize("name", ["app_id", "method"])
def test_an_envelope_that_was_echoed_once_must_be_from_then_on(
    platform: ScriptedPlatform, make_till: Callable[..., Till], name: str
) -> None:
    biz = {"id_type": "01", "id_no": A}
    other, right = {name: "ANOTHER"}, {"method": REGQUERY}
    platform.answer = lambda _: of_a(**other)
    till = make_till()
    assert till.call(REGQUERY, biz)[0] == "00"
    assert f"平台应答的 {name} 与请求不符" in till.log_text()
    assert make_till("[wire]\nbind_reply = strict\n").call(REGQUERY, biz)[0] == "9008"
    platform.answer = lambda _: of_a(**right)
    assert till.call(REGQUERY, biz)[0] == "00"
    platform.answer = lambda _: of_a(**other)
    assert make_till().call(REGQUERY, biz)[0] == "9008"  # another process knows it too
    assert make_till("[wire]\nbind_reply = off\n").call(REGQUERY, biz)[0] == "00"


@pytest.mark.parametrize("fields", [{"timestamp": "20260101080000", "method": VERIFY}, {"method": VERIFY}, {}])
def test_a_recorded_reply_without_an_echo_serves_one_request(
    platform: ScriptedPlatform, make_till: Callable[..., Till], fields: dict[str, str]
) -> None:
    platform.answer = lambda _: of_a(**fields)
    till = make_till()
    assert till.call(VERIFY, {"ehealth_code": "A:1", "out_verify_no": "1"})[0] == "00"
    assert till.call(VERIFY, {"ehealth_code": "A:1", "out_verify_no": "1"})[0] == "00"  # the same, once more
    code, out = till.call(VERIFY, {"ehealth_code": "B:1", "out_verify_no": "2"})
    assert (code, out[: len(REFUSED)]) == ("9008", REFUSED)
    assert DOUBT in out
    assert len(open_rows(till)) == 1


def test_a_platform_without_time_may_answer_the_same_patient_twice(
    platform: ScriptedPlatform, make_till: Callable[..., Till]
) -> None:
    platform.answer = lambda _: of_a(method=VERIFY)
    till = make_till()
    for number in ("1", "2"):
        assert till.call(VERIFY, {"ehealth_code": "A:1", "out_verify_no": number})[0] == "00"
    platform.answer = lambda _: signed('{"auth_status":"wait"}', method=AUTH_QUERY, timestamp="20260101080000")
    for number in ("1", "2"):  # two windows that ask within one second
        assert till.call(AUTH_QUERY, {"out_authorize_no": number})[0] == "00"
    platform.answer = lambda _: signed(method=CLOSE)
    for number in ("1", "2"):
        assert till.call(CLOSE, {"ehealth_card_id": number, "out_close_no": number})[0] == "00"
    assert open_rows(till) == []


def test_two_windows_scan_one_patient_within_a_second(
    platform: ScriptedPlatform, make_till: Callable[..., Till], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = moved_clock(monkeypatch)
    platform.answer = lambda _: of_a(method=VERIFY, timestamp="20260101080000")
    till = make_till()
    for number in ("1", "2"):
        scene = {"operator_id": number, "treatment_code": f"01010{number}", "office_code": f"0{number}00"}
        assert till.call(VERIFY, {"ehealth_code": "A:1", "out_verify_no": number, **scene})[0] == "00"
    now[0] += 3  # by now the platform's time is another: this one is from a proxy's memory
    assert till.call(VERIFY, {"ehealth_code": "A:1", "out_verify_no": "3"})[0] == "9008"


def test_one_of_two_replies_of_a_second_may_be_long_on_the_way(
    platform: ScriptedPlatform, make_till: Callable[..., Till], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = moved_clock(monkeypatch)
    till = make_till()
    seconds_on_the_way = iter((0, 5))

    def answer(_: bytes) -> bytes:
        now[0] += next(seconds_on_the_way)
        return of_a(method=VERIFY, timestamp="20260101080000")

    platform.answer = answer
    for number in "12":
        assert till.call(VERIFY, {"ehealth_code": "A:1", "out_verify_no": number})[0] == "00"


def test_a_till_and_a_kiosk_register_one_person_within_a_second(
    platform: ScriptedPlatform, make_till: Callable[..., Till]
) -> None:
    platform.answer = lambda _: of_a(method=REGISTER, timestamp="20260101080000")
    till = make_till()
    person = {"id_type": "01", "id_no": A, "user_name": "甲"}
    at_the_till = {"apply_method": "3", "certificate_mode": "01", "mobile_phone": "13900001234"}
    at_a_kiosk = {"apply_method": "2", "certificate_mode": "02", "photo_info": "AA==", "address": "某路"}
    for number, rest in enumerate((at_the_till, at_a_kiosk)):
        assert till.call(REGISTER, {**person, **rest, "out_register_no": str(number)})[0] == "00"
    # A card that was to be bound, and a code that was to be another, are not in a reply to somebody who wanted neither.
    for rest in ({"card_list": [{"card_type": "01", "card_no": "9"}]}, {"generate_type": "dynamic"}):
        assert till.call(REGISTER, {**person, **rest, "out_register_no": "3"})[0] == "9008"


def test_a_write_with_its_time_has_a_reply_of_its_own(
    platform: ScriptedPlatform, make_till: Callable[..., Till]
) -> None:
    platform.answer = lambda _: signed(method=CLOSE, timestamp="20260101080000")
    till = make_till()
    assert till.call(CLOSE, {"ehealth_card_id": "1", "out_close_no": "1"})[0] == "00"
    assert till.call(CLOSE, {"ehealth_card_id": "2", "out_close_no": "2"})[0] == "9008"


def test_two_writes_refused_in_one_second_get_the_same_bytes(
    platform: ScriptedPlatform, make_till: Callable[..., Till]
) -> None:
    platform.answer = lambda _: signed(method=CLOSE, timestamp="20260101080000", ret_code="3001", ret_msg="无记录")
    till = make_till()
    for number in "12":
        assert till.call(CLOSE, {"ehealth_card_id": number, "out_close_no": number})[0] == "3001"


@pytest.mark.parametrize(
    ("method", "biz"),
    [(CLOSE, {"ehealth_card_id": "2", "out_close_no": "2"}), (REGQUERY, {"id_type": "01", "id_no": B})],
)
def test_a_refusal_that_comes_again_later_is_from_a_memory(
    platform: ScriptedPlatform,
    make_till: Callable[..., Till],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    biz: dict[str, str],
) -> None:
    now = moved_clock(monkeypatch)
    platform.answer = lambda _: signed(timestamp="20260102080000", ret_code="3001", ret_msg="无记录")
    till = make_till()
    assert till.call(CLOSE, {"ehealth_card_id": "1", "out_close_no": "1"})[0] == "3001"
    now[0] += 3
    assert till.call(method, biz)[0] == "9008"
    assert len(open_rows(till)) == (method == CLOSE)


def test_a_platform_that_sends_the_requests_time_back_may_refuse_alike(
    platform: ScriptedPlatform, make_till: Callable[..., Till], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = moved_clock(monkeypatch)
    platform.answer = lambda _: signed(timestamp="20260101080000", ret_code="3001", ret_msg="无记录")
    till = make_till()
    for number in "12":
        assert till.call(CLOSE, {"ehealth_card_id": number, "out_close_no": number})[0] == "3001"
        now[0] += 3
