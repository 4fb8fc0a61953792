"""The pass-through between a client and the real sandbox: what it keeps, and what infer makes of it."""

import json
import stat
import threading

import pytest
import requests

from tests.demo_request import demo_request
from tests.faults.badserver import BadServer, replies, response
from tests.faults.certificates import Authority
from tests.wire.candidates import admits
from vcchk.dialects.capture import MAX_BODY, CaptureServer, presentable
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox
from vcchk.wire import codec, message
from vcchk.wire.families import BUILTIN
from vcchk.wire.inference.capture_file import exchanges
from vcchk.wire.inference.infer import infer
from vcchk.wire.inference.inferred import InferenceError

PERSON = DEMO.people[0]


def in_data(enc_type: str) -> str:
    who = {"id_type": "01", "id_no": PERSON.id_no, "user_name": "陈小明"}
    return json.dumps(demo_request("ehc.ehealthcard.regquery", who, enc_type=enc_type), ensure_ascii=False)


@pytest.fixture(scope="module")
def sandbox():
    with Server(Sandbox(default_profile="ehui", write=lambda _line: None)) as running:
        yield running


@pytest.fixture
def start(sandbox, tmp_path):
    made = []

    def start(raw: bool = False, upstream: str = "") -> CaptureServer:
        server = CaptureServer(upstream or sandbox.gateway_url, str(tmp_path / "captured"), raw=raw)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        made.append(server)
        return server

    yield start
    for server in made:
        server.shutdown()
        server.server_close()


def call(url: str, enc_type: str) -> requests.Response:
    parsed = message.parse(in_data(enc_type))
    sealed = codec.seal_request(BUILTIN["ehui"], parsed.fields, parsed.biz_text, parsed.key)
    headers = {"Content-Type": sealed.content_type}
    return requests.post(url, data=sealed.body, headers=headers, timeout=60)


@pytest.mark.parametrize("enc_type", ["SM4", "AES", "DES"])
def test_encrypted_messages_are_kept_and_inferred(start, tmp_path, enc_type: str) -> None:
    server = start()
    reply = call(server.url, enc_type)
    opened = codec.open(BUILTIN["ehui"], reply.content, DEMO.key)
    assert (opened.ret_code, opened.signature) == ("0000", "held")
    assert server.wait(1, 5)
    data = (tmp_path / "captured").read_bytes()
    for secret in (PERSON.id_no, "陈小明", DEMO.key, PERSON.mobile_phone):
        assert secret.encode() not in data
    (kept,) = exchanges(data)
    assert not kept.masked
    assert kept.reply == reply.content
    found = infer(kept, in_data(enc_type))
    assert admits(found, BUILTIN["ehui"])
    assert found.chosen.key_suffix == "&key=K"
    assert any("应答按此规则验签通过" in remark for remark in found.remarks)
    assert any("逐字段一致" in remark for remark in found.remarks)
    assert stat.S_IMODE((tmp_path / "captured").stat().st_mode) == 0o600


def test_clear_messages_are_masked_unless_raw(start, tmp_path) -> None:
    call(start().url, "Plain")
    data = (tmp_path / "captured").read_bytes()
    for secret in (PERSON.id_no, "陈小明", DEMO.key, PERSON.mobile_phone):
        assert secret.encode() not in data
    (kept,) = exchanges(data)
    assert kept.masked
    with pytest.raises(InferenceError, match="--raw"):
        infer(kept, in_data("Plain"))


def test_raw_clear_messages_are_inferred(start, tmp_path) -> None:
    call(start(raw=True).url, "Plain")
    (kept,) = exchanges((tmp_path / "captured").read_bytes())
    found = infer(kept, in_data("Plain"))
    assert admits(found, BUILTIN["ehui"])
    assert DEMO.key.encode() not in (tmp_path / "captured").read_bytes()


