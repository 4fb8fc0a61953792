"""Where QR code, name and card number stand on a label, and how large: geometry without a printer.

A name too long shrinks, then wraps, then shrinks further; it never reaches into the QR code or its quiet zone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices import bitmap
from vcchk.devices.printer.drivers import PrinterDriver
from vcchk.devices.printer.fonts import Fonts
from vcchk.devices.printer.label import Box, Content, Label, Picture, Qr, Text
from vcchk.settings import PrinterSettings

ONE_LINE_MIN_MM = 2.2
"""Below this height a long line is wrapped rather than shrunk."""
MIN_TEXT_DOTS = 8
"""Dots: no Chinese character can be told below."""
MAX_TEXT_MM = 6.0
MIN_MODULE_MM = 0.25
"""The smallest module that hand-held scanners read from a thermal label."""
MIN_COLUMN_MM = 14.0
"""With less room than this beside the QR code, the text goes below it."""
LINE_SPACING = 1.25


def dots(millimetres: float, dpi: int) -> int:
    """Return millimetres as dots."""
    return round(millimetres * dpi / 25.4)


def wrap(text: str, width: int, size: int, measure: Callable[[str, int], int]) -> list[str] | None:
    """Return ``text`` cut into lines no wider than ``width``, after a space or · if possible; None: it cannot be."""
    lines: list[str] = []
    rest = text
    while rest:
        count = len(rest)
        while count and measure(rest[:count], size) > width:
            count -= 1
        if count == 0:
            return None
        if count < len(rest):
            natural = max(rest.rfind(mark, 0, count) for mark in (" ", "·", "•"))
            if natural + 1 > count // 2:
                count = natural + 1
        lines.append(rest[:count].strip())
        rest = rest[count:].lstrip()
    return lines


def fit(
    text: str, box: Box, sizes: Sequence[int], legible: int, measure: Callable[[str, int], int]
) -> tuple[int, list[str]] | None:
    """Return (size, lines) with which ``text`` fits ``box``, or None.

    ``sizes`` in dots, largest first; ``measure(text, size)`` gives dots. One line while it is ``legible`` dots high,
    else as many as the box holds.
    """
    for size in sizes:
        if legible <= size <= box.height and measure(text, size) <= box.width:
            return size, [text]
    for size in sizes:
        lines = wrap(text, box.width, size, measure)
        if lines is not None and line_height(size) * (len(lines) - 1) + size <= box.height:
            return size, lines
    return None


def line_height(size: int) -> int:
    """Return the distance of two lines in dots."""
    return round(size * LINE_SPACING)


def _boxes(text: str, count: int, key: str, dpi: int) -> list[int]:
    try:
        values = [dots(float(part), dpi) for part in text.replace("，", ",").split(",")]
    except ValueError:
        values = []
    if len(values) != count or min(values) < 0:
        form = "x,y,边长" if count == 3 else "x,y,宽,高"
        raise DeviceError("bad_argument", f"[printer] {key} 应写成 {form}（毫米）", cause=f"{key} = {text!r}")
    return values


class Plan:
    """The places of one label: ``qr`` (the code itself), ``module`` (dots), ``name``, ``card`` (None: not printed)."""

    def __init__(self, section: PrinterSettings, modules: int) -> None:
        dpi = section.dpi
        self.width, self.height = dots(section.width_mm, dpi), dots(section.height_mm, dpi)
        margin = dots(section.margin_mm, dpi)
        usable = Box(x=margin, y=margin, width=self.width - 2 * margin, height=self.height - 2 * margin)
        x, y, side = usable.x, None, dots(section.qr_mm, dpi)
        if section.qr_box:
            x, y, side = _boxes(section.qr_box, 3, "qr_box", dpi)
        most = min(usable.width, usable.height) if y is None else min(self.width - x, self.height - y)
        self.module = self._module(modules, min(side, most), most, dpi)
        side = self.module * modules
        quiet = bitmap.QUIET * self.module
        beside = usable.width - side - quiet >= dots(MIN_COLUMN_MM, dpi)
        if y is None:
            y = usable.y + (usable.height - side) // 2 if beside else usable.y
            x = usable.x if beside else usable.x + (usable.width - side) // 2
        self.qr = Box(x=x, y=y, width=side, height=side)
        self.name, self.card = self._text_boxes(section, usable, quiet, beside)
        guarded = Box(x=x - quiet, y=y - quiet, width=side + 2 * quiet, height=side + 2 * quiet)
        for box in (self.name, self.card):
            if box is not None and box.overlaps(guarded):
                raise DeviceError("too_large", "标签放不下：文字区与二维码重叠，请调整标签尺寸、qr_mm 或各 box 设置")

    @staticmethod
    def _module(modules: int, side: int, most: int, dpi: int) -> int:
        # A long code on a small label may take more room than asked for, rather than become unreadable.
        smallest = max(1, dots(MIN_MODULE_MM, dpi))
        module = max(smallest, side // modules)
        if module * modules > most:
            module = most // modules
        if module < 1 or module * 2 < smallest:
            raise DeviceError(
                "too_large", "标签太小，放不下二维码，请换大标签", cause=f"{modules} modules in {most} dots"
            )
        return module

    def _text_boxes(
        self, section: PrinterSettings, usable: Box, quiet: int, beside: bool
    ) -> tuple[Box | None, Box | None]:
        qr = self.qr
        if beside:
            x = qr.x + qr.width + quiet
            area = Box(x=x, y=usable.y, width=max(0, usable.x + usable.width - x), height=usable.height)
        else:
            y = qr.y + qr.height + quiet
            area = Box(x=usable.x, y=y, width=usable.width, height=max(0, usable.y + usable.height - y))
        upper = area.height * 3 // 5
        automatic = {
            "name_box": replace(area, height=upper),
            "card_box": replace(area, y=area.y + upper, height=area.height - upper),
        }
        found: list[Box | None] = []
        for key, box in automatic.items():
            setting = getattr(section, key)
            if setting == "-":
                found.append(None)
            elif setting:
                x, y, width, height = _boxes(setting, 4, key, section.dpi)
                found.append(Box(x=x, y=y, width=width, height=height))
            else:
                found.append(box)
        return found[0], found[1]


def _centred(box: Box, size: int, count: int) -> int:
    return box.y + (box.height - line_height(size) * (count - 1) - size) // 2


class Artist:
    """Draws texts as pictures with the system's fonts."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts

    def picture(self, text: str, box: Box, dpi: int) -> Picture | None:
        """Return ``text`` drawn to fit ``box``; None for an empty text. Raises ``font_missing`` or ``too_large``."""
        if not text:
            return None
        from PIL import Image, ImageDraw

        sizes = range(min(dots(MAX_TEXT_MM, dpi), box.height), MIN_TEXT_DOTS - 1, -1)
        found = fit(text, box, sizes, dots(ONE_LINE_MIN_MM, dpi), self._fonts.width)
        if found is None:
            raise DeviceError(
                "too_large", "标签放不下姓名或卡号，请换大标签或调小二维码", cause=f"{len(text)} characters"
            )
        size, lines = found
        image: Any = Image.new("1", (box.width, box.height), 0)
        draw = ImageDraw.Draw(image)
        draw.fontmode = "1"
        top = _centred(box, size, len(lines)) - box.y
        for number, line in enumerate(lines):
            # The baseline of CJK fonts lies 0.88 em under the top of the character's square.
            self._fonts.draw(draw, 0, top + number * line_height(size) + round(size * 0.88), line, size)
        rows = image.tobytes()
        return Picture(x=box.x, y=box.y, bitmap=bitmap.Bitmap(width=box.width, height=box.height, rows=rows))


