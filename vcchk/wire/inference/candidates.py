"""The profiles that a platform may use, with how likely each is: docs/wire.md's evidence as weights.

A candidate is a family's profile with one choice on each axis of its signature and one of its cipher. Weights are
judgement, within a family and between families; a profile that has no row here is never tried. The order of the fields
has none, since all ways agree on the known names; nor have zero padding and other IVs, for which there is no evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from vcchk.base.encoding import is_hex
from vcchk.base.record import Record
from vcchk.wire import app_ids
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import Profile

Choice = tuple[dict[str, str], float]
"""Changes to a family's profile, and their weight."""
Axis = tuple[Choice, ...]

MIN_SHARE = 2e-6
"""Candidates below this share of their family are left out: they would cost time and never be reached."""


def _axis(key: str, **weights: float) -> Axis:
    return tuple(({key: value.replace("_", "-") if key == "charset" else value}, w) for value, w in weights.items())


class FamilyCandidates(Record):
    """One family's candidates. ``weight``: among families when nothing is known of the application.

    ``signature``: axes that are independent of each other. ``ciphers``: kind of cipher → its ways.
    """

    name: str
    weight: float
    signature: tuple[Axis, ...]
    ciphers: dict[str, Axis]


_CHARSET = _axis("charset", utf_8=0.5, gbk=0.5)
_UTF8_MOSTLY = _axis("charset", utf_8=0.9, gbk=0.1)
_BIZ = _axis("biz_signed", as_is=0.7, canonical=0.3)
_UPPER = _axis("hash_case", upper=0.92, lower=0.08)
_SKIP = _axis("empty", skip=0.9, keep=0.1)


def _keys(how: str) -> dict[str, str]:
    """One rule for every cipher's key: what is learned of one holds for the others."""
    return {"aes_key": how, "des_key": how, "sm4_key": how}


def _card(kind: str, rest: Axis) -> Axis:
    """The card platform's ciphers: derived keys 0.6, direct ones 0.36, a key of hex digits 0.04."""
    return tuple(
        (_keys(how) | {f"{kind}_{name}": value for name, value in changes.items()}, weight * share)
        for changes, share in rest
        for how, weight in (("derived", 0.6), ("direct", 0.36), ("hex", 0.04))
    )


_PAYMENT_SIGNATURE: tuple[Axis, ...] = (
    (({}, 0.95), ({"key_suffix": "key=K"}, 0.05)),
    _axis("biz_signed", canonical=0.92, as_is=0.08),
    _UPPER,
    _UTF8_MOSTLY,
)
"""Of the vendor's payment platform and of the gateways made with its utilities."""
_VENDOR_AES: Axis = (({}, 0.9), ({"aes_key": "direct"}, 0.1))

CANDIDATES: tuple[FamilyCandidates, ...] = (
    FamilyCandidates(
        name="xiamen",
        weight=0.52,
        signature=(
            (({"key_suffix": "key=K"}, 0.56), ({"key_suffix": "&key=K"}, 0.36), ({"key_suffix": "K"}, 0.06),
             ({"key_suffix": "&app_secret=K"}, 0.02)),
            _CHARSET,
            _BIZ,
            _SKIP,
            _UPPER,
            (({}, 0.93), ({"signed": "cipher"}, 0.07)),
            (({}, 0.95), ({"sign_names": "digest"}, 0.05)),
        ),
        ciphers={
            "AES": _card("aes", (({}, 0.9), ({"mode": "ecb"}, 0.06), ({"encoding": "base64"}, 0.04))),
            "DES": _card("des", (({}, 0.48), ({"encoding": "base64"}, 0.42), ({"encoding": "base64/76"}, 0.1))),
            "SM4": _card("sm4", (({}, 0.5), ({"mode": "cbc"}, 0.4), ({"encoding": "base64"}, 0.04),
                                 ({"encoding": "base64", "charset": "gbk"}, 0.04), ({"encoding": "hex"}, 0.02))),
        },
    ),
    FamilyCandidates(
        name="gotool",
        weight=0.2,
        signature=(
            (({}, 0.9), ({"key_suffix": "&key=K"}, 0.05), ({"key_suffix": "key=K"}, 0.05)),
            _axis("hash_case", lower=0.6, upper=0.4),
            (({}, 0.95), ({"empty": "skip"}, 0.05)),
            (({}, 0.95), ({"signed": "clear"}, 0.05)),
            (({}, 0.97), ({"sign_names": "sign"}, 0.03)),
        ),
        ciphers={
            "AES": (({}, 0.9), ({"aes_key_bytes": "16"}, 0.1)),
            "SM4": (({}, 0.7), ({"sm4_key": "direct"}, 0.25), ({"sm4_encoding": "HEX"}, 0.05)),
            "DES": (({}, 1.0),),
        },
    ),
    FamilyCandidates(
        name="sichuan",
        weight=0.08,
        signature=(
            (({}, 0.85), ({"key_suffix": "&key=K", "path": ""}, 0.15)),
            (({}, 0.9), ({"empty": "skip"}, 0.1)),
            (({}, 0.95), ({"hash_case": "lower"}, 0.05)),
        ),
        ciphers={"SM4": (({}, 0.95), ({"sm4_key": "derived"}, 0.05)), "AES": (({}, 1.0),), "DES": (({}, 1.0),)},
    ),
    FamilyCandidates(
        name="payment",
        weight=0.06,
        signature=_PAYMENT_SIGNATURE,
        ciphers={
            "AES": _VENDOR_AES,
            "DES": (({}, 0.5), ({"des_encoding": "HEX"}, 0.4), ({"des_encoding": "base64"}, 0.1)),
            "SM4": (({}, 0.5), ({"sm4_encoding": "base64"}, 0.25), ({"sm4_mode": "cbc"}, 0.25)),
        },
    ),
    FamilyCandidates(
        name="gateway",
        weight=0.06,
        signature=_PAYMENT_SIGNATURE,
        ciphers={
            "AES": _VENDOR_AES,
            "DES": (({"des_encoding": "HEX"}, 0.5), ({}, 0.5)),
            "SM4": (({}, 0.75), ({"sm4_charset": "utf-8"}, 0.15),
                    ({"sm4_encoding": "HEX", "sm4_charset": "utf-8"}, 0.1)),
        },
    ),
    FamilyCandidates(
        name="ehui",
        weight=0.06,
        signature=(
            (({}, 0.95), ({"key_suffix": "key=K"}, 0.05)),
            _axis("biz_signed", as_is=0.8, canonical=0.2),
            _UPPER,
            _UTF8_MOSTLY,
        ),
        ciphers={
            "AES": _VENDOR_AES,
            "DES": (({}, 0.5), ({"des_encoding": "base64/76"}, 0.5)),
            "SM4": (({}, 0.85), ({"sm4_mode": "ecb"}, 0.15)),
        },
    ),
    FamilyCandidates(
        name="mianyang",
        weight=0.005,
        signature=((({}, 1.0),),),
        ciphers={"AES": (({}, 1.0),)},
    ),
    FamilyCandidates(name="fudan", weight=0.005, signature=((({}, 1.0),),), ciphers={}),
    FamilyCandidates(name="sm2", weight=0.01, signature=((({}, 1.0),),), ciphers={"SM4": (({}, 1.0),)}),
)  # fmt: skip

