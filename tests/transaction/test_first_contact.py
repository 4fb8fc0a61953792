"""First contact: the rules are found, the limits hold, and nothing is sent again without a proof that it may be."""

from __future__ import annotations

import json
import random
import threading
from types import SimpleNamespace

import pytest

from tests.wire.cities import FAMILIES, City, draw, request_of
from vcchk.base.errors import ExchangeError, LocalProtocolError, ReplyError, VcchkError
from vcchk.network.deadline import Deadline
from vcchk.records.rules_file import RulesFile, all_rules
from vcchk.settings import parse_settings
from vcchk.transaction import first_contact
from vcchk.transaction.calibration import Calibration
from vcchk.transaction.call import PlatformReply
from vcchk.transaction.channel import Channel
from vcchk.wire import codec, message
from vcchk.wire.families import BUILTIN

URL = "http://user:secret@127.0.0.1:9/ehcService/gateway.do?token=secret"


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, text: str, **fields: object) -> None:
        self.lines.append(f"INFO {text} {fields}")

    def warn(self, text: str, **fields: object) -> None:
        self.lines.append(f"WARN {text} {fields}")


class CityChannel(Channel):
    """A channel to a platform in memory; ``post``: what answers a body."""

    def __init__(self, request: message.Message, post) -> None:
        self.url, self.request, self.deadline, self._post = URL, request, Deadline(30.0), post

    def send(self, profile):
        request = self.request
        return self._post(codec.seal_request(profile, request.fields, request.biz_text, request.key).body)

    def read(self, profile, reply):
        raw = codec.read(profile, reply.body, reply=True)
        opened = codec.unseal(profile, raw, self.request.key, request=self.request.fields)
        return PlatformReply(profile=profile, sender="", status=reply.status, raw=raw, opened=opened, asked_at=0.0)


class Window:
    """A program at a hospital's window: one Calibration, and the bodies that it sent."""

    def __init__(self, folder: object, city: City, ini: str = "") -> None:
        settings = parse_settings(ini)
        self.log = Log()
        self.city = city
        self.calibration = Calibration(settings.wire, settings.profiles, str(folder), self.log)
        self.sent: list[bytes] = []
        self.answer = city.answer
        self.status = 200

    def call(self, number: int = 1, key: str = "", **changes: str) -> codec.Opened:
        request = message.parse(json.dumps(request_of(self.city, number) | changes, ensure_ascii=False))

        def post(body):
            self.sent.append(body)
            return SimpleNamespace(status=self.status, body=self.answer(body))

        return self.calibration.exchange(CityChannel(request.replace(key=key or request.key), post)).opened


def card(**changes: object) -> City:
    values = {
        "family": "card", "profile": BUILTIN["xiamen"], "app_id": "TESTAPP0000000000001", "key": "K1" * 16,
        "enc_type": "SM4", "sign_type": "SM3", "refuses_plain": False, "signs_refusals": False,
        "verifies_first": False, "one_code": False,
    }  # fmt: skip
    return City(**values | changes)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_contact, "PAUSE", 0.0)


def test_the_default_is_confirmed_by_its_first_success_with_one_message(tmp_path) -> None:
    window = Window(tmp_path, card())
    assert window.call().ret_code == "0000"
    assert len(window.sent) == 1
    (known,) = all_rules(str(tmp_path))
    assert (known["base"], known["refused"], known["verified"]) == ("xiamen", "0", "1")
    assert "secret" not in str(known)
    assert any("报文规则已确认" in line for line in window.log.lines)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_familys_rules_are_found_and_remembered(tmp_path, family: str) -> None:
    city = draw(random.Random(family), family)
    window = Window(tmp_path, city)
    for number in range(2):
        if window.call(number).ret_code == "0000":
            break
    assert city.done
    sent = len(window.sent)
    # another program of the machine begins where this one ended
    other = Window(tmp_path, city)
    assert other.call(7).ret_code == "0000"
    assert (len(other.sent), len(window.sent)) == (1, sent)


@pytest.mark.slow
def test_limits_hold_and_a_wrong_key_is_reported_as_one(tmp_path) -> None:
    city = card(profile=BUILTIN["vendor"])
    window = Window(tmp_path, city)
    assert window.call(1, key="WRONG" * 6).ret_code in ("9003", "9007")
    assert len(window.sent) == 5
    last = window.call(2, key="WRONG" * 6)
    assert len(window.sent) == 7
    assert "密钥可能有误" in last.ret_msg
    assert "wire probe" in last.ret_msg
    for number in range(3, 9):
        with pytest.raises(LocalProtocolError) as caught:
            window.call(number, key="WRONG" * 6)
        assert "未再发送" in caught.value.message
        assert caught.value.code == last.ret_code
    assert len(window.sent) == 7
    assert not city.is_locked
    # a program that knows nothing of it is held by the same count
    with pytest.raises(LocalProtocolError):
        Window(tmp_path, city).call(9, key="WRONG" * 6)
    # the day's last message is for the corrected key: here it is right and the first candidate wrong
    assert window.call(10).ret_code in ("9003", "9007")
    assert len(window.sent) == 8
    with pytest.raises(LocalProtocolError):
        window.call(11)
    assert "WRONG" not in json.dumps(list(all_rules(str(tmp_path))), ensure_ascii=False)


