"""What each clause of the documents demands, and the tests that show it; docs/reference/conformance.md prints it.

Headings and figures have a row in conformance.tsv; samples and rows of tables are held against vcchk's own data here.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.specification.clauses import FIGURE, HEADING, ROW, SAMPLE, Clause, clauses
from vcchk.specification import METHODS, dictionary, spelling, tables
from vcchk.specification.dictionaries import load

NOTHING = "不要求本库做什么"
LAYOUT = "表头、分栏"
DATA_TEST = "tests/specification/test_conformance.py"
_STRICT = "tests/sandbox/test_strict.py"
_REPLIES = "tests/sandbox/test_replies.py"
_LABELS = frozenset((
    "参数", "公共请求参数", "公共响应参数", "<<接口请求参数>>", "<<接口响应参数>>", "", "返回码", "接口名称",
    "证件代码",
    "民族名称", "类型名称", "诊疗环节代码", "科室代码", "代码", "统筹区编码", "第一级", "第一级编码", "编码", "版本",
))  # fmt: skip
DICTIONARY_OF = {
    "附录 1": "ret_codes", "附录 2.1": "methods", "附录 2.2": "id_types", "附录 2.3": "nations", "附录 2.4": "sexes",
    "附录 2.5": "treatments", "附录 2.6": "departments", "附录 2.7": "card_types", "附录 2.8": "insurance_regions",
    "附录 2.9": "business_types",
}  # fmt: skip
NAME_FIRST = ("nations", "sexes")

# (document, section, field): why the printed row and the data differ (docs/interfaces.md, contradictions)
MENDED = {
    ("A", "4.3.1", "ip_addr"): "两行 ip_addr，按不可空的一行",
}


@dataclass(frozen=True)
class Row:
    """One clause of the report. ``demand``: empty for a clause that nobody has accounted for; ``tests``: files."""

    clause: Clause
    number: str
    demand: str
    tests: str = ""
    problem: str = ""


def headings() -> list[dict[str, str]]:
    """Return the rows of conformance.tsv."""
    with Path(__file__).with_name("conformance.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def rows(document: str) -> Iterator[Row]:
    """Return every clause of a document with what it demands and what shows it."""
    known = iter([row for row in headings() if row["document"] == document])
    heading = {"number": "", "title": "", "demand": NOTHING, "shown_by": ""}
    is_common = False
    for clause in clauses(document):
        if clause.kind == HEADING:
            heading = next(known)
            if heading["title"] != clause.text:
                yield Row(clause, heading["number"], "", problem=f"conformance.tsv has {heading['title']}")
                continue
            yield Row(clause, heading["number"], heading["demand"], heading["shown_by"])
        elif clause.kind == FIGURE:
            yield Row(clause, heading["number"], f"图：{heading['demand']}", heading["shown_by"])
        elif clause.kind == SAMPLE:
            yield _sample_row(clause, heading["number"])
        else:
            first = _bare(clause.cells[0])
            is_common = first in ("公共请求参数", "公共响应参数") or (is_common and not first.startswith("<<"))
            yield _table_row(clause, heading["number"], first, is_common)


def _sample_row(clause: Clause, number: str) -> Row:
    if number.startswith("3."):
        tests = "tests/sandbox/test_samples.py；tests/hosts/test_samples.py"
        return Row(clause, number, "示例原样发出，得到示例的应答", tests)
    is_known = "01101" in clause.text and dictionary("business_types").get("01101") == "挂号"
    demand = "业务类型编码由两级编码相接：01101 挂号" if is_known else ""
    return Row(clause, number, demand, "tests/specification/test_tables.py；tests/cli/test_codes.py")


def _bare(cell: str) -> str:
    return re.sub(r"\s|<br>|\"", "", unicodedata.normalize("NFKC", cell))


def _table_row(clause: Clause, number: str, first: str, is_common: bool) -> Row:
    if number == "":
        return Row(clause, number, f"版本记录，{NOTHING}")
    if number.startswith("3."):
        return Row(
            clause, number, "函数的名称、参数、长度和返回值", "tests/native/test_exports.py；tests/native/test_calls.py"
        )
    if first in _LABELS and not (number == "附录 2.9" and first == ""):
        return Row(clause, number, f"{LAYOUT}，{NOTHING}")
    if number in DICTIONARY_OF:
        return _dictionary_row(clause, number)
    return _field_row(clause, number, is_common)


def _dictionary_row(clause: Clause, number: str) -> Row:
    name = DICTIONARY_OF[number]
    cells = [_bare(cell) for cell in clause.cells]
    if name == "business_types":
        code = next((row[0] for row in load(name).rows if row[3] == cells[2]), "")
        label = cells[3]
    else:
        code, label = (cells[1], cells[0]) if name in NAME_FIRST else (cells[0], cells[1])
    row = next((row for row in load(name).rows if row[0] == code), None)
    printed = {_bare(cell) for cell in row} if row else set()
    problem = "" if label in printed else f"{code} {label} is not in the dictionary {name}"
    demand = f"{dictionary(name).get(code, '')}" if row else ""
    return Row(clause, number, demand and f"字典 {name}：{code} {demand}", DATA_TEST, problem)


def _field_row(clause: Clause, number: str, is_common: bool) -> Row:
    chapter, _, part = number.rpartition(".")
    is_reply = part == "2"
    name = "".join(clause.cells[0].split())
    name = name if name.isidentifier() else spelling.field_name(clause.cells[0])
    if is_common:
        fields = tables.common_reply() if is_reply else tables.common_request()
    else:
        table = next(t for t in tables.TABLES if (t.document, t.chapter) == (clause.document, chapter))
        fields = table.reply if is_reply else table.request
    field = next((one for one in fields if one.name == name), None)
    if field is None:
        return Row(clause, number, "", problem=f"{name} is not in the table {clause.document} {number}")
    problem = "" if (clause.document, number, name) in MENDED else _differs(clause, field)
    length = "不限" if field.length is None else f"{field.length} 个字符"
    need = {True: "不可空", False: "可空", None: ""}[field.required]
    tests = f"{DATA_TEST}；{_REPLIES if is_reply else _STRICT}"
    return Row(clause, number, f"字段 {name}：{field.label}，{length}{'，' if need else ''}{need}", tests, problem)


def _differs(clause: Clause, field: tables.Field) -> str:
    kind = next((cell for cell in clause.cells if re.match(r"String|JSON", cell)), "")
    size = re.search(r"\d+", kind)
    length = int(size[0]) if size else None
    after = clause.cells[clause.cells.index(kind) + 1 :] if kind else ()
    nullable = next((cell for cell in after[:1] if cell in ("Y", "N")), "")
    if length != field.length:
        return f"{field.name}: printed length {length}, data {field.length}"
    required = {"N": True, "Y": False, "": None}[nullable]
    return "" if required == field.required else f"{field.name}: printed {nullable}, data {field.required}"


def unaccounted(document: str) -> list[str]:
    """Return the clauses without a demand or a test, and those that the data contradicts."""
    found = []
    for row in rows(document):
        if row.problem or not row.demand or (NOTHING not in row.demand and not row.tests):
            found.append(f"{row.clause.document} {row.number} line {row.clause.line}: {row.problem or row.clause.text}")
    return found


__all__ = ["METHODS", "ROW", "Row", "headings", "rows", "unaccounted"]
