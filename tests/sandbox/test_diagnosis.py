"""A failed signature: the log and the control namespace say which rule the caller followed, and show nobody's data."""

from __future__ import annotations

import hashlib
import json

import pytest
import requests

from tests.sandbox.conftest import as_text, in_clear, registration
from tests.sandbox.independent import His, encrypt
from vcchk.sandbox.seed import DEMO

METHOD = "ehc.ehealthcard.querywithreg"


def message(text_of, *, digest="sm3", biz=None, key=DEMO.key, charset="utf-8", upper=True, enc_type="Plain"):
    """Sign with a rule of one's own: ``text_of`` takes the sorted fields and the key."""
    clear = json.dumps(biz or registration(DEMO.people[0]), ensure_ascii=False)
    fields = {"app_id": DEMO.app_id, "method": METHOD, "term_id": DEMO.term_id, "version": "X.M.0.1",
              "timestamp": "20260101080000", "sign_type": "MD5" if digest == "md5" else "SM3", "enc_type": enc_type,
              "biz_content": clear}  # fmt: skip
    text = text_of(sorted(fields.items()), key)
    sign = hashlib.new(digest, text.encode(charset)).hexdigest()
    return {**fields, "biz_content": encrypt(enc_type, key, clear), "sign": sign.upper() if upper else sign}


def joined(fields):
    return "&".join(f"{n}={v}" for n, v in fields)


CASES = [
    ("密钥后缀 &key=K", lambda f, k: joined(f) + "&key=" + k, {}),
    ("密钥后缀 K", lambda f, k: joined(f) + k, {"digest": "md5"}),
    ("密钥后缀 &app_secret=K", lambda f, k: joined(f) + "&app_secret=" + k, {}),
    ("签名文本编码 gbk", lambda f, k: joined(f) + "key=" + k, {"charset": "gbk"}),
    ("签名十六进制的大小写", lambda f, k: joined(f) + "key=" + k, {"upper": False}),
    ("摘要算法 SHA-256", lambda f, k: joined(f) + "key=" + k, {"digest": "sha256"}),
    ("密钥属于另一个应用", lambda f, k: joined(f) + "key=" + DEMO.limited_key, {}),
    ("密钥写成了小写", lambda f, k: joined(f) + "key=" + k.lower(), {}),
    ("不含 biz_content", lambda f, k: joined([p for p in f if p[0] != "biz_content"]) + "key=" + k, {}),
    (
        "biz_content 去掉空格后的文本",
        lambda f, k: joined(
            [(n, json.dumps(json.loads(v), ensure_ascii=False, separators=(",", ":")) if n == "biz_content" else v)
             for n, v in f]
        ) + "key=" + k,
        {},
    ),
    ("没有一种已知规则", lambda f, k: "something else" + k, {}),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "text_of", "how"), CASES, ids=[c[0] for c in CASES])
def test_the_rule_that_was_followed_is_named(his, control, log, expected, text_of, how):
    log.clear()
    response = his.post(message(text_of, **how))
    assert response.json()["ret_code"] == "9003"
    diagnosis = control.last()["diagnosis"]
    assert expected in " ".join(diagnosis)
    assert diagnosis[0].startswith("待签文本（规则 xiamen")
    assert "app_id=" in diagnosis[0]
    assert diagnosis[0].endswith("key=***")
    assert expected in " ".join(log)
    assert in_clear(" ".join(diagnosis)) == []
    assert in_clear(" ".join(log)) == []


def test_where_the_texts_part_is_shown(his, control):
    his.post(message(lambda f, k: joined(f) + "&key=" + k))
    parting = control.last()["diagnosis"][-1]
    assert "个字符起不同" in parting
    assert "key=***…" in parting
    assert "&key=**" in parting


def test_the_ciphertext_signed(his, control):
    clear = json.dumps(registration(DEMO.people[0]), ensure_ascii=False)
    sealed = encrypt("SM4", DEMO.key, clear)
    one = message(lambda f, k: "", enc_type="SM4")
    fields = sorted({**one, "biz_content": sealed}.items())
    text = joined([p for p in fields if p[0] != "sign"]) + "key=" + DEMO.key
    his.post({**one, "biz_content": sealed, "sign": hashlib.new("sm3", text.encode()).hexdigest().upper()})
    assert "签名内容 cipher" in " ".join(control.last()["diagnosis"])


def test_a_message_of_another_profile_is_recognised(his, control, server):
    from vcchk.wire import codec
    from vcchk.wire.families import BUILTIN

    fields = {"app_id": DEMO.app_id, "method": METHOD, "term_id": DEMO.term_id, "version": "X.M.0.1",
              "timestamp": "20260101080000", "sign_type": "MD5", "enc_type": "Plain"}  # fmt: skip
    text = json.dumps(registration(DEMO.people[0]), ensure_ascii=False)
    body = codec.seal_request(BUILTIN["vendor"], fields, text, DEMO.key).body
    assert his.post(body).json()["ret_code"] == "9003"
    diagnosis = " ".join(control.last()["diagnosis"])
    assert "规则 vendor" in diagnosis or "密钥后缀 &key=K" in diagnosis


def test_no_signature_at_all(his, control):
    one = message(lambda f, k: "")
    del one["sign"]
    his.post(one)
    assert "没有 sign" in " ".join(control.last()["diagnosis"])


def test_nothing_personal_in_log_and_calls(server, control, his, log):
    log.clear()
    for person in DEMO.people:
        his.call(
            METHOD,
            registration(
                person, address="示例市演示区测试路1号", card_list=[{"card_type": "01", "card_no": "D6351280"}]
            ),
        )
    wrong = His(server.gateway_url, DEMO.app_id, DEMO.limited_key, DEMO.term_id)
    wrong.post(wrong.envelope(METHOD, registration(DEMO.people[0]), enc_type="Plain"))
    wrong.post(wrong.envelope(METHOD, registration(DEMO.people[0])))
    his.post(as_text(registration(DEMO.people[0])).encode())
    seen = control("traffic")["calls"]
    assert len(seen) == len(DEMO.people) + 3
    assert in_clear(as_text(seen)) == []
    assert in_clear("\n".join(log)) == []
    assert len(log) >= len(seen)


def test_what_a_caller_puts_into_the_wrong_field_steers_no_terminal_and_is_no_secret(server, log):
    envelope = {"app_id": DEMO.app_id, "term_id": DEMO.key, "method": "x\u2028\x1b[2J\n2026 #1", "version": "none",
                "sign_type": "\x1b[31mSM3"}  # fmt: skip
    requests.post(server.gateway_url, data=json.dumps(envelope).encode(), timeout=60)
    requests.post(server.gateway_url, data=json.dumps({**envelope, "app_id": "none"}).encode(), timeout=60)
    lines = log[-2:]
    assert all("ret=1003" in line and line.isprintable() for line in lines)
    assert DEMO.key not in "".join(lines)
