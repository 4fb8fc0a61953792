"""Data files that stand beside a module: read by the module's own loader, from a folder or from the runtime's zip."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read_text(module: str, path: str) -> str:
    """Return the UTF-8 text of the file at ``path`` (with /) below the folder of a module.

    Raises OSError. `importlib.resources` and `pkgutil` do the same for 14 ms of import, a tenth of a first call.
    """
    __import__(module)  # another package's files are asked for by its name, and nobody may have imported it yet
    spec: Any = sys.modules[module].__spec__
    folder = spec.origin[: max(spec.origin.rfind("/"), spec.origin.rfind("\\")) + 1]
    return str(spec.loader.get_data(folder + path), "utf-8")


def read_table(module: str, path: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return the heading and the rows of a file of tab-separated values: text, no quoting."""
    heading, *rows = read_text(module, path).rstrip("\n").split("\n")
    return tuple(heading.split("\t")), [row.split("\t") for row in rows]
