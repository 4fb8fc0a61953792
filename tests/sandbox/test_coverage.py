"""The coverage table: every method of the documents, and a record of tests that is that of today."""

from __future__ import annotations

import importlib

import pytest

from tests.sandbox import recording
from tools import make_coverage
from vcchk.sandbox import coverage
from vcchk.specification import METHODS


def test_every_method_is_served_checked_and_tested(control):
    rows = control("coverage")["methods"]
    assert [row["method"] for row in rows] == list(METHODS)
    for row in rows:
        assert row["served"], row
        assert row["tests"] > 0, row
        assert row["title"]
        # regquery stands in a dictionary alone: no document has a table to check it by
        assert bool(row["checked"]) == (row["method"] != "ehc.ehealthcard.regquery")
        assert len(row["sections"]) == len(row["checked"])
    verify = next(row for row in rows if row["method"] == "ehc.ehealthcode.verify")
    assert verify["sections"] == ["A 4.3", "B 4.2.1"]
    assert verify["checked"] == {"A": len(METHODS[verify["method"]].request("A")), "B": len(
        METHODS[verify["method"]].request("B"))}  # fmt: skip


def test_the_counts_are_those_of_the_record():
    assert make_coverage.MADE.read_text("utf-8") == make_coverage.module(), recording.COMMAND
    assert {row.method: row.tests for row in coverage.rows()} == recording.counts()


def test_every_test_of_the_record_exists():
    for name in recording.recorded():
        path, _, function = name.partition("::")
        module = importlib.import_module(f"tests.sandbox.{path.removesuffix('.py')}")
        assert hasattr(module, function), f"{name} is gone: {recording.COMMAND}"


@pytest.mark.parametrize(
    "line", ["", "no line", "2026-01-01 08:00:00 #1 - ret=", "2026-01-01 08:00:00 #1 /console x y"]
)
def test_lines_that_name_no_method_are_not_heard(line):
    before = set(recording._heard)
    recording.hear(line)
    assert recording._heard == before
