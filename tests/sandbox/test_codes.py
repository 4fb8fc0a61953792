"""Every return code that the platform can honour, each by a request that a HIS could send (appendix 1)."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tests.deadlines import PATIENCE, until
from tests.sandbox.conftest import registration, verification
from tests.sandbox.independent import His, serial
from vcchk.sandbox.platform import rules
from vcchk.sandbox.resource_locks import Resource, ResourceLocks
from vcchk.sandbox.seed import DEMO

REGQUERY = "ehc.ehealthcard.regquery"
VERIFY = "ehc.ehealthcode.verify"
QUERYWITHREG = "ehc.ehealthcard.querywithreg"
WHO = {"id_type": DEMO.people[0].id_type, "id_no": DEMO.people[0].id_no}

ENVELOPE = [
    ("1001", {"app_id": None}, "应用编号为空"),
    ("1001", {"app_id": ""}, "应用编号为空"),
    ("1002", {"term_id": None}, "终端编号为空"),
    ("1003", {"version": "X.M.9.9"}, "不支持交易版本号"),
    ("1003", {"version": None}, "不支持交易版本号"),
    ("1004", {"method": ""}, "接口名称不为空"),
    ("1005", {"method": "ehc.ehealthcard.nothing"}, "接口名称不合法"),
    ("1006", {"enc_type": "MD5"}, "未知加密类型"),
    ("1007", {"sign_type": "CRC32"}, "未知签名类型"),
    ("1007", {"sign_type": None}, "未知签名类型"),
    ("1008", {"app_id": "NOSUCHAPP00000000000000000000001"}, "应用不存在"),
    ("1009", {"term_id": "35029999999"}, "终端不存在"),
    ("1009", {"term_id": DEMO.limited_term_id}, "终端不存在"),
]


@pytest.mark.parametrize(("code", "changes", "sentence"), ENVELOPE)
def test_envelope_codes(his, control, code, changes, sentence):
    reply = his.call(REGQUERY, WHO, **changes)
    assert (reply.code, reply.message, reply.biz) == (code, sentence, {})
    # Whoever can be known is answered with a signature; the others cannot be.
    assert reply.is_signed is (code not in ("1001", "1007", "1008") and "enc_type" not in changes)
    assert control.last()["ret_code"] == code


def test_1010_application_without_the_method(server, control, his):
    limited = His(server.gateway_url, DEMO.limited_app_id, DEMO.limited_key, DEMO.limited_term_id)
    assert limited.call(REGQUERY, WHO).code == "0000"
    assert limited.call(VERIFY, verification("x")).code == "1010"


def test_2001_expired(his, control):
    code = control("code", id_no=DEMO.people[0].id_no, seconds=-1)["code"]
    assert his.call(VERIFY, verification(code)).code == "2001"


@pytest.mark.parametrize(
    "code",
    ["nonsense", "0" * 64, "0" * 64 + ":1", "a:b", ":1", "0" * 63 + ":1", "7" * 64 + ":0:" + "A" * 32 + "::35020001001",
     "8" * 64 + ":1:::::::", "A1B2C3D4E5F6A1B2C3D4E5F6A1B2"],
)  # fmt: skip
def test_2002_not_a_code_of_ours(his, code):
    assert his.call(VERIFY, verification(code)).code == "2002"


def test_2002_someone_elses_token(his, control):
    mine = control("code", id_no=DEMO.people[0].id_no, seconds=60)["code"].split(":")
    other = control("code", id_no=DEMO.people[1].id_no, seconds=60)["code"].split(":")
    mixed = ":".join([mine[0], "0", other[2], "", mine[4]])
    assert his.call(VERIFY, verification(mixed)).code == "2002"


def test_2003_dynamic_without_seconds(his, person):
    assert his.call(QUERYWITHREG, registration(person, generate_type="dynamic")).code == "2003"


@pytest.mark.parametrize("seconds", ["0", "-5", "abc", "0x10", "1e3", "nan", "9" * 400, 0, -1])
def test_2004_seconds_that_are_no_positive_number(his, person, seconds):
    assert his.call(QUERYWITHREG, registration(person, time_expire=seconds)).code == "2004"
    dynamic = registration(person, generate_type="dynamic", time_expire=seconds)
    assert his.call(QUERYWITHREG, dynamic).code == "2004"


def test_3001_nothing_found(his):
    stranger = {"id_type": "01", "id_no": "350299190001010000"}
    assert his.call(REGQUERY, stranger).code == "3001"
    assert his.call("ehc.ehealthcard.auth.query", {"out_authorize_no": "never"}).code == "3001"
    unknown = {"ehealth_card_id": "0" * 64}
    assert his.call("ehc.ehealthcard.alterinfo", {**unknown, "out_alter_no": serial()}).code == "3001"
    assert his.call("ehc.ehealthcard.close", {**unknown, "out_close_no": serial()}).code == "3001"
    assert his.call("ehc.ehealthcard.push", {**unknown, "out_close_no": serial()}).code == "3001"
    card = his.call(REGQUERY, WHO).biz["ehealth_card_id"]
    link = {"ehealth_card_id": card, "from_card_type": "01", "from_card_no": "none", "to_card_type": "01",
            "to_card_no": "2", "out_alter_no": serial()}  # fmt: skip
    assert his.call("ehc.ehealthcard.alterlink", link).code == "3001"


def test_3002_a_serial_number_used_before(his, person):
    biz = registration(person)
    assert his.call(QUERYWITHREG, biz).code == "0000"
    assert his.call(QUERYWITHREG, biz).code == "3002"
    trade = {**biz, "out_trade_no": biz["out_register_no"]}
    del trade["out_register_no"]
    assert his.call(QUERYWITHREG, trade).code == "3002"


def test_a_refused_transaction_does_not_use_its_serial_number_up(his, person):
    no = serial()
    assert his.call(VERIFY, verification("wrong", out_verify_no=no)).code == "2002"
    card = his.call(REGQUERY, WHO).biz["ehealth_card_id"]
    assert his.call(VERIFY, verification(card + ":1", out_verify_no=no)).code == "0000"


@pytest.fixture
def hold_ends(monkeypatch):
    """Return what ends a transaction that is held (fault ``hold``), however many seconds it was to be."""
    ended = threading.Event()
    monkeypatch.setattr(rules, "time", SimpleNamespace(sleep=lambda seconds: ended.wait(PATIENCE)))
    yield ended
    ended.set()


def test_3003_two_requests_with_one_serial_number_at_one_moment(his, control, server, person, hold_ends):
    control("faults", kind="hold", value=1, method=QUERYWITHREG)
    biz = registration(person)
    message = his.envelope(QUERYWITHREG, biz)
    number = ("serial", DEMO.app_id, "register", biz["out_register_no"])
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(lambda: his.read(his.post(message)).code)
        until(lambda: is_held(server.sandbox.locks, number), "the transaction that is held")
        other = His(server.gateway_url, DEMO.app_id, DEMO.key, DEMO.term_id)
        assert other.read(other.post(message)).code == "3003"
        hold_ends.set()
        assert running.result() == "0000"
    assert his.call(QUERYWITHREG, biz).code == "3002"


def test_3003_happens_without_any_fault_when_many_come_at_once(server, control, monkeypatch):
    """No order of the control namespace: eight tills send the same serial number together."""
    tills = [His(server.gateway_url, DEMO.app_id, DEMO.key, DEMO.term_id) for _ in range(8)]
    message = tills[0].envelope(QUERYWITHREG, registration(DEMO.people[0]))
    refused, locks = threading.Semaphore(0), server.sandbox.locks
    take = locks.take

    @contextmanager
    def taken_for_long(*resources):
        with take(*resources):
            assert all(refused.acquire(timeout=PATIENCE) for _ in tills[1:])  # all others have come, and gone
            yield

    def code(till):
        found = till.read(till.post(message)).code
        if found != "0000":
            refused.release()
        return found

    monkeypatch.setattr(locks, "take", taken_for_long)
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(code, tills)) == ["0000", *["3003"] * 7]
    monkeypatch.setattr(locks, "take", take)
    assert code(tills[0]) == "3002"


def is_held(running: ResourceLocks, resource: Resource) -> bool:
    """Look without taking: whoever takes it for a moment makes the transaction that is waited for answer 3003."""
    return resource in running._exclusive


def test_3003_a_card_that_a_running_transaction_changes(his, control, server, person, hold_ends):
    card = his.call(REGQUERY, WHO).biz["ehealth_card_id"]
    control("faults", kind="hold", value=1, method="ehc.ehealthcard.alterinfo")
    change = {"ehealth_card_id": card, "mobile_phone": "13900000077", "out_alter_no": serial()}
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(his.call, "ehc.ehealthcard.alterinfo", change)
        until(lambda: is_held(server.sandbox.locks, ("card", card)), "the transaction that is held")
        other = His(server.gateway_url, DEMO.app_id, DEMO.key, DEMO.term_id)
        close = {"ehealth_card_id": card, "out_close_no": serial()}
        assert other.call("ehc.ehealthcard.close", close).code == "3003"
        assert other.call(VERIFY, verification(card + ":1")).code == "3003"
        hold_ends.set()
        assert running.result().code == "0000"
    assert his.call(VERIFY, verification(card + ":1")).code == "0000"


@pytest.mark.parametrize(
    ("method", "biz"),
    [
        (REGQUERY, {"id_type": "01"}),
        (REGQUERY, {"id_type": "01", "id_no": {"a": 1}}),
        (REGQUERY, [1, 2]),
        (REGQUERY, '"text"'),
        (REGQUERY, "{not json"),
        (REGQUERY, ""),
        (VERIFY, verification("")),
        (VERIFY, {"ehealth_code": "x"}),
        ("ehc.ehealthcard.alterlink", {"ehealth_card_id": "x", "out_alter_no": "1"}),
        (QUERYWITHREG, registration(DEMO.people[0], id_type="ZZ")),
        (QUERYWITHREG, registration(DEMO.people[0], generate_type="sometimes")),
        (QUERYWITHREG, registration(DEMO.people[0], card_list="[")),
        (QUERYWITHREG, registration(DEMO.people[0], card_list=[{"card_type": "01"}])),
        (QUERYWITHREG, registration(DEMO.people[5], user_name="")),
    ],
)
def test_9001_bad_business_fields(his, method, biz):
    reply = his.call(method, biz, enc_type="Plain")
    assert reply.code == "9001"
    assert reply.message.startswith("请求参数有误")


def test_9003_wrong_or_missing_signature(his, control):
    message = his.envelope(REGQUERY, WHO)
    message["sign"] = "0" * 64
    assert his.read(his.post(message)).code == "9003"
    assert control.last()["signature"] == "wrong"
    del message["sign"]
    assert his.read(his.post(message)).code == "9003"
    assert control.last()["signature"] == "missing"
    changed = his.envelope(REGQUERY, WHO)
    changed["timestamp"] = "20260101080001"
    assert his.read(his.post(changed)).code == "9003"


@pytest.mark.parametrize("enc_type", ["AES", "DES", "SM4"])
def test_9007_what_cannot_be_decrypted(his, enc_type):
    message = his.envelope(REGQUERY, WHO, enc_type=enc_type)
    for damaged in (message["biz_content"][:-2], "zz" * 32, "00" * 32, "AB"):
        assert his.read(his.post({**message, "biz_content": damaged})).code == "9007"


def test_9007_encrypted_with_another_key(server, control):
    wrong = His(server.gateway_url, DEMO.app_id, "ANOTHERKEY0000000000000000000000", DEMO.term_id)
    response = wrong.post(wrong.envelope(REGQUERY, WHO))
    assert response.json()["ret_code"] == "9007"


@pytest.mark.parametrize(
    "body", [b"not json", b"[1]", b'"text"', b"{", b"\xff\xfe\x00", b'{"a":' * 100 + b"1" + b"}" * 100]
)
def test_9008_a_message_that_cannot_be_read(his, body):
    reply = his.read(his.post(body))
    assert (reply.code, reply.is_signed) == ("9008", False)


def test_8003_an_empty_message(his):
    assert his.read(his.post(b"")).code == "8003"


def test_a_code_by_order(his, control):
    control("faults", kind="code", value="8005", count=2)
    assert [his.call(REGQUERY, WHO).code for _ in range(3)] == ["8005", "8005", "0000"]


@pytest.mark.parametrize("size", [1_000_000, 3 << 20])
def test_biz_content_has_no_greatest_length(his, person, size):
    """公共请求参数: 最大长度不限. Sealed it is twice as long."""
    big = registration(person, photo_info="A" * size)
    assert his.call(QUERYWITHREG, big, enc_type="AES").code == "0000"


def test_rare_characters_come_back_as_they_went(his):
    one = DEMO.people[5]
    made = his.call(QUERYWITHREG, registration(one, user_name="吴䶮𠮷·Ān"))
    assert made.biz["user_name"] == one.user_name  # known already: the first name stays
    reply = his.call(REGQUERY, {"id_type": one.id_type, "id_no": one.id_no})
    assert json.dumps(reply.biz["user_name"]) == json.dumps("吴䶮")
