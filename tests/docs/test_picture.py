"""docs/architecture.svg: text as text, nothing from outside, readable on light and dark pages."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from native.buildkit import places

PATH = places.ROOT / "docs" / "architecture.svg"
SVG = "{http://www.w3.org/2000/svg}"


def test_it_is_text_and_needs_nothing() -> None:
    text = PATH.read_text("utf-8")
    root = ElementTree.fromstring(text)
    allowed = {"svg", "title", "desc", "style", "defs", "marker", "path", "rect", "text", "tspan"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed
    assert re.findall(r"url\((?!#)|@import|@font-face|href=|<script", text) == []
    words = " ".join("".join(element.itertext()) for element in root.iter(f"{SVG}text"))
    for name in ("VirtualCardChk.dll", "vcchk_core.dll", "transaction", "gateway", "vcchk sandbox", "vcchk kiosk"):
        assert name in words


def ratio(one: str, other: str) -> float:
    """The contrast of two colours ``rgb(r, g, b)`` after WCAG 2."""

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


_COLOURS = """() => {
  const fill = (name) => getComputedStyle(document.querySelector(name)).fill;
  const texts = [...document.querySelectorAll('text')].map((text) => {
    const box = text.getBBox();
    const at = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)
      .find((element) => element.tagName === 'rect' && getComputedStyle(element).fill !== 'none');
    const inside = at ? at.getBBox() : null;
    return [text.textContent, getComputedStyle(text).fill, at ? getComputedStyle(at).fill : fill('.back'),
      inside ? box.x >= inside.x && box.x + box.width <= inside.x + inside.width : false];
  });
  return texts;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_readable_and_inside_its_box(chromium: Any, scheme: Any) -> None:
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 1120, "height": 690})
    page = context.new_page()
    page.goto(PATH.as_uri())
    found = page.evaluate(_COLOURS)
    context.close()
    assert len(found) > 40
    assert [text for text, ink, paper, _ in found if ratio(ink, paper) < 4.5] == []
    assert [text for text, _, _, inside in found if not inside] == []
