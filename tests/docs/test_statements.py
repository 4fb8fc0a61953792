"""What the documents name is there: settings, commands, files of the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from native.buildkit import places
from vcchk.cli import main as cli
from vcchk.settings import SECTIONS

DOCUMENTS = sorted([
    *(path for path in places.ROOT.glob("*.md") if path.name != "CHANGELOG.md"),  # which tells of what is gone, too
    *(places.ROOT / "docs").rglob("*.md"),
    places.ROOT / "native" / "README.md",
    places.ROOT / "native" / "buildkit" / "guide.txt",
])  # fmt: skip
KEYS = {(name, row.name) for name, section in SECTIONS.items() for row in section._options.values()}
BESIDE = {("include", "file")}
"""A section that is gone when the settings are made."""
_KEY = re.compile(r"\[([a-z]+)\] ([a-z]\w+)")
_COMMAND = re.compile(r"\bvcchk ([a-z]+)\b(?! 0)")
_FILE = re.compile(r"(?<![\w./])(?:native|tools|tests|vcchk|benchmarks)/[\w./-]+\w")
OF_A_MACHINE = frozenset({"vcchk/log", "vcchk/vcchk", "tests/devices/test_"})
"""Folders of a machine, and a name with a star behind it."""


def unknown(text: str) -> list[str]:
    """Return the settings, commands and files that a text names and that are not there."""
    keys = [f"[{section}] {key}" for section, key in _KEY.findall(text) if (section, key) not in KEYS | BESIDE]
    code = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^(?: {4}|\$ )(.+)$", text, re.MULTILINE)
    commands = [name for words in code for name in _COMMAND.findall(words) if name not in cli.COMMANDS]
    files = [name for name in _FILE.findall(text) if name not in OF_A_MACHINE and not (places.ROOT / name).exists()]
    return [*keys, *commands, *files]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(places.ROOT).as_posix())
def test_what_a_document_names_is_there(path: Path) -> None:
    assert unknown(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "text", ["`[log] nothing = 1`", "`vcchk nothing --x`", "    vcchk nothing", "tests/nothing.py"]
)
def test_what_is_not_there_would_be_seen(text: str) -> None:
    assert len(unknown(text)) == 1
