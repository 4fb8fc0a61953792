"""Orders about the whole state: forget it, take it out, put it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcchk.sandbox import snapshot
from vcchk.sandbox.control.order import Body, OrderError, flag

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox


def reset(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Forget everything: rows, calls, clock, options, faults, default profile; ``seed``: false leaves the database
    empty, else it has the demo data again."""
    sandbox.reset(with_seed=flag(body, "seed", True))
    return {}


def export_state(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Return ``state``: all applications with their keys, terminals, people, cards, links, codes, authorisations,
    vouchers, uses, serial numbers, options, waiting faults, clock and default profile, with a format version; in
    clear."""
    return {"state": snapshot.export(sandbox)}


def import_state(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Put ``state`` (of `export`, same format version) in the place of everything but the calls seen, all or nothing:
    it is checked to the end before anything is touched."""
    if "state" not in body:
        raise OrderError("缺少 state（导出的状态）")
    try:
        snapshot.restore(sandbox, body["state"])
    except snapshot.ImportStateError as unfit:
        raise OrderError(str(unfit)) from None
    return {}
