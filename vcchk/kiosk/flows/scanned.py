"""被扫 (2.1.2.3, 2.2.2.3, 2.3.2.1): the patient's code is read and verified, by the terminal or by the library."""

from __future__ import annotations

from typing import Any

from vcchk.kiosk.archive import Identity
from vcchk.kiosk.flows import archive
from vcchk.kiosk.terminal import Terminal, new_serial, now
from vcchk.kiosk.trace import PERSON, SCANS, TERMINAL
from vcchk.kiosk.visit import Visit

VERIFY = "ehc.ehealthcode.verify"
EXPIRED = "2001"
NOTHING_READ = "9001"
NO_SCANNER = "。由动态库读码时，要在 VirtualCardChk.ini 的 [scanner] 设好扫码枪；没有的话在“设置”里改为键盘口扫码枪"


def verify(terminal: Terminal, visit: Visit, code: str | None) -> str:
    """Verify a code (4.3, B 4.2); None: the library reads its own scanner first.

    An expired code goes back a page (2.2 被扫模式下用户二维码过期，则跳回上个页面), so does a cancelled scan.
    """
    reading, serial = visit.read_anew(), new_serial()
    terminal.verified = reading
    visit.trace.note(PERSON, TERMINAL, "出示二维码")
    device = "" if code is not None else SCANS
    answer = terminal.ask(visit, VERIFY, _request(terminal, visit, code, serial), serial, device)
    if not answer.is_good and visit.is_cancelled:
        visit.problem = ""
        return visit.path("ways")
    if answer.code == EXPIRED:
        return visit.path("ways")
    if not answer.is_good:
        if code is None and answer.code == NOTHING_READ:
            visit.problem += NO_SCANNER
        return visit.path("scan")
    reading.headline = "验证成功"
    reading.identity = Identity.of(answer.biz)
    return archive.resolve(terminal, visit, reading)


def _request(terminal: Terminal, visit: Visit, code: str | None, serial: str) -> dict[str, Any]:
    biz: dict[str, Any] = {"out_verify_no": serial, "out_verify_time": now(), **terminal.scene(visit)}
    if terminal.choices.document == "B":
        biz |= {
            "ECUrl": terminal.choices.ec_url,
            "orgId": terminal.choices.org_id,
            "businessType": visit.function.business_type,
            "businessInfo": "01",
            "officeId": visit.place.office_code,
            "officeName": visit.place.title,
            "IsMultiCode": "1",
        }
        if not biz["ECUrl"]:
            del biz["ECUrl"]
    if code is not None:
        biz["ehealth_code"] = code
    return biz
