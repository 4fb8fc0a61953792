"""The documents' dictionaries: a module a dictionary, loaded when first asked for, and a search over all of them."""

from __future__ import annotations

from vcchk.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DICTIONARIES = (
    "ret_codes",
    "methods",
    "id_types",
    "nations",
    "sexes",
    "treatments",
    "departments",
    "card_types",
    "insurance_regions",
    "business_types",
)


_loaded: dict[str, Mapping[str, str]] = {}


def _module(name: str) -> Any:
    if name not in DICTIONARIES:
        raise KeyError(name)
    return __import__(f"{__name__}.{name}", fromlist=["NAMES"])


def dictionary(name: str) -> Mapping[str, str]:
    """Return code → name of one of `DICTIONARIES`, in the document's order (document A's words where both have some).

    Raises KeyError for any other name.
    """
    names = _loaded.get(name)
    if names is None:
        names = _loaded[name] = _module(name).NAMES
    return names


class Hit(Record):
    """One row that a search found."""

    dictionary: str
    code: str
    name: str


def search(word: str) -> list[Hit]:
    """Find ``word`` in all dictionaries by code, by name or by pinyin initials (``hxnk`` finds 呼吸内科).

    Exact matches come first, then beginnings, then matches anywhere; within those the documents' order.
    """
    wanted = word.strip().lower()
    if not wanted:
        return []
    ranked: list[tuple[int, Hit]] = []
    for name in DICTIONARIES:
        module = _module(name)
        for row in module.ROWS:
            places = [cell.lower().find(wanted) for cell in row]
            if max(places) < 0:
                continue
            rank = 0 if wanted in map(str.lower, row) else 1 if 0 in places else 2
            ranked.append((rank, Hit(dictionary=name, code=row[0], name=module.NAMES[row[0]])))
    ranked.sort(key=lambda pair: pair[0])
    return [hit for _, hit in ranked]
