"""The sequence diagram: each arrow from a step or a row of the platform's, masked, escaped, inside the picture."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from vcchk.kiosk import diagram
from vcchk.kiosk.matching import own_numbers
from vcchk.kiosk.trace import ARCHIVE, LIBRARY, PERSON, SCANS, SHOWS, TERMINAL, TraceStep
from vcchk.kiosk.views import PAGES

VERIFY, REGQUERY = "ehc.ehealthcode.verify", "ehc.ehealthcard.regquery"


def call(method=VERIFY, serial="Z1", answer="00", **more):
    return TraceStep(
        TERMINAL, LIBRARY, f"VirtualCardTrans {method}", 1000.2, 12.0, answer, method=method, serial=serial, **more
    )


def svg(drawn):
    return PAGES.fragment("diagram_svg", p=diagram.layout(drawn))


def row(number, method=VERIFY, ret_code="0000"):
    return {"number": number, "method": method, "ret_code": ret_code, "http": 200, "ms": 0.5}


def texts(steps, seen=()):
    return [line.text for line in diagram.arrows(steps, seen)]


def test_a_row_belongs_to_its_number():
    assert texts([call(numbers=(7,))], [row(6), row(7)]) == [
        "VirtualCardTrans " + VERIFY, VERIFY, "0000，0.5 ms", "00，12 ms"]  # fmt: skip
    assert texts([call(numbers=(7,))], [row(6)]) == ["VirtualCardTrans " + VERIFY, "00，12 ms"]
    assert texts([call()], [row(6)]) == ["VirtualCardTrans " + VERIFY, "00，12 ms"]


def test_the_voucher_service_stands_beside_its_verify():
    assert "ec.query（医保服务）" in texts([call(numbers=(7, 8))], [row(7), row(8, "ec.query", "0")])


def seen(number, method, request, reply=None):
    return {"number": number, "method": method, "request": json.dumps(request), "reply": json.dumps(reply or {})}


WHO, OTHER = {"id_type": "01", "id_no": "350299198503120012"}, {"id_type": "01", "id_no": "35029919921107002X"}


@pytest.mark.parametrize(
    ("calls", "method", "sent", "answered", "own"),
    [
        # two terminals ask at once: each has its own patient
        ([(1, REGQUERY, OTHER), (2, REGQUERY, WHO)], REGQUERY, WHO, {}, (2,)),
        ([(1, REGQUERY, WHO), (2, REGQUERY, OTHER)], REGQUERY, OTHER, {}, (2,)),
        # without a serial number the second of two equal questions is somebody else's
        ([(1, REGQUERY, WHO), (2, REGQUERY, WHO)], REGQUERY, WHO, {}, (1,)),
        # with one, what the library sent again is its own as well; a scanned code has been added
        ([(1, VERIFY, {"out_verify_no": "1", "ehealth_code": "x"}), (2, VERIFY, {"out_verify_no": "1"}),
          (3, VERIFY, {"out_verify_no": "2"})], VERIFY, {"out_verify_no": "1"}, {}, (1, 2)),
        # the voucher's query by the token of the reply, or where there is but one
        ([(1, "ec.query", {}, {"data": {"ecToken": "T1"}}), (2, "ec.query", {}, {"data": '{"ecToken":"T2"}'})], VERIFY,
         {"out_verify_no": "1"}, {"ecToken": "T2"}, (2,)),
        ([(1, "ec.query", {}, {"code": -2})], VERIFY, {"out_verify_no": "1"}, {}, (1,)),
        ([(1, "ec.query", {}), (2, "ec.query", {})], VERIFY, {"out_verify_no": "1"}, {}, ()),
        ([(1, REGQUERY, {})], VERIFY, {"out_verify_no": "1"}, {}, ()),
    ],
)  # fmt: skip
def test_which_calls_are_ones_own(calls, method, sent, answered, own):
    assert own_numbers([seen(*one) for one in calls], method, sent, answered) == own


def test_equal_polls_are_one():
    steps = [call("q", answer="ing"), call("q", answer="ing"), call("q", answer="ing"), call("q", answer="succ")]
    assert texts(steps)[0] == "VirtualCardTrans q（3 次）"
    assert len(texts(steps)) == 4


def test_devices_before_and_after_the_platform():
    assert texts([call(device=SCANS, numbers=(1,))], [row(1)])[1] == SCANS
    assert texts([call(device=SHOWS, numbers=(1,))], [row(1)])[3] == SHOWS
    assert SHOWS not in texts([call(device=SHOWS, is_good=False)], [row(1)])


def test_masked_and_escaped_and_inside():
    hostile = TraceStep(PERSON, ARCHIVE, '<script>"350299198503120012"</script>' + "很长" * 60, 1.0)
    drawn = diagram.arrows([hostile, TraceStep(ARCHIVE, PERSON, "x", 1.0)], [])
    picture = svg(drawn)
    assert "<script" not in picture
    assert "350299198503120012" not in picture
    root = ElementTree.fromstring(picture)
    width = float(root.get("width"))
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 <= float(text.get("x")) <= width


def test_red_is_what_failed():
    picture = svg(diagram.arrows([call(answer="2001", is_good=False)], []))
    assert re.search(r'fill="#b83232"[^>]*>2001', picture)
