"""What is kept of a call: in clear and masked, as InData, as curl, sent again."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import threading

import pytest
import requests

from tests.package.conftest import Till
from tests.sandbox.conftest import as_text, in_clear, registration, verification
from tests.sandbox.independent import canonical, serial, sign
from vcchk.sandbox import calls
from vcchk.sandbox.calls import Calls
from vcchk.sandbox.clock import Clock
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.seen_call import MAX_BODY_BYTES
from vcchk.testing import ControlError
from vcchk.wire import codec

REGQUERY = "ehc.ehealthcard.regquery"
QUERYWITHREG = "ehc.ehealthcard.querywithreg"
VERIFY = "ehc.ehealthcode.verify"
PERSON = DEMO.people[0]
WHO = {"id_type": "01", "id_no": PERSON.id_no}


# --- masked and in clear ---


def test_in_clear_shows_bytes_texts_and_signatures_but_no_key(his, control):
    sent = his.envelope(REGQUERY, WHO)
    answer = his.post(sent)
    seen = control.last(clear=True)
    assert json.loads(seen["body"]) == sent
    assert seen["reply_body"] == answer.text
    assert (seen["size"], seen["reply_size"], seen["is_cut"]) == (len(answer.request.body), len(answer.content), False)
    assert seen["content_type"] == "application/json; charset=UTF-8"
    assert (seen["path"], seen["reply_type"]) == ("/ehcService/gateway.do", answer.headers["Content-Type"])
    assert json.loads(seen["request"]) == WHO
    assert json.loads(seen["reply"])["user_name"] == PERSON.user_name
    clear = {**sent, "biz_content": as_text(WHO)}
    assert seen["canonical"] == canonical(clear, "***")
    assert seen["sign_expected"] == seen["sign_received"] == sign(clear, DEMO.key)
    reply = {**answer.json(), "biz_content": seen["reply"]}
    assert seen["reply_canonical"] == canonical(reply, "***")
    assert seen["reply_sign"] == reply["sign"]
    assert seen["difference"] is None
    assert DEMO.key not in as_text(seen)


def test_by_default_nobody_is_shown_and_no_bytes(his, control):
    his.call(REGQUERY, WHO, enc_type="Plain")
    seen = control.last()
    assert in_clear(as_text(seen)) == []
    assert not {"body", "canonical", "sign_expected"} & seen.keys()
    assert in_clear(as_text(control("traffic", number=seen["number"], clear=True))) != []


@pytest.mark.parametrize("field", ["key", "app_key", "appSecret"])
@pytest.mark.parametrize("whose", [DEMO.key, "SOMEBODYELSESKEY000000000000001"])
def test_a_key_that_a_caller_sends_by_mistake_is_never_shown(his, control, field, whose):
    his.post({**his.envelope(REGQUERY, {**WHO, field: whose}, enc_type="Plain"), field: whose})
    his.post({**his.envelope(REGQUERY, WHO, app_id="NOSUCHAPP"), field: whose})
    his.post(as_text({field: whose}).encode())
    for seen in control.traffic(clear=True):
        assert whose not in as_text(seen)
        assert "***" in seen["body"]


def test_a_wrong_signature_shows_both_texts_and_where_they_part(his, control):
    fields = his.envelope(REGQUERY, WHO, enc_type="Plain")
    text = canonical(fields, DEMO.key).replace("key=" + DEMO.key, "&key=" + DEMO.key)
    fields["sign"] = hashlib.new("sm3", text.encode()).hexdigest().upper()
    his.post(fields)
    seen = control.last(clear=True)
    assert seen["signature"] == "wrong"
    assert seen["sign_received"] == fields["sign"]
    assert seen["sign_expected"] == sign({n: v for n, v in fields.items() if n != "sign"}, DEMO.key)
    ours = canonical(fields, "***")
    at = seen["difference"]["at"]
    assert ours[: at - 1] == text[: at - 1]
    assert ours[at - 1] != text[at - 1]
    assert seen["difference"]["ours"] in ours
    assert seen["difference"]["theirs"].endswith("&key=***")
    assert seen["canonical"] == ours
    assert DEMO.key not in as_text(seen)


def test_findings_name_field_rule_and_place(his, control):
    biz = {"ehealth_code": "x", "out_verify_no": "1" * 40, "out_verify_time": "yesterday", "ECUrl": "http://127.0.0.1/"}
    his.call(VERIFY, biz, timestamp="soon")
    found = {row["field"]: row for row in control.last()["findings"]}
    assert (found["out_verify_no"]["rule"], found["out_verify_no"]["section"]) == ("length", "B 4.2.1")
    assert (found["out_verify_no"]["document"], found["out_verify_no"]["page"]) == ("B", 21)
    assert found["out_verify_time"]["rule"] == "time"
    assert (found["timestamp"]["section"], found["timestamp"]["page"]) == ("A 3.2、B 3.2", 16)
    assert all(row["sentence"] and row["label"] for row in found.values())
    his.call(VERIFY, biz, version="X" * 99)
    common = next(row for row in control.last()["findings"] if row["field"] == "version")
    assert (common["section"], common["page"], common["document"]) == ("A 4.3、B 4.2.1", 21, "")


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", "测试".encode("gbk"), b"{", b"x" * 300_000])
def test_whatever_came_can_be_shown(his, control, body):
    his.post(body)
    seen = control.last(clear=True)
    assert seen["size"] == len(body)
    assert seen["is_cut"] is (len(body) > MAX_BODY_BYTES)
    assert len(seen["body"]) == min(len(body), MAX_BODY_BYTES) or body.startswith((b"\xff", "测".encode("gbk")))
    assert seen["canonical"] == seen["sign_expected"] == ""
    assert in_clear(as_text(control.last())) == []


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(calls, "MAX_CALLS", 50)
    kept = Calls(Clock())
    for _ in range(120):
        kept.note(body=b"x" * 1000)
    assert [s.number for s in kept.last(1000)] == list(range(71, 121))
    monkeypatch.setattr(calls, "MAX_BYTES", 10_000)
    kept.note(body=b"x" * 1000)
    assert len(kept.last(1000)) == 10
    kept.note(body=b"x" * 500_000)
    assert [len(s.body) for s in kept.last(1000)] == [MAX_BODY_BYTES]
    kept.clear()
    assert kept.last() == []
    kept.note(body=b"x" * 1000)
    assert len(kept.last()) == 1


# --- as InData ---


@pytest.mark.parametrize("enc_type", ["SM4", "AES", "Plain"])
def test_in_data_makes_the_same_call_with_the_real_client(his, control, tmp_path, enc_type):
    biz = registration(PERSON, card_list=[{"card_type": "01", "card_no": "D6351280"}], user_name="陈小明")
    his.call(QUERYWITHREG, biz, enc_type=enc_type)
    first = control.last(clear=True)
    made = control("indata", number=first["number"])
    assert json.loads(made["indata"])["key"] == DEMO.key
    assert made["profile"] == "xiamen"
    returned, _ = Till(tmp_path, control.gateway_url, "").raw(made["indata"])
    assert returned == "3002"  # the same serial number: the platform has seen the very transaction
    again = control.last(clear=True)
    assert json.loads(again["request"]) == json.loads(first["request"])
    same = ("method", "app_id", "term_id", "sign_type", "enc_type", "serial")
    assert {n: again[n] for n in same} == {n: first[n] for n in same}
    assert again["signature"] == "held"


def test_in_data_of_another_profile_names_it(server, control):
    profile = server.sandbox.profiles["sichuan"]
    fields = {"app_id": DEMO.app_id, "method": REGQUERY, "term_id": DEMO.term_id, "version": "X.M.0.1",
              "timestamp": "20260101080000", "sign_type": "SM3", "enc_type": "SM4"}  # fmt: skip
    sealed = codec.seal_request(profile, fields, as_text(WHO), DEMO.key)
    requests.post(f"{server.base_url}/profiles/sichuan/business.do", data=sealed.body, timeout=60)
    made = control("indata", number=control.last()["number"])
    assert made["profile"] == "sichuan"
    assert json.loads(made["indata"])["method"] == REGQUERY


def test_in_data_of_a_voucher_call_is_its_json(server, control):
    asked = {"orgId": "1", "transType": "ec.query", "data": {"ecQrCode": control.voucher(PERSON.id_no)}}
    url = f"{server.base_url}/localcfc/api/hsecfc/localQrCodeQuery"
    requests.post(url, json=asked, timeout=60)
    seen = control.last(clear=True)
    assert json.loads(control("indata", number=seen["number"])["indata"]) == asked
    assert json.loads(seen["body"]) == asked
    assert seen["path"].endswith("localQrCodeQuery")
    with pytest.raises(ControlError, match="只能用一次"):
        control("replay", number=seen["number"])


@pytest.mark.parametrize("order", ["indata", "curl", "replay"])
def test_what_cannot_be_handed_on_is_reported(his, control, order):
    with pytest.raises(ControlError, match="没有这次调用"):
        control(order, number=10**9)
    his.post(b"no message")
    if order == "indata":
        with pytest.raises(ControlError, match="没能读出"):
            control(order, number=control.last()["number"])
    his.call(QUERYWITHREG, registration(PERSON, photo_info="A" * 400_000))
    if order != "indata":
        with pytest.raises(ControlError, match="只保留了开头"):
            control(order, number=control.last()["number"])


# --- as curl ---

BODIES = {
    "plain": b'{"a":"it\'s \\"quoted\\" $HOME `x` !!"}',
    "chinese": '{"user_name":"陈小明"}\n'.encode(),
    "gbk": '{"user_name":"陈小明"}'.encode("gbk"),
    "at": b"@/etc/passwd",
    "bytes": bytes(range(256)),
    "empty": b"",
}


@pytest.mark.parametrize("name", BODIES)
def test_curl_posts_the_very_bytes(server, control, name):
    """The command is run by a shell with Debian's curl; what arrives is read from the socket."""
    requests.post(control.gateway_url, data=BODIES[name], headers={"Content-Type": "application/json"}, timeout=60)
    command = control("curl", number=control.last()["number"])["curl"]
    assert "--data-binary" in command
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def serve() -> None:
            line, _ = listening.accept()
            with line, line.makefile("rb") as reader:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += reader.readline()
                size = next((int(h.split(b":")[1]) for h in head.splitlines() if h.lower().startswith(b"content-l")), 0)
                got.extend((head, reader.read(size)))
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        mine = command.replace(server.base_url, f"http://127.0.0.1:{listening.getsockname()[1]}")
        assert mine != command
        subprocess.run(["sh", "-c", mine], check=True, timeout=60)
        thread.join(10)
    assert got[1] == BODIES[name]
    assert b"POST /ehcService/gateway.do " in got[0]
    assert b"content-type: application/json\r\n" in got[0].lower()


