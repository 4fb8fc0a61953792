"""The function page: the patient, the archive, what the place offers, and the diagram of what happened."""

from __future__ import annotations

from flask import Response, request

from vcchk import specification
from vcchk.kiosk import diagram, sandbox_api
from vcchk.kiosk.flows import archive, counter
from vcchk.kiosk.terminal import current
from vcchk.kiosk.trace import ACTORS, PERSON, TERMINAL
from vcchk.kiosk.views import card_type, carry_out, go_to, masked, masked_card, render, visit_of
from vcchk.kiosk.visit import Reading
from vcchk.web import qr


def show(key: str) -> Response:
    """``…/patient``."""
    visit = visit_of(key)
    reading = visit.reading
    if not reading.headline:
        return go_to(visit.path("card"))
    who = reading.identity
    code = who.ehealth_code if who and reading.document else ""
    is_fillable = who is not None and who.is_voucher
    by = reading.found.sentence if reading.found else ""
    return render(
        "patient",
        visit=visit,
        reading=reading,
        rows=_person(reading),
        archive=_archive(reading),
        by=by,
        qr=qr.svg(code) if code else "",
        can_print=visit.place.prints and reading.patient is not None,
        can_fill=is_fillable,
    )


def _person(reading: Reading) -> list[tuple[str, str]]:
    who, patient = reading.identity, reading.patient
    person = who or patient
    if person is None:
        return []
    rows = [
        ("姓名", masked("user_name", person.user_name)),
        ("性别", specification.dictionary("sexes").get(person.user_sex, "")),
        ("证件号", masked("id_no", person.id_no)),
        ("手机号", masked("mobile_phone", person.mobile_phone)),
    ]
    if who is not None and who.is_voucher:
        region = specification.dictionary("insurance_regions").get(who.insu_org, "")
        region_label = f"{region}（{who.insu_org}）" if region else who.insu_org
        rows += [("卡类型", card_type("A2")), ("参保地区", region_label or "未返回")]
    return [row for row in rows if row[1]]


def _archive(reading: Reading) -> list[tuple[str, str]]:
    patient = reading.patient
    if patient is None:
        return []
    rows = [("档案号", patient.number)]
    if patient.ehealth_card_id:
        rows.append(("卡 ID", masked("ehealth_card_id", patient.ehealth_card_id)))
    if patient.mindex_id:
        rows.append(("主索引 ID", masked("mindex_id", patient.mindex_id)))
    numbers = [masked_card(*card) for card in patient.cards]
    rows.append(("就诊卡号", numbers[0] if numbers else f"{patient.number}（没有绑定卡，用档案号）"))
    rows += [("其他卡号", "，".join(numbers[1:]))] * (len(numbers) > 1)
    return rows


def choose(key: str) -> Response:
    """``POST …/patient``: ``choice`` create or decline, where creating an archive is the person's choice (2.3.1)."""
    terminal, visit = current(), visit_of(key)
    reading = visit.reading
    if reading.waits_for_choice and request.form.get("choice") == "create":
        visit.trace.note(PERSON, TERMINAL, "同意建档")
        return carry_out(visit, "正在建档", lambda: archive.resolve(terminal, visit, reading, create=True))
    if reading.waits_for_choice:
        visit.trace.note(PERSON, TERMINAL, "暂不建档")
        reading.waits_for_choice, reading.declined = False, True
    return go_to(visit.path("patient"))


def print_label(key: str) -> Response:
    """``POST …/print``: EhealthID_Print."""
    terminal, visit = current(), visit_of(key)
    return carry_out(visit, "正在打印标签", lambda: counter.print_label(terminal, visit))


def fill(key: str) -> Response:
    """``POST …/fill``: SetEcQrcode."""
    terminal, visit = current(), visit_of(key)
    return carry_out(visit, "正在填入医保软件", lambda: counter.fill_voucher(terminal, visit))


def show_diagram(key: str) -> Response:
    """``…/diagram``: what happened, drawn; the platform's lines from the sandbox's traffic."""
    terminal, visit = current(), visit_of(key)
    seen, missing = [], ""
    try:
        seen = sandbox_api.read(terminal.url, diagram.TRAFFIC)["calls"]
    except sandbox_api.NoSandbox as error:
        missing = f"{error}；图中没有平台一侧的来往。"
    drawn = diagram.arrows(visit.trace.steps(), seen)
    return render("diagram", visit=visit, p=diagram.layout(drawn), drawn=drawn, missing=missing, actors=ACTORS)
