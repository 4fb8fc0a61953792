"""docs/sandbox.md knows every option and every kind of fault that there is, and no others."""

from __future__ import annotations

import json
import re

import pytest

from native.buildkit import places
from vcchk.sandbox.faults import KINDS
from vcchk.sandbox.options import DEFAULTS

TEXT = (places.ROOT / "docs" / "sandbox.md").read_text("utf-8")


def first_column(heading: str) -> list[str]:
    """Return the names in the first column of the table under a heading."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


@pytest.mark.parametrize(("heading", "names"), [("选项", list(DEFAULTS)), ("故障", list(KINDS))])
def test_tables_are_complete(heading, names):
    assert first_column(heading) == names


def test_defaults_are_as_written():
    for name, value in DEFAULTS.items():
        printed = value if isinstance(value, str) else json.dumps(value).removesuffix(".0")
        assert f"| `{name}` | {printed} |" in TEXT
