"""From one captured message to the wire profiles that produce it: names, then cipher, then signature. No I/O.

The cipher is found first because the text that it hides is part of what is signed, and its few hundred combinations
prove themselves (what is decrypted is JSON); then every signature rule of the table is tried on known text. What one
message cannot tell stays undetermined and is said to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from vcchk.base.errors import PLATFORM_SUCCESS, LocalProtocolError, RemoteProtocolError, VcchkError
from vcchk.base.record import Record
from vcchk.crypto import engine
from vcchk.dialects.evidence import Exchange
from vcchk.wire import ciphers, codec, jsontext, message, names, signing
from vcchk.wire.clock import stamp
from vcchk.wire.message import Message
from vcchk.wire.profile import CHOICES, Profile, iv_bytes
from vcchk.wire.signature import Signature

Alternative = dict[str, str]

SUFFIXES = ("key=K", "&key=K", "K", "&app_secret=K")
"""The variant table's; inference tries others of the same form too."""

_MORE_SUFFIXES = ("&secret=K", "&app_key=K", "&appSecret=K", "&appKey=K")
_SUCCESS_CODES = (PLATFORM_SUCCESS, "10", "200", "0")
_HASH_OF_LENGTH = {32: ("MD5",), 64: ("SM3", "SHA-256")}


class Failure(Exception):
    """Nothing fits; the text is a Chinese sentence that says which part."""


class Inference(Record):
    """What was found. ``groups``: name of a group of fields → the alternatives that all fit, the likeliest first.

    ``chosen``: the profile made of the likeliest ones. ``remarks``: Chinese sentences for the person on site.
    """

    groups: dict[str, list[Alternative]]
    chosen: Profile
    remarks: list[str]

    def admits(self, profile: Profile) -> bool:
        """Tell whether ``profile`` is among the candidates."""
        return all(
            any(all(getattr(profile, key) == value for key, value in one.items()) for one in alternatives)
            for alternatives in self.groups.values()
        )

    def undetermined(self) -> dict[str, list[str]]:
        """Return field → the values that the message cannot tell apart; every value for what it does not touch."""
        found: dict[str, list[str]] = {}
        for alternatives in self.groups.values():
            for key in alternatives[0]:
                values = list(dict.fromkeys(one[key] for one in alternatives if key in one))
                if len(values) > 1:
                    found[key] = values
        known = {key for alternatives in self.groups.values() for key in alternatives[0]}
        for key, values_of in CHOICES.items():
            if key not in known:
                found[key] = list(values_of)
        return found


def infer(exchange: Exchange, in_data: str, key: str = "") -> Inference:
    """Find the profiles that turn ``in_data`` into the captured message. ``key``: when InData holds none.

    Raises Failure when nothing fits, RequestError for InData that is not JSON.
    """
    if exchange.masked:
        raise Failure("抓取的报文已脱敏，无法验算签名：请用 vcchk wire capture --raw 重新抓取")
    given = message.parse(in_data)
    key = key or given.key
    if not key:
        raise Failure("缺少密钥：InData 和 [wire] key 中都没有，请用 --key 指定")
    remarks: list[str] = []
    whole, form = _members(exchange.request)
    groups: dict[str, list[Alternative]] = {"content": _content(exchange, form), "names": _names(whole, given)}
    base = Profile(name="site", content_type="form" if form else "application/json").replace(**groups["names"][0])
    raw = codec.read(base, exchange.request, reply=False)
    if "key" in whole:
        remarks.append("抓取的报文里带有 key 字段：密钥在网络上明文传送，本程序不会这样发送")
    groups["timestamp"] = _timestamps(given.fields.get("timestamp", ""), raw.fields.get("timestamp", ""))
    if not groups["timestamp"]:
        remarks.append("抓取报文的 timestamp 与 InData 的不是同一时间，可能不是同一笔交易；timestamp 规则未能确定")
        del groups["timestamp"]
    clear, sealed = _ciphers(base, raw, given, key)
    if sealed:
        groups["cipher"] = sealed
        base = base.replace(**sealed[0])
    if given.biz is not None and message.read_biz(clear) != given.biz:
        remarks.append("抓取报文的业务数据与 InData 的不同：可能不是同一笔交易，规则仍按抓取的报文推断")
    groups["signature"] = _signatures(base, raw, clear, key)
    chosen = base
    for alternatives in groups.values():
        chosen = chosen.replace(**alternatives[0])
    if exchange.url and exchange.base:
        path = _path(exchange.url, exchange.base, raw.fields.get("method", ""))
        if path is not None:
            groups["path"] = [{"path": path}]
            chosen = chosen.replace(path=path)
    if exchange.reply:
        if exchange.reply_masked:
            remarks.append("抓取的应答已脱敏，没有验签；应答结构与返回码仍按它推断")
        chosen = _reply(chosen, exchange, key, raw.fields.get("enc_type", ""), groups, remarks)
    _compare(chosen, raw, given, key, clear, remarks)
    return Inference(groups=groups, chosen=chosen, remarks=remarks)


