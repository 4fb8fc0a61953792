"""Sealing and opening of messages, both roles: the client seals requests and opens replies, the sandbox the reverse.

The rules are docs/wire.md's, chosen by a `Profile`. Keys never show in exceptions, in records' repr or in `canonical`.
"""

from __future__ import annotations

from vcchk.base.errors import PLATFORM_SUCCESS, LocalProtocolError, RemoteProtocolError
from vcchk.base.record import Record
from vcchk.wire import ciphers, form, jsontext, names, signing
from vcchk.wire.clock import stamp
from vcchk.wire.signature import Signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vcchk.wire.profile import Profile

_CONTENT_TYPES = {
    "application/json": "application/json; charset=UTF-8",
    "text/xml": "text/xml; charset=UTF-8",
    "form": "application/x-www-form-urlencoded; charset=UTF-8",
}


class Encoded(Record):
    """A message ready to send. ``path``: what `address` puts into the URL, empty when the URL is used as it is."""

    body: bytes
    content_type: str
    path: str


class Raw(Record):
    """A message as it was read, before key and cipher. ``fields``: document A's names, without biz_content.

    ``wire``: every member as it came, in order, values as text; ``biz_name``: which of them is biz_content ("" when the
    business fields stand flat); ``biz``: its text as received; ``may_be_encrypted``: it was a string.
    """

    _secret = ("fields", "wire", "biz")
    fields: Mapping[str, str]
    wire: Mapping[str, str]
    biz_name: str
    biz: str
    may_be_encrypted: bool
    reply: bool
    ret_code: str = ""
    ret_msg: str = ""


class Opened(Record):
    """A message in clear. ``ret_code``: with the profile's success code as ``0000``; empty for requests.

    ``biz``: ``biz_text`` parsed (numbers are `jsontext.Literal`), None when there is none or it is no JSON.
    ``signature``: one of `Signature`.
    """

    _secret = ("fields", "biz_text", "biz", "ret_msg", "canonical")
    fields: Mapping[str, str]
    ret_code: str
    ret_msg: str
    biz_text: str
    biz: Any
    signature: str
    canonical: str
    """The text that should have been signed, its key masked; only when the signature is wrong."""


def seal_request(profile: Profile, fields: Mapping[str, str], biz_text: str, key: str) -> Encoded:
    """Sign, encrypt and write a request. ``fields``: document A's names, without biz_content and key.

    Without ``key`` it passes with the caller's own ``sign``. Raises LocalProtocolError 1006, 1007 for unknown types,
    9002 without key and sign, 9006 when it cannot be encrypted.
    """
    to_wire = names.to_wire(profile)
    stamped = (
        {**fields, "timestamp": stamp(fields["timestamp"], profile.timestamp)} if "timestamp" in fields else fields
    )
    wire = {to_wire.get(name, name): value for name, value in stamped.items()}
    own_sign = wire.pop(to_wire["sign"], "")
    if not (key or own_sign):
        raise LocalProtocolError(
            "9002",
            "没有密钥，无法签名：请在 InData 中带 key，或在 VirtualCardChk.ini 的 [wire] key 中设置",
            cause="neither key nor sign",
        )
    cipher = ciphers.choose(profile, wire.get(to_wire["enc_type"], ""))
    if cipher is not None and not key and biz_text.lstrip().startswith(("{", "[")):
        raise LocalProtocolError("9006", "没有密钥，无法加密：请在 InData 或 VirtualCardChk.ini 的 [wire] key 中设置")
    biz_name = to_wire["biz_content"]
    wire[biz_name] = _encrypted(profile, cipher, wire, biz_text, key)
    if key:
        _sign(profile, wire, biz_name, biz_text, key)
    else:
        wire[to_wire["sign"]] = own_sign
    return _encoded(profile, wire, as_form=profile.content_type == "form")


