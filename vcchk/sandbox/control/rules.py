"""The table of orders: name → what carries it out (JSON body → object). The manual is docs/reference/control.md."""

from __future__ import annotations

from vcchk.sandbox.control.access import apps, dialect, profile, remove
from vcchk.sandbox.control.authorisations import approve, authorisations, cancel_pending
from vcchk.sandbox.control.behaviour import clock, faults, magic, options
from vcchk.sandbox.control.codes import health_code, voucher
from vcchk.sandbox.control.order import Order
from vcchk.sandbox.control.people import close_card, link_card, open_card, people, seed_people
from vcchk.sandbox.control.state_io import export_state, import_state, reset
from vcchk.sandbox.control.statistics import statistics
from vcchk.sandbox.control.traffic import curl, in_data, replay, traffic

ORDERS: dict[str, Order] = {
    "reset": reset,
    "seed": seed_people,
    "clock": clock,
    "options": options,
    "faults": faults,
    "magic": magic,
    "traffic": traffic,
    "indata": in_data,
    "curl": curl,
    "replay": replay,
    "people": people,
    "link": link_card,
    "open": open_card,
    "close": close_card,
    "code": health_code,
    "voucher": voucher,
    "authorisations": authorisations,
    "approve": approve,
    "cancel": cancel_pending,
    "apps": apps,
    "remove": remove,
    "profile": profile,
    "dialect": dialect,
    "statistics": statistics,
    "export": export_state,
    "import": import_state,
}
READING = frozenset(
    {
        "traffic",
        "people",
        "options",
        "faults",
        "magic",
        "clock",
        "authorisations",
        "apps",
        "profile",
        "statistics",
    }
)
"""Orders that GET may give too, without a body: then they only tell."""