# --- sent again ---


def test_replay_of_a_transaction_is_a_duplicate_by_the_documents(his, control):
    his.call(QUERYWITHREG, registration(PERSON))
    first = control.last(clear=True)
    made = control("replay", number=first["number"])
    assert (made["ret_code"], "3002" in made["note"]) == ("3002", True)
    again = control.last(clear=True)
    assert again["number"] == made["number"]
    assert again["replay_of"] == first["number"]
    assert again["body"] == first["body"]


def test_replay_with_a_new_serial_number_is_done(his, control):
    his.call(QUERYWITHREG, registration(PERSON))
    first = control.last(clear=True)
    made = control("replay", number=first["number"], new_serial=True)
    assert made["ret_code"] == "0000"
    again = control.last(clear=True)
    assert (again["signature"], again["enc_type"]) == ("held", "SM4")
    one, two = json.loads(first["request"]), json.loads(again["request"])
    assert one.pop("out_register_no") != two.pop("out_register_no")
    assert one == two
    assert len(again["serial"]) == 32
    third = control("replay", number=made["number"], new_serial=True)
    assert third["ret_code"] == "0000"


def test_replay_of_what_was_refused_then_can_succeed(his, control):
    control.fault("code", "8005")
    assert his.call(QUERYWITHREG, registration(PERSON)).code == "8005"
    made = control("replay", number=control.last()["number"])
    assert (made["ret_code"], "没有用掉" in made["note"]) == ("0000", True)


