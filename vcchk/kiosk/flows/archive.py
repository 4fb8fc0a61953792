"""What follows every reading of a card: the patient's archive is found, linked or created (2.4 of both documents)."""

from __future__ import annotations

from vcchk.kiosk.archive import ArchiveError
from vcchk.kiosk.terminal import Terminal, now
from vcchk.kiosk.trace import ARCHIVE
from vcchk.kiosk.visit import Reading, Visit

ANSWERS = {
    "ehealth_card_id": "按卡 ID 找到",
    "card": "按卡号找到",
    "identity": "按证件号找到",
    "created": "没有，已自动建档",
}
"""The diagram's words for `archive.FOUND_BY`."""
ASKED = "没有，提示用户建档"


def resolve(terminal: Terminal, visit: Visit, reading: Reading, *, create: bool | None = None) -> str:
    """Find the patient who was read and link it; create one where the place does so, or when told to (``create``)."""
    who = reading.identity
    if who is None:
        return visit.path("card")
    may_create = visit.place.creates if create is None else create
    with visit.trace.timed(ARCHIVE, "查档案：卡 ID、各卡号") as step:
        try:
            reading.found = terminal.archive.resolve(who, terminal.choices.card_number, create=may_create, now=now())
        except ArchiveError as error:
            step.answer, step.is_good = "没有关联", False
            visit.problem = str(error)
            return visit.path("failed")
        reading.waits_for_choice = reading.found is None
        step.answer = ASKED
        if reading.found:
            step.answer = ANSWERS[reading.found.by] + ("，已关联" if reading.found.linked else "")
    return visit.path("patient")
