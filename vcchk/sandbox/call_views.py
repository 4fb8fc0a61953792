"""A call as people see it: masked for lists and logs, or in clear for who asks for it on his own machine.

Made when somebody looks. In clear the people of the sandbox (they are synthetic) and all bytes are shown; the value of
an application's key never is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vcchk import specification
from vcchk.base.encoding import decode
from vcchk.base.errors import VcchkError
from vcchk.records import masking
from vcchk.records.masking.fields import WIPED
from vcchk.specification import sections
from vcchk.wire import codec, names, signing

if TYPE_CHECKING:
    from vcchk.sandbox.seen_call import SeenCall

HIDDEN = "***"
_DEPTH = 4


def masked(seen: SeenCall) -> dict[str, Any]:
    """Return the call with everything personal masked, the findings of the field check, and no raw bytes."""
    return {
        "number": seen.number,
        "time": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seen.at)),
        "method": masking.mask_word(seen.method),
        "app_id": masking.mask_value("app_id", seen.app_id),
        "term_id": terminal(seen),
        "profile": seen.profile,
        "sign_type": masking.mask_text(seen.sign_type),
        "enc_type": masking.mask_text(seen.enc_type),
        "signature": seen.signature,
        "ret_code": seen.ret_code,
        "cause": masking.mask_text(seen.cause),
        "serial": masking.mask_serial(seen.serial),
        "ms": round(seen.ms, 2),
        "http": seen.http,
        "replay_of": seen.replay_of,
        "request": masking.mask_json(seen.request),
        "reply": masking.mask_json(seen.reply),
        "findings": findings(seen),
        "diagnosis": list(seen.diagnosis.lines) if seen.diagnosis else [],
    }


def clear(seen: SeenCall) -> dict[str, Any]:
    """Return `masked`'s fields unmasked, and ``path``, ``content_type``, ``body``, ``size``, ``reply_type``,
    ``reply_body``, ``reply_size``, ``is_cut`` (a body was longer than what is kept), ``canonical`` (what the platform
    signs of the request, ``***`` for the key), ``sign_expected``, ``sign_received``, ``reply_canonical``,
    ``reply_sign``, and ``difference``: where the caller's own text parts from the platform's ({at, ours, theirs},
    ``at`` from 1), None unless the diagnosis found how the caller signed."""
    raw = _raw(seen, seen.body, reply=False)
    hidden = _keys(seen, raw)

    def hide(text: str) -> str:
        for key in hidden:
            text = text.replace(key, HIDDEN)
        return text

    canonical, expected = _signed(seen, raw, seen.request)
    answer = _raw(seen, seen.reply_body, reply=True)
    reply_canonical, _ = _signed(seen, answer, seen.reply)
    difference = seen.diagnosis.difference if seen.diagnosis else None
    plain = ("method", "app_id", "term_id", "sign_type", "enc_type", "cause", "serial", "request", "reply")
    view = masked(seen) | {name: hide(getattr(seen, name)) for name in plain}
    return view | {
        "path": hide(seen.path),
        "content_type": hide(seen.content_type),
        "body": hide(_text(seen.body)),
        "size": seen.size,
        "reply_type": seen.reply_type,
        "reply_body": hide(_text(seen.reply_body)),
        "reply_size": seen.reply_size,
        "is_cut": len(seen.body) < seen.size or len(seen.reply_body) < seen.reply_size,
        "canonical": hide(canonical),
        "sign_expected": expected,
        "sign_received": hide(_sign(seen, raw)),
        "reply_canonical": hide(reply_canonical),
        "reply_sign": _sign(seen, answer),
        "difference": difference and {n: hide(v) if isinstance(v, str) else v for n, v in vars(difference).items()},
    }


def log_line(seen: SeenCall) -> str:
    """Return the log line: facts about the call, nothing about the person."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seen.at))
    parts = [
        stamp,
        f"#{seen.number}",
        masking.mask_word(seen.method)[:60] or "-",
        f"ret={seen.ret_code or '-'}",
        f"profile={seen.profile or '-'}",
        f"sign={masking.mask_text(seen.sign_type[:20]) or '-'}/{seen.signature or '-'}",
        f"cipher={masking.mask_text(seen.enc_type[:20]) or '-'}",
        f"term={terminal(seen)[:40] or '-'}",
        f"serial={masking.mask_serial(seen.serial)[:64] or '-'}",
        f"{seen.ms:.1f}ms",
    ]
    if seen.cause:
        parts.append("cause=" + masking.mask_text(seen.cause[:300]))
    return " ".join(parts)


