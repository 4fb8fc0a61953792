"""The check of a request's fields against the documents' tables: all findings at once, never a refusal.

A drop-in is never stricter than the original: findings are warnings unless ``[abi] strict = yes`` (the caller of
`check` decides). Findings never hold the value of a field.
"""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.specification import codes, kinds, spelling
from vcchk.specification.dictionaries import dictionary
from vcchk.specification.methods import find
from vcchk.specification.tables import common_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vcchk.specification.methods import Method
    from vcchk.specification.tables import Field

# rule -> what is wrong, in Chinese; {} is the limit or the table that the finding carries.
RULES = {
    "padded": "首尾有空白或看不见的字符，照原样用于签名，请核对",
    "required": "不能为空",
    "length": "超长（最多 {limit} 个字符，收到 {length} 个）",
    "values": "的取值不在文档所列范围内",
    "dictionary": "不在字典 {limit} 中",
    "time": "不是 yyyyMMddHHmmss 格式（收到 {length} 个字符）",
    "text": "应为一个值，收到的是对象或数组",
    "key": "与 sign 都为空，请求无法签名",
    "static_code": "是静态码，静态码不用于收费（010105）",
    "expiry_missing": "为空，动态码需要有效秒数",
    "expiry_invalid": "不是正整数秒数",
    "method": "不在接口字典中",
    "broken_method": "不在接口字典中，应为 {limit}",
    "pair": "应与 {limit} 同时填写，或同时不填",
    "list": "应为列表，每项有 card_type 和 card_no",
    "duplicate": "重复出现，以最后一个为准",
    "behind": "的 JSON 之后还有 {length} 个字符（如 ; 或 }}），请检查 HIS",
    "biz": "不是 JSON 对象，字段未检查",
}


class Deviation(Record):
    """One thing a document asks for that a request lacks. ``length``: characters received; never the value itself.

    ``document``: "A", "B" or "" (both); ``table``: the chapter whose table says so, e.g. "4.3 接口请求参数";
    ``limit``: the greatest length, the dictionary's name, or what is meant.
    """

    field: str
    rule: str
    document: str = ""
    table: str = ""
    length: int = 0
    limit: str = ""
    label: str = ""

    @property
    def sentence(self) -> str:
        """The finding as a Chinese sentence for the log and for the message of a strict refusal."""
        source = f"（文档{self.document} {self.table}）" if self.table else ""
        label = f"{self.label} " if self.label else ""
        return f"{label}{self.field} {RULES[self.rule].format(limit=self.limit, length=self.length)}{source}"


_TIME_FIELDS = frozenset(
    {
        "out_register_time",
        "out_trade_time",
        "out_verify_time",
        "out_authorize_time",
        "out_alter_time",
        "out_close_time",
    }
)

_ON_THE_WIRE = ("ehealth_code",)
"""B 4.2.1 lacks this field since the library reads the code, and then sends it: it does not show who follows which."""

_PAYMENT = "010105"
CARD_LIST = "card_list"
"""The one field of type JSON (A 4.6, B 4.1)."""


_INVISIBLE = "\0\u00ad\u200b\u200c\u200d\u2060\ufeff"


def is_padded(key: str) -> bool:
    """Tell whether a key begins or ends with a blank or an invisible character: Oracle's CHAR columns pad, files of
    Windows' editor begin with a BOM, lists end lines with CR LF.
    """
    return key != key.strip().strip(_INVISIBLE)


_LAST_DAYS = {
    **dict.fromkeys(("01", "03", "05", "07", "08", "10", "12"), "31"),
    **dict.fromkeys(("04", "06", "09", "11"), "30"),
    "02": "29",
}


def is_time(text: str) -> bool:
    """Tell whether ``text`` is a yyyyMMddHHmmss that a calendar knows (3.2 of both documents)."""
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return False
    # Digits of equal number are in the order of their numbers: each call has two times, and `int` costs more.
    if not ("01" <= text[6:8] <= _LAST_DAYS.get(text[4:6], "") and text[:4] > "0000"):
        return False
    if text[8:10] > "23" or text[10:12] > "59" or text[12:] > "59":
        return False
    return text[4:8] != "0229" or _is_leap(int(text[:4]))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


_MAX_CODE_CHARS = 2
"""Characters of a code of ``nations`` and ``sexes``. Where a document leaves more (nation String(50) in A 4.1, A 4.7,
B 4.1; user_sex String(32) in A 4.2, B 4.4) and names no dictionary, the word itself (汉族, 男) is as good."""


