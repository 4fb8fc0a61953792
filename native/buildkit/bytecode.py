"""Compile modules to .pyc and store them in a zip: run as a program of its own, so that two runs give the same bytes.

Python's marshal notes which objects were shared when it wrote them; in a fresh process that is the same each time (sets
it writes in an order of their values' own since 3.11, whatever the hash seed is). The .pyc's are "unchecked hash" ones:
nothing in them tells a time or a place, and the interpreter does not look for their source. Entries stand in order of
name, dated 1980. What the call path reads is stored uncompressed: it is read faster, and on Linux before zlib may be
loaded. `no_debug_ranges` leaves out the columns that tracebacks underline (PEP 657): a tenth of all that is shipped.

    python -X no_debug_ranges bytecode.py PLAN.json
    [{"zip": FILE, "compress": false, "modules": [[name in the zip, source], ...], "data": [[name, file], ...],
      "front": [names in the zip, in order]}, ...]

An archive with a "front" begins with the index that vcchk/runtime/importer.py reads, and these entries right behind it.
"""

from __future__ import annotations

import importlib.util
import json
import marshal
import sys
import zipfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from vcchk.runtime import importer

OPTIMIZE = 2  # no asserts, no docstrings: smaller, and quicker to read


def compiled(source: bytes, shown: str) -> bytes:
    """A .pyc of `source` (PEP 552, unchecked hash); `shown` is the file name in tracebacks."""
    code = compile(source, shown, "exec", dont_inherit=True, optimize=OPTIMIZE)
    head = importlib.util.MAGIC_NUMBER + (0b01).to_bytes(4, "little") + importlib.util.source_hash(source)
    return head + marshal.dumps(code)


def write(plan: dict[str, Any]) -> None:
    """Write one zip, or loose files below a folder when its name ends in "/"."""
    target = plan["zip"]
    entries = {name: compiled(Path(source).read_bytes(), name[: -len("c")]) for name, source in plan["modules"]}
    entries.update({name: Path(file).read_bytes() for name, file in plan["data"]})
    if target.endswith("/"):
        for name, data in sorted(entries.items()):
            path = Path(target, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return
    # zipimport takes a folder without __init__ (a namespace package) for one by its own entry alone.
    folders = {name.rpartition("/")[0] for name, _ in plan["modules"]} - {""}
    entries |= {f"{name}/": b"" for name in folders if f"{name}/__init__.pyc" not in entries}
    entries = dict(sorted(entries.items()))
    if plan.get("front"):
        entries = {name: entries[name] for name in plan["front"]} | entries
        entries = {importer.INDEX: _index(entries, len(plan["front"]))} | entries
    method = zipfile.ZIP_DEFLATED if plan["compress"] else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data, method, 9)


_LOCAL_HEADER = 30  # bytes before an entry's name
_PYC_HEADER = 16


def _index(entries: dict[str, bytes], front: int) -> bytes:
    """The first entry's data: where in the archive each module's code is (vcchk/runtime/importer.py)."""
    begin = importer.INDEX_AT + 8
    found: dict[str, tuple[int, int, bool]] = {}
    index = b""
    for _ in range(2):  # marshalled numbers are of one size, so the second time the index has the length it counts with
        at, front_end = begin + len(index), 0
        for number, (name, data) in enumerate(entries.items()):
            at += _LOCAL_HEADER + len(name)
            if name.endswith(".pyc"):
                package = name.endswith("/__init__.pyc")
                module = name.removesuffix("/__init__.pyc" if package else ".pyc").replace("/", ".")
                found[module] = (at + _PYC_HEADER, len(data) - _PYC_HEADER, package)
            at += len(data)
            if number == front - 1:
                front_end = at
        index = marshal.dumps(found, 2)
    return len(index).to_bytes(4, "little") + (front_end - begin).to_bytes(4, "little") + index


if __name__ == "__main__":
    for row in json.loads(Path(sys.argv[1]).read_text("utf-8")):
        write(row)
