"""The envelope's timestamp in the forms that platforms want. Wall-clock text is Beijing time (UTC+8)."""

from __future__ import annotations


def _days(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 (proleptic Gregorian calendar): days_from_civil of Howard Hinnant's algorithms.

    Years begin in March, so that the leap day is the last one. `time.mktime` knows the machine's zone alone, and
    `datetime` is too dear an import for a first call.
    """
    year -= month <= 2
    era_year = year % 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return year // 400 * 146097 + era_year * 365 + era_year // 4 - era_year // 100 + day_of_year - 719468


def stamp(text: str, form: str) -> str:
    """Return yyyyMMddHHmmss(SSS) as ``form``: "14", "17" digits or "epoch_ms"; anything else stays as it is.

    ``form`` "caller" leaves every text as the caller wrote it (docs/wire.md, rule 6).
    """
    if form == "caller" or len(text) not in (14, 17) or not (text.isascii() and text.isdigit()):
        return text
    if form == "14":
        return text[:14]
    if form == "17":
        return text[:14] + text[14:].ljust(3, "0")
    days = _days(int(text[:4]), int(text[4:6]), int(text[6:8]))
    seconds = days * 86400 + int(text[8:10]) * 3600 + int(text[10:12]) * 60 + int(text[12:14]) - 8 * 3600
    return f"{seconds}{text[14:].ljust(3, '0')}"