def _members(body: bytes) -> tuple[dict[str, Any], bool]:
    """Return the message's members and whether they were a form's."""
    for form in (False, True):
        profile = Profile(name="site", content_type="form" if form else "application/json")
        try:
            whole = codec.members(profile, body, False)
        except RemoteProtocolError:
            continue
        if len(whole) > 1:
            return whole, form
    raise Failure("抓取的内容既不是 JSON 对象，也不是表单：请给出报文体本身，或 vcchk wire capture 的文件")


def _content(exchange: Exchange, form: bool) -> list[Alternative]:
    if form:
        return [{"content_type": "form"}]
    kind = exchange.content_type.partition(";")[0].strip().lower()
    if kind in CHOICES["content_type"]:
        return [{"content_type": kind}]
    return [{"content_type": "application/json"}, {"content_type": "text/xml"}]


def _names(whole: dict[str, Any], given: Message) -> list[Alternative]:
    wanted = {"sign", "biz_content"} | {n for n in ("app_id", "term_id", "sign_type", "enc_type") if n in given.fields}
    found = []
    for sign, naming in product(CHOICES["sign_names"], CHOICES["naming"]):
        made = names.to_wire(Profile(name="site", sign_names=sign, naming=naming))
        if all(made[name] in whole for name in wanted):
            found.append({"sign_names": sign, "naming": naming})
    if not found:
        shown = "、".join(sorted(whole))
        raise Failure(
            f"字段名不符合任何已知写法（应有 sign 或 digest、biz_content 或 bizContent 等）；报文中有：{shown}"
        )
    return found


def _timestamps(given: str, captured: str) -> list[Alternative]:
    return [{"timestamp": form} for form in CHOICES["timestamp"] if stamp(given, form) == captured]


# Cipher


def _ciphers(base: Profile, raw: codec.Raw, given: Message, key: str) -> tuple[str, list[Alternative]]:
    """Return the clear text and the cipher settings that give it (none when it travels in clear)."""
    kind = raw.fields.get("enc_type", "").strip().upper()
    if not raw.may_be_encrypted or not raw.biz or kind in ciphers.PLAIN:
        return raw.biz, []
    if kind not in _FAMILIES:
        raise Failure("enc_type 不是 Plain、AES、DES、SM4 之一，无法推断加密规则")
    found: list[tuple[Alternative, str]] = []
    for one in _FAMILIES[kind](raw.biz):
        clear = _try(base.replace(**one), kind, raw, given, key)
        if clear is not None:
            found.append((one | clear[1], clear[0]))
    if not found:
        raise Failure(
            f"加密方式不符：{kind} 的全部模式、填充、密钥派生和编码组合都解不开 biz_content。"
            "请核对密钥（--key）和抓取的报文是否属于同一应用"
        )
    texts = {text for _, text in found}
    if len(texts) > 1:
        # Zero padding read as text with trailing bytes, and the like: what equals InData wins.
        equal = {text for text in texts if message.read_biz(text) == given.biz}
        texts = equal or texts
    clear_text = min(texts, key=len)
    kept = [one for one, text in found if text == clear_text]
    return clear_text, _likeliest(kept)


def _encodings(text: str) -> list[str]:
    """Return which encodings ``text`` may be in."""
    found = []
    if len(text) % 2 == 0 and all(c in "0123456789abcdefABCDEF" for c in text):
        if text == text.upper():
            found.append("HEX")
        if text == text.lower():
            found.append("hex")
        if not found:
            found.append("HEX")
    if not found or (len(text) % 4 == 0 and len(text) % 16):
        found.append("base64")
    return found


def _family(prefix: str, sizes: tuple[tuple[str, tuple[str, ...]], ...], text: str) -> Iterator[Alternative]:
    for mode, padding, encoding, how in product(("cbc", "ecb"), ("pkcs7", "zero"), _encodings(text), _KEYS):
        for extra in product(*(values for _, values in sizes)):
            yield {
                f"{prefix}_mode": mode,
                f"{prefix}_padding": padding,
                f"{prefix}_encoding": encoding,
                f"{prefix}_key": how,
            } | dict(zip((name for name, _ in sizes), extra, strict=True))


_KEYS = CHOICES["aes_key"]
_FAMILIES = {
    "AES": lambda text: _family("aes", (("aes_key_bytes", CHOICES["aes_key_bytes"]),), text),
    "DES": lambda text: _family("des", (("des_kind", CHOICES["des_kind"]),), text),
    "SM4": lambda text: _family("sm4", (), text),
}

