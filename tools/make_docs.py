"""Writes what is generated in docs/: ``python -m tools.make_docs``; ``--check`` only tells what would change.

docs/reference is made whole from vcchk's data; in the other documents the blocks between ``<!-- generated: NAME -->``
and ``<!-- end -->`` are. A test compares: after a change of the data or of docs/examples, run it and commit the result.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.docs import blocks, pages

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"


def documents() -> list[Path]:
    """The documents written by hand."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def wanted() -> dict[Path, str]:
    """Every file that holds something generated → the text it should have."""
    made = {path: path.read_text("utf-8") for path in documents()}
    found = {path: blocks.fill(text) for path, text in made.items() if blocks.used(text)}
    return {**found, **{REFERENCE / name: pages.text(name) for name in pages.PAGES}}


def stale() -> list[Path]:
    """The files whose text differs, and pages of docs/reference that nobody makes any more."""
    texts = wanted()
    other = [path for path, text in texts.items() if not path.is_file() or path.read_text("utf-8") != text]
    return sorted([*other, *(path for path in REFERENCE.glob("*") if path not in texts)])


def main(arguments: list[str]) -> int:
    """Write, or check; 1 when the check finds something."""
    found = stale()
    if arguments == ["--check"]:
        for path in found:
            print(f"{path.relative_to(ROOT)} is not what its sources give: python -m tools.make_docs")
        return 1 if found else 0
    texts = wanted()
    for path in found:
        if path in texts:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], "utf-8", newline="\n")
        else:
            path.unlink()
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