def seal_reply(profile: Profile, fields: Mapping[str, str], biz_text: str, key: str) -> Encoded:
    """Sign, encrypt and write a reply; without ``key`` it goes out unsigned and in clear. Raises as `seal_request`."""
    to_wire = names.to_wire(profile)
    success = {"ret_code": profile.success} if fields["ret_code"] == PLATFORM_SUCCESS else {}
    wire = {to_wire.get(name, name): value for name, value in {**fields, **success}.items()}
    wire.pop(to_wire["sign"], "")
    cipher = ciphers.choose(profile, wire.get(to_wire["enc_type"], ""))
    if not key:
        cipher = None
        wire.pop(to_wire["enc_type"], None)
    biz_name = "data" if profile.reply == "data" else to_wire["biz_content"]
    flat = jsontext.parse(biz_text or "{}")[0] if profile.reply == "flat" and cipher is None else None
    if type(flat) is dict:
        biz_name = ""
        wire.update((name, jsontext.scalar(value)) for name, value in flat.items())
    else:
        wire[biz_name] = _encrypted(profile, cipher, wire, biz_text, key)
    if key:
        _sign(profile, wire, biz_name, biz_text, key)
    return _encoded(profile, wire, as_form=False)


def _encrypted(
    profile: Profile, cipher: ciphers.Cipher | None, wire: Mapping[str, str], biz_text: str, key: str
) -> str:
    """Return biz_content as it travels; without ``key`` the caller has encrypted it."""
    if cipher is None or not biz_text or not key:
        return biz_text
    app_id = wire.get(names.to_wire(profile)["app_id"], "")
    return ciphers.encrypt(cipher, ciphers.key_of(cipher, key, app_id), biz_text)


def _sign(profile: Profile, wire: dict[str, str], biz_name: str, biz_text: str, key: str) -> None:
    """Add the signature to ``wire``. Raises LocalProtocolError 1007."""
    to_wire = names.to_wire(profile)
    digest = signing.hash_name(profile, wire.get(to_wire["sign_type"], ""))
    wire[to_wire["sign"]] = signing.sign(profile, digest, wire, biz_name, biz_text, key)


def _encoded(profile: Profile, wire: dict[str, str], *, as_form: bool) -> Encoded:
    body = form.encode(wire) if as_form else jsontext.compact(wire).encode()
    path = profile.path.replace("{method}", wire.get(names.to_wire(profile)["method"], "")) if profile.path else ""
    return Encoded(body=body, content_type=_CONTENT_TYPES[profile.content_type], path=path)


def address(url: str, path: str) -> str:
    """Return the URL to post to: ``path`` replaces the URL's file name (last segment with a dot), else follows."""
    if not path:
        return url
    head, mark, query = url.partition("?")
    start = head.find("/", head.find("://") + 3) if "://" in head else head.find("/")
    if start < 0:
        return f"{head}/{path}{mark}{query}"
    folder, _, last = head.rpartition("/")
    if last and "." not in last:
        folder = head
    return f"{folder}/{path}{mark}{query}"


def read(profile: Profile, body: bytes, *, reply: bool) -> Raw:
    """Read a body without key: JSON (UTF-8 or GBK, with BOM, doubly encoded), or a form when the profile posts forms.

    Raises RemoteProtocolError 9004 for an empty body, 9008 for one that cannot be read or a reply without ret_code.
    """
    whole = members(profile, body, reply)
    fields, wire, biz_name, others = _sorted_out(whole, names.REPLY_ALIASES if reply else names.from_wire(profile))
    if not reply:
        return _raw(fields, wire, biz_name, whole.get(biz_name), None)
    if "ret_code" not in fields:
        _adopt(fields, others, "ret_code", names.CODE_ALIASES)
    if "ret_msg" not in fields:
        _adopt(fields, others, "ret_msg", names.TEXT_ALIASES)
    if "ret_code" not in fields or fields["ret_code"].startswith(("{", "[")):
        raise RemoteProtocolError(
            "9008", "平台应答中没有 ret_code，请核对 strUrl 和 [wire] profile", cause="the reply has no ret_code"
        )
    if fields["ret_code"] == profile.success:
        fields["ret_code"] = PLATFORM_SUCCESS
    if biz_name:
        return _raw(fields, wire, biz_name, whole[biz_name], fields)
    if "data" in whole:
        fields.pop("data", None)
        return _raw(fields, wire, "data", whole["data"], fields)
    # Flat: what is not the envelope's is the business's.
    for name in others:
        del fields[name]
    return _raw(fields, wire, "", {name: whole[name] for name in others} or None, fields)