_IVS = {
    16: ("text:0102030405060708", "hex:" + "00" * 16, "hex:0102030405060708090a0b0c0d0e0f10", "text:1234567890123456"),
    8: ("hex:0102030405060708", "hex:" + "00" * 8, "text:12345678", "text:01020304"),
}


def _try(profile: Profile, kind: str, raw: codec.Raw, given: Message, key: str) -> tuple[str, Alternative] | None:
    """Return the clear text under ``profile`` and, in CBC, the IV's setting; None when it is not the cipher."""
    cipher = ciphers.choose(profile, kind)
    if cipher is None:
        return None
    try:
        data = ciphers.decode(raw.biz, cipher.encoding)
    except ValueError:
        return None
    if not data or len(data) % cipher.block:
        return None
    app_id = raw.fields.get("app_id", "")
    prefix = kind.lower()
    if not cipher.iv:
        text = _text(engine.decrypt(cipher.name, ciphers.key_of(cipher, key, app_id), b"", data), cipher)
        return None if text is None else (text, {})
    for setting in _IVS[cipher.block]:
        one = cipher.replace(iv=iv_bytes(setting))
        text = _text(engine.decrypt(one.name, ciphers.key_of(one, key, app_id), one.iv, data), one)
        if text is not None:
            return text, {f"{prefix}_iv": setting}
    if cipher.key in ("derived", "derived_bytes"):
        return None
    return _unknown_iv(cipher, ciphers.key_of(cipher, key, app_id), data, given, f"{prefix}_iv")


def _text(data: bytes, cipher: ciphers.Cipher) -> str | None:
    """Return what was decrypted when it is unpadded JSON."""
    try:
        clear = ciphers.unpad(data, cipher.block, cipher.padding)
    except ValueError:
        return None
    if clear[-1:] not in b"}]" or not clear:
        return None
    for charset in ("utf-8", "gb18030"):
        try:
            text = clear.decode(charset)
            jsontext.parse(text)
        except (UnicodeDecodeError, jsontext.JsonError):
            continue
        return text
    return None


def _unknown_iv(
    cipher: ciphers.Cipher, key: bytes, data: bytes, given: Message, setting: str
) -> tuple[str, Alternative] | None:
    """Work the IV out of the first block: all later blocks of CBC decrypt without it, and InData tells the first."""
    shifted = engine.decrypt(cipher.name, key, bytes(cipher.block), data)
    try:
        clear = ciphers.unpad(shifted, cipher.block, cipher.padding)
    except ValueError:
        return None
    tail = clear[cipher.block :]
    for text in _spellings(given):
        known = text.encode()
        if len(known) == len(clear) and known[cipher.block :] == tail:
            first = known[: cipher.block].ljust(cipher.block, b"\0")
            iv = bytes(a ^ b for a, b in zip(shifted[: cipher.block], first, strict=True))
            return text, {setting: "hex:" + iv.hex()}
    return None


def _spellings(given: Message) -> Iterator[str]:
    """Yield how another program may have written InData's biz_content."""
    yield given.biz_text
    biz = given.biz
    if biz is not None:
        ordered = dict(sorted(biz.items()))
        yield message.compact(ordered)
        for value in (biz, ordered):
            compact = message.compact(value)
            yield compact.replace("/", "\\/")
            yield "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in compact)


# Signature


def _signatures(base: Profile, raw: codec.Raw, clear: str, key: str) -> list[Alternative]:
    sign_name = names.to_wire(base)["sign"]
    given = raw.wire.get(sign_name, "")
    if not given:
        raise Failure("抓取的报文没有签名（sign/digest 为空），无法推断签名规则")
    hashes = _HASH_OF_LENGTH.get(len(given), ())
    try:
        wanted = bytes.fromhex(given)
    except ValueError:
        hashes = ()
    if not hashes:
        raise Failure(f"签名是 {len(given)} 个字符，不是 MD5、SM3、SHA-256 的十六进制形式")
    cases = [case for case, same in (("upper", given.upper()), ("lower", given.lower())) if same == given] or ["upper"]
    wire = {name: value for name, value in raw.wire.items() if name not in (sign_name, "key")}
    found = []
    for one, text in _texts(base, wire, raw.biz_name, clear):
        for suffix, charset, hash_name in product(SUFFIXES + _MORE_SUFFIXES, CHOICES["charset"], hashes):
            rule = base.replace(key_suffix=suffix)
            if engine.digest(hash_name, signing.encode(text + signing.suffix(rule, key), charset)) != wanted:
                continue
            for how, case in product(_hash_settings(base, raw, hash_name), cases):
                found.append(one | {"key_suffix": suffix, "charset": charset, "hash": how, "hash_case": case})
    if not found:
        raise Failure(
            "签名规则不符：已知的排序、拼接、签名内容、摘要、大小写和字符集组合都算不出抓取的签名。"
            "请核对密钥（--key）；若密钥无误，该平台的签名规则不在已知范围内"
        )
    return _likeliest(found)


