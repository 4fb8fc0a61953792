"""LICENSES.txt of a built folder and of the site: our licence, and the text of every component's, as these demand.

A text comes from the component's own wheel where that has one; else it stands in licences/ under the component's name.
"""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

from . import components, places, sbom

FILE = "LICENSES.txt"
KEPT = Path(__file__).parent / "licences"
_SAME = {"Python standard library": "CPython"}
_IN_WHEEL = re.compile(r"(?:LICEN[CS]E|COPYING|NOTICE)[\w.-]*", re.IGNORECASE)
_RULE = "=" * 78


def texts(name: str) -> list[str]:
    """Return a component's licence texts, notices too. Raises PackageNotFoundError for one that is known nowhere."""
    kept = KEPT / f"{_SAME.get(name, name)}.txt"
    if kept.is_file():
        return [kept.read_text("utf-8")]
    files = importlib.metadata.distribution(name).files or []
    own = [path for path in files if _IN_WHEEL.fullmatch(path.name) and len(path.parts) <= 3]
    return [Path(path.locate()).read_text("utf-8") for path in sorted(own)]


def carried(folder: Path) -> list[tuple[str, str]]:
    """Return name and licence of what a built folder holds; the documentation in it has a list of its own."""
    return [(one.name, one.licence) for one, _ in sbom.owned(folder) if one not in components.SITE]


def of_folder(folder: Path) -> str:
    """Return the text of a built folder's LICENSES.txt."""
    return _document(carried(folder))


def of_site() -> str:
    """Return the text of the documentation site's LICENSES.txt."""
    return _document([(one.name, one.licence) for one in components.SITE])


def _document(rows: list[tuple[str, str]]) -> str:
    own = (places.ROOT / "LICENSE").read_text("utf-8")
    parts = [f"vcchk {places.version()}\n\n{own}\n本文件夹中还有下列组件，各按其许可证。\n"]
    for name, licence in rows:
        whole = "\n\n".join(text.replace("\r\n", "\n").strip("\n") for text in texts(name))
        parts.append(f"{_RULE}\n{name} ({licence})\n{_RULE}\n\n{whole}\n")
    return "\n".join(parts)