def _sorted_out(
    whole: Mapping[str, Any], known: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str], str, list[str]]:
    """Return fields by document A's names, members as text, biz_content's name, and the unknown names."""
    wire: dict[str, str] = {}
    fields: dict[str, str] = {}
    others: list[str] = []
    biz_name = ""
    for name, value in whole.items():
        text = wire[name] = value if isinstance(value, str) else jsontext.scalar(value)
        inner = known.get(name)
        if inner == "biz_content":
            biz_name = name
            continue
        fields[inner or name] = "" if value is None else text
        if inner is None:
            others.append(name)
    return fields, wire, biz_name, others


def _adopt(fields: dict[str, str], others: list[str], name: str, aliases: tuple[str, ...]) -> None:
    """Move the first of ``aliases`` that the reply has to ``name``."""
    found = next((alias for alias in aliases if alias in others), None)
    if found is not None:
        others.remove(found)
        fields[name] = fields.pop(found)


def _raw(fields: dict[str, str], wire: dict[str, str], biz_name: str, biz: Any, reply: dict[str, str] | None) -> Raw:
    return Raw(
        fields=fields,
        wire=wire,
        biz_name=biz_name,
        biz="" if biz is None else str(jsontext.scalar(biz)),
        may_be_encrypted=type(biz) is str,
        reply=reply is not None,
        ret_code=str(reply["ret_code"]) if reply else "",
        ret_msg=str(reply.get("ret_msg", "")) if reply else "",
    )


def unseal(profile: Profile, raw: Raw, key: str, *, enc_type: str = "") -> Opened:
    """Decrypt and check what `read` returned. ``enc_type``: the request's, for a reply that does not name its own.

    The signature's state is told, not judged. A failure reply's ret_code stands even when its biz_content cannot be
    read. Raises RemoteProtocolError 9007, 9008, 1006, 1007.
    """
    failed = raw.reply and raw.ret_code != PLATFORM_SUCCESS
    try:
        biz_text = _clear(profile, raw, key, enc_type)
        biz = _parsed(raw, biz_text)
    except RemoteProtocolError:
        if not failed:
            raise
        biz_text, biz = "", None
    signature, expected = _signature(profile, raw, key, biz_text)
    return Opened(
        fields=raw.fields,
        ret_code=raw.ret_code,
        ret_msg=raw.ret_msg,
        biz_text=biz_text,
        biz=biz,
        signature=signature,
        canonical=expected,
    )


def open(profile: Profile, body: bytes, key: str, *, reply: bool = True, enc_type: str = "") -> Opened:
    """Read, decrypt and check a body: `read` and `unseal` in one."""
    return unseal(profile, read(profile, body, reply=reply), key, enc_type=enc_type)


def canonical(profile: Profile, raw: Raw, biz_text: str) -> str:
    """Return the text that is to be signed, with ``***`` for the key: the first question of every integrator."""
    sign_name = _sign_name(profile, raw)
    wire = {name: value for name, value in raw.wire.items() if name != sign_name}
    return signing.text(profile, wire, raw.biz_name, biz_text, "***")


def _first(whole: Mapping[str, Any], aliases: tuple[str, ...]) -> str | None:
    return next((name for name in aliases if name in whole), None)


