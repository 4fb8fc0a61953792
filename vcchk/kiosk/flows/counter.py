"""What a place offers once the patient is known: a label (3.4), the voucher's code filled in (B 3.5)."""

from __future__ import annotations

from vcchk.kiosk.flows.register import REGQUERY
from vcchk.kiosk.library import sentence_of
from vcchk.kiosk.terminal import Terminal
from vcchk.kiosk.trace import LIBRARY
from vcchk.kiosk.visit import Visit


def print_label(terminal: Terminal, visit: Visit) -> str:
    """EhealthID_Print: the static code of the patient's card, the card number in use, the name."""
    patient = visit.patient
    if patient is None:
        return visit.path("patient")
    code = _static_code(terminal, visit)
    if not code:
        visit.notes.append((False, f"标签没有打印：{visit.problem or '平台没有返回静态二维码'}"))
        visit.problem = ""
        return visit.path("patient")
    card_no = patient.cards[0][1] if patient.cards else patient.number
    with visit.trace.timed(LIBRARY, "EhealthID_Print") as step:
        number = terminal.library.print_label(code, card_no, patient.user_name)
        step.answer, step.is_good = f"{number}", number == 0
    visit.notes.append((True, "标签已打印") if number == 0 else (False, f"标签没有打印：{sentence_of(number)}"))
    return visit.path("patient")


def _static_code(terminal: Terminal, visit: Visit) -> str:
    """A registration has returned it; else the platform is asked for it by the identity document."""
    if visit.identity is not None and visit.identity.ehealth_code:
        return visit.identity.ehealth_code
    patient = visit.patient
    if patient is None or not patient.ehealth_card_id:
        return ""
    answer = terminal.ask(visit, REGQUERY, {"id_type": patient.id_type, "id_no": patient.id_no})
    return str(answer.biz.get("ehealth_code") or patient.ehealth_card_id) if answer.is_good else ""


def fill_voucher(terminal: Terminal, visit: Visit) -> str:
    """SetEcQrcode: type the code that was just scanned into the insurance software."""
    with visit.trace.timed(LIBRARY, "SetEcQrcode") as step:
        number, words = terminal.library.fill_voucher()
        step.answer, step.is_good = f"{number}", number == 0
    told = (
        (True, "码已填入医保软件")
        if number == 0
        else (False, f"码没有填入：{words or sentence_of(number)}[{number:04d}]")
    )
    visit.notes.append(told)
    return visit.path("patient")
