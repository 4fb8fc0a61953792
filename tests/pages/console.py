"""What the console's tests share: a HIS written from the documents alone, its traffic, a reader of QR codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator

from tests.sandbox.conftest import authorisation, registration, verification
from tests.sandbox.independent import His
from vcchk.sandbox.seed import DEMO, Person
from vcchk.testing import Control

REGQUERY = "ehc.ehealthcard.regquery"
VERIFY = "ehc.ehealthcode.verify"
AUTHURL = "ehc.ehealthcard.authurl"
AUTH_QUERY = "ehc.ehealthcard.auth.query"
QUERYWITHREG = "ehc.ehealthcard.querywithreg"
PERSON = DEMO.people[0]
NEWCOMER = next(person for person in DEMO.people if not person.is_registered)


def his_of(sandbox: Control, **changes: Any) -> His:
    """Return a hospital program that talks to the sandbox's gateway."""
    return His(sandbox.gateway_url, **{"app_id": DEMO.app_id, "key": DEMO.key, "term_id": DEMO.term_id, **changes})


def who(person: Person) -> dict[str, str]:
    """Return how a request names a person."""
    return {"id_type": person.id_type, "id_no": person.id_no}


def some_traffic(sandbox: Control) -> str:
    """Let a HIS do what fills every page: queries, verifies, a registration, refusals, authorisations.

    Returns the address of an authorisation that waits.
    """
    his = his_of(sandbox)
    code = his.call(REGQUERY, who(PERSON)).biz["ehealth_code"]
    his.call(VERIFY, verification(code))
    his.call(VERIFY, verification(code, treatment_code="010105", office_code="0400", operator_id="1001"))
    his.call(VERIFY, verification("no code at all"))
    his.call(QUERYWITHREG, registration(NEWCOMER))
    his.post(altered(his))
    decided = authorisation()
    his.call(AUTHURL, decided)
    sandbox.approve(decided["out_authorize_no"])
    url: str = his.call(AUTHURL, authorisation(office_code="0300")).biz["ehealth_authurl"]
    sandbox.code(PERSON.id_no, seconds=90)
    sandbox.voucher(PERSON.id_no)
    return url


def altered(his: His) -> dict[str, Any]:
    """Return a request whose biz_content was signed with blanks and sent without: the commonest mistake."""
    message = his.envelope(REGQUERY, who(PERSON), enc_type="Plain")
    return {**message, "biz_content": json.dumps(json.loads(message["biz_content"]), separators=(",", ":"))}


def scanned(picture: Locator) -> str:
    """Return what a scanner reads from the screen; exactly one code must be there."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.screenshot())))
    assert len(found) == 1
    return found[0].text


def called(folder: Path, in_data: str, url: str) -> str:
    """Send an InData with ``vcchk call``, a process of its own, as the DLL would; returns what it prints."""
    file = folder / "InData.json"
    file.write_text(in_data, "utf-8")
    settings = {**os.environ, "XDG_STATE_HOME": str(folder), "VCCHK_HOME": str(folder), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "vcchk", "call", str(file), "--url", url]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=settings, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
