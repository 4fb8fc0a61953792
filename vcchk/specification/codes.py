"""What a scanned text is: a health code, an insurance voucher's code, or something else. Pure; never refuses.

The form of a health code is not in documents A and B; it is what public clients of this platform family use: two to
five fields split by ``:`` — card id, flag (0 dynamic, 1 static), token, reserved, issuer — some with a region's two
digits before them (``85:``, ``86:``). The voucher's code (医保电子凭证) has no ``:`` and 28 to 32 digits and letters.
Only the platform decides whether a code is good.
"""

from __future__ import annotations

from vcchk.base.encoding import is_hex
from vcchk.base.record import Record

HEALTH = "health"
VOUCHER = "voucher"
OTHER = "other"
EMPTY = "empty"

STATIC = "static"
DYNAMIC = "dynamic"
UNKNOWN = "unknown"

# Document A 1.4 and its sample code; an absent flag means static.
FLAGS = {"0": DYNAMIC, "1": STATIC, None: STATIC}
PREFIX_LENGTH = 2
# Samples of document A have card ids of 48 characters, not all of them hex; what is shorter than this before the first
# colon is no card id (``https:``).
MIN_CARD_ID_CHARS = 16
VOUCHER_LENGTHS = range(28, 33)
TOKEN_LENGTH = 32
BYTE_ORDER_MARKS = ("\ufeff", "\u00ef\u00bb\u00bf")
GBK_MARK, LAST_MARK_BYTE = "锘", 0xBF
ECI_DIGITS = 6


class Scanned(Record):
    """What was scanned. ``fields`` are the parts between colons, empty ones kept, ``prefix`` not among them."""

    _secret = ("text", "fields")
    kind: str
    text: str
    prefix: str = ""
    fields: tuple[str, ...] = ()
    flag: str = ""


def _alphanumeric(text: str) -> bool:
    return text.isascii() and text.isalnum()


def without_reader_prefix(text: str) -> str:
    """Return ``text`` without what a scanner puts before a code's own characters: ECI marks and byte order marks.

    An ECI mark (AIM ITS/04-001; ISO/IEC 18004, 14) is a backslash and six digits, ``\\000026`` for UTF-8. The AIM
    identifier before one, as in ``]Q2\\000026``, goes with it; so does one before what is a code by its form. Before
    anything else it stays: no code of the documents begins with ``]``, but another's may.
    """
    if text[:1].isalnum() and text[:1].isascii():
        return text  # no mark begins like a code
    start = text.lstrip()
    bare = start
    while True:
        rest = _without_aim(bare)
        if rest[:1] == "\\" and len(rest) > ECI_DIGITS and _is_digits(rest[1 : 1 + ECI_DIGITS]):
            bare = rest[1 + ECI_DIGITS :]
            continue
        unmarked = _without_byte_order_mark(rest)
        if unmarked == rest:
            break
        bare = unmarked
    if rest != bare and read(rest).kind in (HEALTH, VOUCHER):
        return rest
    return text if bare == start else bare


def _without_aim(text: str) -> str:
    """Return ``text`` without an AIM identifier (ISO/IEC 15424): ``]``, a letter, a modifier."""
    return text[3:] if text[:1] == "]" and _alphanumeric(text[1:3]) else text


def _without_byte_order_mark(text: str) -> str:
    """Return ``text`` without a byte order mark, also where UTF-8's three bytes EF BB BF were read as something else.

    Read as Latin-1 they are three letters. Read as GBK the first two are 锘, and the third makes one character with
    the code's first letter, or ``?`` where that is a digit (`vcchk.base.encoding.decode`).
    """
    for mark in BYTE_ORDER_MARKS:
        if text.startswith(mark):
            return text[len(mark) :]
    if text[:1] == GBK_MARK and len(text) > 1:
        pair = text[1].encode("gbk", "replace")
        if pair == b"?":
            return text[2:]
        if pair[0] == LAST_MARK_BYTE and pair[1] < 0x80:
            return chr(pair[1]) + text[2:]
    return text


def is_whole(text: str) -> bool:
    """Tell by its form whether ``text`` may be a whole code, and not the first part of one.

    For a scanner that sends no line end, where a pause must end a code: hex digits alone may be half a card id, also
    when there are as many of them as a voucher has characters.
    """
    scanned = read(_without_aim(without_reader_prefix(text)))
    if scanned.kind == VOUCHER:
        return scanned.text.isdigit() or not is_hex(scanned.text)
    if scanned.kind == OTHER:
        return not all(_alphanumeric(field) or not field for field in scanned.fields)
    fields = scanned.fields
    if scanned.kind == EMPTY or len(fields) < 2 or not fields[1]:
        return False
    if scanned.flag == DYNAMIC:
        token = fields[2] if len(fields) > 2 else ""
        return len(token) >= TOKEN_LENGTH or (not token and len(fields) > 3)
    return True


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def read(text: str) -> Scanned:
    """Tell what ``text`` (as a scanner or a caller gave it, blanks and line ends around it allowed) is.

    ``kind`` is one of HEALTH, VOUCHER, OTHER, EMPTY; a health code's ``flag`` one of STATIC, DYNAMIC, UNKNOWN.
    """
    text = without_reader_prefix(text).strip().strip("\ufeff")
    if not text:
        return Scanned(kind=EMPTY, text="")
    fields = tuple(text.split(":"))
    if len(fields) == 1:
        is_voucher = len(text) in VOUCHER_LENGTHS and _alphanumeric(text)
        return Scanned(kind=VOUCHER if is_voucher else OTHER, text=text, fields=fields)
    prefix = ""
    if len(fields[0]) == PREFIX_LENGTH and _is_digits(fields[0]):
        prefix, fields = fields[0], fields[1:]
    if len(fields[0]) < MIN_CARD_ID_CHARS or not _alphanumeric(fields[0]):
        return Scanned(kind=OTHER, text=text, prefix=prefix, fields=fields)
    flag = FLAGS.get(fields[1] if len(fields) > 1 else None, UNKNOWN)
    return Scanned(kind=HEALTH, text=text, prefix=prefix, fields=fields, flag=flag)


def lasting(text: str) -> str:
    """Return the code to put on paper: a dynamic code's card under the static flag and without its token.

    A dynamic code would be dead in minutes on a label that is read for months. Every other text is returned as it is.
    """
    scanned = read(text)
    if scanned.flag != DYNAMIC:
        return text
    fields = [scanned.fields[0], "1", "", *scanned.fields[3:]] if len(scanned.fields) > 2 else [scanned.fields[0], "1"]
    return ":".join([scanned.prefix, *fields] if scanned.prefix else fields)