# Form of the application's id → how much likelier it makes a family.
_FACTORS: dict[str, dict[str, float]] = {
    app_ids.VENDOR: {"xiamen": 4.0, "payment": 3.0, "gateway": 3.0, "ehui": 2.0},
    app_ids.SMALL: {"gotool": 40.0, "fudan": 20.0},
    app_ids.GUID: {"sichuan": 60.0, "mianyang": 20.0},
    app_ids.HEX: {"sm2": 10.0},
}


class Candidate(Record):
    """One profile that the platform may use. It is remembered by ``family`` and the numbers of its choices,
    ``signature`` and ``cipher``.

    ``weight``: its share of all; ``cipher_share``: of its cipher among those of its family.
    """

    family: str
    signature: int
    cipher: int
    profile: Profile
    weight: float
    cipher_share: float


def family_weights(app_id: str) -> dict[str, float]:
    """Return each family's share by the form of the application's id."""
    factors = _FACTORS.get(app_ids.form_of(app_id), {})
    raw = {family.name: family.weight * factors.get(family.name, 1.0) for family in CANDIDATES}
    whole = sum(raw.values())
    return {name: weight / whole for name, weight in raw.items()}


def candidates(app_id: str, key: str, kind: str, fixed: dict[str, str]) -> Iterator[Candidate]:
    """Yield every candidate for messages of ``kind`` (AES, DES, SM4, or "" in clear), with its share.

    ``fixed``: the site's own settings, which hold for every candidate.
    """
    shares = family_weights(app_id)
    for family in CANDIDATES:
        base = BUILTIN[family.name].replace(**fixed)
        if _lacks_a_secret(base):
            continue
        ciphers = family.ciphers.get(kind, ()) if kind else (({}, 1.0),)
        for index, choices in enumerate(product(*family.signature)):
            changes: dict[str, str] = {}
            weight = shares[family.name]
            for more, share in choices:
                changes |= more
                weight *= share
            for number, (more, share) in enumerate(ciphers):
                share_of_all = weight * share * _key_factor(more | changes, base, kind, key)
                if share_of_all < MIN_SHARE * shares[family.name]:
                    continue
                profile = base.replace(**changes | more | fixed)
                yield Candidate(
                    family=family.name,
                    signature=index,
                    cipher=number,
                    profile=profile,
                    weight=share_of_all,
                    cipher_share=share,
                )


def _lacks_a_secret(base: Profile) -> bool:
    """Tell whether a family's profile needs a secret that InData does not hold and the site has not set."""
    return (base.name == "sm2" and not base.sm2_private_key) or (base.name == "mianyang" and not base.cipher_secret)


def _key_factor(changes: dict[str, str], base: Profile, kind: str, key: str) -> float:
    """Return how much likelier the key makes a cipher's key rule: only 32 small hex digits are read as hex."""
    if not kind:
        return 1.0
    name = f"{kind.lower()}_key"
    if changes.get(name, getattr(base, name)) != "hex":
        return 1.0
    return 3.0 if len(key) == 32 and is_hex(key) and key == key.lower() else 0.0
