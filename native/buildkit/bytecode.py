"""Compile modules to .pyc and store them in a zip: run as a program of its own, so that two runs give the same bytes.

Python's marshal notes which objects were shared when it wrote them; in a fresh process that is the same each time (sets
it writes in an order of their values' own since 3.11, whatever the hash seed is). The .pyc's are "unchecked hash" ones:
nothing in them tells a time or a place, and the interpreter does not look for their source. Entries stand in order of
name, dated 1980. What the call path reads is stored uncompressed: it is read faster, and on Linux before zlib may be
loaded. `no_debug_ranges` leaves out the columns that tracebacks underline (PEP 657): a tenth of all that is shipped.

    python -X no_debug_ranges bytecode.py PLAN.json
    [{"zip": FILE, "compress": false, "modules": [[name in the zip, source], ...], "data": [[name, file], ...],
      "front": [names in the zip, in order]}, ...]

Each archive begins with the index that vcchk/runtime/importer.py reads, and the entries of "front" right behind it.
"""

from __future__ import annotations

import importlib.util
import io
import json
import marshal
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from vcchk.runtime import importer

OPTIMIZE = 2  # no asserts, no docstrings: smaller, and quicker to read


def compiled(source: bytes, file_name: str) -> bytes:
    """A .pyc of `source` (PEP 552, unchecked hash); `file_name` is what tracebacks say."""
    code = compile(source, file_name, "exec", dont_inherit=True, optimize=OPTIMIZE)
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
    front = plan.get("front", [])
    entries = {name: entries[name] for name in front} | entries
    # Marshalled numbers are of one size: the index of a first writing says how long it is, that of the second is right.
    index = _index(_zipped(plan, b"", entries), len(front))
    index = _index(_zipped(plan, index, entries), len(front))
    Path(target).write_bytes(_zipped(plan, index, entries))


def _zipped(plan: dict[str, Any], index: bytes, entries: dict[str, bytes]) -> bytes:
    method = zipfile.ZIP_DEFLATED if plan["compress"] else zipfile.ZIP_STORED
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo(importer.INDEX), index, zipfile.ZIP_STORED)
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data, method, 9)
    return file.getvalue()


_LOCAL_HEADER = 30  # bytes before an entry's name


def _index(archive: bytes, front: int) -> bytes:
    """Return the first entry's data: where each entry's bytes are (vcchk/runtime/importer.py)."""
    _, *rows = zipfile.ZipFile(io.BytesIO(archive)).infolist()
    found: dict[str, tuple[int, int, int, int]] = {}
    front_end = begin = importer.INDEX_AT + 8
    for number, row in enumerate(rows):
        at, size = row.header_offset + _LOCAL_HEADER + len(row.filename.encode()), row.compress_size
        if number == front - 1:
            front_end = at + size
        name, flags = f"/{row.filename}", 0
        if row.compress_type == zipfile.ZIP_DEFLATED:
            flags |= importer.DEFLATED
        if name.endswith("/"):
            flags |= importer.NAMESPACE
            name = row.filename[:-1].replace("/", ".")
        elif name.endswith(".pyc"):
            package = name.endswith("/__init__.pyc")
            flags |= importer.PACKAGE if package else 0
            name = row.filename.removesuffix("/__init__.pyc" if package else ".pyc").replace("/", ".")
            if not flags & importer.DEFLATED:
                at, size = at + importer.PYC_HEADER, size - importer.PYC_HEADER
        found[name] = (at, size, zlib.crc32(archive[at : at + size]), flags)
    index = marshal.dumps(found, 2)
    front_size = max(front_end - begin, len(index))
    return len(index).to_bytes(4, "little") + front_size.to_bytes(4, "little") + index


if __name__ == "__main__":
    for row in json.loads(Path(sys.argv[1]).read_text("utf-8")):
        write(row)