def findings(seen: SeenCall) -> list[dict[str, Any]]:
    """Return what the documents' tables ask for and the request lacks: ``field``, ``label``, ``rule``,
    ``sentence`` (Chinese), ``document`` (A, B; "" both), ``section`` (``"A 4.1"``, ``"B 4.2.1"``), ``page`` of document
    B."""
    if not seen.envelope:
        return []
    try:
        biz = json.loads(seen.request or "null")
    except (ValueError, RecursionError):
        biz = None
    # The client's findings about key and sign are not ours to repeat: they were on the wire, or are never there.
    envelope = {**seen.envelope, "key": "-", "biz_content": seen.request}
    rows = []
    for found in specification.check(envelope, biz if isinstance(biz, dict) else None):
        if found.rule == "biz" and not seen.request:
            continue  # never opened: nothing is known about it
        section, page = sections.section_and_page(found.document, found.table, seen.method)
        rows.append({
            "field": found.field,
            "label": found.label,
            "rule": found.rule,
            "sentence": found.sentence,
            "document": found.document,
            "section": section,
            "page": page,
        })  # fmt: skip
    return rows


def terminal(seen: SeenCall) -> str:
    """Return the terminal, masked; one that was never checked may be anything a caller put there by mistake, a key too.

    Signatures are looked at after it.
    """
    is_known = seen.signature or seen.ret_code == "1010" or seen.rules is None
    return masking.mask_value("term_id" if is_known else "card_no", seen.term_id)


def _raw(seen: SeenCall, body: bytes, *, reply: bool) -> codec.Raw | None:
    """Read a body again; None when it cannot be read (cut, or no message of the platform)."""
    if seen.rules is None:
        return None
    try:
        return codec.read(seen.rules, body, reply=reply)
    except VcchkError:
        return None


def _signed(seen: SeenCall, raw: codec.Raw | None, biz_text: str) -> tuple[str, str]:
    """Return the canonical text by the platform's rules, its key masked, and the signature that belongs to it."""
    if raw is None or seen.rules is None or not seen.key or not (biz_text or raw.reply):
        return "", ""
    message = codec.unsigned(seen.rules, raw, biz_text)
    text = signing.text(seen.rules, message, "***")
    try:
        digest = signing.hash_name(seen.rules, raw.fields.get("sign_type", ""))
    except VcchkError:
        return text, ""
    return text, signing.sign(seen.rules, digest, message, seen.key)


def _sign_name(seen: SeenCall) -> str:
    return names.to_wire(seen.rules)["sign"] if seen.rules else "sign"


def _sign(seen: SeenCall, raw: codec.Raw | None) -> str:
    return raw.wire.get(_sign_name(seen), "") if raw else ""


def _text(body: bytes) -> str:
    return decode(body).text


def _keys(seen: SeenCall, raw: codec.Raw | None) -> list[str]:
    """Return the keys that the bytes may hold, longest first: the application's own, and what stands in a key's field
    (callers have been seen to send theirs)."""
    found = {seen.key, *_secrets(dict(raw.wire) if raw else None, 0)}
    for text in (seen.request, _text(seen.body)):
        try:
            found.update(_secrets(json.loads(text), 0))
        except (ValueError, RecursionError):
            continue
    return sorted(found - {"", HIDDEN}, key=len, reverse=True)


def _secrets(value: Any, depth: int) -> Iterator[str]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        if isinstance(item, str | int) and isinstance(name, str) and name != "birthday":
            if masking.kind_of(name) == WIPED:
                yield str(item)
        elif depth < _DEPTH:
            yield from _secrets(item, depth + 1)
