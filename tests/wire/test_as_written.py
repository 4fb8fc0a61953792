"""A signature over what was received: objects as the sender's own JSON library wrote them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox
from vcchk.wire import codec, jsontext
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import Profile

XIAMEN = BUILTIN["xiamen"]
KEY = DEMO.key
WRITTEN = [
    r'{"ehealth_authurl":"https:\/\/h.example\/a","user_name":"\u6d4b\u8bd5"}',
    '{"user_name": "测试", "n": 1.50, "card_list": [ {"card_no": "1"} ] }',
    '{ "a" :\t"x" ,\r\n "b": { } }',
    '{"user_name":"测试"}',
]


def message(biz: str, profile: Profile = XIAMEN, **fields: str) -> str:
    """Return a message whose biz_content is an object, signed by MD5 over its own text."""
    members = {"app_id": DEMO.app_id, "sign_type": "MD5", **fields}
    if profile.signed == "text":
        whole = ", ".join(f'"{name}": "{value}"' for name, value in members.items())
        signed = "{" + whole.replace(", ", ",").replace(": ", ":") + f',"biz_content":{biz}}}'
    else:
        canonical = sorted({**members, "biz_content": biz}.items())
        whole = ", ".join(f'"{name}": "{value}"' for name, value in members.items())
        signed = "&".join(f"{name}={value}" for name, value in canonical)
    sign = hashlib.md5((signed + "key=" + KEY).encode()).hexdigest().upper()
    return f'{{ {whole}, "biz_content": {biz}, "sign": "{sign}"}}'


@pytest.mark.parametrize("biz", WRITTEN)
@pytest.mark.parametrize("profile", [XIAMEN, XIAMEN.replace(signed="text")], ids=["clear", "text"])
@pytest.mark.parametrize("wrap", ["%s", '{"data":%s}'])
def test_a_reply(biz: str, profile: Profile, wrap: str) -> None:
    body = (wrap % message(biz, profile, ret_code="0000", ret_msg="ok")).encode()
    opened = codec.open(profile, body, KEY)
    assert opened.signature == "held"
    assert opened.biz == jsontext.parse(biz)[0]
    assert codec.open(profile, body.replace(b'"ok"', b'"no"'), KEY).signature == "wrong"


@pytest.mark.parametrize("biz", WRITTEN)
def test_a_request(biz: str) -> None:
    body = message(biz, method="ehc.ehealthcard.regquery").encode()
    assert codec.open(XIAMEN, body, KEY, reply=False).signature == "held"


def test_the_sandbox_reads_requests_so(tmp_path: Path) -> None:
    biz = json.dumps({"id_type": "01", "id_no": DEMO.people[0].id_no}, indent=1)
    fields = {"method": "ehc.ehealthcard.regquery", "term_id": DEMO.term_id, "version": "X.M.0.1"}
    body = message(biz, timestamp="20260101080000", **fields)
    with Server(Sandbox(str(tmp_path / "p.db"), write=lambda _line: None)) as server:
        answer = requests.post(server.gateway_url, body.encode(), timeout=60).json()
    assert answer["ret_code"] == "0000", answer


@given(
    st.dictionaries(
        st.text(),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)),
    ),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
)
def test_members_as_written(value: dict[str, object], indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    found = jsontext.as_written(f" \ufeff{text}\n")
    assert {name: json.loads(part) for name, part in found.items()} == value
    assert all(part in text for part in found.values())