def _texts(base: Profile, wire: dict[str, str], biz_name: str, clear: str) -> Iterator[tuple[Alternative, str]]:
    """Yield every canonical text without its suffix, with the settings that make it."""
    for signed, order, empty in product(CHOICES["signed"], CHOICES["order"], CHOICES["empty"]):
        rule = base.replace(signed=signed, order=order, empty=empty, key_suffix="K")
        yield {"signed": signed, "order": order, "empty": empty}, signing.text(rule, wire, biz_name, clear, "")


def _hash_settings(base: Profile, raw: codec.Raw, hash_name: str) -> list[str]:
    try:
        named = signing.hash_name(base.replace(hash="auto"), raw.fields.get("sign_type", ""))
    except LocalProtocolError:
        named = ""
    return ["auto", hash_name] if named == hash_name else [hash_name]


def _likeliest(found: list[Alternative]) -> list[Alternative]:
    """Sort by how much of the default profile they keep; the table's order decides between equals."""
    default = Profile()
    return sorted(found, key=lambda one: sum(getattr(default, key) != value for key, value in one.items()))


# What is around the message


def _path(url: str, base: str, method: str) -> str | None:
    """Return the ``path`` setting that turns ``base`` into ``url``, None when none does."""
    last = url.partition("?")[0].rpartition("/")[2]
    for path in ("", "{method}" if last == method else "", last):
        if codec.address(base, path.replace("{method}", method)) == url:
            return path
    return None


def _reply(
    chosen: Profile,
    exchange: Exchange,
    key: str,
    enc_type: str,
    groups: dict[str, list[Alternative]],
    remarks: list[str],
) -> Profile:
    """Learn the reply's layout and success code from the captured reply, and let its signature decide what is open."""
    body = exchange.reply
    try:
        raw = codec.read(chosen, body, reply=True)
        layouts = {"data": ["data"], "": ["flat"]}.get(raw.biz_name, ["biz_content"])
        if raw.may_be_encrypted and ciphers.choose(chosen, raw.fields.get("enc_type", enc_type)) is not None:
            # Ciphertext cannot stand flat; such a platform uses biz_content for it.
            layouts = list(dict.fromkeys([*layouts, *(["flat"] if raw.biz_name != "data" else [])]))
        if raw.biz:
            groups["reply"] = [{"reply": layout} for layout in layouts]
        if raw.ret_code in _SUCCESS_CODES:
            groups["success"] = [{"success": raw.ret_code}]
            if raw.ret_code != PLATFORM_SUCCESS:
                remarks.append(f"抓取的应答返回码是 {raw.ret_code}，按成功码处理；若那笔交易并未成功，请改回 0000")
        for name in ("reply", "success"):
            chosen = chosen.replace(**groups.get(name, [{}])[0])
        if exchange.reply_masked:
            return chosen
        raw = codec.read(chosen, body, reply=True)
        held = [
            one
            for one in groups["signature"]
            if codec.unseal(chosen.replace(**one), raw, key, enc_type=enc_type).signature == Signature.HELD
        ]
        if held:
            groups["signature"] = held
            chosen = chosen.replace(**held[0])
        state = {
            Signature.HELD: "验签通过",
            Signature.MISSING: "没有签名",
            Signature.WRONG: "验签不通过（应答的签名规则可能不同）",
        }
        opened = codec.unseal(chosen, raw, key, enc_type=enc_type)
        remarks.append(f"抓取的应答按此规则{state[opened.signature]}")
    except VcchkError as error:
        remarks.append(f"抓取的应答读不出（{error.code} {error.message}），成功码和应答结构未能确定")
    return chosen


def _compare(chosen: Profile, raw: codec.Raw, given: Message, key: str, clear: str, remarks: list[str]) -> None:
    """Make the message anew from InData, and say whether it equals the captured one."""
    if clear != given.biz_text and message.read_biz(clear) == given.biz:
        remarks.append("原程序书写 biz_content 的方式（次序、空格或转义）与 InData 不同；值相同，不影响验签")
    try:
        body = codec.seal_request(chosen, given.fields, clear, key).body
        again = codec.read(chosen, body, reply=False)
    except VcchkError as error:
        remarks.append(f"用此规则不能由 InData 生成报文（{error.code} {error.message}）")
        return
    if again.wire == raw.wire:
        remarks.append("用此规则由 InData 重新生成的报文，与抓取的逐字段一致")
    else:
        different = sorted(n for n in {*again.wire, *raw.wire} if again.wire.get(n) != raw.wire.get(n))
        remarks.append(f"用此规则由 InData 重新生成的报文，与抓取的在这些字段上不同：{'、'.join(different)}")
