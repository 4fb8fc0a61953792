"""The runtime's archives: what is in them is imported, and one that was replaced under the program is never read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from native.buildkit import bytecode
from vcchk.runtime.importer import Archive, Finder, ReplacedError

FILES = {
    "vcchk/__init__": "",
    "first": "VALUE = 1\n",
    "later": "VALUE = 2\n",
    "space/inside": "VALUE = 3\n",
    "last": "VALUE = 'the end'\n",
}


def make(folder: Path, name: str, *, compress: bool = False, longer: int = 0) -> Path:
    """Write an archive of `FILES`; ``longer`` shifts the places of all but the first module."""
    modules = []
    for module, text in FILES.items():
        source = folder / f"{module.replace('/', '_')}.py"
        source.write_text(text + ("#" * 50 + "\n" + "x = 'x'\n") * longer, "utf-8")
        modules.append([f"{module}.pyc", str(source)])
    data = folder / "table.tsv"
    data.write_bytes(b"1\t2\n")
    plan = {"zip": str(folder / name), "compress": compress, "modules": modules,
            "data": [["vcchk/table.tsv", str(data)]], "front": ["first.pyc"]}  # fmt: skip
    file = folder / "plan.json"
    file.write_text(json.dumps([plan]), "utf-8")
    subprocess.run([sys.executable, "-I", bytecode.__file__, file], check=True, timeout=60)
    return folder / name


def value(finder: Finder, name: str) -> object:
    namespace: dict[str, object] = {}
    exec(finder.get_code(name), namespace)
    return namespace["VALUE"]


@pytest.mark.parametrize("compress", [False, True])
def test_modules_packages_and_data_are_served(tmp_path: Path, compress: bool) -> None:
    archive = make(tmp_path, "a.zip", compress=compress)
    finder = Finder(Archive(str(archive)))
    assert [value(finder, name) for name in ("first", "later", "space.inside", "last")] == [1, 2, 3, "the end"]
    assert finder.find_spec("nowhere") is None
    assert finder.is_package("vcchk")
    space = finder.find_spec("space")
    assert space is not None
    assert space.loader is None
    assert finder.get_data(f"{archive}{os.sep}vcchk{os.sep}table.tsv") == b"1\t2\n"
    assert finder.get_resource_reader("vcchk").files().joinpath("table.tsv").read_bytes() == b"1\t2\n"
    with pytest.raises(FileNotFoundError):
        finder.get_data(f"{archive}{os.sep}vcchk{os.sep}none.tsv")


@pytest.mark.parametrize("compress", [False, True])
def test_an_archive_that_was_written_over_is_not_read(tmp_path: Path, compress: bool) -> None:
    """As `cp` and Explorer do it where nothing keeps them from it: the same file gets other bytes."""
    archive = make(tmp_path, "a.zip", compress=compress)
    other = make(tmp_path, "b.zip", compress=compress, longer=3)
    finder = Finder(Archive(str(archive)))
    assert value(finder, "first") == 1
    archive.write_bytes(other.read_bytes())
    with pytest.raises(ReplacedError) as caught:
        value(finder, "later")
    assert "请重启 HIS" in caught.value.sentence
    with pytest.raises(ReplacedError):
        finder.get_data(f"{archive}{os.sep}vcchk{os.sep}table.tsv")


@pytest.mark.parametrize("compress", [False, True])
def test_other_bytes_of_the_same_size_and_time_are_not_unmarshalled(tmp_path: Path, compress: bool) -> None:
    """Files out of a zip keep its times, and a time can be as coarse as two seconds."""
    archive = make(tmp_path, "a.zip", compress=compress)
    state = archive.stat()
    finder = Finder(Archive(str(archive)))
    assert value(finder, "first") == 1
    data = archive.read_bytes()
    archive.write_bytes(data[:400] + bytes(len(data) - 400))
    os.utime(archive, ns=(state.st_atime_ns, state.st_mtime_ns))
    with pytest.raises(ReplacedError):
        value(finder, "last")


def test_an_archive_that_was_put_aside_is_read_to_the_end(tmp_path: Path) -> None:
    """As `vcchk setup` does it."""
    archive = make(tmp_path, "a.zip")
    other = make(tmp_path, "b.zip", longer=3)
    finder = Finder(Archive(str(archive)))
    assert value(finder, "first") == 1
    os.replace(other, archive)
    assert value(finder, "last") == "the end"
