"""What a test or a demonstration may choose about the platform while it runs, with the defaults of the documents."""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    # Document A 2.2 (自助终端): the authorisation code lives 60 seconds.
    "authorisation_seconds": 60,
    # Document B 4.8 prints no usable method name for the push; this one is our assumption.
    "push_method": "ehc.ehealthcard.push",
    "versions": ["X.M.0.1"],
    # The last field of a code: the issuer.
    "issuer": "35020001001",
    "voucher_seconds": 120,
    "ec_token_seconds": 600,
    # true: verify of a voucher answers without ecToken, so that the client must ask ECUrl.
    "verify_without_token": False,
    # ec.query: data as an object or as JSON text, reply bytes in UTF-8 or GBK (one region): both are seen.
    "voucher_data": "object",
    "voucher_charset": "utf-8",
    # Answer ec.query with this code instead, or with no bytes at all.
    "voucher_code": None,
    "voucher_empty": False,
}

CHOICES: dict[str, tuple[Any, ...]] = {"voucher_data": ("object", "text"), "voucher_charset": ("utf-8", "gbk")}


class Options:
    """The current choices; attribute names are the keys of `DEFAULTS`."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = dict(DEFAULTS)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    def set(self, changes: dict[str, Any]) -> None:
        """Change some; raises ValueError with the name of an unknown one or of one with a bad value."""
        for name, value in changes.items():
            if name not in DEFAULTS:
                raise ValueError(name)
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(name)
            kinds = (int, type(None)) if name == "voucher_code" else (type(DEFAULTS[name]),)
            if type(value) not in kinds:
                raise ValueError(name)
        self.values.update(changes)

    def reset(self) -> None:
        """Back to the defaults."""
        self.values = dict(DEFAULTS)
