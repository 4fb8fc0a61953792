"""Masking by form: ID numbers, telephones, passports, long runs (keys, digests, tokens, voucher codes), addresses.

Also the pairs of a field's name and its value that stand inside free text (``"user_name":"张三"``, the same with
escaped quotes, ``user_name=张三&…`` of a canonical text). The patterns are compiled when the first text needs them: an
ordinary successful call never does.
"""

from __future__ import annotations

import time

from vcchk.records.masking.fields import FIELDS, HIDE, NUMBER, WORDS, hide

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

_DIGITS = b"0123456789"
_MARKS = b"\"'=<@"
_LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TO_WORDS = bytes(c if c in _LETTERS else 32 for c in range(256))
_plain: set[str] = set()
_MAX_PLAIN_KEPT = 256
_PLACE_MARKS = ("号", "栋", "幢", "室", "楼", "单元")
_LABELS = ("姓名", "证件", "身份证", "手机", "电话", "地址", "住址", "单位")


def digits_in(data: bytes) -> int:
    """Return how many of the bytes are digits."""
    return len(data) - len(data.translate(None, _DIGITS))


def is_plain(text: str) -> bool:
    """Whether no pattern of `compile_patterns` can match: no quotes, few digits, no long run, no label, no place.

    A handful of C calls, so that an ordinary line costs about 2 us and the patterns stay uncompiled.
    """
    data = text.encode("ascii", "replace")
    if len(data.translate(None, _MARKS)) != len(data) or digits_in(data) >= 7:
        return False
    if max(map(len, data.translate(_TO_WORDS).split()), default=0) >= 20:
        return False
    if text.isascii():
        if len(_plain) < _MAX_PLAIN_KEPT and len(text) < 50:
            _plain.add(text)
        return True
    if any(mark in text for mark in _PLACE_MARKS):
        return False
    return not ((":" in text or "：" in text) and any(label in text for label in _LABELS))


_patterns: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] | None = None


def mask_forms(text: str) -> str:
    """Return the text with everything masked whose form gives it away."""
    if text in _plain or is_plain(text):
        return text
    global _patterns
    patterns = _patterns
    if patterns is None:
        patterns = _patterns = compile_patterns()
    for pattern, substitute in patterns:
        text = pattern.sub(substitute, text)
    return text


def _spellings() -> Iterable[str]:
    for name in FIELDS:
        yield "_?".join(name.split("_"))


def compile_patterns() -> list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]:
    """Return the patterns in the order in which they are applied, each with what takes a match's place."""
    import re

    names = "|".join(sorted(_spellings(), key=len, reverse=True))
    flags = re.IGNORECASE | re.DOTALL

    def quoted(match: re.Match[str]) -> str:
        return match[1] + hide(match[2], match[4]) + match[5]

    def bare(match: re.Match[str]) -> str:
        return match[1] + hide(match[2], match[3])

    def whole(match: re.Match[str]) -> str:
        return HIDE[NUMBER](match[0])

    def lengthy(match: re.Match[str]) -> str:
        return HIDE[WORDS](match[0])

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
        # the user and password of a URL (a proxy's, a device's)
        (re.compile(r"(//)[^/@\s\"']+(?=@)"), labelled),
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
        (re.compile(r"[0-9A-Za-z+/]{64,}={0,2}"), lengthy),
        (re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*[0-9])[0-9A-Za-z]{20,}|(?<![0-9A-Za-z])[A-Za-z]{28,}"), whole),
        (
            re.compile(
                r"[一-鿿]{2,}(?:省|市|区|县|镇|乡|村|路|街|道|巷|里)[一-鿿0-9A-Za-z-]*?[0-9一二三四五六七八九十]+"
                r"(?:号|栋|幢|室|楼|单元)[0-9A-Za-z一-鿿-]*"
            ),
            lengthy,
        ),
    ]


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
CENTURIES = frozenset(("18", "19", "20"))
_PROVINCES = "1234568"
_RECENT_DAYS = 31


def check_character(digits: str) -> str:
    """Return the last character that GB 11643 gives an ID number of these 17 digits."""
    total = 0
    for digit, weight in zip(digits, _WEIGHTS, strict=False):
        total += int(digit) * weight
    return _CHECK[total % 11]


def holds_id_number(text: str, at: int) -> bool:
    """Whether the 18 characters from ``at`` are an ID number of GB 11643: place, date of birth, check digit.

    A wrong check digit is forgiven (typing slips are people's numbers too) when the digits stand alone and the date is
    not of these days: an organisation's code, today's date and a counter make such 18 digits as well.
    """
    part = text[at : at + 18]
    if part[0] not in _PROVINCES or not "01" <= part[10:12] <= "12" or not "01" <= part[12:14] <= "31":
        return False
    if not (part.isascii() and part[:17].isdigit() and (part[17].isdigit() or part[17] in "Xx")):
        return False
    if check_character(part) == part[17].upper():
        return True
    if (at and text[at - 1].isdigit()) or text[at + 18 : at + 19].isdigit():
        return False
    now = time.time()
    return part[6:14] < time.strftime("%Y%m%d", time.localtime(now - _RECENT_DAYS * 86400))
