"""Run by the Windows Python: setup in a folder whose files are marked read-only and whose library is loaded.

    python.exe windows_folder.py <folder of the releases 1.0.0 to 1.0.2 and of HIS> <another maker's library>

Prints one JSON object.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from vcchk.setup import release
from vcchk.setup.site import Site, mend

LIBRARY = "VirtualCardChk.dll"


def mark_read_only(folder: str) -> None:
    """As files are that were copied from a disc."""
    for path, _, names in os.walk(folder):
        for name in names:
            os.chmod(os.path.join(path, name), stat.S_IREAD)


@contextmanager
def loaded(library: str) -> Iterator[None]:
    """Load the library as a HIS does, and do no more with it."""
    handle = ctypes.WinDLL(library)._handle
    yield
    ctypes.windll.kernel32.FreeLibrary(handle)


def cut_off(work: Callable[[], object], library: str) -> None:
    """Run ``work`` to the moment when the library's name is without a file: Windows does not replace one in use."""
    real = os.replace

    def dying(source: str, target: str) -> None:
        if target == library and not os.path.exists(library):
            raise KeyboardInterrupt
        real(source, target)

    os.replace = dying  # type: ignore[assignment]
    with suppress(KeyboardInterrupt):
        work()
    os.replace = real


def runtimes(folder: str) -> list[str]:
    """The runtime folders that a program can go on with."""
    names = (name for name in sorted(os.listdir(folder)) if name.startswith("vcchk_runtime"))
    return [name for name in names if os.path.exists(os.path.join(folder, name, "core.zip"))]


def main(folder: str, closed: str) -> dict[str, object]:
    """Install over a library in use, upgrade, go back, remove."""
    his = os.path.join(folder, "HIS")
    library = shutil.copyfile(closed, os.path.join(his, LIBRARY))
    mark_read_only(his)
    releases = [release.read_source(os.path.join(folder, version)) for version in ("1.0.0", "1.0.1", "1.0.2")]
    found: dict[str, object] = {}

    def note(step: str) -> None:
        with open(library, "rb") as file:
            data = file.read()
        found[step] = [data[-5:].decode("ascii", "replace"), *Site(his).status().damaged]

    with loaded(library):
        Site(his).install(releases[0])
        note("install")
    mark_read_only(his)
    with loaded(library):
        for new in releases[1:]:
            Site(his).upgrade(new)
            note(f"upgrade to {new.version}")
            mark_read_only(his)
        found["runtimes"] = runtimes(his)
    with loaded(library):
        cut_off(lambda: Site(his).upgrade(releases[0]), library)
        found["has a library when cut off"] = os.path.exists(library)
        mend(his)
        note("mended")
    Site(his).install(releases[2])
    found["runtimes of no program"] = runtimes(his)
    for new in releases[:2]:
        Site(his).install(new)
    with loaded(os.path.join(his, "vcchk_runtime-1.0.0", "vcchk_core.dll")):
        Site(his).install(releases[2])
        found["runtimes with a core in use"] = runtimes(his)
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