def test_several_at_once(start, tmp_path) -> None:
    server = start()
    threads = [threading.Thread(target=call, args=(server.url, "SM4")) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(exchanges((tmp_path / "captured").read_bytes())) == 6


def test_what_is_not_passed_on(start, tmp_path) -> None:
    server = start()
    assert requests.get(server.url, timeout=60).status_code == 405
    assert requests.post(server.url, data=b"{}", headers={"Host": "evil.example"}, timeout=60).status_code == 403
    assert requests.post(server.url, data=b"x" * (MAX_BODY + 1), timeout=60).status_code == 413
    assert not (tmp_path / "captured").exists()


def test_upstream_that_is_down(start, tmp_path) -> None:
    server = start(upstream="http://127.0.0.1:9/ehcService/gateway.do")
    said = []
    server.report = said.append
    assert requests.post(server.url, data=b"{}", timeout=60).status_code == 502
    assert "转发失败（连接不上，或被断开）" in said[0]


BROKEN = {
    "closed": (b"", "连接不上，或被断开"),
    "cut": (response(b"{}" * 50)[:-20], "应答没有传完"),
    "no gzip": (response(b"{}", Content_Encoding="gzip"), "应答没有传完"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_upstream_that_breaks_off(start, name: str) -> None:
    sent, why = BROKEN[name]
    with BadServer(replies(sent)) as upstream:
        server = start(upstream=upstream.url)
        said: list[str] = []
        server.report = said.append
        assert requests.post(server.url, data=b"{}", timeout=60).status_code == 502
    assert said == [f"转发失败（{why}），请检查 --upstream 地址、网络和证书"]


def test_an_upstream_with_a_certificate_of_nobody(start, tmp_path) -> None:
    server_side = Authority(tmp_path).context()
    with BadServer(replies(response(b"{}")), tls=server_side) as upstream:
        server = start(upstream=upstream.url)
        said: list[str] = []
        server.report = said.append
        assert requests.post(server.url, data=b"{}", timeout=60).status_code == 502
    assert said == ["转发失败（证书不受信任，或 TLS 握手不成），请检查 --upstream 地址、网络和证书"]


def test_it_listens_on_loopback_alone(start) -> None:
    assert start().server_address[0] == "127.0.0.1"


def test_bad_upstream(tmp_path) -> None:
    with pytest.raises(ValueError, match="http"):
        CaptureServer("ftp://127.0.0.1/x", str(tmp_path / "c"))


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        ({"enc_type": "SM4", "biz_content": "AB12", "sign": "X"}, False),
        ({"enc_type": "Plain", "biz_content": '{"id_no":"350299198503120012"}'}, True),
        ({"enc_type": "SM4", "biz_content": {"id_no": "350299198503120012"}}, True),
        ({"enc_type": "SM4", "biz_content": '{"id_no":"350299198503120012"}'}, True),
        ({"enc_type": "SM4", "biz_content": "AB12", "id_no": "350299198503120012"}, True),
        ({"ret_code": "9003", "ret_msg": "验签失败"}, False),
        ({"ret_code": "0000", "data": {"mobile_phone": "13900000001"}}, True),
        ({"ret_code": "0000", "id_no": "350299198503120012"}, True),
    ],
)
def test_what_may_be_written(body: dict, hidden: bool) -> None:
    text = json.dumps(body, ensure_ascii=False).encode()
    presented, was = presentable(text, raw=False)
    assert was == hidden
    assert (presented == text) == (not hidden)
    assert b"350299198503120012" not in presented
    assert b"13900000001" not in presented
    assert presentable(text, raw=True) == (text, False)


def test_a_key_on_the_wire_is_never_kept() -> None:
    for raw in (True, False):
        presented, _ = presentable(b'{"key":"SECRETKEY","enc_type":"SM4","biz_content":"AB"}', raw=raw)
        assert b"SECRETKEY" not in presented


def test_an_answer_that_cannot_be_kept_still_goes_back(start, tmp_path) -> None:
    server = start()
    said: list[str] = []
    server.report = said.append
    server.path = str(tmp_path / "no such folder" / "captured")
    reply = call(server.url, "SM4")
    assert codec.open(BUILTIN["ehui"], reply.content, DEMO.key).ret_code == "0000"
    assert server.exchanges == 0
    assert "没有记下来" in said[0]
