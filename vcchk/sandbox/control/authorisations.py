"""Orders about authorisations (用户主扫): which are pending, decide one, cancel all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcchk.records import masking
from vcchk.sandbox.control import state
from vcchk.sandbox.control.order import Body, OrderError, flag, text, whole
from vcchk.sandbox.person import rules as person_rules
from vcchk.sandbox.platform import state as platform_state
from vcchk.sandbox.platform.rules import status_of

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox

_SCENE = ("app_id", "term_id", "operator_id", "treatment_code", "office_code")


def authorisations(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """List authorisations, the newest first: ``status`` (ing, succ, fail, cancel; all by default), ``app_id``,
    ``count`` (100). Each has ``out_authorize_no``, ``status``, ``seconds_left``, ``token`` (of its page /auth/TOKEN)
    and its scene, masked unless ``clear``: true."""
    wanted, now, is_clear = text(body, "status"), sandbox.clock.now(), flag(body, "clear")
    with sandbox.store.reading() as db:
        found = state.authorisations(db, text(body, "app_id"), whole(body, "count", 100))
    rows = [
        {
            "out_authorize_no": row["out_authorize_no"] if is_clear else masking.mask_serial(row["out_authorize_no"]),
            "status": status_of(row, now),
            "opened": row["opened"],
            "expires": row["expires"],
            "seconds_left": max(0.0, row["expires"] - now),
            "token": row["token"],
            "operator_name": row["operator_name"]
            if is_clear
            else masking.mask_value("operator_name", row["operator_name"]),
            **{n: row[n] if is_clear else masking.mask_text(row[n]) for n in _SCENE},
        }
        for row in found
    ]
    return {"authorisations": [row for row in rows if wanted in ("", row["status"])]}


def approve(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Decide an authorisation as its page would: ``out_authorize_no`` (and ``app_id``, else any application's),
    ``decision`` approve, cancel or fail, ``id_no`` or ``person`` whose card (default: the first open one). Returns
    ``auth_status``."""
    decision = text(body, "decision", "approve")
    if decision not in ("approve", "cancel", "fail"):
        raise OrderError("decision 应为 approve、cancel 或 fail")
    with sandbox.store.reading() as db:
        row = db.execute(
            "SELECT token FROM authorisations WHERE out_authorize_no = ? AND ? IN ('', app_id) ORDER BY opened DESC",
            (text(body, "out_authorize_no"), text(body, "app_id")),
        ).fetchone()
        card_id = ""
        if body.get("id_no") or "person" in body:
            who = state.person(db, body)
            card_id = platform_state.card_id_of(who["id_type"], who["id_no"])
    if row is None:
        raise OrderError("没有这个授权，请核对 out_authorize_no")
    view = person_rules.decide(sandbox, row["token"], decision, card_id)
    return {"auth_status": view.status if view else ""}


def cancel_pending(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Cancel every authorisation that waits for its person, or those of ``app_id`` alone. Returns how many."""
    now, app_id = sandbox.clock.now(), text(body, "app_id")
    with sandbox.store.transaction() as db:
        done = db.execute(
            "UPDATE authorisations SET status = 'cancel' WHERE status = 'ing' AND expires > ? AND ? IN ('', app_id)",
            (now, app_id),
        )
    return {"cancelled": done.rowcount}
