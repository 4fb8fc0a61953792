"""Masking by field name: which fields hold a person or a secret, and what may be shown of such a value."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

WIPED = "wiped"
NUMBER = "number"
NAME = "name"
WORDS = "words"

FIELDS: dict[str, str] = {
    # secrets: nothing is kept
    "key": WIPED,
    "app_key": WIPED,
    "app_secret": WIPED,
    "secret": WIPED,
    "password": WIPED,
    "passwd": WIPED,
    "pwd": WIPED,
    "birthday": WIPED,
    # numbers and codes that lead to a person: first three, last two
    "id_no": NUMBER,
    "mobile_phone": NUMBER,
    "mobile": NUMBER,
    "phone": NUMBER,
    "telephone": NUMBER,
    "card_no": NUMBER,
    "from_card_no": NUMBER,
    "to_card_no": NUMBER,
    "ehealth_code": NUMBER,
    "ehealth_card_id": NUMBER,
    "ehealthid": NUMBER,
    "ehealth_authurl": NUMBER,
    "mindex_id": NUMBER,
    "smk_id": NUMBER,
    "xman_id": NUMBER,
    "pub_qrcode": NUMBER,
    "ec_token": NUMBER,
    "ec_qr_code": NUMBER,
    "ec_qrcode": NUMBER,
    "ec_index_no": NUMBER,
    "auth_no": NUMBER,
    "qr_code": NUMBER,
    "sign": NUMBER,
    "digest": NUMBER,
    # names: the first character
    "user_name": NAME,
    "operator_name": NAME,
    "name": NAME,
    # words and pictures: only how long they were
    "address": WORDS,
    "work_unit": WORDS,
    "photo_info": WORDS,
    "photo": WORDS,
    "extra": WORDS,
}
"""Class of every field of both documents, and of the voucher's answer, that holds personal data or a secret.

Written in snake_case; camelCase and any other case of the same words are the same field (`userName`, `EcQrCode`).
"""

SERIALS = frozenset(
    (
        *("serial", "term_id", "app_id", "alter_no"),
        *("out_register_no", "out_trade_no", "out_verify_no", "out_alter_no", "out_authorize_no", "out_close_no"),
    )
)
"""Fields by which a transaction is found again: as far as they hold no person they stay (`mask_serial`)."""

_BY_NORMAL = {name.replace("_", ""): kind for name, kind in FIELDS.items()}
_MAX_KINDS_KEPT = 512


class _Kinds(dict[str, str | None]):
    """Name of a field as somebody spells it → its class, worked out when first asked for: `FIELDS` never changes."""

    def __missing__(self, field: str) -> str | None:
        kind = _BY_NORMAL.get(field.replace("_", "").replace("-", "").lower())
        if len(self) < _MAX_KINDS_KEPT:
            self[field] = kind
        return kind


kind_of: Callable[[str], str | None] = _Kinds().__getitem__
"""Return the class of a field by its name in any spelling, or None for an ordinary one."""


def _hide_number(value: str) -> str:
    return f"{value[:3]}***{value[-2:]}" if len(value) >= 8 else "***"


def _hide_wiped(_value: str) -> str:
    return "***"


def _hide_name(value: str) -> str:
    return value[0] + "*" if value and not value.isascii() else "*"


def _hide_words(value: str) -> str:
    return f"***({len(value)}字)"


HIDE: dict[str, Callable[[str], str]] = {
    WIPED: _hide_wiped,
    NUMBER: _hide_number,
    NAME: _hide_name,
    WORDS: _hide_words,
}


def hide(field: str, value: str) -> str:
    """Return what may be shown of the value of a field that `kind_of` knows; of any other field nothing."""
    return HIDE[kind_of(field) or WIPED](value)
