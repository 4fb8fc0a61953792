"""No file cites what a reader of the repository lacks: a document elsewhere, a numbered issue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("vcchk", "native", "tests", "tools", "benchmarks", "docs", ".ci")
SUFFIXES = {".py", ".c", ".h", ".md", ".txt", ".toml", ".json", ".tsv", ".html", ".css", ".js", ".pas", ".cs", ".spec"}
_DOCUMENT = re.compile(r"(?<![\w*.])[\w./-]*\w\.md\b")
_ISSUE = re.compile(r"\b[Ii]ssue (?:#|number )?\d+\b")
MADE_UP = {
    "tests/docs/test_links.py",
    "tests/docs/test_generated.py",
}
"""Files that make up names of documents to try a check."""


def texts() -> list[Path]:
    """Return the repository's text files, built and fetched ones left out."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    found += [path for path in ROOT.iterdir() if path.is_file()]
    return [path for path in found if path.suffix in SUFFIXES and "__pycache__" not in path.parts]


def dangling(text: str, documents: set[str]) -> list[str]:
    """Return what ``text`` cites and a cloner lacks. ``documents``: file names of the repository's own documents."""
    cited = [name for name in _DOCUMENT.findall(text) if name.rpartition("/")[2] not in documents]
    return [*cited, *_ISSUE.findall(text)]


def test_nothing_cited_is_missing() -> None:
    documents = {path.name for path in texts() if path.suffix == ".md"}
    found = {}
    for path in texts():
        name = path.relative_to(ROOT).as_posix()
        if name not in MADE_UP and (cited := dangling(path.read_text("utf-8", "replace"), documents)):
            found[name] = cited
    assert found == {}


@pytest.mark.parametrize(
    ("name", "rest"), [("see WIRE", ".md"), ("(HOSTS", ".md row 4)"), ("issue", " 2 says"), ("Issue", " #12")]
)
def test_a_dangling_reference_would_be_seen(name: str, rest: str) -> None:
    assert dangling(name + rest, {"wire.md"})  # in two parts: this file cites nothing either


def test_the_own_documents_may_be_cited() -> None:
    assert dangling("docs/wire.md, see [hosts](../docs/hosts.md#facts)", {"wire.md", "hosts.md"}) == []
