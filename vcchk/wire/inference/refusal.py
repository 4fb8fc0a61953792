"""What a reply to a message says of the platform's rules, and whether it proves that nothing was done.

Only a refusal that a platform gives before it reads the business data may be answered by sending again. So everything
here is a closed list, and what is not on it is no refusal.
"""

from __future__ import annotations

from collections.abc import Mapping

from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES, RemoteProtocolError
from vcchk.base.record import Record
from vcchk.wire import codec, names
from vcchk.wire.families import success_codes
from vcchk.wire.inference.envelopes import envelopes
from vcchk.wire.jsontext import Literal
from vcchk.wire.profile import Profile
from vcchk.wire.provenance import EVERYDAY, has_whole_envelope

SIGNATURE = "signature"
CIPHER = "cipher"
NAMES = "names"
SIGN_TYPE = "sign_type"
ENC_TYPE = "enc_type"
ACCEPTED = "accepted"

_BY_CODE = {"9003": SIGNATURE, "9007": CIPHER, "1006": ENC_TYPE, "1007": SIGN_TYPE}
_EMPTY_FIELDS = {"1001": "app_id", "1002": "term_id", "1004": "method"}
"""Refusals for a field that is empty: for one that was sent, its name is another."""

# After signature and cipher: no such record, the serial number is known, a code is expired, and the like.
_ACCEPTED = frozenset({"2001", "2002", "2003", "2004", "3001", "3002", "3003"})

# Whole sentences of other families; a sentence that merely has one of these words inside is none of them.
_BY_SENTENCE = {
    SIGNATURE: (
        "验签失败", "签名错误", "签名不正确", "签名验证失败", "签名校验失败", "签名不匹配", "签名不一致", "签名无效",
        "验签不通过", "验签错误", "签名验证不通过", "签名验证错误", "验证签名失败", "校验签名失败", "数据验签失败",
        "报文验签失败",
    ),
    CIPHER: ("解密失败", "报文解密失败", "数据解密失败", "解密错误", "解密异常", "解密出错"),
    SIGN_TYPE: ("未知签名类型", "不支持的签名类型"),
    ENC_TYPE: ("未知加密类型", "不支持的加密类型"),
}  # fmt: skip
_KIND_OF_SENTENCE = {sentence: kind for kind, sentences in _BY_SENTENCE.items() for sentence in sentences}
_MAX_STRAY_MEMBERS = 120
"""Characters of JSON that a member or two beside the envelope take at most."""
_MAX_EMPTY_CIPHERTEXT = 64
"""Characters that an encrypted ``{}`` or empty text takes at most, in any cipher and encoding."""


class Observation(Record):
    """What a reply says. ``kind``: one of the words above; ``whole``: its members; ``raw``: as `codec.read` has it.

    ``profile``: the built-in one whose names it has.
    """

    _secret = ("whole", "raw")
    kind: str
    code: str
    profile: Profile
    whole: Mapping[str, str]
    raw: codec.Raw

    @property
    def is_accepted(self) -> bool:
        """The platform has read the message: signature and cipher are right."""
        return self.kind == ACCEPTED


def observe(profile: Profile, body: bytes, sent: Mapping[str, str]) -> Observation | None:
    """Return what a reply says of the rules, None when it says nothing of them.

    ``profile``: what the request was written in; ``sent``: the request's fields by document A's names.
    """
    try:
        whole = codec.read(profile, body, reply=True).wire
        family = _family_of(whole, profile)
        if family is None:
            return None
        raw = codec.read(family, body, reply=True)
    except RemoteProtocolError:
        return None
    kind = _kind(raw, family, sent)
    if not kind or (kind != ACCEPTED and not _is_without_data(raw)):
        return None
    return Observation(kind=kind, code=raw.ret_code, profile=family, whole=whole, raw=raw)


def _family_of(whole: Mapping[str, str], requested: Profile) -> Profile | None:
    """Return the profile that names code and text as the reply does, the request's own first; None when none does."""
    for profile in (requested, *envelopes()):
        to_wire = names.to_wire(profile)
        code, text = to_wire["ret_code"], to_wire["ret_msg"]
        if text not in whole or isinstance(whole[text], Literal) or not _is_a_code(whole.get(code, "")):
            continue
        if _has_envelope_of(profile, whole):
            return profile
    return None


def _has_envelope_of(profile: Profile, whole: Mapping[str, str]) -> bool:
    """Tell whether a reply has the profile's envelope around code and text, for a front gateway answers in JSON, too.

    Where frameworks use the code's name as well (``code``), the rule is `provenance.has_whole_envelope`'s; elsewhere
    any one member more will do, and none is needed for a code that says that the request's envelope was unreadable.
    """
    to_wire = names.to_wire(profile)
    if to_wire["ret_code"] in EVERYDAY:
        return has_whole_envelope(profile, whole)
    has_more = any(wire in whole for name, wire in to_wire.items() if name not in ("ret_code", "ret_msg"))
    return has_more or whole[to_wire["ret_code"]] in (*_EMPTY_FIELDS, "1006", "1007")


def _is_a_code(value: str) -> bool:
    """Tell whether a member is text or a number; an object or ``null`` is no return code."""
    return bool(value) and (not isinstance(value, Literal) or value.lstrip("-").isdigit())


def _kind(raw: codec.Raw, family: Profile, sent: Mapping[str, str]) -> str:
    code = raw.ret_code.strip()
    if code == PLATFORM_SUCCESS or code in success_codes(family.name):
        return ACCEPTED
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code in _EMPTY_FIELDS:
        return NAMES if sent.get(_EMPTY_FIELDS[code]) else ""
    if code in _ACCEPTED:
        return ACCEPTED
    if code == "9002" or (names.to_wire(family)["ret_code"] == "ret_code" and code in SENTENCES):
        return ""  # the documents' own code for something else, whatever its sentence says
    return _KIND_OF_SENTENCE.get(raw.ret_msg.strip(" \t\r\n。.!！"), "")


def _is_without_data(raw: codec.Raw) -> bool:
    """Tell whether a refusal carries no business data; ciphertext longer than that of nothing counts as data."""
    biz = raw.biz.strip()
    if not raw.biz_name:
        # Beside the envelope: a member or two that nobody knows are no business data, an object or a list is.
        return len(biz) <= _MAX_STRAY_MEMBERS and not any(sign in biz[1:] for sign in "{[")
    if raw.may_be_encrypted and not biz.startswith(("{", "[")):
        return len(biz) <= _MAX_EMPTY_CIPHERTEXT
    return biz.replace(" ", "") in ("", "{}", "null", "[]")
