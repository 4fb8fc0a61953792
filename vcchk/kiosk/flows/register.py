"""领取 / 注册 (2.1.2.1, 2.1.2.2, 2.2.2.1, 2.2.2.2): read a document, ask whether there is a card, register, archive."""

from __future__ import annotations

from typing import Any

from vcchk.kiosk.archive import Identity
from vcchk.kiosk.flows import archive
from vcchk.kiosk.library import Answer
from vcchk.kiosk.readers import Document, Reader, read
from vcchk.kiosk.terminal import Terminal, new_serial, now
from vcchk.kiosk.trace import DEVICE, PERSON, TERMINAL
from vcchk.kiosk.visit import Reading, Visit

REGQUERY = "ehc.ehealthcard.regquery"
QUERYWITHREG = "ehc.ehealthcard.querywithreg"
NOT_REGISTERED = "3001"
TYPED_FIELDS = ("mobile_phone", "address")
"""What a document does not hold and the person types."""


def read_document(visit: Visit, reader: Reader, number: int) -> Document | None:
    """Read what lies on a reader."""
    with visit.trace.timed(DEVICE, f"读{reader.title}") as step:
        document = visit.read_anew().document = read(reader, number)
        step.answer, step.is_good = ("实名信息", True) if document else ("没有读到", False)
    return document


def look(terminal: Terminal, visit: Visit) -> str:
    """Ask the platform whether the person of the document has a card (regquery); with one, go on to the archive."""
    reading = visit.reading
    document = reading.document
    if document is None:
        return visit.path("register")
    answer = terminal.ask(visit, REGQUERY, {"id_type": document.id_type, "id_no": document.id_no})
    if answer.is_good:
        reading.headline = f"已有{terminal.choices.name}"
        return _archived(terminal, visit, reading, answer, {})
    if answer.code == NOT_REGISTERED:
        visit.problem = ""
        return visit.path("register/form")
    return visit.path("failed")


def register(terminal: Terminal, visit: Visit, typed: dict[str, str]) -> str:
    """Register the person of the document (4.1); ``typed``: `TYPED_FIELDS`."""
    reading = visit.reading
    document = reading.document
    if document is None:
        return visit.path("register")
    visit.trace.note(PERSON, TERMINAL, "填写手机号并确认")
    serial = new_serial()
    answer = terminal.ask(visit, QUERYWITHREG, _request(terminal, visit, document, typed, serial), serial)
    if not answer.is_good:
        return visit.path("failed")
    reading.headline = f"{terminal.choices.name}注册成功"
    return _archived(terminal, visit, reading, answer, typed)


def _request(
    terminal: Terminal, visit: Visit, document: Document, typed: dict[str, str], serial: str
) -> dict[str, Any]:
    names = ("out_trade_no", "out_trade_time") if terminal.choices.document == "B" else (
        "out_register_no", "out_register_time")  # fmt: skip
    facts = {name: getattr(document, name) for name in ("id_type", "id_no", "user_name", "user_sex", "birthday",
                                                       "nation", "address")}  # fmt: skip
    biz: dict[str, Any] = {
        names[0]: serial,
        names[1]: now(),
        "certificate_mode": document.reader.certificate_mode,
        "apply_method": visit.place.apply_method,
        **facts,
        **{name: value for name, value in typed.items() if value},
    }
    if document.cards:
        biz["card_list"] = document.cards
    return {name: value for name, value in biz.items() if value}


def _archived(terminal: Terminal, visit: Visit, reading: Reading, answer: Answer, typed: dict[str, str]) -> str:
    """The reply of a registration names less than a verify: the document knows the rest."""
    document = reading.document
    known = {name: getattr(document, name) for name in ("id_type", "id_no", "user_name", "user_sex", "birthday")}
    reading.identity = Identity.of(answer.biz, {**known, **typed})
    return archive.resolve(terminal, visit, reading, create=True)
