"""The terminal as a process of its own, and a hospital's folder with the built library for it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.builds import built
from tests.copies import link_or_copy

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist" / "linux"
LIBRARY, INI = "libVirtualCardChk.so", "VirtualCardChk.ini"
FROM_SOURCE = (sys.executable, "-m", "vcchk")
_READY = re.compile(r"ready (http://127\.0\.0\.1:\d+/)\n")


def hospital(folder: Path, ini: str = "") -> Path:
    """Make a folder with the built library; what it writes lies there too. Returns the library."""
    built("linux")
    shutil.copytree(DIST, folder, copy_function=link_or_copy)
    (folder / INI).write_text(ini or f"[log]\nfolder = {folder}/state\n[gateway]\nconnect_tries = 0\n", "utf-8")
    return folder / LIBRARY


@contextmanager
def terminal(
    library: Path,
    *options: str,
    program: Sequence[str] = FROM_SOURCE,
    path_for: Callable[[Path], str] = str,
    env: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Run a terminal; gives its first page's address. What it says on stderr fails the test.

    ``shown``: how its program names the library's path.
    """
    said = library.with_name("terminal.txt")
    with said.open("wb") as stderr:
        process = subprocess.Popen(
            [*program, "kiosk", "--dll", path_for(library), *options],
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=ROOT,
            text=True,
            env=env,
        )
        try:
            assert process.stdout is not None
            ready = _READY.fullmatch(process.stdout.readline())
            assert ready, said.read_text()
            yield ready[1]
        finally:
            process.terminate()
            process.wait(60)
    assert said.read_text() == ""
