"""Pieces of Markdown: tables and fences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def cell(text: str) -> str:
    """One cell: on one line, its bars escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; ends with a line feed."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(cell, line))} |\n" for line in lines)


def fence(language: str, text: str) -> str:
    """A block of code; ends with a line feed."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def code(text: str) -> str:
    """A name within a sentence; nothing for nothing."""
    return f"`{text}`" if text else ""


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading (of several alike, the first)."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
