"""Columns for a terminal: a Chinese character is two cells wide."""

from __future__ import annotations

from vcchk.base import columns


def test_columns_line_up() -> None:
    assert columns.lines([("字典", "a"), ("x", "b")]) == ["字典  a", "x     b"]
    assert columns.lines([]) == []
