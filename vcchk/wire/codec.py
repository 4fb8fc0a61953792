"""Sealing and opening of messages, both roles: the client seals requests and opens replies, the sandbox the reverse.

The rules are docs/wire.md's, chosen by a `Profile`. Keys show neither in exceptions nor in records' repr.
"""

from __future__ import annotations

from vcchk.base import encoding
from vcchk.base.encoding import Decoded
from vcchk.base.errors import PLATFORM_SUCCESS, LocalProtocolError, RemoteProtocolError
from vcchk.base.record import Record
from vcchk.wire import ciphers, jsontext, names, signing
from vcchk.wire.profile import pairs
from vcchk.wire.signing import Signature, Unsigned

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

    _secret = ("fields", "wire", "biz", "text")
    fields: Mapping[str, str]
    wire: Mapping[str, str]
    biz_name: str
    biz: str
    may_be_encrypted: bool
    reply: bool
    ret_code: str = ""
    ret_msg: str = ""
    text: str = ""
    """The JSON object that holds the members, as it was written; "" for a form."""
    encoding: str = ""
    """What the bytes were in; of ASCII alone what is declared or was last, "" when nothing is known."""
    warning: str = ""
    """Where a broken byte is (Chinese), "" when all are good."""


class Opened(Record):
    """A message in clear. ``ret_code``: with the profile's success code as ``0000``; empty for requests.

    ``biz``: ``biz_text`` parsed (numbers are `jsontext.Literal`), None when there is none or it is no JSON.
    ``signature``: one of `Signature`.
    """

    _secret = ("fields", "biz_text", "biz", "ret_msg")
    fields: Mapping[str, str]
    ret_code: str
    ret_msg: str
    biz_text: str
    biz: Any
    signature: str
    warnings: tuple[str, ...] = ()
    """What of the message has broken bytes, and where (Chinese)."""


def seal_request(profile: Profile, fields: Mapping[str, str], biz_text: str, key: str) -> Encoded:
    """Sign, encrypt and write a request. ``fields``: document A's names, without biz_content and key.

    Without ``key`` it passes with the caller's own ``sign``. Raises LocalProtocolError 1006, 1007 for unknown types,
    9002 without key and sign, 9006 when it cannot be encrypted.
    """
    to_wire = names.to_wire(profile)
    wire = {to_wire.get(name, name): value for name, value in _as_the_platform_wants(profile, fields).items()}
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
    if profile.members:
        encrypted = "0" if cipher is None else "1"
        for name, value in pairs(profile.members).items():
            wire[name] = jsontext.scalar(jsontext.parse(value.replace("{encrypted}", encrypted))[0])
    sent = _encrypted(cipher, biz_text, key, wire.get(to_wire["app_id"], ""))
    biz_name = _biz_name(profile, cipher)
    if profile.content_type == "form":
        wire = {name: str(value) for name, value in wire.items()}  # a form knows nothing but text
        wire[biz_name] = sent
    else:
        wire[biz_name] = _as_member(profile, cipher, sent)
    sign_type = wire.get(to_wire["sign_type"], "")
    wire[to_wire["sign"]] = _sign(profile, sign_type, wire, biz_name, biz_text, key) if key else own_sign
    return _encoded(profile, wire)


def seal_reply(
    profile: Profile, fields: Mapping[str, str], biz_text: str, key: str, *, request: Mapping[str, str] | None = None
) -> Encoded:
    """Sign, encrypt and write a reply; without ``key`` it goes out unsigned and in clear.

    ``request``: the request's fields, for a reply without its own app_id or types. Raises as `seal_request`.
    """
    to_wire = names.to_wire(profile)
    success = {"ret_code": profile.success} if fields["ret_code"] == PLATFORM_SUCCESS else {}
    wire = {to_wire.get(name, name): value for name, value in {**fields, **success}.items()}
    wire.pop(to_wire["sign"], "")
    types = _types(profile, fields, request)
    cipher = ciphers.choose(profile, types["enc_type"])
    if not key:
        cipher = None
        wire.pop(to_wire["enc_type"], None)
    flat = jsontext.parse(biz_text or "{}")[0] if profile.reply == "flat" and cipher is None else None
    if type(flat) is dict:
        biz_name = ""
        wire.update((name, jsontext.scalar(value)) for name, value in flat.items())
    else:
        biz_name = "data" if profile.reply == "data" else _biz_name(profile, cipher)
        sent = _encrypted(cipher, biz_text, key, types["app_id"], reply=True)
        wire[biz_name] = _as_member(profile, cipher, sent)
    if key:
        wire[to_wire["sign"]] = _sign(profile, types["sign_type"], wire, biz_name, biz_text, key)
    return _encoded(profile, wire, reply=True)