@pytest.mark.slow
def test_a_corrected_key_works_after_the_limit(tmp_path) -> None:
    city = card()
    window = Window(tmp_path, city)
    for number in range(2):
        window.call(number, key="WRONG" * 6)
    with pytest.raises(LocalProtocolError):
        window.call(3, key="WRONG" * 6)
    assert window.call(4).ret_code == "0000"
    assert (city.bad, window.call(5).ret_code) == (7, "0000")


def test_another_day_begins_anew(tmp_path, monkeypatch) -> None:
    window = Window(tmp_path, card(profile=BUILTIN["vendor"]), "[wire]\ncalibrate_call = 2\ncalibrate_day = 3\n")
    window.call(1, key="W" * 32)
    with pytest.raises(LocalProtocolError):
        window.call(2, key="W" * 32)
    monkeypatch.setattr(first_contact.time, "strftime", lambda form: "20991231"[: len(form)])
    window.call(3, key="W" * 32)
    assert len(window.sent) == 4


def test_a_confirmed_site_never_searches_again(tmp_path) -> None:
    city = card()
    window = Window(tmp_path, city)
    window.call()
    city.profile = BUILTIN["vendor"]
    for number in range(3):
        assert window.call(number + 2).ret_code in ("9003", "9007")
    assert len(window.sent) == 4
    assert any("vcchk wire probe" in line for line in window.log.lines)
    assert next(all_rules(str(tmp_path)))["refused_since"] == "3"


FOREIGN = {
    "only says it": '{"ret_code":"9003","ret_msg":"验签失败"}',
    "gateway's words": '{"code":"9003","msg":"验签失败","data":null}',
    "gateway of everyday words": '{"code":"9003","message":"验签失败","timestamp":"1"}',
    "with business data": '{"ret_code":"9003","ret_msg":"x","app_id":"A","method":"m","biz_content":{"user_name":"x"}}',
    "the platform's own signing failed": '{"ret_code":"9002","ret_msg":"签名失败","app_id":"A","method":"m"}',
    "a sentence about signing": '{"respCode":"0417","respMsg":"医生电子签名不存在","appId":"A","signType":"MD5"}',
    "own signing failed, another sentence": '{"respCode":"9002","respMsg":"验签失败","appId":"A","signType":"MD5"}',
    "a person beside the envelope": '{"ret_code":"9003","ret_msg":"x","app_id":"A","person":{"user_name":"x"}}',
    "unknown error": '{"ret_code":"9999","ret_msg":"未知错误","app_id":"A","method":"m"}',
    "bad request": '{"ret_code":"9001","ret_msg":"请求参数有误","app_id":"A","method":"m"}',
    "application unknown": '{"ret_code":"1008","ret_msg":"应用不存在","app_id":"A","method":"m"}',
    "a page": "<html>9003</html>",
    "nothing": "",
}


@pytest.mark.parametrize("case", FOREIGN)
def test_nothing_is_sent_again_after(tmp_path, case: str) -> None:
    window = Window(tmp_path, card())
    window.answer = lambda _body: FOREIGN[case].encode()
    try:
        assert window.call().ret_code != "0000"
    except VcchkError:
        pass
    assert len(window.sent) == 1
    known = next(all_rules(str(tmp_path)))
    assert (known["refused"], known.get("confirmed", "")) == ("0", "")


SAID = {
    "another family's own code": '{"respCode":"9999","respMsg":"验签失败","appId":"A","signType":"MD5"}',
    "field names of another family": '{"respCode":"1001","respMsg":"应用编号为空"}',
    "a member that nobody knows": '{"ret_code":"9003","ret_msg":"验签失败","timestamp":"1","traceId":"0123456789"}',
    "code as a number": '{"retCode":9003,"retMsg":"验签失败","signType":"MD5","timestamp":"1"}',
}


@pytest.mark.slow
@pytest.mark.parametrize("case", SAID)
def test_a_refusal_in_any_familys_words_is_one(tmp_path, case: str) -> None:
    window = Window(tmp_path, card())
    window.answer = lambda _body: SAID[case].encode()
    window.call()
    assert len(window.sent) == 5


def test_nothing_is_sent_again_after_a_gateways_status(tmp_path) -> None:
    window = Window(tmp_path, card(profile=BUILTIN["vendor"]))
    window.status = 502
    window.call()
    assert len(window.sent) == 1


