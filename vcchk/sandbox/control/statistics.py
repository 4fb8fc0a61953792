"""监测分析统计: how often cards were used, from the platform's own records (记录科室场景)."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from vcchk import specification
from vcchk.records import masking
from vcchk.sandbox.control.order import Body, whole

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox

WAYS = {"scan": "被扫", "authorise": "主扫授权", "voucher": "医保电子凭证"}
# name: (title, column or expression of uses, dictionary of its codes)
DIMENSIONS: dict[str, tuple[str, str, str]] = {
    "way": ("按方式", "way", ""),
    "treatment": ("按诊疗环节", "treatment_code", "treatments"),
    "office": ("按科室", "office_code", "departments"),
    "operator": ("按操作员", "operator_id", ""),
    "address": ("按地址", "ip_addr", ""),
    "terminal": ("按终端", "term_id", ""),
    "day": ("按日期", "strftime('%Y-%m-%d', at, 'unixepoch', 'localtime')", ""),
}
_UNTOLD = "（未填）"


def statistics(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Count the uses of cards: ``total``, and ``by`` way, treatment, office, operator, address, terminal and day a
    ``title`` and ``rows`` of ``code``, ``name`` and ``uses``, the ``count`` (30) most frequent first; masked."""
    most = whole(body, "count", 30)
    with sandbox.store.reading() as db:
        total = db.execute("SELECT count(*) FROM uses").fetchone()[0]
        by = {name: {"title": row[0], "rows": _counted(db, row[1], row[2], most)} for name, row in DIMENSIONS.items()}
    return {"total": total, "by": by}


def _counted(db: sqlite3.Connection, column: str, book: str, most: int) -> list[dict[str, Any]]:
    names = specification.dictionary(book) if book else WAYS
    rows = db.execute(
        f"SELECT {column} AS code, count(*) AS uses FROM uses GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",  # noqa: S608
        (most,),
    )
    return [{"code": _code(row["code"]), "name": _name(row["code"], names), "uses": row["uses"]} for row in rows]


def _code(code: str) -> str:
    return masking.mask_text(code or "")


def _name(code: str, names: Any) -> str:
    if not code:
        return _UNTOLD
    found: str | None = names.get(code)
    return _code(code) if found is None else found
