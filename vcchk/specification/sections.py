"""Where in the documents a table stands: its section, and the page that document B's table of contents prints.

Document A came without page numbers.
"""

from __future__ import annotations

from vcchk.specification.methods import find

_B_PAGES = {"3.2": 16, "4.1.1": 19, "4.2.1": 21, "4.3.1": 23, "4.4.1": 25, "4.5.1": 26, "4.6.1": 27, "4.7.1": 28,
            "4.8.1": 30, "附录 2.1": 32}  # fmt: skip
_OF_BOTH = {"3.2 时间格式": "3.2", "附录二 接口名称字典": "附录 2.1"}


def request_section(document: str, chapter: str) -> str:
    """Return where a method's 请求参数 stand: ``("B", "4.2")`` → ``"B 4.2.1"``; document A does not number them."""
    return f"{document} {chapter}.1" if document == "B" and chapter.startswith("4.") else f"{document} {chapter}"


def section_and_page(document: str, table: str, method: str) -> tuple[str, int | None]:
    """Return (section, page in document B or None) of a `Deviation`'s ``document`` and ``table``.

    What each method's chapter repeats (公共请求参数) stands where the method does: ``"A 4.3、B 4.2.1"``.
    """
    if document:
        sections = [request_section(document, table.partition(" ")[0])]
    elif table in _OF_BOTH:
        sections = [f"{letter} {_OF_BOTH[table]}" for letter in "AB"]
    else:
        known = find(method)
        sections = (
            [request_section(table.document, table.chapter) for table in known.documents.values()] if known else []
        )
    page = next((_B_PAGES.get(s[2:]) for s in sections if s.startswith("B ")), None)
    return "、".join(sections), page
