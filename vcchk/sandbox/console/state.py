"""The console's queries; personal data leaves them masked."""

from __future__ import annotations

import sqlite3
from typing import Any

from vcchk import interfaces, masking
from vcchk.sandbox.control.state import people as all_people
from vcchk.sandbox.platform import state


def people(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return people and cards."""
    nations, kinds = interfaces.dictionary("nations"), interfaces.dictionary("id_types")
    rows = []
    for row in all_people(db):
        shown = {n: masking.mask_value(n, row[n]) for n in ("user_name", "id_no", "mobile_phone", "address")}
        linked = state.links(db, row["card_id"]) if row["card_id"] else []
        rows.append({
            **shown,
            "person": row["person"],
            "id_kind": kinds.get(row["id_type"], row["id_type"]),
            "nation": nations.get(row["nation"], row["nation"]),
            "insu_org": row["insu_org"],
            "status": row["status"] or "none",
            "card": masking.mask_value("ehealth_card_id", row["card_id"]) if row["card_id"] else "",
            "links": [f"{c['card_type']} {masking.mask_value('card_no', c['card_no'])}" for c in linked],
        })  # fmt: skip
    return rows


def authorisations(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return the newest hundred authorisations."""
    return list(db.execute("SELECT * FROM authorisations ORDER BY opened DESC LIMIT 100"))


# title: (column or expression of uses, dictionary of its codes)
STATISTICS: dict[str, tuple[str, str]] = {
    "按方式": ("way", ""),
    "按诊疗环节": ("treatment_code", "treatments"),
    "按科室": ("office_code", "departments"),
    "按操作员": ("operator_id", ""),
    "按地址": ("ip_addr", ""),
    "按终端": ("term_id", ""),
    "按日期": ("strftime('%Y-%m-%d', at, 'unixepoch', 'localtime')", ""),
}
WAYS = {"scan": "被扫", "authorise": "主扫授权", "voucher": "医保电子凭证"}


def statistics(db: sqlite3.Connection) -> dict[str, list[tuple[str, int]]]:
    """Return the uses (记录科室场景) counted by each of `STATISTICS`, the most frequent first."""
    tables = {}
    for title, (column, dictionary) in STATISTICS.items():
        names = interfaces.dictionary(dictionary) if dictionary else WAYS
        rows = db.execute(
            f"SELECT {column} AS code, count(*) AS uses FROM uses GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 30"  # noqa: S608
        )
        tables[title] = [(_named(row["code"], names), row["uses"]) for row in rows]
    return tables


def _named(code: str, names: Any) -> str:
    if not code:
        return "（未填）"
    name = names.get(code)
    if name is None:
        return masking.mask_text(str(code))
    return name if code in WAYS else f"{code} {name}"
