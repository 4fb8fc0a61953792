"""领取 / 注册 (2.1.2.1, 2.1.2.2, 2.2.2.1, 2.2.2.2): read a document, ask whether there is a card, register, archive."""

from __future__ import annotations

from typing import Any

from vcchk.kiosk.archive import Identity
from vcchk.kiosk.flows import archive
from vcchk.kiosk.library import Answer
from vcchk.kiosk.readers import CardReader, Document, read
from vcchk.kiosk.terminal import Terminal, new_serial, now
from vcchk.kiosk.trace import DEVICE, PERSON, TERMINAL
from vcchk.kiosk.visit import Reading, Visit

REGQUERY = "ehc.ehealthcard.regquery"
QUERYWITHREG = "ehc.ehealthcard.querywithreg"
REGISTER = "ehc.ehealthcard.register"
"""A 4.7: of document A's two registrations the one with card_list."""
NOT_REGISTERED = "3001"
NO_SUCH_METHOD = ("1005", "1010")
"""Document B has no regquery: a platform that keeps to it knows no such method, or permits none."""
TYPED_FIELDS = ("mobile_phone", "address")
"""What a document does not hold and the person types."""


def read_document(visit: Visit, reader: CardReader, number: int) -> Document | None:
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
    if is_unknown(terminal, answer):
        visit.problem = ""
        return visit.path("register/form")
    return visit.path("failed")


def is_unknown(terminal: Terminal, answer: Answer) -> bool:
    """Tell whether regquery knows of no card; under document B also where the platform has no regquery (4.1 then
    returns the card of a known person as it is)."""
    has_none = terminal.choices.document == "B" and answer.code in NO_SUCH_METHOD
    return has_none or answer.code == NOT_REGISTERED


def register(terminal: Terminal, visit: Visit, typed: dict[str, str]) -> str:
    """Register the person of the document (4.1); ``typed``: `TYPED_FIELDS`."""
    reading = visit.reading
    document = reading.document
    if document is None:
        return visit.path("register")
    visit.trace.note(PERSON, TERMINAL, "填写手机号并确认")
    serial = new_serial()
    biz = _request(terminal, visit, document, typed, serial)
    answer = terminal.ask(visit, registration_of(terminal, biz), biz, serial)
    if not answer.is_good:
        return visit.path("failed")
    reading.headline = f"{terminal.choices.name}注册成功"
    return _archived(terminal, visit, reading, answer, typed)


def registration_of(terminal: Terminal, biz: dict[str, Any]) -> str:
    """Return the method: document A's querywithreg has no card_list (4.1), its register does (4.7)."""
    return REGISTER if terminal.choices.document == "A" and "card_list" in biz else QUERYWITHREG


def begun(terminal: Terminal, serial: str) -> dict[str, str]:
    """Return serial number and time of a registration, by the names of the document in use."""
    names = ("out_trade_no", "out_trade_time") if terminal.choices.document == "B" else (
        "out_register_no", "out_register_time")  # fmt: skip
    return {names[0]: serial, names[1]: now()}


def _request(
    terminal: Terminal, visit: Visit, document: Document, typed: dict[str, str], serial: str
) -> dict[str, Any]:
    facts = {name: getattr(document, name) for name in ("id_type", "id_no", "user_name", "user_sex", "birthday",
                                                       "nation", "address")}  # fmt: skip
    biz: dict[str, Any] = {
        **begun(terminal, serial),
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