def test_a_field_that_was_not_sent_is_no_dialect(tmp_path) -> None:
    window = Window(tmp_path, card())
    window.answer = lambda _body: b'{"ret_code":"1002","ret_msg":"x","app_id":"A","method":"m"}'
    window.call(term_id="")
    assert len(window.sent) == 1
    window.call()
    assert len(window.sent) > 2


def test_a_lost_reply_is_not_sent_again_and_not_counted(tmp_path) -> None:
    window = Window(tmp_path, card(profile=BUILTIN["vendor"]))

    def lost(_body: bytes) -> bytes:
        raise ExchangeError("8001", in_doubt=True)

    window.answer = lost
    with pytest.raises(ExchangeError):
        window.call()
    assert len(window.sent) == 1
    assert next(all_rules(str(tmp_path)))["refused"] == "0"


@pytest.mark.slow
def test_a_known_serial_during_a_search_is_in_doubt(tmp_path) -> None:
    city = card(profile=BUILTIN["vendor"].replace(des_encoding="HEX"))
    window = Window(tmp_path, city)

    def answer(body: bytes) -> bytes:
        reply = city.answer(body)
        if city.log[-1] != "0000":
            return reply
        fields = {"ret_code": "3002", "ret_msg": "流水号重复", "app_id": city.app_id, "method": "m"}
        return codec.seal_reply(city.profile, fields | {"sign_type": "SM3", "enc_type": "SM4"}, "", city.key).body

    window.answer = answer
    with pytest.raises(ReplyError) as caught:
        window.call()
    assert (caught.value.code, caught.value.in_doubt) == ("3002", True)
    assert "交易状态未知" in caught.value.message
    assert next(all_rules(str(tmp_path)))["base"]


def test_switched_off_or_pinned_nothing_is_searched(tmp_path) -> None:
    for ini in ("[wire]\ncalibrate = no\n", "[wire]\nprofile = xiamen\n"):
        window = Window(tmp_path, card(profile=BUILTIN["vendor"]), ini)
        for number in range(6):
            assert window.call(number).ret_code == "9007"
        assert len(window.sent) == 6
    assert list(all_rules(str(tmp_path))) == []


def test_a_folder_that_cannot_be_written_means_no_search(tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    window = Window(blocked, card(profile=BUILTIN["vendor"]))
    assert window.call().ret_code == "9007"
    assert len(window.sent) == 1
    assert any("状态文件夹" in line for line in window.log.lines)


def test_programs_that_start_together_share_one_search(tmp_path) -> None:
    city = card(profile=BUILTIN["vendor"])
    windows = [Window(tmp_path, city) for _ in range(6)]
    threads = [threading.Thread(target=w.call, args=(n,)) for n, w in enumerate(windows)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(len(w.sent) for w in windows)[:5] == [1] * 5
    assert len(city.done) == 6
    assert city.bad <= 5


def test_the_callers_own_signature_is_never_made_anew(tmp_path) -> None:
    window = Window(tmp_path, card())
    request = message.parse(json.dumps({**request_of(window.city, 1), "key": "", "biz_content": "", "sign": "AB" * 32}))
    sent = []

    def post(body):
        sent.append(body)
        return SimpleNamespace(status=200, body=b'{"ret_code":"9003","ret_msg":"x","app_id":"A","method":"m"}')

    window.calibration.exchange(CityChannel(request, post))
    assert len(sent) == 1


def test_a_sites_own_settings_hold_while_the_rest_is_found(tmp_path) -> None:
    city = card(profile=BUILTIN["vendor"].replace(key_suffix="&secret=K"))
    window = Window(tmp_path, city, "[profile:auto]\nkey_suffix = &secret=K\n")
    assert window.call().ret_code == "0000"
    assert city.bad <= 2


@pytest.mark.slow
def test_the_key_never_leaves(tmp_path) -> None:
    for number, family in enumerate(FAMILIES):
        city = draw(random.Random(number), family)
        window = Window(tmp_path, city)
        window.call()
        assert not any(city.key.encode() in body for body in window.sent)
        assert not any(city.key in path.read_text("utf-8") for path in (tmp_path / "rules").iterdir())


@pytest.mark.parametrize("rules_of_others", [{"base": "paris"}, {"base": "xiamen", "profile.signed": "later"}])
def test_a_damaged_file_and_one_of_a_later_version_are_no_confirmation(tmp_path, rules_of_others) -> None:
    city = card()
    Window(tmp_path, city).call()
    rules = RulesFile(str(tmp_path), "http://127.0.0.1:9/ehcService/gateway.do", city.app_id)
    rules.save({"confirmed": "1", "refused": "x", **rules_of_others})
    window = Window(tmp_path, city)
    assert window.call().ret_code == "0000"
    assert rules.load()["base"] == "xiamen"
