"""The methods of both documents as objects over `vcchk.specification.tables`, and what identifies a request."""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.specification import kinds, spelling
from vcchk.specification.tables import TABLES, Field, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Method(Record):
    """A method and its tables, by document letter."""

    name: str
    title: str
    documents: Mapping[str, Table]

    def request(self, document: str) -> tuple[Field, ...]:
        """Return the request fields of ``document`` ("A" or "B"). Raises KeyError when it lacks the method."""
        return self.documents[document].request

    def response(self, document: str) -> tuple[Field, ...]:
        """Return the reply's business fields; empty where the document prints none (A's register)."""
        return self.documents[document].reply


def _methods() -> dict[str, Method]:
    found: dict[str, dict[str, Table]] = {}
    for table in TABLES:
        found.setdefault(table.method, {})[table.document] = table
    found[spelling.REGQUERY] = {}
    return {
        name: Method(name=name, title=next((t.title for t in by.values()), "查询（注册）电子健康卡信息"), documents=by)
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

    The name is the documented one, whatever spelling the caller has (`spelling.field_name`).
    """
    biz = spelling.mended(biz)
    for name in _SERIALS:
        if biz.get(name):
            return name, str(biz[name])
    for name, value in biz.items():
        if value and name.startswith("out_") and name.endswith("_no"):
            return name, str(value)
    return None
