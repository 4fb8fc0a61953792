"""The documents' rules, one by one, over real HTTP with an independent signer."""

from __future__ import annotations

import re

import pytest
import requests

from tests.sandbox.conftest import authorisation, registration, verification
from tests.sandbox.independent import His, serial
from vcchk.sandbox.seed import DEMO

QUERYWITHREG = "ehc.ehealthcard.querywithreg"
VERIFY = "ehc.ehealthcode.verify"
ALTERINFO = "ehc.ehealthcard.alterinfo"
ALTERLINK = "ehc.ehealthcard.alterlink"
AUTHURL = "ehc.ehealthcard.authurl"
AUTH_QUERY = "ehc.ehealthcard.auth.query"
REGQUERY = "ehc.ehealthcard.regquery"
CLOSE = "ehc.ehealthcard.close"
PUSH = "ehc.ehealthcard.push"


def who(person):
    return {"id_type": person.id_type, "id_no": person.id_no}


def card_of(his, person):
    return his.call(REGQUERY, who(person)).biz["ehealth_card_id"]


@pytest.mark.parametrize("sign_type", ["MD5", "SM3"])
@pytest.mark.parametrize("enc_type", ["Plain", "AES", "DES", "SM4", None])
def test_every_signature_and_cipher_is_checked_and_used_for_the_reply(his, control, person, sign_type, enc_type):
    reply = his.call(REGQUERY, who(person), sign_type=sign_type, enc_type=enc_type)
    assert (reply.code, reply.biz["user_name"], reply.is_signed) == ("0000", person.user_name, True)
    assert reply.envelope["sign_type"] == sign_type
    assert reply.envelope.get("enc_type") == enc_type
    seen = control.last()
    assert (seen["signature"], seen["sign_type"], seen["enc_type"]) == ("held", sign_type, enc_type or "")


def test_reply_echoes_the_envelope(his, person):
    reply = his.call(REGQUERY, who(person))
    assert {n: reply.envelope[n] for n in ("app_id", "method", "version")} == {
        "app_id": DEMO.app_id,
        "method": REGQUERY,
        "version": "X.M.0.1",
    }
    assert re.fullmatch(r"\d{14}", reply.envelope["timestamp"])
    assert reply.envelope["ret_msg"] == "操作成功"


def test_a_new_person_is_registered_once_and_keeps_the_card(his, newcomer):
    first = his.call(QUERYWITHREG, registration(newcomer))
    again = his.call(QUERYWITHREG, registration(newcomer, user_name="别的名字"))
    assert first.code == again.code == "0000"
    assert list(first.biz)[:7] == [
        "ehealth_card_id", "ehealth_code", "mindex_id", "xman_id", "id_type", "id_no", "user_name",
    ]  # fmt: skip
    assert re.fullmatch(r"[0-9A-F]{64}", first.biz["ehealth_card_id"])
    assert again.biz["ehealth_card_id"] == first.biz["ehealth_card_id"]
    assert again.biz["user_name"] == newcomer.user_name


def test_register_answers_as_querywithreg(his, newcomer):
    made = his.call(
        "ehc.ehealthcard.register", registration(newcomer, card_list=[{"card_type": "05", "card_no": "77"}])
    )
    assert made.code == "0000"
    assert (made.biz["card_type"], made.biz["card_no"]) == ("05", "77")
    assert his.call(REGQUERY, who(newcomer)).biz["ehealth_card_id"] == made.biz["ehealth_card_id"]


def test_document_b_words_and_a_method_without_prefix(his, newcomer):
    biz = registration(newcomer)
    biz["out_trade_no"], biz["out_trade_time"] = biz.pop("out_register_no"), biz.pop("out_register_time")
    made = his.call(QUERYWITHREG, {**biz, "time_expire": "300"})
    assert made.biz["ehealth_code"].split(":")[1] == "0"
    assert his.call("ehealthcode.verify", verification(made.biz["ehealth_code"])).code == "0000"


