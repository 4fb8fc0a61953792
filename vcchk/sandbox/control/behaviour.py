"""Orders about how the platform behaves: its clock, its options, faults, the people who stand for one."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from vcchk.sandbox import clock as clocks
from vcchk.sandbox import faults as orders
from vcchk.sandbox import magic as people
from vcchk.sandbox.control.order import Body, OrderError, flag, number, text, whole

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox

STAMP_DIGITS = 14
"""yyyyMMddHHmmss: as text it is that; as a number of another length, seconds."""


def clock(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Tell or move the clock, in this order: ``shift`` (seconds from real time), ``set`` (yyyyMMddHHmmss or seconds
    since 1970), ``advance`` (seconds more), ``stop`` true or false. Returns ``shift``, ``stopped``, ``now``,
    ``stamp``."""
    trial = copy.copy(sandbox.clock)
    try:
        if "shift" in body:
            trial.set_shift(number(body, "shift"))
        if "set" in body:
            value = body["set"]
            stamped = isinstance(value, str) and len(value) == STAMP_DIGITS
            trial.set(clocks.moment(value) if stamped else number(body, "set"))
        trial.advance(number(body, "advance"))
        if flag(body, "stop", trial.stopped is not None):
            trial.stop()
        else:
            trial.start()
        sandbox.clock.become(trial)
    except (ValueError, OverflowError):
        raise OrderError("时钟应为 yyyyMMddHHmmss 或秒数，在 1970 年到 2100 年之间") from None
    clock_now = sandbox.clock
    return {
        "shift": clock_now.shift,
        "stopped": clock_now.stopped is not None,
        "now": clock_now.now(),
        "stamp": clock_now.stamp(),
    }


def options(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Change options (listed in docs/sandbox.md); an empty object only tells them."""
    try:
        sandbox.options.set(dict(body))
    except ValueError as error:
        raise OrderError(f"没有选项 {error}，或它的值不对") from None
    return dict(sandbox.options.values)


def faults(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Order a fault: ``kind``, ``value``, ``count`` (1) calls, ``method`` (all); gone when it is used up. ``clear``:
    true forgets all others first. Returns what is ``waiting``, and the ``kinds`` with what each does."""
    kind = text(body, "kind")
    if kind:
        wrong = orders.problem(kind, body.get("value"))
        if wrong:
            raise OrderError(wrong)
    if flag(body, "clear"):
        sandbox.faults.clear()
    if kind:
        try:
            sandbox.faults.order(kind, body.get("value"), whole(body, "count", 1), text(body, "method"))
        except ValueError as error:
            raise OrderError(str(error)) from None
    return {"waiting": sandbox.faults.waiting(), "kinds": {name: effect for name, (_, effect) in orders.KINDS.items()}}


def magic(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """List the magic people: ``number`` (return code, or the number of another fault), ``id_no``, ``user_name``,
    ``ehealth_card_id``, ``kind`` and ``words`` (what happens)."""
    return {
        "people": [
            {
                "number": one.number,
                "id_no": one.id_no,
                "user_name": one.user_name,
                "ehealth_card_id": one.card_id,
                "kind": one.kind,
                "words": one.effect,
            }
            for one in people.PEOPLE
        ]
    }
