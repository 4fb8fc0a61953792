"""What a place offers once the patient is known: a label (3.4), the voucher's code filled in (B 3.5)."""

from __future__ import annotations

from vcchk.kiosk.archive import Patient
from vcchk.kiosk.flows.register import NO_SUCH_METHOD, QUERYWITHREG, REGQUERY, begun
from vcchk.kiosk.library import Answer, sentence_of
from vcchk.kiosk.terminal import Terminal, new_serial
from vcchk.kiosk.trace import LIBRARY
from vcchk.kiosk.visit import Reading, Visit

BY_ID_CARD = "01"
"""certificate_mode: 身份证实名认证 (4.1)."""


def print_label(terminal: Terminal, visit: Visit) -> str:
    """EhealthID_Print: the static code of the patient's card, the card number in use, the name."""
    reading = visit.reading
    patient = reading.patient
    if patient is None:
        return visit.path("patient")
    code = _static_code(terminal, visit, reading)
    if not code:
        reading.notes.append((False, f"标签没有打印：{visit.problem or '平台没有返回静态二维码'}"))
        visit.problem = ""
        return visit.path("patient")
    card_no = patient.cards[0][1] if patient.cards else patient.number
    with visit.trace.timed(LIBRARY, "EhealthID_Print") as step:
        number = terminal.library.print_label(code, card_no, patient.user_name)
        step.answer, step.is_good = f"{number}", number == 0
    reading.notes.append((True, "标签已打印") if number == 0 else (False, f"标签没有打印：{sentence_of(number)}"))
    return visit.path("patient")


def _static_code(terminal: Terminal, visit: Visit, reading: Reading) -> str:
    """A registration has returned it; else the platform is asked for it by the identity document."""
    if reading.identity is not None and reading.identity.ehealth_code:
        return reading.identity.ehealth_code
    patient = reading.patient
    if patient is None or not patient.ehealth_card_id:
        return ""
    answer = terminal.ask(visit, REGQUERY, {"id_type": patient.id_type, "id_no": patient.id_no})
    if terminal.choices.document == "B" and answer.code in NO_SUCH_METHOD:
        visit.problem = ""
        answer = _registered_again(terminal, visit, patient)
    return str(answer.biz.get("ehealth_code") or patient.ehealth_card_id) if answer.is_good else ""


def _registered_again(terminal: Terminal, visit: Visit, patient: Patient) -> Answer:
    """Ask by querywithreg (B 4.1): for a known person it returns the code (并获取二维码) and registers nobody."""
    serial = new_serial()
    names = ("id_type", "id_no", "user_name", "user_sex", "mobile_phone", "birthday")
    known = {name: value for name in names if (value := getattr(patient, name))}
    how = {"certificate_mode": BY_ID_CARD, "apply_method": visit.place.apply_method}
    biz = {**begun(terminal, serial), **how, **known}
    return terminal.ask(visit, QUERYWITHREG, biz, serial)


def fill_voucher(terminal: Terminal, visit: Visit) -> str:
    """SetEcQrcode: type the code that was just scanned into the insurance software.

    The library keeps one code, the last one that it verified: it must be this patient's.
    """
    reading = visit.reading
    if terminal.verified is not reading:
        reading.notes.append((False, "码没有填入：之后又扫过别的码，请患者重新出示医保电子凭证"))
        return visit.path("patient")
    with visit.trace.timed(LIBRARY, "SetEcQrcode") as step:
        number, text = terminal.library.fill_voucher()
        step.answer, step.is_good = f"{number}", number == 0
    sentence = f"{text}[{number:04d}]" if text else sentence_of(number)
    note = (True, "码已填入医保软件") if number == 0 else (False, f"码没有填入：{sentence}")
    reading.notes.append(note)
    return visit.path("patient")