def test_card_list_is_stored_and_pub_flag_gives_a_code(his, newcomer):
    cards = [{"card_type": "01", "card_no": "D6351289"}, {"card_type": "Z9", "card_no": "88"}]
    made = his.call(QUERYWITHREG, registration(newcomer, card_list=cards, pub_flag="Y"))
    assert made.biz["card_list"] == cards
    assert (made.biz["card_type"], made.biz["card_no"]) == ("01", "D6351289")
    assert 0 < len(made.biz["pub_qrcode"]) <= 128
    plain = his.call(QUERYWITHREG, registration(newcomer, pub_flag="N"))
    assert plain.biz["card_list"] == cards
    assert "pub_qrcode" not in plain.biz


@pytest.mark.parametrize(
    ("more", "flag"),
    [
        ({}, "1"),
        ({"generate_type": "static"}, "1"),
        ({"generate_type": "static", "time_expire": "300"}, "1"),
        ({"generate_type": "dynamic", "time_expire": "300"}, "0"),
        ({"generate_type": "dynamic", "time_expire": 300}, "0"),
        ({"time_expire": "12000"}, "0"),
        ({"time_expire": ""}, "1"),
        ({"time_expire": None}, "1"),
    ],
)
def test_static_or_dynamic(his, person, more, flag):
    code = his.call(QUERYWITHREG, registration(person, **more)).biz["ehealth_code"]
    assert code.split(":")[1] == flag
    assert len(code.split(":")) == 5
    assert len(code) <= 128
    assert bool(code.split(":")[2]) is (flag == "0")
    assert his.call(VERIFY, verification(code)).code == "0000"


def test_verify_tells_who_it_is(his, person):
    code = his.call(REGQUERY, who(person)).biz["ehealth_code"]
    reply = his.call(VERIFY, verification(code))
    assert reply.code == "0000"
    details = {
        n: reply.biz[n] for n in ("id_type", "id_no", "user_name", "user_sex", "mobile_phone", "birthday", "address")
    }
    assert details == {n: getattr(person, n) for n in details}
    assert (reply.biz["card_type"], reply.biz["card_no"]) == person.cards[0]
    prefixed = his.call(VERIFY, verification("85:" + ":".join(code.split(":")[:2])))
    assert prefixed.biz["ehealth_card_id"] == reply.biz["ehealth_card_id"]


def test_a_dynamic_code_expires_after_its_seconds(his, control, person):
    code = his.call(QUERYWITHREG, registration(person, time_expire="300")).biz["ehealth_code"]
    control("clock", advance=299)
    assert his.call(VERIFY, verification(code)).code == "0000"
    control("clock", advance=2)
    late = his.call(VERIFY, verification(code))
    assert (late.code, late.message, late.biz) == ("2001", "电子健康卡二维码已过期", {})


def test_alterlink_adds_and_replaces(his, person):
    card = card_of(his, person)
    change = {"ehealth_card_id": card, "out_alter_time": "20260101080000"}
    added = his.call(
        ALTERLINK, {**change, "from_card_type": "", "from_card_no": "", "to_card_type": "04", "to_card_no": "N1",
                    "out_alter_no": serial()},
    )  # fmt: skip
    assert added.code == "0000"
    assert set(added.biz) == {"ehealth_card_id", "mindex_id", "out_alter_no", "alter_no"}
    old_type, old_no = person.cards[0]
    replaced = his.call(
        ALTERLINK, {**change, "from_card_type": old_type, "from_card_no": old_no, "to_card_type": "01",
                    "to_card_no": "N2", "out.Alter_no": serial()},
    )  # fmt: skip
    assert replaced.code == "0000"
    linked = [(c["card_type"], c["card_no"]) for c in his.call(REGQUERY, who(person)).biz["card_list"]]
    assert linked == [("01", "N2"), person.cards[1], ("04", "N1")]


