"""Golden vectors of every family of platforms: requests and replies, made and read by the built-in profiles.

family_vectors.json was computed with the OpenSSL command line (``openssl dgst``, ``enc``, ``pkeyutl``), not with this
package; keys and data are synthetic. Eleven public originals behind the rules were made again bit for bit; the file
names the strength of each rule.
"""

import json
from pathlib import Path

import pytest

from vcchk.crypto import engine
from vcchk.wire import codec, names, signing
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import Profile

VECTORS = json.loads(Path(__file__).with_name("family_vectors.json").read_text("utf-8"))["vectors"]
PROFILE_OF = {"card": "xiamen"}
CHANGES = {"payment-DES-hex": {"des_encoding": "HEX"}, "card-Plain-MD5-gbk": {"charset": "gbk"}}


def profile_of(vector: dict, *, receiving: bool = False) -> Profile:
    """Return the built-in profile that should make the vector, with the site's own secrets."""
    changes = next((c for start, c in CHANGES.items() if vector["name"].startswith(start)), {})
    if "cipher_key" in vector:
        changes = changes | {"cipher_secret": vector["cipher_key"], "path": vector.get("path", "").lstrip("/")}
    if "sm2" in vector:
        keys = {"sm2_private_key": vector["sm2"]["private_hex"], "sm2_public_key": vector["sm2"]["public_hex"]}
        changes = changes | keys
    return BUILTIN[PROFILE_OF.get(vector["family"], vector["family"])].replace(**changes)


def inner(profile: Profile, vector: dict) -> dict[str, str]:
    """Return the vector's public fields by document A's names, as a HIS has them."""
    known = names.from_wire(profile)
    return {known.get(name, name): value for name, value in vector["public_fields"].items()}


def made(profile: Profile, vector: dict) -> dict:
    fields = inner(profile, vector)
    biz = vector["biz_content_plain"]
    if vector["direction"] == "request":
        return json.loads(codec.seal_request(profile, fields, biz, vector["key"]).body)
    fields["ret_code"] = "0000" if fields["ret_code"] == profile.success else fields["ret_code"]
    return json.loads(codec.seal_reply(profile, fields, biz, vector["key"], request=request_of(vector)).body)


def as_texts(wire: dict) -> dict[str, str]:
    return {name: str(value) for name, value in wire.items()}


def test_all_are_there() -> None:
    assert len(VECTORS) == 32
    assert {v["family"] for v in VECTORS} == {
        "card", "gotool", "payment", "gateway", "ehui", "sichuan", "mianyang", "sm2"
    }  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_made(vector: dict) -> None:
    profile = profile_of(vector)
    wire, wanted = as_texts(made(profile, vector)), as_texts(vector["wire"])
    if "sm2" in vector:  # a signature is one of many valid ones: `test_read` verifies the vector's
        assert len(wire.pop("signData")) == len(wanted.pop("signData")) == 88
    if "canonical" not in vector:  # a reply that no client checks: no rule of its signature is known
        wire.pop(names.to_wire(profile)["sign"])
    assert wire == wanted
    assert vector["key"] not in json.dumps(wire)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_read(vector: dict) -> None:
    profile = profile_of(vector)
    is_reply = vector["direction"] == "reply"
    request = request_of(vector)
    for changes in ({}, vector.get("also_accepted", {})):
        body = json.dumps(vector["wire"] | changes).encode()
        opened = codec.open(profile, body, vector["key"], reply=is_reply, request=request)
        assert opened.biz_text == vector["biz_content_plain"]
        assert opened.signature == ("held" if "canonical" in vector else "missing")
        if is_reply:
            assert opened.ret_code == "0000"


@pytest.mark.parametrize("vector", [v for v in VECTORS if "canonical" in v], ids=lambda v: v["name"])
def test_text_to_sign(vector: dict) -> None:
    profile = profile_of(vector)
    raw = codec.read(profile, json.dumps(vector["wire"]).encode(), reply=vector["direction"] == "reply")
    signed_text = signing.text(profile, codec.unsigned(profile, raw, vector["biz_content_plain"]), "***")
    assert signed_text == vector["canonical"].replace(vector["key"], "***")


@pytest.mark.parametrize("vector", [v for v in VECTORS if "sm2" in v], ids=lambda v: v["name"])
def test_sm2_made_and_read_with_and_without_openssl(vector: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = profile_of(vector)
    own = json.dumps(made(profile, vector)).encode()
    monkeypatch.setattr(engine, "_bound", [None])
    again = json.dumps(made(profile, vector)).encode()
    for body in (own, again, json.dumps(vector["wire"]).encode()):
        assert codec.open(profile, body, vector["key"], reply=vector["direction"] == "reply").signature == "held"
    monkeypatch.undo()
    assert codec.open(profile, again, vector["key"], reply=vector["direction"] == "reply").signature == "held"
    other = profile.replace(sm2_public_key="00" * 63 + "01")
    assert codec.open(other, own, vector["key"], reply=vector["direction"] == "reply").signature != "held"


def request_of(vector: dict) -> dict[str, str]:
    """Return what a reply without app_id and types answers: a request of its family, by the vector's cipher."""
    requests = [v for v in VECTORS if v["family"] == vector["family"] and v["direction"] == "request"]
    app_id = next(v["public_fields"][n] for v in requests for n in ("appId", "app_id") if n in v["public_fields"])
    return {"app_id": app_id, "enc_type": vector.get("cipher", {}).get("cipher", "")[:3], "sign_type": "MD5"}