def _types(profile: Profile, fields: Mapping[str, str], request: Mapping[str, str] | None) -> dict[str, str]:
    """Return what a reply's signature and cipher depend on, by document A's names: its own, else the request's."""
    found = {name: fields.get(name, "") for name in ("app_id", "sign_type", "enc_type")}
    if not all(found.values()):
        wanted = _as_the_platform_wants(profile, request or {})
        found = {name: value or wanted.get(name, "") for name, value in found.items()}
    return found


def _as_the_platform_wants(profile: Profile, fields: Mapping[str, str]) -> dict[str, str]:
    """Return a request's fields with the timestamp's form and the types that the profile fixes."""
    found = dict(fields)
    if "timestamp" in found and profile.timestamp != "caller":
        from vcchk.wire.clock import stamp

        found["timestamp"] = stamp(found["timestamp"], profile.timestamp)
    if profile.sign_type != "caller":
        found["sign_type"] = profile.sign_type
    if profile.enc_type != "caller":
        found["enc_type"] = profile.enc_type
    return found


def _biz_name(profile: Profile, cipher: ciphers.Cipher | None) -> str:
    """Return what biz_content is called on the wire, which in some families depends on whether it is encrypted."""
    return profile.clear_name if profile.clear_name and cipher is None else names.to_wire(profile)["biz_content"]


def _encrypted(cipher: ciphers.Cipher | None, biz_text: str, key: str, app_id: str, *, reply: bool = False) -> str:
    """Return business data as they are sent; the caller's own ciphertext, for which there is no key, as it is."""
    if cipher is None or not biz_text or not key:
        return biz_text
    return ciphers.encrypt(cipher, ciphers.key_of(cipher, key, app_id, reply=reply), biz_text)


def _as_member(profile: Profile, cipher: ciphers.Cipher | None, sent: str) -> str:
    """Return the value of biz_content: a string, or the JSON object itself where the profile says so."""
    as_object = profile.biz_form == "object" and cipher is None and sent[:1] in ("{", "[")
    return jsontext.Literal(sent) if as_object else sent


def _sign(profile: Profile, sign_type: str, wire: Mapping[str, str], biz_name: str, biz_text: str, key: str) -> str:
    message = Unsigned(wire=wire, biz_name=biz_name, biz_text=biz_text)
    return signing.sign(profile, signing.hash_name(profile, sign_type), message, key)


def _encoded(profile: Profile, wire: dict[str, str], *, reply: bool = False) -> Encoded:
    """Write a message's members as a form or as JSON."""
    if profile.content_type == "form" and not reply:
        from vcchk.wire import urlencoded

        body = urlencoded.encode(wire)
    else:
        body = jsontext.compact(wire).encode()
    path = path_of(profile.path, wire.get(names.to_wire(profile)["method"], "")) if profile.path else ""
    return Encoded(body=body, content_type=_CONTENT_TYPES[profile.content_type], path=path)


def path_of(setting: str, method: str) -> str:
    """Return the path of a method by the profile's `path`, empty when it has none."""
    return pairs(setting).get(method, "") if "=" in setting else setting.replace("{method}", method)


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


def read(profile: Profile, body: bytes, *, reply: bool, declared: str = "", last: str = "") -> Raw:
    """Read a body without key: JSON (in any encoding, doubly encoded), or a form when the profile posts forms.

    ``declared``, ``last``: what is known of its encoding (`vcchk.base.encoding.decode`). Raises RemoteProtocolError
    9004 for an empty body, 9008 for one that cannot be read or a reply without ret_code.
    """
    if not body.strip(b" \t\r\n\0"):
        raise RemoteProtocolError("9004", cause="the body is empty")
    decoded = encoding.decode(body, declared=declared, last=last)
    known = decoded.encoding or declared or last  # of ASCII as well: it holds for biz_content, whose bytes come later
    try:
        return _read(profile, decoded, known, reply)
    except RemoteProtocolError:
        mended = encoding.with_backslashes_restored(decoded.text) if known == encoding.GB18030 else None
        if mended is None:
            raise
    return _read(profile, mended, known, reply)


def _read(profile: Profile, decoded: Decoded, known_encoding: str, reply: bool) -> Raw:
    whole, text = _unwrapped(profile, decoded.text, reply)
    known = names.in_replies(profile) if reply else names.from_wire(profile)
    fields, wire, biz_name, others = _by_document_names(whole, known)
    if reply:
        _complete_code(profile, fields, others)
        if not biz_name and "data" in whole:
            biz_name = "data"
            fields.pop("data", None)
    biz = whole.get(biz_name)
    if reply and not biz_name:
        # Flat: what is not the envelope's is the business's.
        biz = {name: whole[name] for name in others} or None
        for name in others:
            del fields[name]
    return Raw(
        fields=fields,
        wire=wire,
        biz_name=biz_name,
        biz="" if biz is None else str(jsontext.scalar(biz)),
        may_be_encrypted=type(biz) is str,
        reply=reply,
        ret_code=fields["ret_code"] if reply else "",
        ret_msg=str(fields.get("ret_msg", "")) if reply else "",
        text=text,
        encoding=known_encoding,
        warning=decoded.warning,
    )


