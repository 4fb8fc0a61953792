"""The field tables of both documents (data/tables), in the documents' order: 电子健康卡 is A, 多码融合码 v1.1.2 is B.

A table's rows are read when somebody asks for them: a call needs those of its own method. Mended conversion errors and
contradictions are listed in docs/interfaces.md.
"""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.base.resource import read_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REQUIRED = {"N": True, "Y": False}
"""可空: N 不可空, Y 可空; empty where the document leaves the cell empty (pub_qrcode)."""

_rows: dict[str, list[list[str]]] = {}


class Field(Record):
    """One row of a document's field table. ``length``: characters, None for unlimited.

    ``required``: None where the document does not say. ``values``: a mapping code → words, the name of a dictionary, or
    None when the field is free.
    """

    name: str
    label: str
    length: int | None
    required: bool | None
    values: Any
    note: str
    sample: str


class Table(Record):
    """A method's tables in one document ("A" or "B"), where they stand, and the method's title there."""

    document: str
    chapter: str
    method: str
    title: str

    @property
    def request(self) -> tuple[Field, ...]:
        """The request's business fields."""
        return _fields(self.document + self.chapter, "request")

    @property
    def reply(self) -> tuple[Field, ...]:
        """The reply's business fields; empty where the document prints none (A's register)."""
        return _fields(self.document + self.chapter, "reply")


def _fields(file: str, part: str) -> tuple[Field, ...]:
    rows = _rows.get(file)
    if rows is None:
        _, rows = read_table(__name__, f"data/tables/{file}.tsv")
        _rows[file] = rows
    return tuple([_field(row) for row in rows if row[0] == part])


def _field(row: list[str]) -> Field:
    _, name, label, length, nullable, values, note, sample = row
    return Field(
        name=name,
        label=label,
        length=int(length) if length else None,
        required=_REQUIRED.get(nullable),
        values=_values(values),
        note=note,
        sample=sample,
    )


def _values(text: str) -> Any:
    """Read a cell ``code=words|code=words``, or the name of a dictionary."""
    if "=" not in text:
        return text or None
    return dict([pair.split("=", 1) for pair in text.split("|")])


def common_request() -> tuple[Field, ...]:
    """公共请求参数: document A's fields and ``key``, which document B and A's register have instead of ``sign``."""
    return _fields("common", "request")


def common_reply() -> tuple[Field, ...]:
    """公共响应参数 (document A 4.1.2 and its like)."""
    return _fields("common", "reply")


TABLES = tuple(
    [
        Table(document=document, chapter=chapter, method=method, title=title)
        for document, chapter, method, title in read_table(__name__, "data/tables.tsv")[1]
    ]
)
