"""Masking of patients' data and keys before anything is written: log lines, journal rows, causes, reports.

Three nets, one behind the other:

1. by field name — one table, `FIELDS`; `mask_value`, `mask_json`, and the pairs found inside free text
   (``"user_name":"张三"``, the same with escaped quotes, ``user_name=张三&…`` of a canonical text);
2. by what this call carried — `remember` takes the fields of a request or reply, and until `forget` every text of this
   thread has those very values replaced: the only way to find a name inside a platform's free sentence;
3. by form — ID numbers, telephones, passports, long runs (keys, digests, tokens, voucher codes), photos, addresses.

A masked value keeps at most its first three and last two characters, so that two log lines can be told to be about the
same thing and nobody can be found by it. That holds for card ids too: a card id is a digest of the ID number
(document A 1.3), ten of its digits would be enough to try out every citizen.

The patterns are compiled when the first text needs them: an ordinary successful call never does.
"""

from __future__ import annotations

import time
from _thread import _local as thread_local

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

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
_kinds: dict[str, str | None] = {}
_KINDS_KEPT = 512

_local = thread_local()
_guarded: dict[str, str] = {}


def kind_of(field: str) -> str | None:
    """Return the class of a field by its name in any spelling, or None for an ordinary one."""
    try:
        return _kinds[field]
    except KeyError:
        kind = _BY_NORMAL.get(field.replace("_", "").replace("-", "").lower())
        if len(_kinds) < _KINDS_KEPT:
            _kinds[field] = kind
        return kind


def _hide_number(value: str) -> str:
    return f"{value[:3]}***{value[-2:]}" if len(value) >= 8 else "***"


def _hide_wiped(_value: str) -> str:
    return "***"


def _hide_name(value: str) -> str:
    return value[0] + "*" if value and not value.isascii() else "*"


def _hide_words(value: str) -> str:
    return f"***({len(value)}字)"


_HIDE: dict[str, Callable[[str], str]] = {
    WIPED: _hide_wiped,
    NUMBER: _hide_number,
    NAME: _hide_name,
    WORDS: _hide_words,
}


def mask_value(field: str, value: object) -> str:
    """Return the text of one field's value, masked by the field's class, else by form. Empty stays empty."""
    text = value if isinstance(value, str) else _as_text(value)
    if not text:
        return ""
    kind = kind_of(field)
    if kind:
        return _HIDE[kind](text)
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
    """Return who a request is about, masked: name, ID number, telephone, as far as the fields tell (journal)."""
    shown = (mask_value(name, fields.get(name)) for name in ("user_name", "id_no", "mobile_phone"))
    person = " ".join(part for part in shown if part)
    if person:
        return person
    return next((m for n in ("ehealth_card_id", "ehealth_code") if (m := mask_value(n, fields.get(n)))), "")


# --- what this call carried -------------------------------------------------------------------------------------


def guard(secret: str) -> None:
    """Never write this text again in this process (the key of the INI)."""
    if len(secret) >= 4:
        _guarded[secret] = "***"


def remember(*records: Mapping[str, Any]) -> None:
    """Replace the personal values of these fields in every text of this thread, until `forget`.

    Values may be text, numbers, or nested objects and lists (card_list). Called with the envelope, the business fields
    and the reply's; costs a few microseconds.
    """
    known: dict[str, str] | None = getattr(_local, "known", None)
    if known is None:
        known = _local.known = {}
    for record in records:
        _collect(record, known, 0)


def _collect(record: Mapping[str, Any], known: dict[str, str], depth: int) -> None:
    kinds = _kinds
    for field, value in record.items():
        if isinstance(value, str):
            kind = kinds[field] if field in kinds else kind_of(field)
            if kind and len(value) > 1:
                known[value] = kind
        elif isinstance(value, dict):
            if depth < 4:
                _collect(value, known, depth + 1)
        elif isinstance(value, (list, tuple)):
            if depth < 4:
                for item in value:
                    if isinstance(item, dict):
                        _collect(item, known, depth + 1)
        elif value is not None and not isinstance(value, bool):
            kind = kind_of(field)
            text = str(value)
            if kind and len(text) > 3:
                known[text] = kind


def forget() -> None:
    """Drop what `remember` took on this thread."""
    _local.known = None


