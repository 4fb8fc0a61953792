"""What faults do to an exchange: before the request is carried out, and to the reply that is ready to go.

``faults``: kind → value, as `vcchk.sandbox.faults` and `vcchk.sandbox.magic` give them; ``origin``: which of the two,
for the record.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vcchk.sandbox.platform.outcome import ExchangeEnded, Outcome
from vcchk.wire import ciphers, jsontext, names
from vcchk.wire.profile import Profile

_PLAIN = "text/plain; charset=utf-8"
_COMPLEMENT = str.maketrans("0123456789ABCDEFabcdef", "FEDCBA9876543210543210")
# enc_type: the cipher that is used in its place
_OTHER = {"AES": "SM4", "SM4": "AES", "DES": "AES"}


def before(faults: Mapping[str, Any], origin: str) -> None:
    """Wait, and raise `ExchangeEnded` when nothing is to be carried out."""
    if "delay" in faults:
        time.sleep(faults["delay"])
    if faults.get("drop") == "before":
        raise ExchangeEnded(Outcome(b"", "", is_dropped=True), f"{origin}: dropped unread")
    if "status" in faults:
        status = faults["status"]
        raise ExchangeEnded(Outcome(f"HTTP {status}".encode(), _PLAIN, status), f"{origin}: HTTP status")
    if "empty" in faults:
        raise ExchangeEnded(Outcome(b"", _PLAIN), f"{origin}: empty reply")


def after(
    profile: Profile,
    outcome: Outcome,
    faults: Mapping[str, Any],
    origin: str,
    key: str,
    fields: Mapping[str, str],
    biz: str,
) -> tuple[Outcome, str]:
    """Return the sealed reply as the faults leave it, and the cause ("" when nothing was done to it).

    ``fields``: the request's; ``biz``: the reply's business JSON in clear.
    """
    if faults.get("drop") == "after":
        return Outcome(b"", "", is_dropped=True), f"{origin}: reply dropped"
    body, cause = outcome.body, ""
    if "bad_sign" in faults:
        body, cause = (
            _changed(body, names.to_wire(profile)["sign"], _wrong_signature),
            f"{origin}: wrong signature",
        )
    if "wrong_cipher" in faults and biz and key:
        other = ciphers.choose(profile, _OTHER.get(fields.get("enc_type", "").upper(), "SM4"))
        if other is not None:
            sealed = ciphers.encrypt(other, ciphers.key_of(other, key, fields.get("app_id", "")), biz)
            name = "data" if profile.reply == "data" else names.to_wire(profile)["biz_content"]
            body, cause = _changed(body, name, lambda _: sealed), f"{origin}: another cipher"
    if "truncate" in faults:
        return replace(outcome, body=body[: len(body) // 2], length=len(body)), f"{origin}: reply cut"
    return replace(outcome, body=body), cause


def _wrong_signature(sign: str) -> str:
    """Every hex digit becomes another one, so that no comparison, however lenient, can hold."""
    return sign.translate(_COMPLEMENT)


def _changed(body: bytes, name: str, change: Any) -> bytes:
    """Return a reply with one member changed, as far as it has it."""
    whole = jsontext.parse(body.decode())[0]
    if name not in whole:
        return body
    return jsontext.compact({**whole, name: change(whole[name])}).encode()
