"""The methods of both documents as objects over `vcchk.specification.tables`, and what identifies a request."""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.specification import kinds, names, tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Field(Record):
    """One row of a document's field table. ``length``: characters, None for unlimited.

    ``values``: a mapping code → words, the name of a dictionary, or None when the field is free.
    """

    name: str
    label: str
    length: int | None
    required: bool
    values: Any
    note: str
    sample: str


class Method(Record):
    """A method and its tables: document letter → the document's row of `tables.TABLES`."""

    name: str
    title: str
    documents: Mapping[str, tuple[Any, ...]]

    def request(self, document: str) -> tuple[Field, ...]:
        """Return the request fields of ``document`` ("A" or "B"). Raises KeyError when it lacks the method."""
        return fields(self.documents[document][4])

    def response(self, document: str) -> tuple[Field, ...]:
        """Return the reply's business fields; empty where the document prints none (A's register)."""
        return fields(self.documents[document][5])


def fields(rows: tuple[Any, ...]) -> tuple[Field, ...]:
    """Turn rows of a field table into objects."""
    return tuple(Field(**dict(zip(Field._fields, row, strict=True))) for row in rows)


def _methods() -> dict[str, Method]:
    found: dict[str, dict[str, tuple[Any, ...]]] = {}
    for table in tables.TABLES:
        found.setdefault(table[2], {})[table[0]] = table
    found[names.REGQUERY] = {}
    return {
        name: Method(name=name, title=next((t[3] for t in by.values()), "查询（注册）电子健康卡信息"), documents=by)
        for name, by in found.items()
    }


METHODS: dict[str, Method] = _methods()
"""Every method of both documents by its full name; B 4.8, whose name is not printed, is ``ehc.ehealthcard.push``."""


def find(method: str) -> Method | None:
    """Return the method, also when its name lacks the ``ehc.`` prefix as in document B's sample request."""
    name = kinds.bare(method)
    return METHODS.get("ehc.ehealthcard.push" if name == kinds.PUSH_STUMP else "ehc." + name)


_SERIALS = (
    "out_register_no",
    "out_trade_no",
    "out_verify_no",
    "out_authorize_no",
    "out_alter_no",
    "out_close_no",
)


def serial_number(biz: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return (field name, value) of the caller's own serial number (外部流水号), or None when there is none.

    The name is the documented one, whatever spelling the caller has (`names.field_name`).
    """
    biz = names.mended(biz)
    for name in _SERIALS:
        if biz.get(name):
            return name, str(biz[name])
    for name, value in biz.items():
        if value and name.startswith("out_") and name.endswith("_no"):
            return name, str(value)
    return None
