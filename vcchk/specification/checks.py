"""The check of a request's fields against the documents' tables: all findings at once, never a refusal.

A drop-in is never stricter than the original: findings are warnings unless ``[abi] strict = yes`` (the caller of
`check` decides). Findings never hold the value of a field.
"""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.specification import codes, kinds, tables
from vcchk.specification.dictionaries import dictionary
from vcchk.specification.methods import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# rule -> what is wrong, in Chinese; {} is the limit or the table that the finding carries.
RULES = {
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
    "duplicate": "重复出现，以最后一个为准",
    "biz": "不是 JSON 对象，字段未检查",
}


class Finding(Record):
    """One thing a document asks for that a request lacks. ``length``: characters received; never the value itself.

    ``document``: "A", "B" or "" (both); ``table``: the chapter whose table says so, e.g. "4.3 接口请求参数";
    ``limit``: the greatest length, or the dictionary's name. ``level`` is "warn" for all of today's rules.
    """

    field: str
    rule: str
    document: str = ""
    table: str = ""
    length: int = 0
    limit: str = ""
    label: str = ""
    level: str = "warn"

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

# What only one document's request of a method has tells which document the caller follows.
_ONLY_A = frozenset(
    ("ip_addr", "office_code", "out_register_no", "generate_type", "ehealth_code", "nation", "photo_fomat")
)
_ONLY_B = frozenset(("out_trade_no", "ECUrl", "orgId", "businessType", "IsMultiCode", "photo_format"))

_PAYMENT = "010105"


def is_time(text: str) -> bool:
    """Tell whether ``text`` is a yyyyMMddHHmmss that a calendar knows (3.2 of both documents)."""
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return False
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    if not (1 <= month <= 12 and year >= 1 and int(text[8:10]) < 24 and int(text[10:12]) < 60 and int(text[12:]) < 60):
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


# (name, label, required, greatest length or 0, allowed values or None, dictionary name or "", is a time)
_Rule = tuple[str, str, bool, int, "Mapping[str, str] | None", str, bool]
_compiled: dict[tuple[str, str], tuple[_Rule, ...]] = {}


def _compile(rows: tuple[Any, ...]) -> tuple[_Rule, ...]:
    rules = []
    for name, label, length, required, values, _note, _sample in rows:
        by_name = isinstance(values, str)
        if values == "card_types":
            # Regions use card types that no document lists; they pass.
            values = None
            by_name = False
        allowed = None if by_name else values
        rules.append((name, label, required, length or 0, allowed, values if by_name else "", name in _TIME_FIELDS))
    return tuple(rules)


_ENVELOPE = _compile(tuple(r for r in tables.COMMON_REQUEST if r[0] not in ("key", "sign", "biz_content", "timestamp")))


def _apply(rules: tuple[_Rule, ...], given: Mapping[str, Any], document: str, table: str, out: list[Finding]) -> None:
    get = given.get
    for name, label, required, most, allowed, book, time in rules:
        value = get(name)
        if not value and (value is None or value == ""):
            if required:
                out.append(Finding(field=name, rule="required", document=document, table=table, label=label))
            continue
        if not isinstance(value, str):
            if isinstance(value, (dict, list)) and most:
                out.append(Finding(field=name, rule="text", document=document, table=table, label=label))
            continue
        length = len(value)
        if most and length > most:
            rule, limit = "length", str(most)
        elif time and not is_time(value):
            rule, limit = "time", ""
        elif allowed is not None and value not in allowed:
            rule, limit = "values", ""
        elif book and value not in dictionary(book):
            rule, limit = "dictionary", book
        else:
            continue
        out.append(
            Finding(field=name, rule=rule, document=document, table=table, length=length, limit=limit, label=label)
        )


def _document(documents: Mapping[str, Any], envelope: Mapping[str, Any], biz: Mapping[str, Any], key: bool) -> str:
    if len(documents) == 1:
        return next(iter(documents))
    if not _ONLY_B.isdisjoint(biz):
        return "B"
    if not _ONLY_A.isdisjoint(biz):
        return "A"
    return "B" if key and "sign" not in envelope else "A"


def check(envelope: Mapping[str, Any], biz: Mapping[str, Any] | None, *, has_key: bool = False) -> list[Finding]:
    """Check a request's envelope fields and business fields; return every finding, in the tables' order.

    ``envelope``: the public fields without biz_content and key; ``biz``: the parsed biz_content, None when it is not a
    JSON object; ``has_key``: InData or the INI gave a key. Lengths count characters. Raises nothing.
    """
    found: list[Finding] = []
    _apply(_ENVELOPE, envelope, "", "公共请求参数", found)
    stamp = envelope.get("timestamp")
    if not stamp:
        found.append(Finding(field="timestamp", rule="required", table="公共请求参数", label="请求时间戳"))
    elif not (is_time(stamp[:14]) and (len(stamp) == 14 or (len(stamp) == 17 and stamp.isdigit()))):
        found.append(
            Finding(field="timestamp", rule="time", table="3.2 时间格式", length=len(stamp), label="请求时间戳")
        )
    if not has_key and not envelope.get("sign"):
        found.append(Finding(field="key", rule="key", table="公共请求参数", label="应用密钥"))
    name = envelope.get("method") or ""
    if biz is None:
        found.append(Finding(field="biz_content", rule="biz", table="公共请求参数", label="请求参数集合"))
        return found
    method = find("ehealthcard.push" if kinds.is_push(name, biz) else name)
    if method is None:
        if name:
            found.append(Finding(field="method", rule="method", table="附录二 接口名称字典", length=len(name)))
        return found
    if method.documents:
        document = _document(method.documents, envelope, biz, has_key)
        plan = (document, method.name)
        rules = _compiled.get(plan)
        if rules is None:
            rules = _compiled[plan] = _compile(method.documents[document][4])
        table = f"{method.documents[document][1]} 接口请求参数"
        _apply(rules, biz, document, table, found)
    _cross_field(name, biz, found)
    return found


def _cross_field(name: str, biz: Mapping[str, Any], found: list[Finding]) -> None:
    """Rules that need two fields: A 1.4 (static codes do not pay) and time_expire (A 4.1, B 4.1; 2003 and 2004)."""
    if kinds.is_verify(name):
        if (
            biz.get("treatment_code") == _PAYMENT
            and codes.read(str(biz.get("ehealth_code") or "")).flag == codes.STATIC
        ):
            found.append(Finding(field="ehealth_code", rule="static_code", document="A", table="1.4", label="二维码"))
    elif kinds.is_registration(name) and kinds.wants_dynamic(biz):
        expiry = str(biz.get("time_expire") or "")
        if not (expiry.isascii() and expiry.isdigit() and expiry.strip("0")):
            rule = "expiry_invalid" if expiry else "expiry_missing"
            found.append(
                Finding(
                    field="time_expire",
                    rule=rule,
                    document="A",
                    table="4.1",
                    length=len(expiry),
                    label="动态码过期时间",
                )
            )
