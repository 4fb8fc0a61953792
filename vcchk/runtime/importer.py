"""Imports what stands in the runtime's core.zip; installed by the core before anything else of vcchk is imported.

Python's own zipimport opens the archive anew for every module, after PathFinder has asked the file system about it:
under Wine that is a millisecond a module, a third of a host's first call. This finder opens it once. The build
(native/buildkit/bytecode.py) stores core.zip uncompressed with an index as its first entry and the call path's modules
right behind it: these are read in one piece, the others when they are asked for. The archive stays an ordinary zip,
which zipimport reads where this finder is not installed.
"""

from __future__ import annotations

import sys
from _frozen_importlib import ModuleSpec
from _io import FileIO
from marshal import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any

INDEX = "vcchk/index"
"""Name of the archive's first entry: 4 bytes size of the index, 4 bytes size of the front (both little-endian; counted
from behind these 8), then {module: (place of its code in the archive, size, whether a package)}, marshalled.
"""
INDEX_AT = 30 + len(INDEX)
"""Where that entry's data begin: behind a zip's local header and the name."""

_SEPARATOR = "\\" if sys.platform == "win32" else "/"


class Bundle:
    """Finder and loader of core.zip's modules. Raises OSError and ValueError for an archive that is none."""

    def __init__(self, archive: str) -> None:
        with FileIO(archive) as file:
            begin = file.read(INDEX_AT + 8)
            index_size = int.from_bytes(begin[INDEX_AT : INDEX_AT + 4], "little")
            front_size = int.from_bytes(begin[INDEX_AT + 4 :], "little")
            self._front = memoryview(file.read(front_size))
        self._front_at = len(begin)
        self._archive = archive
        self._index: dict[str, tuple[int, int, bool]] = loads(self._front[:index_size])  # noqa: S302 - our own

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Tell where ``name`` comes from, None when it is not in the archive."""
        found = self._index.get(name)
        if found is None:
            return None
        place = f"{self._archive}{_SEPARATOR}{name.replace('.', _SEPARATOR)}"
        origin = f"{place}{_SEPARATOR}__init__.pyc" if found[2] else f"{place}.pyc"
        loader: Any = self  # a loader by what it does
        spec = ModuleSpec(name, loader, origin=origin)
        spec.has_location = True
        spec.cached = spec.origin  # else Python works out a path of its own
        if found[2]:
            spec.submodule_search_locations = [place]
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave the making of the module to Python."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code in it."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102 - what a loader is for

    def get_code(self, name: str) -> CodeType:
        """Return the module's code; `runpy` asks for it, too."""
        at, size, _ = self._index[name]
        start = at - self._front_at
        if start + size <= len(self._front):
            return loads(self._front[start : start + size])  # type: ignore[no-any-return]  # noqa: S302 - our own
        with FileIO(self._archive) as file:
            file.seek(at)
            return loads(file.read(size))  # type: ignore[no-any-return]  # noqa: S302

    def get_source(self, name: str) -> str | None:
        """Return None: the runtime carries no sources (linecache asks)."""
        return None

    def is_package(self, name: str) -> bool:
        """Tell whether ``name`` is a package; `runpy` asks."""
        return self._index[name][2]


def install() -> None:
    """Put core.zip's finder, the first entry of ``sys.path``, before all others."""
    sys.meta_path.insert(0, Bundle(sys.path[0]))