def _replace_known(text: str) -> str:
    for value, shown in _guarded.items():
        if value in text:
            text = text.replace(value, shown)
    known: dict[str, str] | None = getattr(_local, "known", None)
    if not known:
        return text
    found = [value for value in known if value in text]
    if len(found) > 1:
        found.sort(key=len, reverse=True)  # a value inside a longer one must not tear it
    for value in found:
        shown = _HIDE[known[value]](value)
        text = _replace_word(text, value, shown) if len(value) < 4 and value.isascii() else text.replace(value, shown)
    if "\\u" in text:
        import json

        for value, kind in known.items():
            if not value.isascii() and (escaped := json.dumps(value)[1:-1]) in text.lower():
                text = _replace_folded(text, escaped, _HIDE[kind](value))
    return text


def _replace_word(text: str, value: str, shown: str) -> str:
    """Replace a short ASCII value ("Li") where it stands alone, never inside another word."""
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        if (at and text[at - 1].isalnum() and text[at - 1].isascii()) or (
            end < len(text) and text[end].isalnum() and text[end].isascii()
        ):
            at = text.find(value, end)
            continue
        text = text[:at] + shown + text[end:]
        at = text.find(value, at + len(shown))
    return text


def _replace_folded(text: str, escaped: str, shown: str) -> str:
    """Replace a \\uXXXX form in either case of its hex digits."""
    at = text.lower().find(escaped)
    while at >= 0:
        text = text[:at] + shown + text[at + len(escaped) :]
        at = text.lower().find(escaped, at + len(shown))
    return text


# --- by form ----------------------------------------------------------------------------------------------------

_patterns: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] | None = None


def _spellings() -> Iterable[str]:
    for name in FIELDS:
        yield "_?".join(name.split("_"))


