"""The counts that the guard keeps, measured on the built .so; `python -m tests.speed.counts --record` writes them down.

Times jitter on a shared machine; these do not: the modules that a first call imports, the instructions of one warm
call (callgrind), the size of dist/win32 and of its zip.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import messages
from native import compile as compiler
from native import elf
from native.buildkit import packing, places, targets, vendor
from tests.http_peer import ScriptedPlatform

RECORDED = Path(__file__).with_name("recorded.json")
HOW = "python -m tests.speed.counts --record"
LINUX, WIN32 = targets.TABLE["linux"], targets.TABLE["win32"]
CALLER = places.ROOT / "benchmarks" / "peers" / "caller.c"
FEW, MANY = 10, 60
SECONDS = 110

# A host: one call, then the private interpreter itself is asked what it has in memory.
_FIRST_CALL = """
import ctypes, sys
library, python, url, in_data, out = sys.argv[1:]
trans = ctypes.CDLL(library).VirtualCardTrans
trans.restype = ctypes.c_char_p
answer = ctypes.create_string_buffer(2048)
with open(in_data, "rb") as file:
    code = trans(url.encode(), file.read(), answer)
assert code == b"00", (code, answer.value)
private = ctypes.CDLL(python)
private.PyRun_SimpleString.argtypes = [ctypes.c_char_p]
state = private.PyGILState_Ensure()
told = f"import sys; open({out!r}, 'w').write(' '.join(sorted(sys.modules)))"
failed = private.PyRun_SimpleString(told.encode())
private.PyGILState_Release(state)
assert not failed
"""


@contextmanager
def platform() -> Iterator[str]:
    """A platform with a fixed, signed reply, on a free port of 127.0.0.1; gives its URL."""
    reply = messages.reply()
    with ScriptedPlatform(lambda _request: reply) as made:
        made.content_type = "application/json; charset=UTF-8"
        yield made.url


def installed(folder: Path) -> Path:
    """Copy dist/linux to ``folder`` with an INI whose state stays there; returns the .so."""
    home = folder / "linux"
    shutil.copytree(LINUX.dist, home)
    (home / "VirtualCardChk.ini").write_text("[log]\nfolder = state\n", "utf-8")
    (folder / "indata.json").write_bytes(messages.in_data())
    return home / LINUX.dll


def modules(folder: Path, library: Path, url: str) -> list[str]:
    """Return the names of the modules that the DLL's Python holds after a process's first call."""
    python = library.parent / LINUX.runtime.name / elf.PRIVATE_NAMES[LINUX.python]
    out = folder / "modules"
    command = [sys.executable, "-c", _FIRST_CALL, library, python, url, folder / "indata.json", out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return [name for name in out.read_text("ascii").split() if name != "__main__"]


def instructions(folder: Path, library: Path, url: str) -> int:
    """Return the instructions of one warm call: of `MANY` calls less those of `FEW`, by callgrind.

    Those within the call alone: the caller's busy wait before it is the longer the faster the machine.
    """
    caller = compiler.build_program("linux", folder / "caller", CALLER, "-ldl", "-pthread")
    counts = {}
    for count in (FEW, MANY):
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--toggle-collect=VirtualCardTrans",
             f"--callgrind-out-file={folder}/callgrind.{count}", caller, library, url,
             folder / "indata.json", str(count), "1"],
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        found = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode or not found:
            raise AssertionError(done.stderr[-2000:])
        counts[count] = int(found[1])
    return (counts[MANY] - counts[FEW]) // (MANY - FEW)


def sizes() -> dict[str, int]:
    """Return the bytes of dist/win32 and of its zip, without the documents for vendors."""
    folder, zipped = packing.sizes(WIN32.dist, WIN32.archive, without=vendor.FOLDERS)
    return {"folder": folder, "zip": zipped}


def recorded() -> dict[str, Any]:
    """Return what was written down."""
    found: dict[str, Any] = json.loads(RECORDED.read_text("utf-8"))
    return found


def main() -> int:
    import tempfile

    if sys.argv[1:] != ["--record"]:
        print(f"usage: {HOW}")
        return 2
    with tempfile.TemporaryDirectory() as name, platform() as url:
        folder = Path(name)
        library = installed(folder)
        made = {
            "modules": modules(folder, library, url),
            "instructions": instructions(folder, library, url),
            **sizes(),
        }
    RECORDED.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    print(
        f"{len(made['modules'])} modules, {made['instructions']} instructions, {made['folder']} and {made['zip']} bytes"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
