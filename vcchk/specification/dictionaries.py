"""The documents' dictionaries (data/dictionaries, a file each, read when first asked for), and a search over all."""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.base.resource import read_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

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
"""Names of the files. The first column is the code; ``initials`` are pinyin's (made with pypinyin)."""

_PLACES = {"ret_codes": ("vcchk.base.errors", "return_codes.tsv")}
"""Dictionaries whose file stands beside another module: the return codes are every package's."""

_NAMES = ("name", "name_a", "name_b", "description_a", "level2_name")
"""Columns that hold a row's name: the first of them that is not empty (document A's words where both have some)."""


class Dictionary(Record):
    """One dictionary whole, in the document's order. ``names``: code → name."""

    columns: tuple[str, ...]
    rows: list[list[str]]
    names: Mapping[str, str]


_loaded: dict[str, Dictionary] = {}


def load(name: str) -> Dictionary:
    """Return one of `DICTIONARIES`. Raises KeyError for any other name."""
    found = _loaded.get(name)
    if found is None:
        if name not in DICTIONARIES:
            raise KeyError(name)
        columns, rows = read_table(*_PLACES.get(name, (__name__, f"data/dictionaries/{name}.tsv")))
        first, *others = [columns.index(column) for column in _NAMES if column in columns]
        names = {row[0]: row[first] or next((row[n] for n in others if row[n]), "") for row in rows}
        found = _loaded[name] = Dictionary(columns=columns, rows=rows, names=names)
    return found


def dictionary(name: str) -> Mapping[str, str]:
    """Return code → name of one of `DICTIONARIES`, in the document's order. Raises KeyError for any other name."""
    found = _loaded.get(name)
    return load(name).names if found is None else found.names


class Hit(Record):
    """One row that a search found. ``where``: where the row stands when that is not its dictionary's own place."""

    dictionary: str
    code: str
    name: str
    where: str = ""


def search(word: str) -> list[Hit]:
    """Find ``word`` in all dictionaries by code, by name or by pinyin initials (``hxnk`` finds 呼吸内科).

    Exact matches come first, then beginnings, then matches anywhere; within those the documents' order.
    """
    wanted = word.strip().lower()
    if not wanted:
        return []
    ranked: list[tuple[int, Hit]] = []
    for name in DICTIONARIES:
        book = load(name)
        for row in book.rows:
            cells = dict(zip(book.columns, map(str.lower, row), strict=True))
            where = cells.pop("where", "")
            places = [cell.find(wanted) for cell in cells.values()]
            if max(places) < 0:
                continue
            rank = 0 if wanted in cells.values() else 1 if 0 in places else 2
            ranked.append((rank, Hit(dictionary=name, code=row[0], name=book.names[row[0]], where=where)))
    ranked.sort(key=lambda pair: pair[0])
    return [hit for _, hit in ranked]