def test_alterinfo_changes_what_later_replies_show(his, server, person):
    card = card_of(his, person)
    eight = {"user_sex": "2", "mobile_phone": "13900000099", "nation": "02", "birthday": "19850313",
             "address": "新地址9号", "work_unit": "新单位",
             "photo_fomat": "JPGBASE64", "photo_info": "QUJD"}  # fmt: skip
    no = serial()
    altered = his.call(ALTERINFO, {"ehealth_card_id": card, "out_alter_no": no, **eight})
    assert (altered.code, altered.biz["out_alter_no"]) == ("0000", no)
    answered = his.call(VERIFY, verification(f"{card}:1")).biz
    for name in ("user_sex", "mobile_phone", "birthday", "address", "work_unit"):
        assert answered[name] == eight[name]
    four = {"user_sex": "1", "mobile_phone": "", "photo_format": "JPGBASE64", "photo_info": "REVG"}
    assert his.call(ALTERINFO, {"ehealth_card_id": card, "out.Alter_no": serial(), **four}).code == "0000"
    answered = his.call(VERIFY, verification(f"{card}:1")).biz
    assert (answered["user_sex"], answered["mobile_phone"]) == ("1", "13900000099")
    with server.sandbox.store.reading() as db:
        row = db.execute("SELECT nation, photo_info FROM people WHERE id_no = ?", (person.id_no,)).fetchone()
    assert tuple(row) == ("02", "REVG")


def test_a_closed_card_is_refused_until_registered_again(his, person):
    card = card_of(his, person)
    dynamic = his.call(QUERYWITHREG, registration(person, time_expire="300")).biz["ehealth_code"]
    closed = his.call(CLOSE, {"ehealth_card_id": card, "out_close_no": serial(), "out_close_time": "20260101080000"})
    assert (closed.code, closed.biz["ehealth_card_id"]) == ("0000", card)
    assert his.call(VERIFY, verification(f"{card}:1:::35020001001")).code == "2002"
    assert his.call(VERIFY, verification(dynamic)).code == "2002"
    for method, extra in ((CLOSE, "out_close_no"), (PUSH, "out_close_no"), (ALTERINFO, "out_alter_no")):
        assert his.call(method, {"ehealth_card_id": card, extra: serial()}).code == "3001"
    assert his.call(REGQUERY, who(person)).code == "3001"
    again = his.call(QUERYWITHREG, registration(person))
    assert (again.code, again.biz["ehealth_card_id"]) == ("0000", card)
    assert his.call(VERIFY, verification(dynamic)).code == "2002"


@pytest.mark.parametrize("method", [PUSH, AUTHURL, "ehc.ehealthcard."])
def test_push_in_each_of_its_names(his, server, person, method):
    card = card_of(his, person)
    no = serial()
    reply = his.call(method, {"ehealth_card_id": card, "out_close_no": no, "out_close_time": "20260101080000"})
    assert (reply.code, set(reply.biz)) == ("0000", {"mindex_id", "ehealth_card_id"})
    with server.sandbox.store.reading() as db:
        assert db.execute("SELECT count(*) FROM pushes WHERE out_close_no = ?", (no,)).fetchone()[0] == 1


def test_push_method_is_an_option(his, control, person):
    biz = {"ehealth_card_id": card_of(his, person), "out_close_no": serial()}
    control("options", push_method="ehc.ehealthcard.msgpush")
    assert his.call(PUSH, biz).code == "1005"
    assert his.call("ehc.ehealthcard.msgpush", biz).code == "0000"


def test_authorisation_from_url_to_succ(his, control, person):
    biz = authorisation()
    url = his.call(AUTHURL, biz).biz["ehealth_authurl"]
    assert len(url) <= 128
    query = {"out_authorize_no": biz["out_authorize_no"]}
    assert his.call(AUTH_QUERY, query).biz == {"auth_status": "ing"}
    page = requests.get(url, timeout=60)
    assert "确认授权" in page.text
    assert person.id_no not in page.text
    card = re.search(r'<option value="([0-9A-F]{64})">', page.text)
    assert card
    done = requests.post(url + "/approve", data={"card_id": card[1]}, timeout=60)
    assert "授权成功" in done.text
    reply = his.call(AUTH_QUERY, query)
    assert next(iter(reply.biz)) == "auth_status"
    assert (reply.biz["auth_status"], reply.biz["user_name"]) == ("succ", person.user_name)
    assert reply.biz["card_list"] == [{"card_type": kind, "card_no": no} for kind, no in person.cards]
    requests.post(url + "/cancel", timeout=60)
    assert his.call(AUTH_QUERY, query).biz["auth_status"] == "succ"


