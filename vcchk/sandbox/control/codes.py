"""Orders that make what a person's phone shows: health codes and voucher codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcchk.sandbox.control import state
from vcchk.sandbox.control.order import Body, flag, number
from vcchk.sandbox.platform import codes
from vcchk.sandbox.platform import state as platform_state
from vcchk.sandbox.voucher import rules as voucher_rules

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox


def health_code(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Mint a health code: ``id_no`` (``id_type`` 01) or ``person``; static, or dynamic for ``seconds``. Returns
    ``code``, ``ehealth_card_id`` and ``expires`` (seconds since 1970 by the sandbox's clock, null for a static one)."""
    with sandbox.store.transaction() as db:
        card_id = state.card(db, body)["card_id"]
        issuer = sandbox.options.issuer
        if body.get("seconds") is None:
            return {"code": codes.static_code(card_id, issuer), "ehealth_card_id": card_id, "expires": None}
        expires = sandbox.clock.now() + number(body, "seconds")
        token = platform_state.add_code(db, card_id, expires)
        return {"code": codes.dynamic_code(card_id, token, issuer), "ehealth_card_id": card_id, "expires": expires}


def voucher(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Mint a voucher code: ``id_no`` (``id_type`` 01) or ``person``, ``seconds`` its life. ``present``: true holds it
    before the local service's own reader; with no person, ``present``: false takes away what is held there. Returns
    ``code`` and ``expires``."""
    if "id_no" not in body and "person" not in body and not flag(body, "present", True):
        sandbox.reader.present(None)
        return {}
    with sandbox.store.reading() as db:
        who = state.person(db, body)
    seconds = sandbox.options.voucher_seconds if body.get("seconds") is None else number(body, "seconds")
    expires = sandbox.clock.now() + seconds
    code = voucher_rules.mint(sandbox, who["person"], seconds)
    if flag(body, "present"):
        sandbox.reader.present(code)
    return {"code": code, "expires": expires}
