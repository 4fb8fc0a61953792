"""How a patient is read: the card menu, 主扫 and 被扫, the chip card; the pages that wait, fail and refuse."""

from __future__ import annotations

from flask import Response, abort, jsonify, request

from vcchk.kiosk.flows import authorise, chip, register, scanned
from vcchk.kiosk.readers import CHIP_READERS, READERS, CardReader, Document, people
from vcchk.kiosk.terminal import current
from vcchk.kiosk.views import carry_out, go_to, masked, render, visit_of
from vcchk.kiosk.visit import Visit
from vcchk.web import qr

POLL_SECONDS = 1
"""2.2: within 3 seconds of the confirmation; the page asks, shows and goes on."""
WAYS_NOTICES = {"expired": "授权二维码已过期（60 秒），请重新选择"}


def card(key: str) -> Response:
    """``…/card``: how to read the card, the health card in the first place (2.2 第一顺位)."""
    return render("card", visit=visit_of(key))


def ways(key: str) -> Response:
    """``…/ways``: 主扫 or 被扫; what sent the person back stands above."""
    visit = visit_of(key)
    notice, visit.problem = visit.problem or WAYS_NOTICES.get(request.args.get("notice", ""), ""), ""
    return render("ways", visit=visit, notice=notice)


# --- 主扫 ---


def begin_authorise(key: str) -> Response:
    """``POST …/authorise``: ask for an authorisation."""
    terminal, visit = current(), visit_of(key)
    terminal.scan_left(visit)
    return carry_out(visit, "正在取得授权二维码", lambda: authorise.begin(terminal, visit))


def show_authorise(key: str) -> Response:
    """``…/authorise``: the code and its countdown, in the top right corner. Without scripts it reloads itself."""
    terminal, visit = current(), visit_of(key)
    authorisation = visit.authorisation
    if authorisation is None or not authorisation.seconds_left:
        return _left(visit, is_over=True)
    message = authorise.poll(terminal, visit, authorisation) if "again" in request.args else ""
    if authorisation.next:
        return go_to(authorisation.next)
    return render(
        "authorise",
        visit=visit,
        authorisation=authorisation,
        message=message,
        qr=qr.svg(authorisation.url),
        poll=POLL_SECONDS,
    )


def authorise_status(key: str) -> Response:
    """``…/authorise/status``: for the page's script."""
    terminal, visit = current(), visit_of(key)
    authorisation = visit.authorisation
    if authorisation is None:
        return jsonify(status="fail", message="", next=visit.path("ways"))
    message = authorise.poll(terminal, visit, authorisation)
    return jsonify(status=authorisation.status, message=message, next=authorisation.next)


def leave_authorise(key: str) -> Response:
    """``POST …/authorise/leave``: the person has cancelled (``why`` empty), or the page's countdown is over."""
    return _left(visit_of(key), is_over=request.form.get("why") == "expired")


def _left(visit: Visit, *, is_over: bool) -> Response:
    terminal = current()
    return carry_out(visit, "正在返回", lambda: authorise.leave(terminal, visit, is_over=is_over))


# --- 被扫 ---


def begin_scan(key: str) -> Response:
    """``POST …/scan``: with a serial scanner the library reads now; with a wedge the page has a field."""
    terminal, visit = current(), visit_of(key)
    terminal.scan_left(visit)
    visit.problem, visit.is_cancelled = "", False
    if terminal.choices.source == "scanner":
        terminal.scan_begins(visit)
        visit.scan = visit.begin("请将二维码对准扫码口", lambda: scanned.verify(terminal, visit, None))
    return go_to(visit.path("scan"))


def show_scan(key: str) -> Response:
    """``…/scan``: waits for the scanner, or has the field; a refused code stays here with its sentence."""
    terminal, visit = current(), visit_of(key)
    is_waiting = visit.job is not None and not visit.job.wait(0)
    by_library = terminal.choices.source == "scanner"
    return render("scan", visit=visit, is_waiting=is_waiting, by_library=by_library)


def take_code(key: str) -> Response:
    """``POST …/scan/code``: what the wedge typed."""
    terminal, visit = current(), visit_of(key)
    visit.is_cancelled = False
    code = request.form.get("code", "").strip()
    if not code:
        visit.problem = "没有读到二维码，请重试"
        return go_to(visit.path("scan"))
    return carry_out(visit, "正在验证二维码", lambda: scanned.verify(terminal, visit, code))


def cancel_scan(key: str) -> Response:
    """``POST …/scan/cancel``: back to the ways; a scan under way ends."""
    terminal, visit = current(), visit_of(key)
    if not terminal.cancel_scan(visit):
        visit.problem = "扫码还没有停下，请稍候再试"
    return go_to(visit.path("ways"))


# --- 芯片卡 ---


def show_chip(key: str) -> Response:
    """``…/chip``: the simulated readers of chip cards."""
    return render(
        "reader", visit=visit_of(key), title="读芯片卡", back="card", target="chip", readers=_on(CHIP_READERS)
    )


def take_chip(key: str) -> Response:
    """``POST …/chip``: look the card's number up."""
    terminal, visit = current(), visit_of(key)
    if read_posted(visit) is None:
        abort(400)
    return go_to(chip.look(terminal, visit))


def _on(readers: tuple[CardReader, ...]) -> list[tuple[CardReader, list[tuple[int, str]]]]:
    """What lies on each reader, masked."""
    return [
        (
            reader,
            [(n, f"{masked('user_name', p.user_name)} {masked('id_no', p.id_no)}") for n, p in people(reader).items()],
        )
        for reader in readers
    ]


def on_all_readers() -> list[tuple[CardReader, list[tuple[int, str]]]]:
    """What lies on the readers of a registration."""
    return _on(tuple(READERS.values()))


def read_posted(visit: Visit) -> Document | None:
    """Read the card of the form's ``reader`` and ``person``; None when there is none such."""
    reader = READERS.get(request.form.get("reader", ""))
    number = {str(n): n for n in people(reader)}.get(request.form.get("person", "")) if reader else None
    return None if reader is None or number is None else register.read_document(visit, reader, number)


# --- waiting and failing ---


def busy(key: str) -> Response:
    """``…/busy``: a step takes its time."""
    visit = visit_of(key)
    if visit.job is None or visit.job.wait(0):
        return go_to(visit.job.next if visit.job else visit.path("card"))
    return render("busy", visit=visit, label=visit.job.label)


def status(key: str) -> Response:
    """``…/status``: whether the step is over and where to go then, for the scripts of the pages that wait."""
    job = visit_of(key).job
    is_done = job is None or job.wait(0)
    return jsonify(done=is_done, next=job.next if job and is_done else "")


def failed(key: str) -> Response:
    """``…/failed``: what went wrong, with its code."""
    visit = visit_of(key)
    return render("failed", visit=visit, problem=visit.problem or "终端内部出错，请重试；再次出现请联系维护人员")


def no_archive_page(key: str) -> Response:
    """``…/none``: the chip card has no archive."""
    return render("no_archive", visit=visit_of(key))


def refused(key: str) -> Response:
    """``…/refused``: a place that does not register (2.1: 不支持办理，前往窗口或自助终端办理)."""
    return render("refused", visit=visit_of(key))
