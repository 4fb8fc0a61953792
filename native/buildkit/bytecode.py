"""Compile modules to .pyc and store them in a zip: run as a program of its own, so that two runs give the same bytes.

Python's marshal notes which objects were shared when it wrote them; in a fresh process with a fixed hash seed that is
the same each time. The .pyc's are "unchecked hash" ones: nothing in them tells a time or a place, and the interpreter
does not look for their source. Entries stand in order of name, dated 1980. What the call path
reads is stored uncompressed: it is read faster, and on Linux before zlib may be loaded.

    python bytecode.py PLAN.json
    [{"zip": FILE, "compress": false, "modules": [[name in the zip, source], ...], "data": [[name, file], ...]}, ...]
"""

from __future__ import annotations

import importlib.util
import json
import marshal
import sys
import zipfile
from pathlib import Path
from typing import Any

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
    method = zipfile.ZIP_DEFLATED if plan["compress"] else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in sorted(entries.items()):
            archive.writestr(zipfile.ZipInfo(name), data, method, 9)


if __name__ == "__main__":
    for row in json.loads(Path(sys.argv[1]).read_text("utf-8")):
        write(row)