def test_authorisation_cancelled_and_expired(his, control):
    cancelled, expired, failed = authorisation(), authorisation(), authorisation()
    url = his.call(AUTHURL, cancelled).biz["ehealth_authurl"]
    assert "已取消" in requests.post(url + "/cancel", timeout=60).text
    assert his.call(AUTH_QUERY, cancelled).biz == {"auth_status": "cancel"}
    his.call(AUTHURL, failed)
    control("approve", out_authorize_no=failed["out_authorize_no"], decision="fail")
    assert his.call(AUTH_QUERY, failed).biz == {"auth_status": "fail"}
    url = his.call(AUTHURL, expired).biz["ehealth_authurl"]
    control("clock", advance=59)
    assert his.call(AUTH_QUERY, expired).biz == {"auth_status": "ing"}
    control("clock", advance=2)
    assert his.call(AUTH_QUERY, expired).biz == {"auth_status": "fail"}
    assert "已过期" in requests.get(url, timeout=60).text
    requests.post(url + "/approve", timeout=60)
    assert his.call(AUTH_QUERY, expired).biz == {"auth_status": "fail"}


def test_approve_by_control_for_a_chosen_person(his, control):
    biz, chosen = authorisation(), DEMO.people[1]
    his.call(AUTHURL, biz)
    answer = control("approve", out_authorize_no=biz["out_authorize_no"], id_no=chosen.id_no)
    assert answer["auth_status"] == "succ"
    assert his.call(AUTH_QUERY, biz).biz["user_name"] == chosen.user_name


def test_another_application_cannot_see_an_authorisation(his, server):
    biz = authorisation()
    his.call(AUTHURL, biz)
    other = His(server.gateway_url, DEMO.limited_app_id, DEMO.limited_key, DEMO.limited_term_id)
    assert other.call(AUTH_QUERY, {"out_authorize_no": biz["out_authorize_no"]}).code == "3001"


def test_uses_are_recorded_with_their_scene(his, server, control, person):
    his.call(VERIFY, verification(card_of(his, person) + ":1"))
    biz = authorisation()
    his.call(AUTHURL, biz)
    control("approve", out_authorize_no=biz["out_authorize_no"])
    with server.sandbox.store.reading() as db:
        rows = [tuple(r) for r in db.execute(
            "SELECT way, operator_id, operator_name, treatment_code, office_code, ip_addr, term_id FROM uses"
        )]  # fmt: skip
    assert rows == [
        ("scan", "9527", "管理员", "010101", "0300", "192.0.2.7", DEMO.term_id),
        ("authorise", "9527", "管理员", "010105", "0400", "192.0.2.8", DEMO.term_id),
    ]
    page = requests.get(server.base_url + "/console/statistics", timeout=60).text
    for label in ("010101 挂号", "010105 收费", "0300 内科", "主扫授权", "9527", "192.0.2.7"):
        assert label in page


def test_findings_are_reported_and_refuse_nothing(his, control, person):
    code = card_of(his, person) + ":1"
    reply = his.call(VERIFY, verification(code, out_verify_time="2026-01-01", treatment_code="010105"))
    assert reply.code == "0000"
    findings = {found["field"]: found for found in control.last()["findings"]}
    time = findings["out_verify_time"]
    assert (time["rule"], time["document"], time["section"], time["page"]) == ("time", "A", "A 4.3", None)
    assert "不是 yyyyMMddHHmmss" in time["sentence"]
    assert "静态码" in findings["ehealth_code"]["sentence"]
    assert control.last()["ret_code"] == "0000"