def _is_guid(value: str) -> bool:
    """A province's platform has GUIDs of 36 characters for app_id, which the documents give 32."""
    return len(value) == 36 and [len(part) for part in value.split("-")] == [8, 4, 4, 4, 12]


class _Rule(Record):
    """What one row of a field table asks. ``other_name``: under which another table has the same field. ``max_length``:
    in characters, 0 for none. ``values``: the closed list that stands in the row. ``dictionary``: the name of the one
    that its values are from; those' names count too when ``takes_names``. ``is_free``: any text of that length will do.
    """

    name: str
    other_name: str
    label: str
    required: bool
    max_length: int
    values: Mapping[str, str] | None
    dictionary: str
    takes_names: bool
    is_free: bool

    def broken_by(self, value: Any) -> tuple[str, str]:
        """Return (key of `RULES`, its limit) for a value other than text, ("", "") for one that keeps the row."""
        if self.name == CARD_LIST:
            return ("", "") if is_card_list(value) else ("list", "")
        return ("text", "") if self.max_length and isinstance(value, (dict, list, bool)) else ("", "")

    def broken_by_text(self, value: str) -> tuple[str, str]:
        """The same for text; blanks alone are no value."""
        if value.isspace():
            return ("required", "") if self.required else ("", "")
        if self.max_length and len(value) > self.max_length and not (self.name == "app_id" and _is_guid(value)):
            return "length", str(self.max_length)
        if self.name in _TIME_FIELDS:
            return ("", "") if is_time(value) else ("time", "")
        if self.values is not None:
            # dynamic or Dynamic, Y or y: programs write either, and no list has two values that differ in case alone.
            is_listed = value in self.values or value.lower() in self.values or value.upper() in self.values
            return ("", "") if is_listed else ("values", "")
        if self.dictionary and not self._is_in_dictionary(value):
            return "dictionary", self.dictionary
        return ("list", "") if self.name == CARD_LIST and not is_card_list(value) else ("", "")

    def _is_in_dictionary(self, value: str) -> bool:
        names = dictionary(self.dictionary)
        return value in names or (self.takes_names and value in names.values())


def is_card_list(value: Any) -> bool:
    """Tell whether ``value`` is a list of objects with card_type and card_no, or the JSON text of such a list."""
    if isinstance(value, str):
        import json

        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return False
    return isinstance(value, list) and all(
        isinstance(item, dict) and item.get("card_type") and item.get("card_no") for item in value
    )


def _compile(fields: tuple[Field, ...]) -> tuple[_Rule, ...]:
    return tuple([_rule(field) for field in fields])


def _rule(field: Field) -> _Rule:
    values = None if field.values == "card_types" else field.values  # regions use types that no document lists
    dictionary_name = values if isinstance(values, str) else ""
    return _Rule(
        name=field.name,
        other_name=spelling.SAME_FIELD.get(field.name, ""),
        label=field.label,
        required=bool(field.required),
        max_length=field.length or 0,
        values=None if dictionary_name else values,
        dictionary=dictionary_name,
        takes_names=dictionary_name in ("nations", "sexes") and (field.length or 0) > _MAX_CODE_CHARS,
        is_free=bool(field.length) and values is None and field.name not in _TIME_FIELDS,
    )


_NOT_CHECKED_AS_ROWS = ("key", "sign", "biz_content", "timestamp")
_ENVELOPE = _compile(tuple([field for field in common_request() if field.name not in _NOT_CHECKED_AS_ROWS]))
_compiled: dict[tuple[str, str], tuple[_Rule, ...]] = {}
_own_fields: dict[str, dict[str, frozenset[str]]] = {}


def _apply(rules: tuple[_Rule, ...], fields: Mapping[str, Any], document: str, table: str) -> list[Deviation]:
    """Return what ``fields`` break of a table's rules."""
    found = []
    get = fields.get
    for row in rules:
        value = get(row.name)
        if row.is_free and value and isinstance(value, str) and value[0] > " " and len(value) <= row.max_length:
            continue  # most fields of most requests
        if value is None and row.other_name:
            value = get(row.other_name)
        length = 0
        if not value and (value is None or value == ""):
            rule, limit = "required" if row.required else "", ""
        elif isinstance(value, str):
            length = len(value)
            rule, limit = row.broken_by_text(value)
        else:
            rule, limit = row.broken_by(value)
        if rule:
            finding = Deviation(
                field=row.name, rule=rule, document=document, table=table, length=length, limit=limit, label=row.label
            )
            found.append(finding)
    return found


