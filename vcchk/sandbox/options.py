"""What a test or a demonstration may choose about the platform while it runs, with the defaults of the documents."""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    # Document A 2.2 (自助终端): the authorisation code lives 60 seconds.
    "authorisation_seconds": 60,
    # Document B 4.8 prints no usable method name for the push; this one is our assumption.
    "push_method": "ehc.ehealthcard.push",
    "versions": ["X.M.0.1"],
    # true: whatever the documents' tables ask and a request lacks is a 9001 (vcchk.specification.check).
    "strict": False,
    # The last field of a code: the issuer.
    "issuer": "35020001001",
    "voucher_seconds": 120,
    "ec_token_seconds": 600,
    # true: verify of a voucher answers without ecToken, so that the client must ask ECUrl.
    "verify_without_token": False,
    # ec.query: data as an object or as JSON text, reply bytes in UTF-8 or GBK (one region): both are seen.
    "voucher_data": "object",
    "voucher_charset": "utf-8",
    # How long the magic person of the delay lets wait (vcchk.sandbox.magic).
    "magic_delay_seconds": 10.0,
    # Answer ec.query with this code instead, or with no bytes at all.
    "voucher_code": None,
    "voucher_empty": False,
}

CHOICES: dict[str, tuple[Any, ...]] = {"voucher_data": ("object", "text"), "voucher_charset": ("utf-8", "gbk")}


MAX_SECONDS = 10 * 366 * 86400
"""Seconds of a lifetime."""
MAX_TEXT_CHARACTERS = 64
"""Characters: an issuer stands in every code."""


class Options:
    """The current choices; attribute names are the keys of `DEFAULTS`. ``first``: what holds instead of a default."""

    def __init__(self, **first: Any) -> None:
        self._first = {**DEFAULTS, **first}
        self.values: dict[str, Any] = dict(self._first)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    def set(self, changes: dict[str, Any]) -> None:
        """Change some, or none. Raises ValueError with the name of an unknown one or of one with a bad value."""
        for name, value in changes.items():
            if not _fits(name, value):
                raise ValueError(name)
        self.values.update(changes)

    def reset(self) -> None:
        """Back to what held when the sandbox began."""
        self.values = dict(self._first)


_KINDS: dict[str, tuple[type, ...]] = {"voucher_code": (int, type(None)), "magic_delay_seconds": (int, float)}


def _fits(name: str, value: Any) -> bool:
    if name not in DEFAULTS or type(value) not in _KINDS.get(name, (type(DEFAULTS[name]),)):
        return False
    if isinstance(value, list) and not (value and all(isinstance(item, str) for item in value)):
        return False
    if isinstance(value, str) and len(value) > MAX_TEXT_CHARACTERS:
        return False
    if name in CHOICES:
        return value in CHOICES[name]
    return not name.endswith("_seconds") or 0 <= value <= MAX_SECONDS
