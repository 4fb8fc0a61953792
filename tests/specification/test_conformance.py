"""Every clause of both documents is accounted for: what it demands and which test shows it, or that it asks nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.specification import clauses, conformance
from vcchk.specification import DICTIONARIES
from vcchk.specification.dictionaries import load

ROOT = Path(__file__).parents[2]
COUNTS = {
    "A": {"heading": 69, "row": 1272, "sample": 2, "figure": 9},
    "B": {"heading": 69, "row": 1031, "sample": 3, "figure": 9},
}


@pytest.mark.parametrize("document", COUNTS)
def test_the_clauses_are_counted(document: str) -> None:
    assert Counter(one.kind for one in clauses.clauses(document)) == COUNTS[document]
    assert len(list(conformance.rows(document))) == sum(COUNTS[document].values())


@pytest.mark.parametrize("document", COUNTS)
def test_every_clause_is_shown_or_asks_nothing(document: str) -> None:
    assert conformance.unaccounted(document) == []


def test_the_tests_that_are_named_exist() -> None:
    named = {name for letter in COUNTS for row in conformance.rows(letter) for name in row.tests.split("；") if name}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_a_clause_that_nobody_accounts_for_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    table = [{**row, "demand": "" if row["number"] == "3.5" else row["demand"]} for row in conformance.headings()]
    monkeypatch.setattr(conformance, "headings", lambda: table)
    assert conformance.unaccounted("A") == []
    assert [line.split(":")[0] for line in conformance.unaccounted("B")] == ["B 3.5 line 317"]


def test_a_row_that_the_data_lacks_or_contradicts_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    regions = load("insurance_regions").rows
    monkeypatch.setitem(load("insurance_regions").__dict__, "rows", regions[1:])
    (found,) = conformance.unaccounted("B")
    assert regions[0][0] in found


def test_every_row_of_the_data_is_printed() -> None:
    """The other way round: the data has no row that neither document prints."""
    printed: dict[str, set[str]] = {name: set() for name in DICTIONARIES}
    for letter in COUNTS:
        for row in conformance.rows(letter):
            name = conformance.DICTIONARY_OF.get(row.number)
            if name and row.clause.kind == "row" and row.demand.startswith("字典"):
                printed[name].add(row.demand.split("：")[1].split(" ")[0])
    for name in DICTIONARIES:
        codes = {row[0] for row in load(name).rows}
        if name == "card_types":  # the other four stand in the notes of B's chapters
            codes = {row[0] for row in load(name).rows if row[3] == "附录2.7"}
        if name == "methods":  # of A's methods this one has a chapter (4.7) and no row in the dictionary
            codes -= {"ehc.ehealthcard.register"}
        assert codes == printed[name], name