def _own(method: Method) -> dict[str, frozenset[str]]:
    """Return, by document, the request fields of a method that only this document has."""
    if method.name not in _own_fields:
        every = {
            letter: frozenset([field.name for field in table.request]) for letter, table in method.documents.items()
        }
        own = {
            letter: fields.difference(_ON_THE_WIRE, *(other for key, other in every.items() if key != letter))
            for letter, fields in every.items()
        }
        _own_fields[method.name] = own
    return _own_fields[method.name]


def _business(method: Method, biz: Mapping[str, Any]) -> list[Deviation]:
    """Return the findings of the business fields by the document that the caller follows.

    Fields that only one document has show which it is. Where there are none, the table counts that finds less.
    """
    own = _own(method)
    followed = [letter for letter in own if not own[letter].isdisjoint(biz)] or list(own)
    results = []
    for letter in followed:
        plan = (letter, method.name)
        if plan not in _compiled:
            _compiled[plan] = _compile(method.documents[letter].request)
        rules = _compiled[plan]
        results.append(_apply(rules, biz, letter, f"{method.documents[letter].chapter} 接口请求参数"))
    if len(results) < 2:
        return results[0] if results else []
    order = sorted(range(len(results)), key=lambda n: (len(results[n]), -len(own[followed[n]].intersection(biz))))
    return results[order[0]]


def check(envelope: Mapping[str, Any], biz: Mapping[str, Any] | None, *, has_key: bool = False) -> list[Deviation]:
    """Check a request's envelope fields and business fields; return every finding, in the tables' order.

    ``envelope``: the public fields without biz_content and key; ``biz``: the parsed biz_content, None when it is not a
    JSON object; ``has_key``: InData or the INI gave a key. Lengths count characters. Raises nothing.
    """
    found = _apply(_ENVELOPE, envelope, "", "公共请求参数")
    stamp = envelope.get("timestamp")
    if not stamp:
        found.append(Deviation(field="timestamp", rule="required", table="公共请求参数", label="请求时间戳"))
    elif not (is_time(stamp[:14]) and (len(stamp) == 14 or (len(stamp) == 17 and stamp.isdigit()))):
        found.append(
            Deviation(field="timestamp", rule="time", table="3.2 时间格式", length=len(stamp), label="请求时间戳")
        )
    if not has_key and not envelope.get("sign"):
        found.append(Deviation(field="key", rule="key", table="公共请求参数", label="应用密钥"))
    name = envelope.get("method") or ""
    if biz is None:
        found.append(Deviation(field="biz_content", rule="biz", table="公共请求参数", label="请求参数集合"))
        return found
    biz = spelling.mended(biz)
    method = find("ehealthcard.push" if kinds.is_push(name, biz) else name)
    if method is None:
        if name:
            meant = spelling.meant_method(name)
            rule = "broken_method" if meant else "method"
            table = "附录二 接口名称字典"
            found.append(Deviation(field="method", rule=rule, table=table, length=len(name), limit=meant))
        return found
    found += _business(method, biz)
    _cross_field(name, biz, found)
    return found


def _cross_field(name: str, biz: Mapping[str, Any], found: list[Deviation]) -> None:
    """Rules that need two fields: A 1.4 (static codes do not pay) and time_expire (A 4.1, B 4.1; 2003 and 2004)."""
    if kinds.is_verify(name):
        if (
            biz.get("treatment_code") == _PAYMENT
            and codes.read(str(biz.get("ehealth_code") or "")).flag == codes.STATIC
        ):
            found.append(Deviation(field="ehealth_code", rule="static_code", document="A", table="1.4", label="二维码"))
    elif kinds.bare(name) == "ehealthcard.alterlink":
        # B 4.3.1: both empty link another card; one alone says neither which card goes nor that none does.
        pair = ("from_card_type", "from_card_no")
        empty = [field for field in pair if not biz.get(field)]
        if len(empty) == 1:
            (other,) = (field for field in pair if field != empty[0])
            label = "旧卡类型" if empty[0] == pair[0] else "旧卡号"
            found.append(Deviation(field=empty[0], rule="pair", document="B", table="4.3", limit=other, label=label))
    elif kinds.is_registration(name) and kinds.wants_dynamic(biz):
        expiry = str(biz.get("time_expire") or "")
        if not (expiry.isascii() and expiry.isdigit() and expiry.strip("0")):
            rule = "expiry_invalid" if expiry else "expiry_missing"
            found.append(
                Deviation(
                    field="time_expire",
                    rule=rule,
                    document="A",
                    table="4.1",
                    length=len(expiry),
                    label="动态码过期时间",
                )
            )
