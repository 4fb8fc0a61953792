"""The module zips: the same bytes twice, importable, silent about the machine that made them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from native.buildkit import bytecode
from vcchk.runtime import importer

SOURCE = '"""Doc."""\n\ndef answer():\n    assert False\n    return {"a", "b", "c"} and 42\n'


def _make(tmp_path: Path, name: str, compress: bool) -> bytes:
    source = tmp_path / "some where" / "thing.py"
    source.parent.mkdir(exist_ok=True)
    source.write_text(SOURCE, "utf-8")
    (tmp_path / "some where" / "table.csv").write_bytes(b"1,2\n")
    plan = {
        "zip": str(tmp_path / name),
        "compress": compress,
        "modules": [["pkg/thing.pyc", str(source)], ["pkg/__init__.pyc", str(source)]],
        "data": [["pkg/table.csv", str(tmp_path / "some where" / "table.csv")]],
    }
    file = tmp_path / "plan.json"
    file.write_text(json.dumps([plan]), "utf-8")
    subprocess.run([sys.executable, "-I", bytecode.__file__, file], check=True, timeout=60)
    return (tmp_path / name).read_bytes()


def test_two_runs_give_the_same_bytes_and_tell_no_path(tmp_path: Path) -> None:
    first = _make(tmp_path, "one.zip", compress=False)
    assert first == _make(tmp_path, "two.zip", compress=False)
    assert b"some where" not in first
    assert b"pkg/thing.py" in first


def test_a_stored_and_a_compressed_zip_are_imported_without_asserts_and_docstrings(tmp_path: Path) -> None:
    for compress in (False, True):
        name = f"z{compress}.zip"
        _make(tmp_path, name, compress)
        code = (
            f"import sys; sys.path.insert(0, {str(tmp_path / name)!r}); import pkg.thing, pkgutil;"
            "print(pkg.thing.answer(), pkg.thing.__doc__, pkgutil.get_data('pkg', 'table.csv'))"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=True
        )
        assert done.stdout.split() == ["42", "None", "b'1,2\\n'"]
        with zipfile.ZipFile(tmp_path / name) as archive:
            index, *rows = archive.infolist()
            assert index.filename == importer.INDEX
            assert {row.compress_type for row in rows} == {zipfile.ZIP_DEFLATED if compress else 0}
            assert [row.filename for row in rows] == sorted(row.filename for row in rows)
