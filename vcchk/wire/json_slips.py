"""Why a text is not JSON: the likeliest slip of the program or the person that wrote it, as a Chinese sentence."""

from __future__ import annotations

import json
import re

# json's messages -> Chinese
_REASONS = {
    "Expecting value": "缺少值，或值没有加引号",
    "Expecting property name enclosed in double quotes": "缺少用双引号括起的字段名（或多了逗号）",
    "Expecting ':' delimiter": "字段名后缺少冒号",
    "Expecting ',' delimiter": "缺少逗号，或括号没有配对",
    "Illegal trailing comma before end of object": "最后一个字段后多了逗号",
    "Illegal trailing comma before end of array": "最后一个元素后多了逗号",
    "Unterminated string starting at": "字符串缺少结尾的双引号（或内容被截断）",
    "Invalid \\escape": "反斜杠转义不正确（路径中的 \\ 应写作 \\\\）",
    "Invalid \\uXXXX escape": "\\u 后应有四位十六进制数",
}

_QUOTES = "“”„‘’＂「」『』«»"
_OTHER_KEYBOARDS = {
    **dict.fromkeys(_QUOTES, "请把中文引号改成英文引号"),
    **dict.fromkeys("'`´", "请把单引号改成双引号"),
    **dict.fromkeys("｛｝［］【】（）", "请把全角括号改成半角括号"),
    **dict.fromkeys("，、；", "请把中文逗号改成英文逗号"),
    "：": "请把中文冒号改成英文冒号",
}
"""What the documents' converter, Word and input methods make of JSON's own signs; both samples of card_list have it."""

_INVISIBLE = r"[\u00a0\u2000-\u200f\u2028\u2029\u202f\u2060\u3000\ufeff\0-\x08\x0b\x0c\x0e-\x1f]"

# What stands where JSON could not be read on -> why. The first that fits.
_AT_PLACE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.ASCII), reason)
    for pattern, reason in (
        (_INVISIBLE, "有看不见的字符（全角空格、BOM 等），请删去"),
        (r"//|/\*|#|--|<!--", "请删去注释，JSON 里不能有注释"),
        (r"\\\"|\\'", "引号前多了反斜杠（整个内容被多转义了一次），请传转义前的 JSON"),
        (r"&quot;|&#34;", "请把 &quot; 还原成双引号"),
        (r"(?<=\{)%|%7B", "请传没有经过 URL 编码的 JSON"),
        (r"(?<=\")=", "请把等号改成冒号"),
        (r"(?<![:,\[{]);", "请把分号改成逗号"),
        (r"(?:True|False|None|undefined|NULL|TRUE|FALSE|Null)\b", "请写作 true、false 或 null（小写）"),
        (r"(?<=\")[^\s\"\]},:{\[]", '字符串里的双引号没有转义（应写作 \\"），或两个字段之间缺少逗号'),
        (r"(?<=0)\d", "数字不能以 0 开头，请给它加上双引号"),
        (r"(?<=\d)[A-Za-z_.\d-]", "这个值不是数字，请给它加上双引号"),
        (r"$", "缺少逗号，或括号没有配对（内容到此为止，可能被截断）"),
    )
)

# How a text begins that does not begin with { or [ -> what it is. The first that fits.
_BEGINNINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), reason)
    for pattern, reason in (
        (r"%7[Bb]", "请传没有经过 URL 编码的 JSON"),
        (r"<", "这是 XML 或网页，应为 JSON"),
        (rf"{_INVISIBLE}", "有看不见的字符（全角空格、BOM 等），请删去"),
        (r"(?://|/\*|#|--)", "请删去注释，JSON 里不能有注释"),
        (r"[^{\[\"'“‘｛【［（]+\{", "{ 前面多了文字，请从 { 开始"),
        (r"['“‘`]\s*\{", "请去掉最外层的引号"),
        (r"[A-Za-z0-9+/=\r\n]{40,}$", "这像是 Base64 或密文，应为 JSON 原文"),
        (r"[^\s&={]+=[^\s&]*(?:&|$)", "这是 键=值 的写法，应为 JSON"),
    )
)


def explain(text: str) -> tuple[str, int]:
    """Return (reason in Chinese, place from 1, 0 for none) for a ``text`` that a parser has refused."""
    for beginning, reason in _BEGINNINGS:
        if beginning.match(text):
            return reason, 1
    try:
        json.JSONDecoder(parse_int=str, strict=False).raw_decode(text)
    except json.JSONDecodeError as error:
        place = error.pos
        return (
            _of_another_keyboard(text, place)
            or _at(text, place, error.msg)
            or (
                next((words for start, words in _REASONS.items() if error.msg.startswith(start)), "格式不正确"),
                place + 1,
            )
        )
    return "格式不正确", 0


def _at(text: str, place: int, message: str) -> tuple[str, int] | None:
    """Return the slip that what stands at ``place`` (from 0) shows, None when it shows none."""
    if message.startswith(("Unterminated", "Invalid")):
        return None
    before = text[:place].rstrip()
    if before.endswith(",") and text[place : place + 1] in ("}", "]", ","):
        return "多了逗号，请删去", len(before)
    for pattern, reason in _AT_PLACE:
        if pattern.match(text, place):
            return reason, place + 1
    return None


def _of_another_keyboard(text: str, place: int) -> tuple[str, int] | None:
    """Return the sign of another keyboard at or before ``place`` (from 0), None when there is none.

    A string that begins with " and ends with ” runs on: the parser stumbles far behind the sign that is wrong.
    """
    if place < len(text) and text[place] in _OTHER_KEYBOARDS:
        return _OTHER_KEYBOARDS[text[place]], place + 1
    # A quotation mark of Word where JSON wants one of its own: behind { [ , : or before them.
    slips = re.finditer(
        rf"(?<=[{{\[,:：，])\s*[{_QUOTES}]|[{_QUOTES}](?=\s*[:,}}\]：，])", text[: place + 1] + text[place + 1 :][:2]
    )
    for slip in slips:
        at = slip.end() - 1
        if at <= place + 1:
            return _OTHER_KEYBOARDS[text[at]], at + 1
    return None
