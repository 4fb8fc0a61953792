"""What the two documents print, read from their texts (tests/specification/documents)."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).with_name("documents")
FILES = {"A": FOLDER / "a_ehealth_card.txt", "B": FOLDER / "b_multicode.txt"}


def text(document: str) -> str:
    """Return a document's text."""
    return FILES[document].read_text("utf-8")


def sample(document: str) -> tuple[str, str]:
    """Return the sample's InData and OutData (3.2), to the letter."""
    request, reply = re.findall(r"^\s*(\{\"(?:app_id|birthday)\".*\})\s*$", text(document), re.MULTILINE)
    return request, reply
