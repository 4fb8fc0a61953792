"""Which cipher made a text: its few hundred combinations prove themselves, for what is decrypted is JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from vcchk.base.encoding import GB18030, UTF8, decode, is_hex
from vcchk.base.errors import LocalProtocolError
from vcchk.base.record import Record
from vcchk.crypto import engine
from vcchk.wire import ciphers, jsontext
from vcchk.wire.inference.inferred import Alternative
from vcchk.wire.message import Message
from vcchk.wire.profile import CHOICES, Profile, iv_bytes

KINDS = ("AES", "DES", "SM4")
_IVS = {
    16: ("text:0102030405060708", "hex:" + "00" * 16, "hex:0102030405060708090a0b0c0d0e0f10", "text:1234567890123456"),
    8: ("hex:0102030405060708", "hex:" + "00" * 8, "text:12345678", "text:01020304"),
}
_SIZES = {"AES": "aes_key_bytes", "DES": "des_kind"}


class Ciphertext(Record):
    """A text that was found encrypted. ``kind``: AES, DES or SM4; ``indata``: what was encrypted, where it is known."""

    _secret = ("key", "indata")
    text: str
    kind: str
    app_id: str
    key: str
    indata: Message | None = None


def openings(base: Profile, sealed: Ciphertext) -> list[tuple[Alternative, str]]:
    """Return every cipher of `Profile` that opens the text, with what was in it."""
    found: list[tuple[Alternative, str]] = []
    for one in _combinations(sealed):
        opened = _open(base.replace(**one), sealed)
        if opened is not None:
            text, more, charsets = opened
            name = f"{sealed.kind.lower()}_charset"
            found += [(one | more | {name: charset}, text) for charset in charsets]
    return found


def _encodings(text: str) -> list[str]:
    """Return which encodings ``text`` may be in."""
    if "\n" in text:
        return ["base64/76"]
    found = []
    if len(text) % 2 == 0 and is_hex(text):
        if text == text.upper():
            found.append("HEX")
        if text == text.lower():
            found.append("hex")
        if not found:
            found.append("HEX")
    if not found or (len(text) % 4 == 0 and len(text) % 16):
        # One line of base64 shorter than 76 characters may be either.
        found += ["base64"] if len(text) > 76 else ["base64", "base64/76"]
    return found


def _combinations(sealed: Ciphertext) -> Iterator[Alternative]:
    prefix = sealed.kind.lower()
    size = _SIZES.get(sealed.kind, "")
    for mode, padding, encoding, how in product(
        CHOICES[f"{prefix}_mode"], CHOICES[f"{prefix}_padding"], _encodings(sealed.text), CHOICES[f"{prefix}_key"]
    ):
        for extra in CHOICES[size] if size else ("",):
            yield {
                f"{prefix}_mode": mode,
                f"{prefix}_padding": padding,
                f"{prefix}_encoding": encoding,
                f"{prefix}_key": how,
            } | ({size: extra} if size else {})


def _open(profile: Profile, sealed: Ciphertext) -> tuple[str, Alternative, list[str]] | None:
    """Return the clear text, the IV's setting in CBC, and the charsets it may be in; None when it is not the cipher."""
    cipher = ciphers.choose(profile, sealed.kind)
    if cipher is None:
        return None
    try:
        data = ciphers.decode(sealed.text, cipher.encoding)
        key = ciphers.key_of(cipher, sealed.key, sealed.app_id)
    except (ValueError, LocalProtocolError):
        return None
    if not data or len(data) % cipher.block:
        return None
    if not cipher.iv:
        opened = _text(engine.decrypt(cipher.name, key, b"", data), cipher)
        return None if opened is None else (opened[0], {}, opened[1])
    setting = f"{sealed.kind.lower()}_iv"
    for iv in _IVS[cipher.block]:
        one = cipher.replace(iv=iv_bytes(iv))
        opened = _text(engine.decrypt(one.name, ciphers.key_of(one, sealed.key, sealed.app_id), one.iv, data), one)
        if opened is not None:
            return opened[0], {setting: iv}, opened[1]
    if cipher.key in ("derived", "derived_bytes") or sealed.indata is None:
        return None
    return _unknown_iv(cipher, key, data, sealed.indata, setting)


def _text(data: bytes, cipher: ciphers.Cipher) -> tuple[str, list[str]] | None:
    """Return what was decrypted when it is unpadded JSON, and the charsets in which it is the same bytes."""
    try:
        clear = ciphers.unpad(data, cipher.block, cipher.padding)
    except ValueError:
        return None
    if clear[-1:] not in b"}]" or not clear:
        return None
    decoded = decode(clear)
    try:
        jsontext.parse(decoded.text)
    except jsontext.JsonError:
        return None
    if decoded.bad_byte:
        return None
    charsets = {UTF8: ["utf-8"], GB18030: ["gbk"]}
    return decoded.text, charsets.get(decoded.encoding, list(CHOICES["charset"]))


def _unknown_iv(
    cipher: ciphers.Cipher, key: bytes, data: bytes, indata: Message, setting: str
) -> tuple[str, Alternative, list[str]] | None:
    """Work the IV out of the first block: all later blocks of CBC decrypt without it, and InData has the first."""
    shifted = engine.decrypt(cipher.name, key, bytes(cipher.block), data)
    try:
        clear = ciphers.unpad(shifted, cipher.block, cipher.padding)
    except ValueError:
        return None
    tail = clear[cipher.block :]
    for text, charset in product(spellings(indata), CHOICES["charset"]):
        known = text.encode(charset, "replace")
        if len(known) == len(clear) and known[cipher.block :] == tail:
            first = known[: cipher.block].ljust(cipher.block, b"\0")
            iv = bytes(a ^ b for a, b in zip(shifted[: cipher.block], first, strict=True))
            charsets = list(CHOICES["charset"]) if text.isascii() else [charset]
            return text, {setting: "hex:" + iv.hex()}, charsets
    return None


def spellings(indata: Message) -> list[str]:
    """Return how another program may have written InData's biz_content."""
    found = [indata.biz_text]
    if indata.biz is not None:
        ordered: Mapping[str, object] = dict(sorted(indata.biz.items()))
        found.append(jsontext.compact(ordered))
        for value in (indata.biz, ordered):
            compact = jsontext.compact(value)
            found.append(compact.replace("/", "\\/"))
            found.append("".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in compact))
    return found
