"""``driver = template``: the examples of docs/devices.md as they stand there, escapes, what a template cannot do."""

from __future__ import annotations

import re
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.devices.lines import Lines, PtyDevice
from tests.devices.printers import CARD, CODE, picture
from tests.devices.test_label import decoded, needs_fonts, needs_renderer, render_zpl
from tests.devices.test_printer import number, printer
from vcchk.base.errors import DeviceError
from vcchk.devices import options
from vcchk.devices.printer import Printer, fonts, template
from vcchk.settings import PrinterSettings

DOCUMENT = Path(__file__).parents[2] / "docs" / "devices.md"


def example(language: str) -> bytes:
    """Return an example of the document, with the line ends that its reader's editor writes."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return found.replace("\n", "\r\n").encode()


def job(text: bytes, person: str = "张三", code: str = CODE, card: str = CARD, **keys: str) -> bytes:
    """Return what a template makes of a label."""
    values, warnings = options.read(template.OPTIONS, PrinterSettings(options=keys))
    assert not warnings
    values["template"] = text
    return template.job(Printer(PrinterSettings(driver="template")).label(code, card, person, template, values), values)


def test_epl2_by_the_printers_font():
    assert job(example("epl-font"), 'O"N\\x', escape="epl") == (
        b"N\r\nq400\r\nQ240,16\r\n"
        + f'b16,40,Q,m2,s5,eM,iA,"{CODE}"\r\n'.encode()
        + b'A190,60,0,8,1,1,N,"O\\"N\\\\x"\r\n'
        b'A190,160,0,3,1,1,N,"M0012345678"\r\nP1\r\n'
    )
    assert "张三".encode("gbk") in job(example("epl-font"))


@needs_fonts
def test_epl2_as_a_picture():
    data = job(example("epl"))
    head = re.search(rb"GW0,0,(\d+),(\d+),", data)
    stride, rows = int(head[1]), int(head[2])
    assert (stride * 8, rows) == (400, 240)
    assert decoded(picture(stride * 8, rows, data[head.end() : head.end() + stride * rows], black=0)) == [CODE]
    assert data[head.end() + stride * rows :] == b"\r\nP1\r\n"


@pytest.mark.slow
@needs_renderer
def test_zpl_rendered_elsewhere(tmp_path):
    strange = "a^b~c_d:1"
    made = [job(example("zpl"), "Li", code, escape="zpl", encoding="utf-8") for code in (CODE, strange)]
    images = render_zpl([(data, 50, 30, 8) for data in made], tmp_path)
    assert [decoded(image) for image in images] == [[CODE], [strange]]


def test_a_template_is_printed_from_its_file(tmp_path):
    file = tmp_path / "模板.epl"
    file.write_bytes(b"\xef\xbb\xbf" + b'N\r\nA1,1,0,3,1,1,N,"{card}"\r\nP{copies}')
    with PtyDevice([(b'N\r\nA1,1,0,3,1,1,N,"M0012345678"\r\nP2\r\n', b"")]) as device:
        it = printer(device, tmp_path, driver="template", copies=2, options={"template": str(file)})
        assert it.print_label(CODE, CARD, "张三") == 0


def test_a_machine_without_fonts_prints_a_template_without_a_picture(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "system_faces", list)
    assert job(b"{name}\n", "Li") == b"Li\n"
    with pytest.raises(DeviceError) as caught:
        job(b"{bitmap:hex}\n", "Li")
    assert caught.value.name == "font_missing"


def test_a_template_that_is_not_there(tmp_path):
    log = Lines()
    it = printer("/dev/null", tmp_path, log, driver="template", options={"template": str(tmp_path / "none")})
    assert it.print_label(CODE, CARD, "张三") == number("bad_argument")
    assert "打不开：文件或文件夹不存在" in log.text()
    assert printer("/dev/null", tmp_path, driver="template").print_label(CODE, CARD, "x") == number("bad_argument")


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (b"{C|}{XS;I,0001|}\n", b"{C|}{XS;I,0001|}\n"),  # TPCL is written in braces
        (b"{nmae}\n", b"{nmae}\n"),
        (b"{qr:x-none}\n", None),
        (b"{name:ascii}\n", None),
        (b"{card:utf-16-le}\n", CARD.encode("utf-16-le") + b"\n"),
    ],
)
def test_what_stays_and_what_is_refused(text, data):
    if data is None:
        with pytest.raises(DeviceError):
            job(text)
    else:
        assert job(text) == data


READERS = {
    "epl": rb'"((?:\\.|[^"\\\r\n])*)"',
    "tspl": rb'"((?:\\\["\]|[^"\r\n])*)"',
    "zpl": rb"\^FD([^\^~\r\n]*)\^FS",
}


@hypothesis.settings(deadline=None)  # drawing takes what a busy machine needs
@given(st.text(max_size=20), st.sampled_from(sorted(READERS)))
def test_whatever_the_text_it_stays_one_text(text, escape):
    frame = b"^FD{name}^FS\n" if escape == "zpl" else b'A "{name}"\n'
    try:
        data = job(frame, text, escape=escape, encoding="utf-8")
    except DeviceError:
        return
    assert re.fullmatch(rb"(?:A )?" + READERS[escape] + rb"\n", data)


def test_a_path_that_is_none_is_told_in_chinese():
    assert options.read(template.OPTIONS, PrinterSettings(options={"template": "a\0b"}))[1] == [
        "template 的值无效（不是文件的路径），已按默认值处理"
    ]
