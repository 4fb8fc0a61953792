"""What becomes of an authorisation (document A 4.4 and 4.5, 主扫): the person confirms or cancels, once, in time."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vcchk.sandbox.platform import state
from vcchk.sandbox.platform.rules import status_of

if TYPE_CHECKING:
    from vcchk.sandbox.context import Context

STATUS_LABELS = {"ing": "等待确认", "succ": "授权成功", "fail": "授权失败", "cancel": "已取消授权"}
"""auth_status of document A 4.5, in words for people."""


@dataclass(frozen=True)
class AuthorisationView:
    """An authorisation as a page needs it."""

    row: sqlite3.Row
    status: str
    seconds_left: float

    @property
    def label(self) -> str:
        """The status for people; an authorisation that ran out says so."""
        if self.status == "fail" and self.row["status"] == "ing":
            return "二维码已过期"
        return STATUS_LABELS[self.status]


def look(context: Context, db: sqlite3.Connection, token: str) -> AuthorisationView | None:
    """Return an authorisation by its token, None for an unknown one."""
    row = state.authorisation(db, token)
    if row is None:
        return None
    now = context.clock.now()
    return AuthorisationView(row, status_of(row, now), max(0.0, row["expires"] - now))


def decide(context: Context, token: str, decision: str, card_id: str = "") -> AuthorisationView | None:
    """End an authorisation that is still open; a later decision changes nothing. Returns what holds then.

    ``decision``: approve, cancel or fail. ``card_id``: whose card (empty: the first open one). To approve with a card
    that is not open is a failed authorisation (``fail``), as for a card closed in the meantime.
    """
    with context.store.transaction() as db:
        view = look(context, db, token)
        if view is None or view.status != "ing":
            return view
        if decision == "approve":
            cards = {row["card_id"]: row for row in state.open_cards(db)}
            card = cards.get(card_id) if card_id else next(iter(cards.values()), None)
            if card is None:
                state.end_authorisation(db, token, "fail", None)
            else:
                state.end_authorisation(db, token, "succ", card["card_id"])
                scene = {name: view.row[name] for name in state.SCENE}
                state.add_use(db, context.clock.now(), "authorise", card["person"], scene)
        else:
            state.end_authorisation(db, token, "cancel" if decision == "cancel" else "fail", None)
        return look(context, db, token)
