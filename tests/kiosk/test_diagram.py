"""The sequence diagram: each arrow from a step or a row of the platform's, masked, escaped, inside the picture."""

from __future__ import annotations

import re
import time
from xml.etree import ElementTree

import pytest

from vcchk.kiosk import diagram
from vcchk.kiosk.trace import ARCHIVE, LIBRARY, PERSON, SCANS, SHOWS, TERMINAL, Step

VERIFY, REGQUERY = "ehc.ehealthcode.verify", "ehc.ehealthcard.regquery"


def call(method=VERIFY, serial="Z1", began=1000.2, answer="00", **more):
    return Step(
        TERMINAL, LIBRARY, f"VirtualCardTrans {method}", began, 12.0, answer, method=method, serial=serial, **more
    )


def row(method=VERIFY, serial="Z1", at=1000, ret_code="0000"):
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    return {"method": method, "serial": serial, "time": when, "ret_code": ret_code, "http": 200, "ms": 0.5}


def texts(steps, seen=(), shift=0.0):
    return [line.text for line in diagram.lines(steps, seen, shift)]


def test_a_row_belongs_to_its_serial_number():
    assert texts([call()], [row(serial="OTHER"), row()]) == [
        "VirtualCardTrans " + VERIFY, VERIFY, "0000，0.5 ms", "00，12 ms"]  # fmt: skip
    assert texts([call()], [row(serial="OTHER")]) == ["VirtualCardTrans " + VERIFY, "00，12 ms"]


@pytest.mark.parametrize(
    ("at", "shift", "is_found"), [(1000, 0, True), (1003, 0, False), (4600, 3600, True), (996, 0, False)]
)
def test_regquery_has_none_and_is_found_by_its_time(at, shift, is_found):
    assert (len(texts([call(REGQUERY, "")], [row(REGQUERY, "", at)], shift)) == 4) is is_found


def test_the_voucher_service_stands_beside_its_verify():
    assert "ec.query（医保服务）" in texts([call()], [row(), row("ec.query", "", ret_code="0")])


def test_equal_polls_are_one():
    steps = [call("q", answer="ing"), call("q", answer="ing"), call("q", answer="ing"), call("q", answer="succ")]
    assert texts(steps)[0] == "VirtualCardTrans q（3 次）"
    assert len(texts(steps)) == 4


def test_devices_before_and_after_the_platform():
    assert texts([call(device=SCANS)], [row()])[1] == SCANS
    assert texts([call(device=SHOWS)], [row()])[3] == SHOWS
    assert SHOWS not in texts([call(device=SHOWS, is_good=False)], [row()])


def test_masked_and_escaped_and_inside():
    hostile = Step(PERSON, ARCHIVE, '<script>"350299198503120012"</script>' + "很长" * 60, 1.0)
    drawn = diagram.lines([hostile, Step(ARCHIVE, PERSON, "x", 1.0)], [], 0)
    picture = diagram.svg(drawn)
    assert "<script" not in picture
    assert "350299198503120012" not in picture
    root = ElementTree.fromstring(picture)
    width = float(root.get("width"))
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 <= float(text.get("x")) <= width


def test_red_is_what_failed():
    picture = diagram.svg(diagram.lines([call(answer="2001", is_good=False)], [], 0))
    assert re.search(r'fill="#b83232"[^>]*>2001', picture)
