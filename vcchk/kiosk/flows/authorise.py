"""主扫 (2.1.2.4, 2.2, 2.3.2.2): the patient scans a code on the screen, confirms on the phone, the terminal asks."""

from __future__ import annotations

import time

from vcchk.kiosk.archive import Identity
from vcchk.kiosk.flows import archive
from vcchk.kiosk.library import sentence_of
from vcchk.kiosk.terminal import Terminal, new_serial, now
from vcchk.kiosk.trace import PERSON, PLATFORM, SHOWS, TERMINAL
from vcchk.kiosk.visit import Authorisation, Visit

AUTHURL = "ehc.ehealthcard.authurl"
AUTH_QUERY = "ehc.ehealthcard.auth.query"
VALID_SECONDS = 60
"""2.2: 自助机控制授权二维码有效时长60秒."""
ASKING, GOOD = "ing", "succ"
OUTCOMES = {"fail": "授权失败，请点击“取消”后重新选择", "cancel": "您已在手机上取消授权，请点击“取消”返回"}
ON_THE_PHONE = {GOOD: "扫码并确认授权", "cancel": "扫码后取消授权"}


def begin(terminal: Terminal, visit: Visit) -> str:
    """Ask for an authorisation URL (4.4, B 4.6) and show it, on the extension screen too where there is one."""
    reading, visit.authorisation = visit.read_anew(), None
    number = terminal.screen(visit, 1)
    serial = new_serial()
    biz = {"out_authorize_no": serial, "out_authorize_time": now(), **terminal.scene(visit)}
    device = SHOWS if visit.place.has_screen and number == 0 else ""
    answer = terminal.ask(visit, AUTHURL, biz, serial, device)
    url = str(answer.biz.get("ehealth_authurl") or "")
    if not answer.is_good or not url:
        visit.problem = visit.problem or "平台没有返回授权二维码，请重试"
        return visit.path("ways")
    note = f"扩展屏没有显示：{sentence_of(number)}" if number else ""
    visit.authorisation = Authorisation(serial, url, time.monotonic() + VALID_SECONDS, reading, note=note)
    visit.trace.note(TERMINAL, PERSON, "显示二维码，倒计时")
    return visit.path("authorise")


def poll(terminal: Terminal, visit: Visit, authorisation: Authorisation) -> str:
    """Ask what became of it (4.5, B 4.7); returns what the page says, "" while nothing is decided."""
    if authorisation.status != ASKING:
        return OUTCOMES.get(authorisation.status, "")
    with visit.lock:
        if authorisation.status != ASKING:
            return OUTCOMES.get(authorisation.status, "")
        answer = terminal.ask(visit, AUTH_QUERY, {"out_authorize_no": authorisation.serial}, authorisation.serial)
        if authorisation.is_cancelled:
            visit.problem = ""
            return ""
        if not answer.is_good:
            problem, visit.problem = visit.problem, ""
            return problem
        status = str(answer.biz.get("auth_status") or ASKING)
        if status == GOOD:
            authorisation.reading.headline = f"{terminal.choices.name}授权成功"
            authorisation.reading.identity = Identity.of(answer.biz)
        if status in ON_THE_PHONE:
            visit.trace.note(PERSON, PLATFORM, ON_THE_PHONE[status], before=visit.trace.last())
        if status == GOOD:
            terminal.screen(visit, 0)
            authorisation.next = archive.resolve(terminal, visit, authorisation.reading)
        authorisation.status = status
    return OUTCOMES.get(status, "")


def leave(terminal: Terminal, visit: Visit, *, is_over: bool) -> str:
    """The countdown is over (``is_over``), or the person has cancelled: back a page, the screen is cleared.

    At 0 the platform is asked once more: who has confirmed since the last time is let in, not sent back.
    """
    authorisation, visit.authorisation = visit.authorisation, None
    if authorisation is None:
        return visit.path("ways")
    if is_over:
        poll(terminal, visit, authorisation)
        if authorisation.next:
            return authorisation.next
        visit.trace.note(TERMINAL, PERSON, "倒计时结束，返回上一页")
    else:
        authorisation.is_cancelled = True
        visit.trace.note(PERSON, TERMINAL, "点击“取消”")
    terminal.screen(visit, 0)
    return visit.path("ways?notice=expired" if is_over else "ways")