def native(text: str, box: Box, driver: PrinterDriver, dpi: int) -> list[Text] | None:
    """Return ``text`` as lines in the printer's own font, or None when it lacks a character or a fitting size."""
    if not driver.can_print(text):
        return None
    found = fit(text, box, driver.SIZES, dots(ONE_LINE_MIN_MM, dpi), driver.measure)
    if found is None:
        return None
    size, lines = found
    top = _centred(box, size, len(lines))
    return [Text(x=box.x, y=top + n * line_height(size), size=size, text=line) for n, line in enumerate(lines)]


def flatten(label_width: int, label_height: int, pictures: Sequence[Picture]) -> Picture:
    """Return all pictures as one of the whole label."""
    from PIL import Image

    sheet = Image.new("1", (label_width, label_height), 0)
    for picture in pictures:
        part = picture.bitmap
        sheet.paste(Image.frombytes("1", (part.width, part.height), part.rows), (picture.x, picture.y))
    whole = bitmap.Bitmap(width=label_width, height=label_height, rows=sheet.tobytes())
    return Picture(x=0, y=0, bitmap=whole)


def _elements(
    section: PrinterSettings, driver: PrinterDriver | None, fonts: Fonts, content: Content
) -> tuple[Plan, list[Qr | Text | Picture]]:
    """Return where everything stands and what it is, each in the printer's own way where it has one."""
    matrix = bitmap.modules(content.code, section.qr_level)
    plan = Plan(section, len(matrix))
    artist = Artist(fonts)
    elements: list[Qr | Text | Picture] = []
    if driver is not None and content.code.isascii() and driver.can_print(content.code):
        elements.append(Qr(x=plan.qr.x, y=plan.qr.y, module=plan.module, level=section.qr_level, text=content.code))
    else:
        elements.append(Picture(x=plan.qr.x, y=plan.qr.y, bitmap=bitmap.enlarge(matrix, plan.module)))
    for text, box in ((content.name, plan.name), (content.card, plan.card)):
        if box is None:
            continue
        lines = native(text, box, driver, section.dpi) if driver is not None else None
        if lines is not None:
            elements += lines
        else:
            picture = artist.picture(text, box, section.dpi)
            if picture is not None:
                elements.append(picture)
    return plan, elements


def make(
    section: PrinterSettings, driver: PrinterDriver | None, fonts: Fonts, content: Content, values: dict[str, Any]
) -> Label:
    """Return the label for one card. ``driver`` None, or ``text = bitmap``: everything as one picture.

    Raises DeviceError ``too_large``, ``font_missing`` or ``bad_argument``.
    """
    elements: list[Qr | Text | Picture] = []
    width, height = dots(section.width_mm, section.dpi), dots(section.height_mm, section.dpi)
    if driver is None or driver.is_laid_out(values):
        native_driver = driver if driver is not None and driver.SIZES and section.text == "font" else None
        plan, elements = _elements(section, native_driver, fonts, content)
        if native_driver is None:
            elements = [flatten(plan.width, plan.height, [e for e in elements if isinstance(e, Picture)])]
    return Label(
        width=width,
        height=height,
        width_mm=section.width_mm,
        height_mm=section.height_mm,
        gap_mm=section.gap_mm,
        dpi=section.dpi,
        copies=section.copies,
        content=content,
        elements=tuple(elements),
    )