def _complete_code(profile: Profile, fields: dict[str, str], others: list[str]) -> None:
    """Make sure that a reply has ret_code, by an alias if need be, and write the profile's success code as 0000.

    Raises RemoteProtocolError 9008 without a code.
    """
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


def _by_document_names(
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


def unseal(profile: Profile, raw: Raw, key: str, *, request: Mapping[str, str] | None = None) -> Opened:
    """Decrypt and check what `read` returned. ``request``: the request's fields, for a reply without its own app_id or
    types.

    ``signature`` says what became of the signature; what follows from it is the caller's to decide. A failure reply's
    ret_code stands even when its biz_content cannot be read. Raises RemoteProtocolError 9007, 9008, 1006, 1007.
    """
    types = _types(profile, raw.fields, request) if raw.reply else raw.fields
    failed = raw.reply and raw.ret_code != PLATFORM_SUCCESS
    warnings = [raw.warning] if raw.warning else []
    try:
        clear = _decrypted(profile, raw, key, types)
        biz_text = clear.text
        biz = _parsed_biz(raw, biz_text)
    except RemoteProtocolError:
        if not failed:
            raise
        biz_text, biz = "", None
    else:
        if clear.warning:
            warnings.append(f"biz_content {clear.warning}")
    return Opened(
        fields=raw.fields,
        ret_code=raw.ret_code,
        ret_msg=raw.ret_msg,
        biz_text=biz_text,
        biz=biz,
        signature=_signature(profile, raw, key, biz_text, types),
        warnings=tuple(warnings),
    )


def open(
    profile: Profile, body: bytes, key: str, *, reply: bool = True, request: Mapping[str, str] | None = None
) -> Opened:
    """Read, decrypt and check a body: `read` and `unseal` in one."""
    return unseal(profile, read(profile, body, reply=reply), key, request=request)


def unsigned(profile: Profile, raw: Raw, biz_text: str) -> Unsigned:
    """Return a message without its signature. ``biz_text``: its business data in clear."""
    wire = dict(raw.wire)
    wire.pop(_sign_name(profile, raw), None)
    return Unsigned(wire=wire, biz_name=raw.biz_name, biz_text=biz_text)


def _first(whole: Mapping[str, Any], aliases: tuple[str, ...]) -> str | None:
    return next((name for name in aliases if name in whole), None)


def members(profile: Profile, text: str, reply: bool) -> dict[str, Any]:
    """Return the message's members as JSON values, whatever they are wrapped in. Raises RemoteProtocolError 9008."""
    return _unwrapped(profile, text, reply)[0]


def _unwrapped(profile: Profile, text: str, reply: bool) -> tuple[dict[str, Any], str]:
    """Return the members, and the text of the object that holds them, out of what a gateway may have put around it.

    Seen: the JSON as a string of JSON, and a whole reply inside ``data``.
    """
    if profile.content_type == "form" and not reply and not text.lstrip().startswith("{"):
        from vcchk.wire import urlencoded

        return dict(urlencoded.decode(text)), ""
    try:
        whole = jsontext.parse(text)[0]
        if type(whole) is str:
            text = whole
            whole = jsontext.parse(text)[0]
        if reply and type(whole) is dict and "data" in whole and not _has_code(whole):
            data = whole["data"]
            inner_text = data if type(data) is str else jsontext.as_written(text)["data"]
            inner = jsontext.parse(inner_text)[0]
            if type(inner) is dict and _has_code(inner):
                whole, text = inner, inner_text
    except jsontext.JsonError as error:
        raise RemoteProtocolError("9008", cause=f"not JSON at character {error.position} of {len(text)}") from None
    if type(whole) is not dict:
        raise RemoteProtocolError("9008", cause="the body is JSON but no object")
    return whole, text


def _has_code(whole: Mapping[str, Any]) -> bool:
    return any(names.REPLY_ALIASES.get(n) == "ret_code" for n in whole) or _first(whole, names.CODE_ALIASES) is not None


def _decrypted(profile: Profile, raw: Raw, key: str, types: Mapping[str, str]) -> Decoded:
    """Return biz_content in clear; what is clear already comes back as it is. Raises RemoteProtocolError 9007, 1006."""
    as_it_is = Decoded(text=raw.biz, encoding="")
    if not raw.may_be_encrypted or not raw.biz or (raw.reply and raw.biz.lstrip().startswith(("{", "["))):
        return as_it_is
    try:
        cipher = ciphers.choose(profile, types.get("enc_type", ""))
    except LocalProtocolError as error:
        raise RemoteProtocolError(error.code, cause="unknown enc_type") from None
    if cipher is None:
        return as_it_is
    if not (key or cipher.secret):
        raise RemoteProtocolError("9007", "没有密钥，无法解密平台应答：请设置 key", cause="no key to decrypt with")
    try:
        cipher_key = ciphers.key_of(cipher, key, types.get("app_id", ""), reply=raw.reply)
    except LocalProtocolError as error:
        raise RemoteProtocolError("9007", cause=error.cause) from None
    return ciphers.decrypt(cipher, cipher_key, raw.biz, last=raw.encoding)


def _parsed_biz(raw: Raw, biz_text: str) -> Any:
    """Return the business data as values, None for no data. Raises RemoteProtocolError 9007, 9008 for no JSON."""
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
    """Return the name of the member that holds the signature, "" for a reply without one."""
    if not raw.reply:
        return names.to_wire(profile)["sign"]
    known = names.in_replies(profile)
    return next((name for name in raw.wire if known.get(name) == "sign"), "")


def _signature(profile: Profile, raw: Raw, key: str, biz_text: str, types: Mapping[str, str]) -> str:
    """Return the state of the message's signature: one of `Signature`. Raises as `_digest`."""
    received = raw.wire.get(_sign_name(profile, raw), "")
    # An unknown type is the sender's fault even without a signature (1007).
    digest = "" if raw.reply else _digest(profile, raw, received, types)
    if not received or received == "null":
        return Signature.MISSING
    if not key:
        return Signature.UNCHECKED
    digest = digest or _digest(profile, raw, received, types)
    is_right = _verifies(profile, raw, digest, received, biz_text, key)
    if is_right is None:
        return Signature.UNCHECKED
    return Signature.HELD if is_right else Signature.WRONG


def _verifies(profile: Profile, raw: Raw, digest: str, received: str, biz_text: str, key: str) -> bool | None:
    """Tell whether the signature is right over the members in compact JSON or as they were written.

    None when there is no public key to check it with.
    """
    message = unsigned(profile, raw, biz_text)
    # A platform's reply may be in either case; a request must be as the profile says.
    held = signing.holds(profile, digest, message, key, received, any_case=raw.reply)
    if held is not False:
        return held
    written = _as_written(profile, raw)
    if not written:
        return False
    wire = {name: written.get(name, value) for name, value in message.wire.items()}
    if not raw.may_be_encrypted:
        biz_text = written.get(raw.biz_name, biz_text)
    message = message.replace(wire=wire, biz_text=biz_text)
    return signing.holds(profile, digest, message, key, received, any_case=raw.reply)


def _as_written(profile: Profile, raw: Raw) -> dict[str, jsontext.Literal]:
    """Return the members whose own text may differ from what is signed at first: blanks and escapes included.

    Objects and lists are taken in the one compact form; a platform signs what its own JSON library has written,
    ``"https:\\/\\/…"`` as PHP and fastjson do it. Where the message's whole text is signed, strings as well.
    """
    written = jsontext.as_written(raw.text) if raw.text else {}
    whole = profile.signed == "text"
    return {name: value for name, value in written.items() if value[0] in "{[" or whole}


def verify(profile: Profile, raw: Raw, key: str, biz_text: str) -> bool:
    """Tell whether a message's signature is right over ``biz_text``, whatever its cipher."""
    try:
        return _signature(profile, raw, key, biz_text, raw.fields) == Signature.HELD
    except RemoteProtocolError:
        return False


_DIGEST_OF_LENGTH = {32: ("MD5",), 64: ("SM3", "SHA-256"), 88: ("SM2",)}
"""Characters of a signature → what made it; 88 are the base64 of SM2's r and s."""


def _digest(profile: Profile, raw: Raw, received: str, types: Mapping[str, str]) -> str:
    """Return what a signature was made with. Raises RemoteProtocolError 1007 for a request of unknown type."""
    possible = _DIGEST_OF_LENGTH.get(len(received), ("SM3",))
    try:
        named = signing.hash_name(profile, types.get("sign_type", ""))
    except LocalProtocolError as error:
        if not raw.reply:
            raise RemoteProtocolError(error.code, cause="unknown sign_type") from None
        named = ""
    # Replies often leave sign_type out, or echo another one than they are signed by: then the length decides.
    return named if named in possible or not raw.reply else possible[0]
