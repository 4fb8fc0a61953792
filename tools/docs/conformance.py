"""The conformance report: every clause of both documents, what it demands, and the tests that show it."""

from __future__ import annotations

import itertools

from tests.specification import conformance
from tools.docs.markdown import table

KINDS = {"heading": "标题", "row": "表格行", "sample": "示例", "figure": "图"}


def counts() -> str:
    """How many clauses of each kind, how many of them ask something of us, how many nobody accounts for."""
    rows = []
    for document in "AB":
        every = list(conformance.rows(document))
        for kind, title in KINDS.items():
            of_kind = [row for row in every if row.clause.kind == kind]
            asking = [row for row in of_kind if row.tests]
            failing = [row for row in of_kind if row.problem or not row.demand]
            rows.append((document, title, str(len(of_kind)), str(len(asking)), str(len(failing))))
    return table(("文档", "条款", "数目", "有要求并有测试", "未交代"), rows)


def report(document: str) -> str:
    """A line a clause, in the document's order; neighbouring rows of one dictionary, or without a demand, are one."""
    lines = []
    for (number, kind, group, _), rows in itertools.groupby(conformance.rows(document), _group):
        clauses = list(rows)
        first = clauses[0]
        name = f"{KINDS[kind]}：{first.clause.text}" if not group else f"{KINDS[kind]} {len(clauses)} 行"
        demand = group or first.demand
        if any(row.problem or not row.demand for row in clauses):
            demand = "**未交代**"
        lines.append((number or "版本控制信息", _short(name), demand, first.tests.replace("；", "<br>")))
    return table(("章节", "条款", "要求", "由什么证明"), lines)


def _group(row: conformance.Row) -> tuple[str, str, str, str]:
    """Return section, kind, what rows that are told together have in common ("": told alone), and tests and line."""
    group = ""
    if row.clause.kind == "row":
        if row.demand.startswith("字典"):
            group = f"{row.demand.split('：')[0]} 的代码和名称"
        elif not row.tests or row.number.startswith("3."):
            group = row.demand
    alone = "" if group else f" {row.clause.line}"
    return row.number, row.clause.kind, group, row.tests + alone


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
