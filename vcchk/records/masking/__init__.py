"""Masking of patients' data and keys before anything is written: log lines, journal rows, causes, reports.

Three rules, applied one after another:

1. by field name (`fields`): one table; `mask_value`, `mask_json`, and the pairs found inside free text;
2. by value (`values`): `remember` takes the fields of a request or reply, and until `forget` every text of this
   thread has those very values replaced: the only way to find a name inside a platform's free sentence;
3. by form (`patterns`): ID numbers, telephones, passports, long runs (keys, digests, tokens, voucher codes), photos,
   addresses.

A masked value keeps at most its first three and last two characters, so that two log lines can be seen to be about the
same thing and nobody can be found by it. That holds for card ids too: a card id is a digest of the ID number
(document A 1.3), ten of its digits would be enough to try out every citizen.
"""

from __future__ import annotations

from vcchk.records.masking.fields import FIELDS, HIDE, NUMBER, SERIALS, kind_of
from vcchk.records.masking.patterns import CENTURIES, digits_in, holds_id_number, mask_forms
from vcchk.records.masking.values import forget, guard, remember, replace_known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "FIELDS",
    "forget",
    "guard",
    "kind_of",
    "mask_json",
    "mask_person",
    "mask_serial",
    "mask_setting",
    "mask_text",
    "mask_value",
    "mask_word",
    "remember",
]

MAX_SERIAL_CHARS = 128
"""Characters of a serial number that are written down; the documents' longest field for one has 64."""
_CUT_WITH_IT = 64


def mask_value(field: str, value: object) -> str:
    """Return the text of one field's value, masked by the field's class, else by form. Empty stays empty."""
    text = value if isinstance(value, str) else _as_text(value)
    if not text:
        return ""
    kind = kind_of(field)
    if kind:
        return HIDE[kind](text)
    if field == "method":
        return mask_word(text)
    return mask_serial(text) if field in SERIALS else mask_text(text)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        import json

        return json.dumps(value, ensure_ascii=False)
    return str(value)


def mask_person(fields: Mapping[str, Any]) -> str:
    """Return who a request is about, masked: name, ID number, telephone, as far as the fields say (journal)."""
    person = [mask_value(name, fields[name]) for name in ("user_name", "id_no", "mobile_phone") if fields.get(name)]
    if person:
        return " ".join(person)
    return next((mask_value(n, fields[n]) for n in ("ehealth_card_id", "ehealth_code") if fields.get(n)), "")


def mask_text(text: str) -> str:
    """Return free text with everything masked that the three rules find. Never raises on any text."""
    return mask_forms(replace_known(text)) if text else text


def mask_serial(text: str) -> str:
    """Return a caller's serial number (out_*_no) or terminal for log and journal, at most some `MAX_SERIAL_CHARS` long.

    It is needed to find the transaction again, so its form alone (32 digits, a GUID) does not mask it. Masked are the
    ID numbers inside it (`holds_id_number`), a mobile phone as the whole of it, and whatever of this call's personal
    values it holds.
    """
    if len(text) > MAX_SERIAL_CHARS:
        # What is cut in half is not known for what it is: the end, which may be such a half, goes after masking.
        whole = _masked_serial(text[: MAX_SERIAL_CHARS + _CUT_WITH_IT])
        return f"{whole[:-_CUT_WITH_IT]}…（共 {len(text)} 字）"
    return _masked_serial(text)


def _masked_serial(text: str) -> str:
    text = replace_known(text)
    if len(text) < 11:
        return text if text.isascii() else _stars(text)
    if len(text) == 11 and text.isdigit() and text[0] == "1" and text[1] in "3456789":
        return HIDE[NUMBER](text)
    for at in range(len(text) - 18, -1, -1):
        if text[at + 6 : at + 8] in CENTURIES and holds_id_number(text, at):
            text = text[:at] + HIDE[NUMBER](text[at : at + 18]) + text[at + 18 :]
    if not text.isascii() or not text.replace("-", "").isalnum():
        return _stars(mask_text(text))  # not the shape of a serial number: free text
    return text


def _stars(text: str) -> str:
    return text if text.isascii() else "".join(c if c.isascii() else "*" for c in text)


def mask_word(text: str) -> str:
    """Return what should be an identifier (a method's name); what may be a name or a number instead becomes stars."""
    text = mask_text(text)
    if text.isascii() and digits_in(text.encode()) < 4:
        return text
    return "".join(c if c.isascii() and not c.isdigit() else "*" for c in text)


def mask_setting(value: str) -> str:
    """Return the value of a setting of the INI; a remark that somebody wrote behind it goes, whatever it holds."""
    return mask_text(value.partition(" ;")[0].partition(" #")[0])


def mask_json(text: str) -> str:
    """Return JSON text (an envelope, a reply) with every value masked by its field; other text as `mask_text` does.

    Text inside text (biz_content as a string) is masked as JSON again. Order is kept; a number that is masked becomes
    a string, others may be spelled anew (1.50 as 1.5).
    """
    import json

    try:
        value = json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
        if value is None:
            return mask_text(text)
        return json.dumps(_mask_tree("", value), ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return mask_text(text)


def _mask_tree(field: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {mask_text(name): _mask_tree(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_mask_tree(field, item) for item in value]
    if isinstance(value, str):
        if kind_of(field):
            return mask_value(field, value)
        return mask_json(value) if value[:1] in ("{", "[") else mask_text(value)
    if isinstance(value, bool) or value is None:
        return value
    masked = mask_value(field, value)
    return value if masked == str(value) else masked
