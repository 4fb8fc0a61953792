"""What a HIS is handed: plain return codes, no control characters, and JSON where the caller parses JSON."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest

from tests.http_peer import ScriptedPlatform
from tests.transaction.conftest import DOUBT, Till, open_rows, signed
from vcchk.transaction import reply

REGQUERY = "ehc.ehealthcard.regquery"
BIZ = {"id_no": "1"}


@pytest.mark.parametrize(
    ("ret_code", "code"),
    [
        ('"3001"', "3001"),
        ("3001", "3001"),
        ('"E_CARD.x-1"', "E_CARD.x-1"),
        ('"123456789012345"', "123456789012345"),
        ("-1", "-1"),
        ('"%n%n%s"', "9998"),
        ("true", "9998"),
        ("false", "9998"),
        ('"1234567890123456"', "9998"),
        ('"12 34"', "9998"),
        ('"１２３４"', "9998"),
        ('"a+b"', "9998"),
        ('"a\\u001b[2J"', "9998"),
        ('"\\ud800"', "9998"),
        ("0", "9998"),
        ("-0", "9998"),
        ("0.0", "9998"),
        ("1.5", "1.5"),
        ('"000"', "9998"),
        ("null", "9008"),
        ('{"a":1}', "9008"),
    ],
)
def test_a_code_is_short_and_plain(
    platform: ScriptedPlatform, make_till: Callable[..., Till], ret_code: str, code: str
) -> None:
    platform.answer = lambda _: b'{"ret_code":%s,"ret_msg":"x","method":"m"}' % ret_code.encode()
    found, out = make_till().call(REGQUERY, BIZ)
    assert found == code
    assert out.isprintable()
    if code == "9998" and ret_code.isascii() and "\\" not in ret_code:
        assert f"平台返回码 {json.loads(ret_code) if ret_code[0] == chr(34) else ret_code}）" in out


@pytest.mark.parametrize("ret_code", ["0000 ", "\t0000", "0", "００００", "0000a", "1234567890123456"])
def test_a_write_whose_code_says_nothing_is_in_doubt(
    platform: ScriptedPlatform, make_till: Callable[..., Till], ret_code: str
) -> None:
    platform.answer = lambda _: signed(ret_code=ret_code)
    till = make_till()
    code, out = till.call("ehc.ehealthcard.close", {"ehealth_card_id": "C", "out_close_no": "1"})
    assert (code, DOUBT in out, len(open_rows(till))) == ("9998", True, 1)
    platform.answer = lambda _: signed(ret_code="9998", ret_msg="其他")
    code, out = till.call("ehc.ehealthcard.close", {"ehealth_card_id": "C", "out_close_no": "2"})
    assert (code, DOUBT in out, len(open_rows(till))) == ("9998", False, 1)


def test_the_log_server_is_told_of_every_doubt(
    platform: ScriptedPlatform, make_till: Callable[..., Till], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code that says nothing, a gateway's own failure, a fault of ours once the request has left."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(30)
    till = make_till(f"syslog = 127.0.0.1:{server.getsockname()[1]}\n")

    def close_card(number: int) -> tuple[str, str]:
        code, _ = till.call("ehc.ehealthcard.close", {"ehealth_card_id": "C", "out_close_no": f"{number}"})
        return code, server.recv(65536).decode().split()[5]

    with server:
        platform.answer = lambda _: signed(ret_code="3001")
        assert close_card(1) == ("3001", "CALL")
        platform.answer = lambda _: signed(ret_code="0000a")
        assert close_card(2) == ("9998", "DOUBT")
        platform.status = 502
        assert close_card(3)[1] == "DOUBT"
        platform.status = 200
        monkeypatch.setattr(reply.Judge, "result", lambda *_, **__: 1 // 0)
        assert close_card(4) == ("8009", "DOUBT")


CONTROLS = "".join(map(chr, (*range(32), *range(0x7F, 0xA0)))) + "\ud800"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_no_control_character_reaches_out_data(
    platform: ScriptedPlatform, make_till: Callable[..., Till], encoding: str
) -> None:
    till, chinese = make_till(), {**BIZ, "user_name": "张三"}
    platform.answer = lambda _: signed(json.dumps({"user_name": f"甲{CONTROLS}乙"}))
    code, out = till.call(REGQUERY, chinese, encoding)
    assert code == "00"
    assert out.isprintable()
    assert json.loads(out)["user_name"] == f"甲{CONTROLS}乙"
    platform.answer = lambda _: json.dumps({"ret_code": "3001", "ret_msg": f"甲{CONTROLS}乙"}).encode()
    code, out = make_till("[wire]\nverify_reply = off\n").call(REGQUERY, chinese, encoding)
    assert (code, out.isprintable(), out[0]) == ("3001", True, "甲")


def nation(till: Till, in_data: bytes | None, url: str = "") -> tuple[str, dict[str, object]]:
    code, out = till.boundary.nation_ec_trans((url or till.url).encode(), in_data)
    text = out.decode("gb18030")
    assert text.isprintable()
    return code, json.loads(text)


@pytest.mark.slow
def test_the_failures_of_nation_ec_trans_are_json(platform: ScriptedPlatform, make_till: Callable[..., Till]) -> None:
    till = make_till()
    query = b'{"transType":"ec.query","orgId":"1"}'
    code, out = nation(till, query, "http://127.0.0.1:9/")
    assert code == "8004"
    assert out["code"] == -1
    assert out["data"] is None
    assert str(out["message"]).endswith("[8004]")
    assert nation(till, None)[0] == "9001"
    assert nation(till, b" ")[0] == "9001"
    platform.answer = lambda _: b'{"code":504,"msg":"\\"timeout\\""}'
    code, out = nation(till, query)
    assert (code, "交易状态未知" in str(out["message"])) == ("9998", True)
    platform.answer = lambda _: b'{"code":-2,\n\t"message":"cancel"}'
    assert nation(till, query) == ("9998", {"code": -2, "message": "cancel"})
    platform.answer = lambda _: b'{"code":0,\r\n"data":{"ecToken":"T"}}'
    assert nation(till, query) == ("0000", {"code": 0, "data": {"ecToken": "T"}})


@pytest.mark.parametrize("capacity", range(64, 260, 7))
def test_a_failure_object_is_whole_in_any_buffer(make_till: Callable[..., Till], capacity: int) -> None:
    till = make_till(f"[abi]\nnation_capacity = {capacity}\n[gateway]\nconnect_tries = 0\n")
    code, out = nation(till, b"{}", "http://127.0.0.1:9/")
    assert (code, out["code"]) == ("8004", -1)
    assert len(till.boundary.nation_ec_trans(b"http://127.0.0.1:9/", b"{}")[1]) < capacity
