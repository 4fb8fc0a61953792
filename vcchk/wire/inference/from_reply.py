"""From a reply alone, a signed refusal for instance, and the key: its family, and the rule by which it is signed.

In every family where both are known the reply's rule is the request's.
"""

from __future__ import annotations

from vcchk.base.errors import RemoteProtocolError
from vcchk.wire import codec, names
from vcchk.wire.inference import envelopes, signature_search
from vcchk.wire.inference.cipher_search import KINDS, Ciphertext, openings
from vcchk.wire.inference.inferred import Alternative, Inference, InferenceError, likeliest_first
from vcchk.wire.profile import Profile

_NULL = "null"
"""What a platform signs with that has not yet looked up the application: Java's text of no key."""


def infer_reply(body: bytes, key: str, request: dict[str, str] | None = None) -> Inference:
    """Find the profiles that a reply is in. ``request``: the request's fields, for a reply without app_id or types.

    Raises InferenceError when nothing fits.
    """
    asked = request or {}
    families = _families(body)
    remarks = [f"字段名符合：{'、'.join(family.name for family in families)}"]
    found: list[tuple[Profile, dict[str, list[Alternative]]]] = []
    for family in families:
        groups = _groups(family, body, key, asked, remarks)
        if groups:
            found.append((family, groups))
    if not found:
        raise InferenceError(
            "应答的签名不符合任何已知规则，或没有签名：请核对密钥；没有签名的应答只能看出字段名"
            f"（{'、'.join(family.name for family in families)}）"
        )
    base, groups = found[0]
    for other, _ in found[1:]:
        remarks.append(f"也符合 {other.name} 的规则，不能由此区分")
    chosen = base.replace(name="site")
    for alternatives in groups.values():
        chosen = chosen.replace(**alternatives[0])
    return Inference(groups=groups, chosen=chosen, remarks=remarks)


def _families(body: bytes) -> list[Profile]:
    try:
        whole = codec.read(Profile(name="site"), body, reply=True).wire
    except RemoteProtocolError as error:
        raise InferenceError(f"读不出应答（{error.code} {error.message}）") from None
    families = envelopes.of_reply(whole)
    if not families:
        raise InferenceError(f"应答的字段名不符合任何已知平台；应答中有：{'、'.join(sorted(whole))}")
    return families


def _groups(
    family: Profile, body: bytes, key: str, asked: dict[str, str], remarks: list[str]
) -> dict[str, list[Alternative]]:
    """Return the rules that fit the reply under a family's names, empty when no rule makes its signature."""
    raw = codec.read(family, body, reply=True)
    sign_name = names.to_wire(family)["sign"]
    received = raw.wire.get(sign_name, "")
    if len(received) not in signature_search.HASHES_OF_LENGTH:
        return {}
    groups: dict[str, list[Alternative]] = {}
    biz_text = raw.biz
    kind = (raw.fields.get("enc_type") or asked.get("enc_type", "")).partition("/")[0].strip().upper()
    if raw.may_be_encrypted and raw.biz and kind in KINDS and not raw.biz.lstrip().startswith(("{", "[")):
        app_id = raw.fields.get("app_id") or asked.get("app_id", "")
        opened = openings(family, Ciphertext(text=raw.biz, kind=kind, app_id=app_id, key=key))
        if opened:
            biz_text = min((text for _, text in opened), key=len)
            groups["cipher"] = likeliest_first([one for one, text in opened if text == biz_text], family)
    for one in (key, _NULL):
        rules = signature_search.rules(
            family,
            signature_search.Signed(
                message=codec.unsigned(family, raw, biz_text),
                sign_type=raw.fields.get("sign_type") or asked.get("sign_type", ""),
                signature=received,
                key=one,
            ),
        )
        if rules:
            if one == _NULL:
                remarks.append("这个应答是用文本 null 作密钥签名的：平台还没有查到应用，请核对 app_id")
            groups["signature"] = likeliest_first(rules, family)
            return groups
    return {}
