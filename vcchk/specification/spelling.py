"""One spelling for what the documents print in several: fields and methods as a caller may have copied them. No I/O.

The documents were converted from Word. A converter broke some names: B 4.3 and 4.4 print ``out.Alter_no``, A 4.6
``ehc.ehealthcard.reg ister``, B 4.6 and 4.7 ``ehc.ehealthcard.aut hurl`` and ``aut.h.query``. A HIS that copied a field
so is understood (here and by the sandbox) and its request is sent as it is; a method's name is sent as it is too, since
only the platform knows its methods, and the log says which name was meant.
"""

from __future__ import annotations

from vcchk.specification.tables import TABLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SAME_FIELD = {"photo_fomat": "photo_format", "photo_format": "photo_fomat"}
"""A 4.1, A 4.2 and B 4.1 print photo_fomat, B 4.4 photo_format: one field."""

REGQUERY = "ehc.ehealthcard.regquery"
"""Stands in A's dictionary alone (A appendix 2), without tables."""

_fields: dict[str, str] = {}
_methods: dict[str, str] = {}


def field_name(name: str) -> str:
    """Return the documented name of a field whose name a converter broke; any other name as it is.

    Broken means white space inside, or a full stop where an underscore was (Word then writes a capital).
    """
    if name.isidentifier():
        return name
    if not _fields:
        _fields.update((field.name.lower(), field.name) for table in TABLES for field in table.request)
    return _fields.get("".join(name.split()).replace(".", "_").lower(), name)


def mended(biz: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return business fields under their documented names: ``biz`` itself when nothing is broken.

    A field that comes under both names keeps the value of the right one.
    """
    if "".join(biz).isidentifier():
        return biz
    documented = {field_name(name): name for name in biz}
    return {right: biz[right if right in biz else name] for right, name in documented.items()}


def meant_method(method: str) -> str:
    """Return the method of the documents that a broken name means, "" when it is none of theirs or not broken."""
    if not _methods:
        for table in TABLES:
            _methods[_letters(table.method)] = table.method
        _methods[_letters(REGQUERY)] = REGQUERY
    letters = _letters(method)
    found = _methods.get(letters) or _methods.get("ehc" + letters, "")
    return "" if found in (method, "ehc." + method) else found


def _letters(method: str) -> str:
    return "".join(method.split()).replace(".", "").lower()
