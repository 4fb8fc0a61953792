"""Which rule made a signature: every rule of the table is tried on known text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from vcchk.base.errors import LocalProtocolError
from vcchk.base.record import Record
from vcchk.crypto import engine
from vcchk.wire import signing
from vcchk.wire.inference.inferred import Alternative
from vcchk.wire.profile import CHOICES, Profile, encoded

SUFFIXES = ("key=K", "&key=K", "K", "&app_secret=K")
"""The families'; inference tries others of the same form too."""
_MORE_SUFFIXES = ("&secret=K", "&app_key=K", "&appSecret=K", "&appKey=K")
HASHES_OF_LENGTH = {32: ("MD5",), 64: ("SM3", "SHA-256")}
"""Hex digits of a signature → the digests that have as many."""
SM2_LENGTH = 88
"""Characters of r and s in base64."""


class Signed(Record):
    """A message, its signature, and the key."""

    _secret = ("message", "key")
    message: signing.Unsigned
    sign_type: str
    signature: str
    key: str


def rules(base: Profile, signed: Signed) -> list[Alternative]:
    """Return every rule of `Profile` that gives the signature."""
    hashes = HASHES_OF_LENGTH.get(len(signed.signature), ())
    try:
        wanted = bytes.fromhex(signed.signature)
    except ValueError:
        return []
    spellings = (("upper", signed.signature.upper()), ("lower", signed.signature.lower()))
    cases = [case for case, same in spellings if same == signed.signature] or ["upper"]
    found = []
    for one, text in _texts(base, signed):
        for suffix, charset, hash_name in product(SUFFIXES + _MORE_SUFFIXES, CHOICES["charset"], hashes):
            end = signing.suffix(base.replace(key_suffix=suffix), signed.key)
            if engine.digest(hash_name, encoded(text + end, charset)) != wanted:
                continue
            for how, case in product(_hash_settings(base, signed.sign_type, hash_name), cases):
                found.append(one | {"key_suffix": suffix, "charset": charset, "hash": how, "hash_case": case})
    return found


def _texts(base: Profile, signed: Signed) -> Iterator[tuple[Alternative, str]]:
    """Yield every canonical text without its suffix, with the settings that make it."""
    for how, form, order, empty in product(*(CHOICES[key] for key in ("signed", "biz_signed", "order", "empty"))):
        one = {"signed": how, "biz_signed": form, "order": order, "empty": empty}
        rule = base.replace(**one, key_suffix="K")
        yield one, signing.text(rule, signed.message, "")


def _hash_settings(base: Profile, sign_type: str, hash_name: str) -> list[str]:
    try:
        named = signing.hash_name(base.replace(hash="auto"), sign_type)
    except LocalProtocolError:
        named = ""
    return ["auto", hash_name] if named == hash_name else [hash_name]
