"""Run by the Windows Python: setup in a folder whose files are marked read-only and whose library is loaded.

    python.exe windows_folder.py <folder of the releases 1.0.0 and 1.0.1 and of HIS> <another maker's library>

Prints one JSON object.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import stat
import sys

from vcchk.setup import release
from vcchk.setup.site import Site

LIBRARY = "VirtualCardChk.dll"


def mark_read_only(folder: str) -> None:
    """As files are that were copied from a disc."""
    for path, _, names in os.walk(folder):
        for name in names:
            os.chmod(os.path.join(path, name), stat.S_IREAD)


def loaded(folder: str) -> str:
    """Load the library as a HIS does, to the end of the process; returns its path."""
    path = os.path.join(folder, LIBRARY)
    ctypes.WinDLL(path)
    return path


def main(folder: str, closed: str) -> dict[str, object]:
    """Install over a library in use, upgrade, go back, remove."""
    his = os.path.join(folder, "HIS")
    library = shutil.copyfile(closed, os.path.join(his, LIBRARY))
    mark_read_only(his)
    loaded(his)
    releases = [release.read_source(os.path.join(folder, version)) for version in ("1.0.0", "1.0.1")]
    found: dict[str, object] = {}

    def note(step: str) -> None:
        with open(library, "rb") as file:
            data = file.read()
        found[step] = [data[-5:].decode("ascii", "replace"), *Site(his).status().damaged]

    Site(his).install(releases[0])
    note("install")
    mark_read_only(his)
    loaded(his)
    Site(his).upgrade(releases[1])
    note("upgrade")
    mark_read_only(his)
    Site(his).rollback()
    note("rollback")
    mark_read_only(his)
    Site(his).remove()
    with open(library, "rb") as now, open(closed, "rb") as before:
        found["came back"] = now.read() == before.read()
    found["left"] = sorted(os.listdir(his))
    return found


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
