"""The contract of the C boundary that needs no platform: every bad call gets a code and a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vcchk.boundary.abi import Boundary
from vcchk.records import log
from vcchk.settings import parse_settings
from vcchk.transaction.sequence import Transactions

CAPACITY = 2048
NOBODY = b"http://127.0.0.1:9/ehcService/gateway.do"
"""Port 9 (discard) has no listener here: connections are refused at once."""


def make(tmp_path: Path, ini: str = "") -> Boundary:
    given_settings = parse_settings(f"[log]\nfolder = {tmp_path}\n{ini}")
    return Boundary(Transactions(given_settings, log.Log(given_settings)))


@pytest.fixture
def boundary(tmp_path: Path) -> Boundary:
    return make(tmp_path)


def trans(boundary: Boundary, in_data: bytes | None, url: bytes | None = NOBODY, encoding: str = "gb18030"):
    code, data = boundary.virtual_card_trans(url, in_data)
    assert 0 < len(data) < CAPACITY
    assert b"\0" not in data
    return code, data.decode(encoding)


def request(**changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "app_id": "TESTAPP0000000000000000000000001",
        "biz_content": {"ehealth_code": "00" * 32 + ":1", "out_verify_no": "1"},
        "enc_type": "SM4",
        "key": "TESTKEY0123456789ABCDEF012345678",
        "method": "ehc.ehealthcode.verify",
        "sign_type": "SM3",
        "term_id": "35020010001",
        "timestamp": "20180516000058",
        "version": "X.M.0.1",
    }
    made.update(changes)
    return {name: value for name, value in made.items() if value is not None}


def dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("gbk")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("in_data", "code", "part"),
    [
        (None, "9001", "InData 是空指针[9001]"),
        (b"", "9001", "InData "),
        (b"{", "9001", "不是合法的 JSON"),
        (b"[1]", "9001", "InData 应为 JSON 对象"),
        (b"null", "9001", "InData 应为 JSON 对象"),
        (b'{"method":"ehc.x","key":"k","biz_content":"{bad"}', "9001", "biz_content 不是合法的 JSON"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "9001", "嵌套超过 64 层"),
        (b"[" * 1_000_000, "9001", "嵌套超过 64 层"),
        (b"\xff\xfe{}", "9001", "不是合法的 JSON"),
        (dump(request(method=None)), "1004", "接口名称不为空"),
        (dump(request(method="")), "1004", "接口名称不为空"),
        (dump(request(key=None)), "9002", "[wire] key"),
        (dump(request(enc_type="RC4")), "1006", "未知加密类型"),
        (dump(request(enc_type="MD5")), "1006", "未知加密类型"),
        (dump(request(sign_type="CRC32")), "1007", "未知签名类型"),
        (dump(request()), "8004", "[8004]"),
        (dump(request(sign="CALLERSOWN", key=None, enc_type="Plain")), "8004", "[8004]"),
        (dump(request(method="ehc.some.future.method")), "8004", "[8004]"),
        (dump(request(app_id=None, term_id=None)), "8004", "[8004]"),
    ],
)
def test_a_code_and_a_sentence(boundary: Boundary, in_data: bytes | None, code: str, part: str) -> None:
    got, sentence = trans(boundary, in_data)
    assert got == code
    assert part in sentence
    assert sentence.endswith(f"[{code}]")


@pytest.mark.parametrize("url", [None, b"", b"   ", b"ftp://x/", b"gateway.do", b"http://", b"http://127.0.0.1:99999/"])
def test_bad_urls(boundary: Boundary, url: bytes | None) -> None:
    code, sentence = trans(boundary, dump(request()), url)
    assert (code, sentence[-6:]) == ("9001", "[9001]")


def test_the_reply_is_in_the_encoding_that_the_host_speaks(boundary: Boundary) -> None:
    biz = {"user_name": "张三", "out_verify_no": "1"}
    for encoding in ("gbk", "utf-8", "gbk"):
        part = json.dumps(request(biz_content=biz, method=""), ensure_ascii=False).encode(encoding)
        assert trans(boundary, part, encoding=encoding)[1] == "接口名称不为空，请求缺少 method[1004]"
        # A request of ASCII alone is answered in the encoding that was shown last.
        assert trans(boundary, b"[]", encoding=encoding)[1] == "InData 应为 JSON 对象（以 { 开头）[9001]"


def test_a_fixed_encoding(tmp_path: Path) -> None:
    boundary = make(tmp_path, "[abi]\nencoding = utf-8\n")
    assert trans(boundary, b"[]", encoding="utf-8")[1].startswith("InData 应为")


def test_a_long_sentence_is_cut_between_characters_and_keeps_its_code(tmp_path: Path) -> None:
    boundary = make(tmp_path, "[abi]\nout_capacity = 64\n")
    code, data = boundary.virtual_card_trans(NOBODY, dump(request(key=None)))
    assert code == "9002"
    assert 58 <= len(data) <= 63
    assert data.decode("gb18030").endswith("[9002]")


def test_strict_refuses_what_is_else_a_warning(tmp_path: Path) -> None:
    code, sentence = trans(make(tmp_path, "[abi]\nstrict = yes\n"), dump(request()))
    assert code == "9001"
    assert "treatment_code" in sentence  # required by both documents, missing here


@pytest.mark.slow
def test_half_a_character_is_sent_and_logged(boundary: Boundary, tmp_path: Path) -> None:
    part = dump(request(biz_content={"address": "测试路"})).replace("测试路".encode("gbk"), "测试路".encode("gbk")[:5])
    assert trans(boundary, part)[0] == "8004"
    assert "截断了半个汉字" in "".join(path.read_text("utf-8") for path in (tmp_path / "log").glob("*.log"))
    code, sentence = trans(make(tmp_path, "[abi]\nstrict = yes\n"), part)
    assert code == "9001"
    assert "截断了半个汉字" in sentence


@pytest.mark.slow
def test_the_ini_may_hold_the_key(tmp_path: Path) -> None:
    boundary = make(tmp_path, "[wire]\nkey = TESTKEY0123456789ABCDEF012345678\n")
    assert trans(boundary, dump(request(key=None)))[0] == "8004"


def test_a_bad_profile_is_reported_at_every_call_and_stops_nothing_else(tmp_path: Path) -> None:
    boundary = make(tmp_path, "[wire]\nprofile = atlantis\n")
    for _ in range(2):
        code, sentence = trans(boundary, dump(request()))
        assert code == "9002"
        assert "atlantis" in sentence


def test_the_int_functions_tell_the_truth_without_devices(boundary: Boundary) -> None:
    assert boundary.set_qrflow_mode(1) == 9005
    assert boundary.set_qrflow_mode(0) == 9005
    assert boundary.set_qrflow_mode(7) == 9001
    assert boundary.ehealth_id_print(b"id", b"1", "张三".encode("gbk")) == 9005
    assert boundary.ehealth_id_print(None, b"1", b"n") == 9001
    number, sentence = boundary.set_ec_qrcode()
    assert number != 0
    assert 0 < len(sentence) < 256


@pytest.mark.slow
@hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["method", "key", "sign", "biz_content", "enc_type", "sign_type", "app_id"]), inner
                )
            ),
            max_leaves=12,
        ).map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")),
    ).filter(lambda data: b"\0" not in data)
)
def test_no_input_gets_past_without_a_failing_code(boundary: Boundary, in_data: bytes) -> None:
    code, data = boundary.virtual_card_trans(NOBODY, in_data)
    assert len(code) == 4
    assert code not in ("0000", "8009")
    assert data.endswith(f"[{code}]".encode())
