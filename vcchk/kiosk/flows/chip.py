"""芯片卡 (2.2, the card menu's second entry): the hospital's own look-up by the card's number, without the platform."""

from __future__ import annotations

from vcchk.kiosk.archive import BY_INSURANCE_NUMBER, ID_CARD, SOCIAL_CARD, FoundPatient
from vcchk.kiosk.terminal import Terminal
from vcchk.kiosk.trace import ARCHIVE
from vcchk.kiosk.visit import Visit


def look(terminal: Terminal, visit: Visit) -> str:
    """Find the patient of the chip card that was read."""
    reading = visit.reading
    document = reading.document
    if document is None:
        return visit.path("chip")
    numbers = [document.card_no]
    if (terminal.choices.card_number, document.reader.card_type, document.id_type) == (
        BY_INSURANCE_NUMBER, SOCIAL_CARD, ID_CARD):  # fmt: skip
        numbers.insert(0, document.id_no)
    with visit.trace.timed(ARCHIVE, "按芯片卡卡号查档案") as step:
        for number in numbers:
            patient = terminal.archive.by_card(document.reader.card_type, number)
            if patient is not None:
                step.answer = "找到"
                reading.headline, reading.found = "读卡成功", FoundPatient(patient, "chip")
                return visit.path("patient")
        step.answer, step.is_good = "没有档案", False
    return visit.path("none")
