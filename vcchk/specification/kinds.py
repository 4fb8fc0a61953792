"""What kind of call a request is, by the rules of both documents (A and B contradict each other in places).

Method names are compared without the ``ehc.`` prefix: document B's own sample says ``ehealthcode.verify``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PUSH_STUMP = "ehealthcard."
"""What document B's dictionary of methods (appendix 2.1) prints for 消息推送."""


def bare(method: str) -> str:
    """Return the method's name without the ``ehc.`` prefix."""
    return method.removeprefix("ehc.")


def _spelled(*methods: str) -> frozenset[str]:
    """Return the names of methods without the prefix and with it: a call asks a dozen times what it is."""
    return frozenset((*methods, *[f"ehc.{method}" for method in methods]))


_VERIFY = _spelled("ehealthcode.verify")
_AUTHURL = _spelled("ehealthcard.authurl")
_REGISTRATION = _spelled("ehealthcard.querywithreg", "ehealthcard.register")
_PUSH = _spelled("ehealthcard.push", PUSH_STUMP)
_READING = _spelled("ehealthcard.regquery", "ehealthcard.auth.query")
_OF_A_CARD = _spelled("ehealthcard.close", "ehealthcard.alterinfo", "ehealthcard.alterlink")


def is_verify(method: str) -> bool:
    """验证二维码 (A 4.3, B 4.2)."""
    return method in _VERIFY


def is_verify_without_code(method: str, biz: Mapping[str, Any]) -> bool:
    """A verify in document B's way (B 4.2.1 has no ehealth_code): the library is to read the code."""
    return is_verify(method) and not str(biz.get("ehealth_code") or "").strip()


def is_authurl(method: str) -> bool:
    """生成用户用卡授权连接 (A 4.4, B 4.6), or a push in its name: see `is_push`."""
    return method in _AUTHURL


def is_registration(method: str) -> bool:
    """实名注册 (A 4.1 querywithreg, A's dictionary: register)."""
    return method in _REGISTRATION


def is_push(method: str, biz: Mapping[str, Any]) -> bool:
    """消息推送 (B 4.8), whose method cell prints authurl: recognised by its fields, those of close."""
    if method in _PUSH:
        return True
    return is_authurl(method) and "out_close_no" in biz and "out_authorize_no" not in biz


def has_query(method: str) -> bool:
    """A registration or an authorisation: how it ended can be asked (A appendix 2 regquery; B 4.7 auth.query)."""
    return is_registration(method) or is_authurl(method)


def names_its_card(method: str, biz: Mapping[str, Any]) -> bool:
    """A method about one card, whose reply names it again; elsewhere a reply's card is the answer, not an echo."""
    return method in _OF_A_CARD or is_push(method, biz)


def is_multicode(biz: Mapping[str, Any]) -> bool:
    """Tell whether a verify's business fields are in document B's form (B 4.2.1)."""
    return "ECUrl" in biz or "IsMultiCode" in biz


def is_voucher_call(envelope: Mapping[str, str]) -> bool:
    """Tell whether InData is a call of the voucher's own interface: it names transType and no method."""
    return bool(envelope.get("transType", "").strip()) and not envelope.get("method", "").strip()


def is_writing(method: str) -> bool:
    """Tell whether the platform may act on the call. Unknown methods count as writing: they are never sent twice."""
    return method not in _READING


def wants_dynamic(biz: Mapping[str, Any]) -> bool:
    """Whether a registration asks for a dynamic code: generate_type when present (A 4.1), else time_expire (B 4.1)."""
    kind = biz.get("generate_type")
    return str(kind).strip().lower() == "dynamic" if kind else bool(biz.get("time_expire"))
