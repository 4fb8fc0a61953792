"""A printer that no driver knows: a file with the printer's own commands, and placeholders in it.

The site writes the file after the maker's manual; it is sent byte by byte, with the placeholders replaced:

``{qr}`` ``{name}`` ``{card}``: the label's texts, escaped as ``escape`` says and in ``encoding``; ``{name:gbk}`` in
another encoding. ``{copies}``: how many. ``{bitmap}``: the whole label as a picture, rows of ``{bitmap_stride}`` bytes,
``{bitmap_rows}`` of them, ``{bitmap_bytes}`` together, 1-bit = black; ``{bitmap:inverted}``: 0-bit = black;
``{bitmap:hex}`` and ``{bitmap:inverted-hex}``: the same in hexadecimal. Braces around anything else stay: there are
languages that are written in braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from vcchk.base.errors import DeviceError
from vcchk.devices.bitmap import Bitmap
from vcchk.devices.options import FileOption, Option
from vcchk.devices.printer.label import Label, Picture, State
from vcchk.devices.printer.zpl import escaped as zpl_escaped
from vcchk.devices.step import Step

BAUD = 9600
SIZES: tuple[int, ...] = ()  # nothing is known of the printer's own font
NO_ANSWER = None

ESCAPES: dict[str, Callable[[str], str]] = {
    "none": lambda text: text,
    "tspl": lambda text: text.replace('"', '\\["]'),
    "epl": lambda text: text.replace("\\", "\\\\").replace('"', '\\"'),
    "zpl": zpl_escaped,
}
"""``escape`` → how a text is written between the marks of a language; ``zpl`` is for fields behind ^FH_."""

OPTIONS = (
    FileOption(
        name="template",
        default="",
        help="模板文件：打印机自己的命令，其中 {qr}、{name}、{card}、{bitmap} 等换成内容（docs/devices.md）",
    ),
    Option(
        name="escape",
        default="none",
        help="模板中文字的转义：none、tspl、epl、zpl（用在 ^FH_ 之后）",
        choices=tuple(ESCAPES),
    ),
    Option(name="encoding", default="gbk", help="模板中文字的编码：gbk、gb18030、utf-8 等；单处可写成 {name:utf-8}"),
)

_BOM = b"\xef\xbb\xbf"
_PLACEHOLDER = re.compile(
    rb"\{(qr|name|card|copies|bitmap|bitmap_stride|bitmap_rows|bitmap_bytes)(?::([0-9A-Za-z_-]+))?\}"
)
_TITLES = {"qr": "二维码内容", "name": "姓名", "card": "卡号"}
_PICTURES: dict[str, Callable[[Bitmap], bytes]] = {
    "": lambda picture: picture.rows,
    "inverted": lambda picture: picture.inverted(),
    "hex": lambda picture: picture.rows.hex().upper().encode(),
    "inverted-hex": lambda picture: picture.inverted().hex().upper().encode(),
}


def is_laid_out(values: dict[str, Any]) -> bool:
    """Tell whether the template has a picture in it."""
    return b"{bitmap" in _template(values)


def can_print(text: str) -> bool:
    """Nothing is known of the printer's own font."""
    return False


def measure(text: str, size: int) -> int:
    """Never asked, since nothing is printed in the printer's own font."""
    return len(text) * size


def job(label: Label, values: dict[str, Any]) -> bytes:
    """Return the template with the label's texts and picture in it. Raises DeviceError ``bad_argument``."""
    texts = {"qr": label.content.code, "name": label.content.name, "card": label.content.card}
    picture = next((element.bitmap for element in label.elements if isinstance(element, Picture)), None)
    escape = ESCAPES[values["escape"]]

    def replace(match: re.Match[bytes]) -> bytes:
        name, form = match[1].decode(), (match[2] or b"").decode()
        if name in texts:
            return _encoded(escape(texts[name]), form or values["encoding"], _TITLES[name])
        if name == "copies":
            return str(label.copies).encode()
        if picture is None or (form and name != "bitmap"):
            return match[0]
        if name == "bitmap":
            return _PICTURES[form](picture) if form in _PICTURES else match[0]
        size = {"bitmap_stride": picture.stride, "bitmap_rows": picture.height, "bitmap_bytes": len(picture.rows)}
        return str(size[name]).encode()

    data = _PLACEHOLDER.sub(replace, _template(values))
    return data if data.endswith(b"\n") else data + b"\r\n"  # an editor that saves no last line end


def _template(values: dict[str, Any]) -> bytes:
    template = values["template"]
    if not isinstance(template, bytes):
        sentence = "请在 [printer] template 中设置模板文件，并核对它能打开"
        raise DeviceError("bad_argument", sentence, cause="no template")
    return template.removeprefix(_BOM)


def _encoded(text: str, encoding: str, title: str) -> bytes:
    try:
        return text.encode(encoding)
    except LookupError:
        raise DeviceError("bad_argument", f"模板中的编码 {encoding} 不认识", cause=f"encoding {encoding!r}") from None
    except UnicodeEncodeError as error:
        character = ord(error.object[error.start])
        sentence = f"{title}中有编码 {encoding} 没有的字，请在模板中改用 {{bitmap}}"
        raise DeviceError("font_missing", sentence, cause=f"{encoding} has no U+{character:04X}") from None


def queries() -> tuple[Step, ...]:
    """Return no questions: how this printer is asked is not known."""
    return ()


def state(replies: list[bytes]) -> State:
    """Return a state without faults."""
    return State()
