"""From a reply alone: a signed refusal and the key name the family and its rule; two that fit are said to."""

from __future__ import annotations

import json

import pytest

from tests.wire.test_families import VECTORS, profile_of, request_of
from vcchk.wire import codec
from vcchk.wire.families import BUILTIN
from vcchk.wire.inference.from_reply import infer_reply
from vcchk.wire.inference.inferred import InferenceError

REFUSAL = {"ret_code": "9003", "ret_msg": "验签失败", "app_id": "A" * 20, "method": "m", "timestamp": "20260101080000"}
KEY = "TESTKEY0123456789ABCDEF012345678"


def refusal(name: str, **changes: str) -> bytes:
    profile = BUILTIN[name].replace(**changes)
    types = {"sign_type": "SHA256" if name == "gotool" else "SM3", "enc_type": "SM4"}
    return codec.seal_reply(profile, REFUSAL | types, "", KEY).body


@pytest.mark.parametrize("name", ["xiamen", "vendor", "payment", "gateway", "ehui", "gotool", "sichuan"])
def test_a_signed_refusal_names_the_rule(name: str) -> None:
    found = infer_reply(refusal(name), KEY)
    wanted = BUILTIN[name]
    for key in ("key_suffix", "charset", "hash_case", "sign_names", "names", "reply_names"):
        assert getattr(found.chosen, key) == getattr(wanted, key), key
    assert KEY not in str(found)


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_its_chinese_text_tells_the_charset(charset: str) -> None:
    assert infer_reply(refusal("xiamen", charset=charset), KEY).chosen.charset == charset


def test_a_refusal_signed_with_null_is_reported_as_one() -> None:
    body = codec.seal_reply(BUILTIN["xiamen"], REFUSAL | {"sign_type": "MD5"}, "", "null").body
    found = infer_reply(body, KEY)
    assert found.chosen.key_suffix == "key=K"
    assert any("文本 null" in remark for remark in found.remarks)


def test_what_stays_open_is_said() -> None:
    found = infer_reply(refusal("xiamen"), KEY)
    assert set(found.undetermined()["biz_signed"]) == {"as_is", "canonical"}


def test_two_families_that_fit_are_said() -> None:
    assert any("也符合 ehui" in remark for remark in infer_reply(refusal("payment"), KEY).remarks)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"a":1}', b'{"ret_code":"9003","ret_msg":"x"}'])
def test_nothing_to_learn_is_said_plainly(body: bytes) -> None:
    with pytest.raises(InferenceError):
        infer_reply(body, KEY)


def test_a_wrong_key_fits_nothing() -> None:
    with pytest.raises(InferenceError, match="请核对密钥"):
        infer_reply(refusal("xiamen"), "L" * 32)


@pytest.mark.parametrize(
    "vector",
    [v for v in VECTORS if v["direction"] == "reply" and "canonical" in v and "sm2" not in v],
    ids=lambda v: v["name"],
)
def test_the_golden_replies_are_recognised(vector: dict) -> None:
    found = infer_reply(json.dumps(vector["wire"]).encode(), vector["key"], request_of(vector))
    wanted = profile_of(vector)
    assert any(rule["key_suffix"] == wanted.key_suffix for rule in found.groups["signature"])
    assert any(rule["charset"] == wanted.charset for rule in found.groups["signature"])