def _compile() -> list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]:
    import re

    names = "|".join(sorted(_spellings(), key=len, reverse=True))
    flags = re.IGNORECASE | re.DOTALL

    def quoted(match: re.Match[str]) -> str:
        return match[1] + mask_value(match[2], match[4]) + match[5]

    def bare(match: re.Match[str]) -> str:
        return match[1] + mask_value(match[2], match[3])

    def whole(match: re.Match[str]) -> str:
        return _hide_number(match[0])

    def words(match: re.Match[str]) -> str:
        return _hide_words(match[0])

    def labelled(match: re.Match[str]) -> str:
        return match[1] + "***"

    # In `quoted` the value ends at the same kind of quote that opened it, with as many backslashes before it; a value
    # whose end was cut off reaches to the end of the text.
    return [
        (re.compile(rf"""(["']({names})["']\s*:\s*(["']))((?:\\.|(?!\3)[^\\])*)(\3|\\?$)""", flags), quoted),
        (re.compile(rf"""(\\+["']({names})\\+["']\s*:\s*(\\+["']))(.*?)((?<!\\)\3|$)""", flags), quoted),
        (re.compile(rf"""(\\*["']({names})\\*["']\s*:\s*)(-?[0-9][0-9.eE+]*)""", flags), bare),
        (re.compile(rf"""(<({names})>)([^<]*)""", flags), bare),
        (re.compile(r"""((?:app_?)?(key|secret)=)([^&\s"']*)""", flags), bare),
        (re.compile(rf"""(?<![A-Za-z_])(({names})=)([^&"\r\n]*?)(?=&|["\r\n]|\s\w+=|$)""", flags), bare),
        (
            re.compile(
                r"((?:姓名|证件号码?|身份证号?码?|手机号?码?|电话|地址|住址|单位)\s*[:：=]\s*)[^\s,，。;；、)）\]】&\"']+"
            ),
            labelled,
        ),
        # 18 and 15 digits of an identity card, embedded in letters or not; with a space or dash after place and date
        (
            re.compile(
                r"(?<![0-9])[1-9][0-9]{5}[ -]?(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
                r"[ -]?[0-9]{3}[0-9Xx](?![0-9])"
            ),
            whole,
        ),
        (
            re.compile(r"(?<![0-9])[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}(?![0-9])"),
            whole,
        ),
        (re.compile(r"(?<![0-9])1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])"), whole),
        (re.compile(r"(?<![0-9])0[1-9][0-9]{1,2}-[2-9][0-9]{6,7}(?![0-9])"), whole),
        # passports E12345678, EA1234567; permits of Hong Kong and Macau H12345678(00)
        (re.compile(r"(?<![0-9A-Za-z])[A-Z][A-Z]?[0-9]{7,10}(?![0-9A-Za-z])"), whole),
        (re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"), whole),
        # base64 (photos), then keys, digests, tokens and voucher codes: runs too long to be a word
        (re.compile(r"[0-9A-Za-z+/]{64,}={0,2}"), words),
        (re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*[0-9])[0-9A-Za-z]{20,}|(?<![0-9A-Za-z])[A-Za-z]{28,}"), whole),
        (
            re.compile(
                r"[一-鿿]{2,}(?:省|市|区|县|镇|乡|村|路|街|道|巷|里)[一-鿿0-9A-Za-z-]*?[0-9一二三四五六七八九十]+"
                r"(?:号|栋|幢|室|楼|单元)[0-9A-Za-z一-鿿-]*"
            ),
            words,
        ),
    ]


_DIGITS = b"0123456789"
_MARKS = b"\"'=<"
_LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TO_WORDS = bytes(c if c in _LETTERS else 32 for c in range(256))
_plain: set[str] = set()
_PLAIN_KEPT = 256
_PLACE_MARKS = ("号", "栋", "幢", "室", "楼", "单元")
_LABELS = ("姓名", "证件", "身份证", "手机", "电话", "地址", "住址", "单位")


def _is_plain(text: str) -> bool:
    """Whether no pattern of `_compile` can match: no quotes, few digits, no long run, no label, no place.

    A handful of C calls, so that an ordinary line costs about 2 us and the patterns stay uncompiled.
    """
    data = text.encode("ascii", "replace")
    if len(data.translate(None, _MARKS)) != len(data) or len(data) - len(data.translate(None, _DIGITS)) >= 7:
        return False
    if max(map(len, data.translate(_TO_WORDS).split()), default=0) >= 20:
        return False
    if text.isascii():
        if len(_plain) < _PLAIN_KEPT and len(text) < 50:
            _plain.add(text)
        return True
    if any(mark in text for mark in _PLACE_MARKS):
        return False
    return not ((":" in text or "：" in text) and any(label in text for label in _LABELS))


def mask_text(text: str) -> str:
    """Return free text with everything masked that the three nets catch. Never raises on any text."""
    if not text:
        return text
    text = _replace_known(text)
    if text in _plain or _is_plain(text):
        return text
    global _patterns
    patterns = _patterns
    if patterns is None:
        patterns = _patterns = _compile()
    for pattern, shown in patterns:
        text = pattern.sub(shown, text)
    return text


def mask_serial(text: str) -> str:
    """Return a caller's serial number (out_*_no) or terminal for log and journal.

    It is needed to find the transaction again, so its form alone (32 digits, a GUID) does not mask it. Masked are an
    ID number inside it (`_holds_id_number`), a mobile phone as the whole of it, and whatever of this call's personal
    values it holds.
    """
    text = _replace_known(text)
    if len(text) < 11:
        return text if text.isascii() else _stars(text)
    if len(text) == 11 and text.isdigit() and text[0] == "1" and text[1] in "3456789":
        return _hide_number(text)
    for at in range(len(text) - 18, -1, -1):
        if text[at + 6 : at + 8] in _CENTURIES and _holds_id_number(text, at):
            text = text[:at] + _hide_number(text[at : at + 18]) + text[at + 18 :]
            break
    if not text.isascii() or not text.replace("-", "").isalnum():
        return _stars(mask_text(text))  # not the shape of a serial number: free text
    return text


def _stars(text: str) -> str:
    return text if text.isascii() else "".join(c if c.isascii() else "*" for c in text)


def mask_word(text: str) -> str:
    """Return what should be an identifier (a method's name); what may be a name or a number instead becomes stars."""
    text = mask_text(text)
    data = text.encode("ascii", "replace")
    if text.isascii() and len(data) - len(data.translate(None, _DIGITS)) < 4:
        return text
    return "".join(c if c.isascii() and not c.isdigit() else "*" for c in text)


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_CENTURIES = frozenset(("18", "19", "20"))
_PROVINCES = "1234568"
_RECENT_DAYS = 31


def _holds_id_number(text: str, at: int) -> bool:
    """Whether the 18 characters from ``at`` are an ID number of GB 11643: place, date of birth, check digit.

    A wrong check digit is forgiven (typing slips are people's numbers too) when the digits stand alone and the date is
    not of these days: an organisation's code, today's date and a counter make such 18 digits as well.
    """
    part = text[at : at + 18]
    if part[0] not in _PROVINCES or not "01" <= part[10:12] <= "12" or not "01" <= part[12:14] <= "31":
        return False
    if not (part.isascii() and part[:17].isdigit() and (part[17].isdigit() or part[17] in "Xx")):
        return False
    total = 0
    for digit, weight in zip(part, _WEIGHTS, strict=False):
        total += int(digit) * weight
    if _CHECK[total % 11] == part[17].upper():
        return True
    if (at and text[at - 1].isdigit()) or text[at + 18 : at + 19].isdigit():
        return False
    now = time.time()
    return part[6:14] < time.strftime("%Y%m%d", time.localtime(now - _RECENT_DAYS * 86400))


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
    shown = mask_value(field, value)
    return value if shown == str(value) else shown