def members(profile: Profile, body: bytes, reply: bool) -> dict[str, Any]:
    """Return the message's members as JSON values, whatever they are wrapped in. Raises as `read` does."""
    if not body.strip(b" \t\r\n\0"):
        raise RemoteProtocolError("9004", cause="the body is empty")
    body = body.removeprefix(b"\xef\xbb\xbf")
    for charset in ("utf-8", "gb18030"):
        try:
            text = body.decode(charset)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise RemoteProtocolError("9008", cause="the body is neither UTF-8 nor GBK")
    if profile.content_type == "form" and not reply and not text.lstrip().startswith("{"):
        return dict(form.decode(text))
    try:
        whole = jsontext.parse(text)[0]
        if type(whole) is str:
            whole = jsontext.parse(whole)[0]
        if reply and type(whole) is dict and "data" in whole and not _has_code(whole):
            inner = jsontext.parse(whole["data"])[0] if type(whole["data"]) is str else whole["data"]
            if type(inner) is dict and _has_code(inner):
                whole = inner
    except jsontext.JsonError as error:
        raise RemoteProtocolError(
            "9008", cause=f"not JSON at character {error.position} of {len(text)}, {len(body)} bytes"
        ) from None
    if type(whole) is not dict:
        raise RemoteProtocolError("9008", cause="the body is JSON but no object")
    return whole


def _has_code(whole: Mapping[str, Any]) -> bool:
    return any(names.REPLY_ALIASES.get(n) == "ret_code" for n in whole) or _first(whole, names.CODE_ALIASES) is not None


def _clear(profile: Profile, raw: Raw, key: str, enc_type: str) -> str:
    if not raw.may_be_encrypted or not raw.biz:
        return raw.biz
    named = raw.fields.get("enc_type", "")
    if raw.reply and raw.biz.lstrip().startswith(("{", "[")):
        return raw.biz
    try:
        cipher = ciphers.choose(profile, named or (enc_type if raw.reply else ""))
    except LocalProtocolError as error:
        raise RemoteProtocolError(error.code, cause="unknown enc_type") from None
    if cipher is None:
        return raw.biz
    if not key:
        raise RemoteProtocolError("9007", "没有密钥，无法解密平台应答：请设置 key", cause="no key to decrypt with")
    return ciphers.decrypt(cipher, ciphers.key_of(cipher, key, raw.fields.get("app_id", "")), raw.biz)


def _parsed(raw: Raw, biz_text: str) -> Any:
    if not biz_text:
        return None
    try:
        return jsontext.parse(biz_text)[0]
    except jsontext.JsonError as error:
        if biz_text != raw.biz:
            raise RemoteProtocolError("9007", cause="what was decrypted is not JSON (wrong key or mode?)") from None
        if raw.reply:
            raise RemoteProtocolError("9008", cause=f"biz_content is not JSON at {error.position}") from None
        return None


def _sign_name(profile: Profile, raw: Raw) -> str:
    if not raw.reply:
        return names.to_wire(profile)["sign"]
    return next((name for name in raw.wire if names.REPLY_ALIASES.get(name) == "sign"), "")


def _signature(profile: Profile, raw: Raw, key: str, biz_text: str) -> tuple[str, str]:
    """Return the signature's state and, when it is wrong, the text that should have been signed."""
    sign_name = _sign_name(profile, raw)
    received = raw.wire.get(sign_name, "")
    # An unknown type is the sender's fault even without a signature (1007).
    digest = "" if raw.reply else _digest(profile, raw, received)
    if not received or received == "null":
        return Signature.MISSING, ""
    if not key:
        return Signature.UNCHECKED, ""
    digest = digest or _digest(profile, raw, received)
    wire = {name: value for name, value in raw.wire.items() if name != sign_name}
    wanted = signing.sign(profile, digest, wire, raw.biz_name, biz_text, key)
    # A platform's reply may be in either case; a request must be as the profile says.
    if received == wanted or (raw.reply and received.upper() == wanted.upper()):
        return Signature.HELD, ""
    return Signature.WRONG, canonical(profile, raw, biz_text)


def _digest(profile: Profile, raw: Raw, received: str) -> str:
    """Return the digest of a message's signature. Raises RemoteProtocolError 1007 for a request of unknown type."""
    try:
        return signing.hash_name(profile, raw.fields.get("sign_type", ""))
    except LocalProtocolError as error:
        if raw.reply:
            # Replies often leave sign_type out; 32 characters are MD5's.
            return "MD5" if len(received) == 32 else "SM3"
        raise RemoteProtocolError(error.code, cause="unknown sign_type") from None
