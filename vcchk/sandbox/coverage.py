"""How far each method of the documents is covered: served by a rule, checked by the tables, called by tests.

``vcchk/sandbox/tested.py`` is made by ``tools/make_coverage.py`` from what the sandbox of tests/sandbox really saw.
"""

from __future__ import annotations

from dataclasses import dataclass

from vcchk.sandbox.options import DEFAULTS
from vcchk.sandbox.platform.rules import RULES
from vcchk.sandbox.tested import TESTS
from vcchk.specification import METHODS, Method
from vcchk.specification.sections import request_section


@dataclass(frozen=True)
class Row:
    """One method. ``served``: the sandbox carries it out. ``sections``: where its request fields stand, as ``A 4.3``;
    ``checked``: how many fields each document's table checks, by letter; ``tests``: how many test functions call it.
    """

    method: str
    title: str
    sections: tuple[str, ...]
    served: bool
    checked: dict[str, int]
    tests: int


def rows() -> list[Row]:
    """Return a row for every method of both documents, in the documents' order."""
    return [_row(method) for method in METHODS.values()]


def _row(method: Method) -> Row:
    return Row(
        method.name,
        method.title,
        tuple(request_section(*table[:2]) for table in method.documents.values()),
        method.name in RULES or method.name == DEFAULTS["push_method"],
        {document: len(method.request(document)) for document in method.documents},
        TESTS.get(method.name, 0),
    )
