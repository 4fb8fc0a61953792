"""Golden vectors of the default profile: MD5/SM3 x Plain/AES/DES/SM4.

vectors.json was computed from the rules in docs/wire.md with the OpenSSL command line (``openssl dgst``, ``openssl
enc``), not with this package; key and app_id are synthetic.
"""

import json
from pathlib import Path

import pytest

from vcchk.crypto import engine
from vcchk.wire import codec, signing
from vcchk.wire.families import BUILTIN

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))["vectors"]
XIAMEN = BUILTIN["xiamen"]


def test_there_are_eight() -> None:
    assert sorted(v["name"] for v in VECTORS) == sorted(
        f"verify-{h}-{c}" for h in ("MD5", "SM3") for c in ("Plain", "AES", "DES", "SM4")
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_seal(vector: dict) -> None:
    sealed = codec.seal_request(XIAMEN, vector["public_fields"], vector["biz_content_plain"], vector["key"])
    assert json.loads(sealed.body) == vector["wire"]
    assert sealed.content_type == "application/json; charset=UTF-8"
    assert sealed.path == ""
    assert vector["key"].encode() not in sealed.body


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_open(vector: dict) -> None:
    body = json.dumps(vector["wire"]).encode()
    opened = codec.open(XIAMEN, body, vector["key"], reply=False)
    assert opened.signature == "held"
    assert opened.biz_text == vector["biz_content_plain"]
    assert opened.fields["app_id"] == vector["public_fields"]["app_id"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_text_to_sign(vector: dict) -> None:
    raw = codec.read(XIAMEN, json.dumps(vector["wire"]).encode(), reply=False)
    signed_text = signing.text(XIAMEN, codec.unsigned(XIAMEN, raw, vector["biz_content_plain"]), "***")
    assert signed_text == vector["canonical"].replace(vector["key"], "***")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_seal_without_openssl(vector: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_ciphers", {name: engine.fallback(name) for name in engine.CIPHERS})
    sealed = codec.seal_request(XIAMEN, vector["public_fields"], vector["biz_content_plain"], vector["key"])
    assert json.loads(sealed.body) == vector["wire"]
