"""What a HIS writes into InData and reads from OutData, as text (3.2 of both documents). No I/O."""

from __future__ import annotations

from vcchk.base.errors import RequestError
from vcchk.base.record import Record
from vcchk.specification import Deviation
from vcchk.wire import jsontext
from vcchk.wire.jsontext import JsonError, compact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


NULL_IS_MISSING = ("method", "sign", "transType")
"""What programs write as null when they mean nothing; of these, "null" would pass for a value."""


class Message(Record):
    """A request of the HIS.

    ``fields``: the envelope without biz_content and key, in the caller's order; values are text, numbers `Literal`.
    ``method``: that of them, "" when it is missing. ``key``: the secret, empty when not given. ``biz_text``:
    biz_content's JSON text as it will be sent. ``biz``: the same parsed, None when it is not a JSON object.
    ``deviations``: members that came twice, and text behind the JSON.
    """

    _secret = ("key", "biz_text", "biz", "fields", "method")
    fields: Mapping[str, str]
    method: str
    key: str = ""
    biz_text: str = ""
    biz: dict[str, Any] | None = None
    deviations: tuple[Deviation, ...] = ()

    def with_biz(self, changes: Mapping[str, Any]) -> Message:
        """Return a message with other business fields: ``changes`` replace those of their names or follow."""
        biz = {**(self.biz or {}), **changes}
        return self.replace(biz=biz, biz_text=compact(biz))


def _not_json(what: str, error: JsonError) -> RequestError:
    """Return the error that says where and why ``what`` is no JSON."""
    where = f"第 {error.position} 个字符处" if error.position else ""
    if where and (error.reason.startswith("请") or error.reason[0].isascii()):
        where += "，"
    return RequestError("9001", f"{what}不是合法的 JSON：{where}{error.reason}", cause="bad JSON from the caller")


def parse(text: str) -> Message:
    """Read InData. biz_content may be an object, or a string that holds its JSON text and is then sent as it stands.

    Raises RequestError 9001, with the place and the reason in Chinese, for text that is no JSON object or nests deeper
    than 64.
    """
    whole, twice, rest = _envelope(text)
    key = whole.pop("key", None)
    biz_text, biz, twice_in_biz, biz_rest = _biz_content(whole.pop("biz_content", None))
    for name in NULL_IS_MISSING:
        if name in whole and whole[name] is None:
            del whole[name]
    fields = {name: value if type(value) is str else jsontext.scalar(value) for name, value in whole.items()}
    return Message(
        fields=fields,
        method=fields.get("method", ""),
        key="" if key is None else jsontext.scalar(key),
        biz_text=biz_text,
        biz=biz,
        deviations=(
            *[Deviation(field=name, rule="duplicate") for name in (*twice, *twice_in_biz)],
            *[
                Deviation(field=name, rule="behind", length=len(behind))
                for name, behind in (("InData", rest), ("biz_content", biz_rest))
                if behind
            ],
        ),
    )


def _envelope(text: str) -> tuple[dict[str, Any], list[str], str]:
    """Return InData's members, the names that came twice, and the text behind the object. Raises RequestError 9001."""
    if not text.strip(" \t\r\n\0\ufeff"):
        raise RequestError("9001", "InData 为空，请检查 HIS 传入的参数", cause="the caller's InData is empty")
    try:
        whole, twice, rest = jsontext.parse_first(text)
    except JsonError as error:
        raise _not_json("InData ", error) from None
    if rest.startswith("{"):
        raise RequestError("9001", "InData 中有两个 JSON 对象，不知道办理哪一个", cause="two objects in InData")
    if type(whole) is not dict:
        raise RequestError("9001", "InData 应为 JSON 对象（以 { 开头）", cause="the caller's JSON is not an object")
    return whole, twice, rest


def _biz_content(value: Any) -> tuple[str, dict[str, Any] | None, list[str], str]:
    """Return biz_content's text as it will be sent, its object, the names that came twice, and the text behind it.

    The object is None for ciphertext of the caller's own, and for any value that is no object; it is empty for no
    value. Raises RequestError 9001 for text that begins as an object and is none.
    """
    if value is None or value == "":
        return "", {}, [], ""
    if type(value) is not str:
        return compact(value), value if type(value) is dict else None, [], ""
    if not value.lstrip(" \t\r\n\ufeff").startswith("{"):
        return value, None, [], ""
    try:
        biz, twice, rest = jsontext.parse_first(value)
    except JsonError as error:
        raise _not_json("biz_content ", error) from None
    return value, biz, twice, rest


def read_biz(biz_text: str) -> dict[str, Any]:
    """Return the reply's business fields (numbers are `Literal`); empty for anything that is not a JSON object."""
    try:
        value = jsontext.parse(biz_text)[0] if biz_text else {}
    except JsonError:
        return {}
    return value if type(value) is dict else {}