@pytest.mark.parametrize("method", [REGQUERY, "ehc.ehealthcard.auth.query"])
def test_a_query_has_no_serial_number_of_its_own(his, control, method):
    his.call(method, {**WHO, "out_authorize_no": "X"})
    number = control.last()["number"]
    assert control("replay", number=number)["ret_code"] == control.last()["ret_code"]
    with pytest.raises(ControlError, match="没有自己的流水号"):
        control("replay", number=number, new_serial=True)


def test_replay_under_other_rules_than_the_default(server, control):
    profile = server.sandbox.profiles["gotool"]
    fields = {"app_id": DEMO.app_id, "method": VERIFY, "term_id": DEMO.term_id, "version": "X.M.0.1",
              "timestamp": "20260101080000", "sign_type": "MD5", "enc_type": "AES"}  # fmt: skip
    biz = as_text(verification(control.code(PERSON.id_no), out_verify_no=serial()))
    sealed = codec.seal_request(profile, fields, biz, DEMO.key)
    requests.post(f"{server.base_url}/profiles/gotool/gateway.do", data=sealed.body, timeout=60)
    number = control.last()["number"]
    assert control("replay", number=number)["ret_code"] == "3002"
    assert control("replay", number=number, new_serial=True)["ret_code"] == "0000"
    assert control.last()["profile"] == "gotool"
