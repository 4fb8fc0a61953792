"""Labels as people and scanners see them: decoded by zxing-cpp and drawn by zpl-renderer-js, not by us."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess

import pytest
import zxingcpp
from PIL import Image

from tests.devices.printers import CARD, CODE, NAMES, cpcl_picture, escpos_picture, job, tspl_picture
from vcchk.base.errors import DeviceError
from vcchk.cli.commands import print_
from vcchk.devices import bitmap
from vcchk.devices.printer import Printer, fonts, layout
from vcchk.devices.printer.label import Box
from vcchk.settings import PrinterSettings

READERS = {"tspl": tspl_picture, "escpos": escpos_picture, "cpcl": cpcl_picture}
NPM = pathlib.Path(__file__).parents[2] / ".cache" / "npm"
SIZES = [
    {},
    {"width_mm": 30.0, "height_mm": 50.0},
    {"width_mm": 40.0, "height_mm": 30.0, "qr_mm": 18.0},
    {"dpi": 300},
    {"dpi": 600, "qr_level": "H"},
]

needs_fonts = pytest.mark.skipif(not fonts.system_faces(), reason="no Chinese font here (Debian: fonts-noto-cjk)")
needs_renderer = pytest.mark.skipif(
    not (NPM / "node_modules" / "zpl-renderer-js").is_dir() or not shutil.which("node"),
    reason="zpl-renderer-js is not installed (tests/npm) or node is missing",
)


def decoded(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image.convert("L"))]


@pytest.mark.slow
@needs_fonts
@pytest.mark.parametrize("driver", READERS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_bitmap_labels_decode_to_the_exact_code(driver, size):
    image = READERS[driver](job(driver, **size))
    assert decoded(image) == [CODE]


def render_zpl(jobs: list[tuple[bytes, float, float, int]], folder: pathlib.Path) -> list[Image.Image]:
    """Draw ZPL jobs (bytes, width mm, height mm, dots a mm) with zpl-renderer-js."""
    (folder / "jobs.json").write_text(json.dumps([[data.decode(), w, h, dpmm] for data, w, h, dpmm in jobs]))
    (folder / "render.cjs").write_text(
        "globalThis.crypto ??= require('crypto').webcrypto;\n"  # Debian 12's Node 18 has it there alone
        "const fs = require('fs'); const { ready } = require('zpl-renderer-js');\n"
        "(async () => { const { api } = await ready; let n = 0;\n"
        "for (const [zpl, w, h, d] of JSON.parse(fs.readFileSync('jobs.json', 'utf8'))) {\n"
        "const png = await api.zplToBase64Async(zpl, w, h, d);\n"
        "fs.writeFileSync(`label${n++}.png`, Buffer.from(png, 'base64')); } process.exit(0); })();\n"
    )
    environment = {**os.environ, "NODE_PATH": str(NPM / "node_modules")}
    subprocess.run(["node", "render.cjs"], cwd=folder, env=environment, check=True, timeout=60)
    return [Image.open(folder / f"label{n}.png") for n in range(len(jobs))]


@pytest.mark.slow
@needs_fonts
@needs_renderer
def test_zpl_rendered_elsewhere_decodes_to_the_exact_code(tmp_path):
    strange = "a^b~c_d\\e:1"
    made = [
        (job("zpl"), 50, 30, 8),
        (job("zpl", text="font"), 50, 30, 8),
        (job("zpl", text="font", code=strange), 50, 30, 8),
        (job("zpl", dpi=300), 50, 30, 12),
        (job("zpl", person=NAMES[1], width_mm=30.0, height_mm=50.0), 30, 50, 8),
    ]
    images = render_zpl(made, tmp_path)
    assert [decoded(image) for image in images] == [[CODE], [CODE], [strange], [CODE], [CODE]]
    # The drawn name stands right of the code: black dots where the name's box is.
    dark = images[0].convert("L").crop((181, 16, 384, 130)).point(lambda p: p < 128 and 255)
    assert dark.getbbox() is not None


@pytest.mark.slow
@needs_fonts
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_no_text_reaches_into_the_code(size, name):
    section = PrinterSettings(driver="tspl", **size)
    with_text = Printer(section).label(CODE, CARD, name).elements[0].bitmap
    bare = Printer(section.replace(name_box="-", card_box="-")).label(CODE, CARD, name).elements[0].bitmap
    images = [Image.frombytes("1", (b.width, b.height), b.rows) for b in (with_text, bare)]
    box = images[1].getbbox()  # the QR code alone: its dark corners are its edges
    module = (box[2] - box[0]) // len(bitmap.modules(CODE, section.qr_level))
    guarded = (max(0, box[0] - 4 * module), max(0, box[1] - 4 * module), box[2] + 4 * module, box[3] + 4 * module)
    assert images[0].crop(guarded).tobytes() == images[1].crop(guarded).tobytes()
    assert images[0].tobytes() != images[1].tobytes()


@needs_fonts
def test_a_long_name_shrinks_then_wraps():
    measure = fonts.Fonts().width
    box, sizes, legible = Box(x=0, y=0, width=200, height=120), range(48, 7, -1), 18
    short = layout.fit("张三", box, sizes, legible, measure)
    longer = layout.fit("阿卜杜热合曼江", box, sizes, legible, measure)
    longest = layout.fit("阿卜杜热合曼·买买提依明·吐尔逊江", box, sizes, legible, measure)
    assert short == (48, ["张三"])
    assert longer[1] == ["阿卜杜热合曼江"]
    assert 18 <= longer[0] < 48
    assert len(longest[1]) > 1
    assert "".join(longest[1]) == "阿卜杜热合曼·买买提依明·吐尔逊江"
    for size, lines in (short, longer, longest):
        assert max(measure(line, size) for line in lines) <= box.width


@needs_fonts
def test_rare_characters_are_drawn_as_themselves():
    made = fonts.Fonts()
    for character in "㼆𠮷·龘":
        made.face(character)
    shapes = set()
    for character in "㼆𠮷吉三":
        artist = layout.Artist(made)
        shapes.add(artist.picture(character, Box(x=0, y=0, width=48, height=48), 203).bitmap.rows)
    assert len(shapes) == 4  # four characters, four shapes: none is the box of a missing glyph


def test_a_character_no_font_has_is_reported():
    section = PrinterSettings(driver="tspl", port="COM1")
    with pytest.raises(DeviceError) as caught:
        Printer(section).label(CODE, CARD, "张\U000f0000")
    assert caught.value.name == "font_missing"
    assert "U+F0000" in caught.value.cause or not fonts.system_faces()


@needs_fonts
def test_characters_of_two_fonts_on_one_line():
    latin = next((f for f in fonts.system_faces() if "dejavu" in f.path.lower()), None)
    if latin is None:
        pytest.skip("no second font here (Debian: fonts-dejavu-core)")
    others = [face for face in fonts.system_faces() if face != latin]
    mixed = fonts.Fonts(faces=[latin, *others])
    runs = mixed.runs("Ab张三c")
    assert [text for _, text in runs] == ["Ab", "张三", "c"]
    assert runs[0][0] == runs[2][0] == latin
    assert runs[1][0] in others


def test_coverage_agrees_with_what_pillow_draws():
    face = next(iter(fonts.system_faces()), None)
    if face is None:
        pytest.skip("no font here")
    from fontTools.ttLib import TTCollection, TTFont

    font = TTCollection(face.path).fonts[face.index] if face.path.endswith("ttc") else TTFont(face.path)
    expected = set(font.getBestCmap())
    found = {code for start, end in fonts.coverage(face) for code in range(start, end + 1)}
    assert found == expected


def test_a_damaged_font_is_passed_over(tmp_path):
    bad = tmp_path / "bad.ttf"
    bad.write_bytes(b"\0\1\0\0\0\5" + b"x" * 90)
    assert fonts.Fonts(str(bad), faces=[])._faces
    with pytest.raises(DeviceError) as caught:
        fonts.Fonts(str(bad), faces=[]).face("张")
    assert caught.value.name == "font_missing"


@needs_fonts
def test_boxes_of_ones_own():
    section = PrinterSettings(
        driver="tspl", width_mm=60.0, height_mm=40.0, qr_box="35,5,20", name_box="2,5,28,10", card_box="2,20,28,6"
    )
    label = Printer(section).label(CODE, CARD, "张三")
    drawn = label.elements[0].bitmap
    image = Image.frombytes("1", (drawn.width, drawn.height), drawn.rows)
    left = image.crop((0, 0, 240, 320)).getbbox()
    assert left is not None
    assert left[2] <= 16 + 224
    assert image.crop((280, 40, 280 + 170, 40 + 170)).getbbox() is not None
    with pytest.raises(DeviceError) as caught:
        Printer(section.replace(name_box="30,5,20,10")).label(CODE, CARD, "张三")
    assert caught.value.name == "too_large"
    with pytest.raises(DeviceError) as caught:
        Printer(section.replace(name_box="30,5")).label(CODE, CARD, "张三")
    assert caught.value.name == "bad_argument"


def test_a_code_too_long_for_the_label():
    with pytest.raises(DeviceError) as caught:
        Printer(PrinterSettings(driver="tspl", width_mm=10.0, height_mm=10.0)).label("x" * 400, "", "")
    assert caught.value.name == "too_large"
    with pytest.raises(DeviceError) as caught:
        Printer(PrinterSettings(driver="tspl")).label("", CARD, "张三")
    assert caught.value.name == "bad_argument"


def test_the_name_can_be_masked():
    from vcchk.devices.printer import tspl

    label = Printer(PrinterSettings(driver="tspl", text="font", mask_name=True)).label(CODE, CARD, "张三丰", tspl)
    texts = [element.text for element in label.elements if hasattr(element, "size")]
    assert texts[0].startswith("张*")
    assert "三" not in texts[0]


@needs_fonts
def test_preview_is_the_label(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VCCHK_INI", str(tmp_path / "none.ini"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    target = tmp_path / "label.png"
    assert print_.main(["--preview", str(target), "--id", CODE, "--name", NAMES[1]]) == 0
    with Image.open(target) as image:
        assert image.size == (400, 240)
        assert decoded(image) == [CODE]
    assert "label.png" in capsys.readouterr().out
