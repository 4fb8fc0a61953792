"""Releases to install: small ones for the moving of files, and the next version of a built folder, made from it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from native import compile as compiler
from native import elf, pe
from native.buildkit import assemble, bytecode, places
from native.buildkit.targets import Target
from tests.copies import link_or_copy
from vcchk.runtime import importer


def write_sums(folder: Path) -> Path:
    """Write SHA256SUMS over all that is in ``folder``; returns the folder."""
    (folder / "SHA256SUMS").unlink(missing_ok=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    rows = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files]
    (folder / "SHA256SUMS").write_text("".join(rows), "utf-8")
    return folder


LIBRARY_HEAD = b"\x7fELF\x02 that looks for its vcchk_runtime-"


def small(folder: Path, version: str) -> Path:
    """A release of few bytes; its library has the version at its end."""
    runtime = folder / f"vcchk_runtime-{version}"
    runtime.mkdir(parents=True)
    (runtime / "core.zip").write_bytes(b"core of " + version.encode())
    (runtime / "package").mkdir()
    (runtime / "package" / "data.pem").write_bytes(version.encode())
    (folder / "libVirtualCardChk.so").write_bytes(LIBRARY_HEAD + version.encode())
    (folder / "vcchk").write_bytes(version.encode())
    (folder / "vcchk").chmod(0o755)
    (folder / "VirtualCardChk.example.ini").write_text(f"; {version}\n", "utf-8")
    (folder / "README.txt").write_text(version, "utf-8")
    return write_sums(folder)


def small_windows(folder: Path, version: str, library: bytes) -> Path:
    """The same for Windows: ``library`` is one that can be loaded; it gets the version at its end and in its texts."""
    small(folder, version)
    for code in ("ascii", "utf-16-le"):
        runtime = places.version().encode(code), version.encode(code)
        assert len(runtime[0]) == len(runtime[1]), "nothing may move"
        library = library.replace(*runtime)
    (folder / "libVirtualCardChk.so").unlink()
    (folder / "VirtualCardChk.dll").write_bytes(library + version.encode())
    (folder / f"vcchk_runtime-{version}" / "vcchk_core.dll").write_bytes(library)
    (folder / "vcchk").rename(folder / "vcchk.exe")
    return write_sums(folder)


def _changed_zip(old: Path, new: Path, change: Callable[[str, bytes], bytes], *, compress: bool) -> None:
    """Write the archive again with other modules and all places shifted."""
    with zipfile.ZipFile(old) as archive:
        rows = archive.infolist()[1:]
        entries = {"vcchk/aaa_shift.bin": b"\0" * 4097}
        entries |= {row.filename: change(row.filename, archive.read(row)) for row in rows}
        header = archive.read(importer.INDEX)[:8]
        front_end = importer.INDEX_AT + 8 + int.from_bytes(header[4:], "little")
        front = sum(row.header_offset < front_end for row in rows)
    if front:  # the front begins at once behind the index
        entries = {name: data for name, data in entries.items() if name != "vcchk/aaa_shift.bin"}
        entries["vcchk/zzz_shift.bin"] = b"\0" * 4097
    plan = {"compress": compress}
    index = bytecode._index(bytecode._zipped(plan, b"", entries), front)
    index = bytecode._index(bytecode._zipped(plan, index, entries), front)
    new.write_bytes(bytecode._zipped(plan, index, entries))


def _module(name: str, old: str, new: str) -> bytes:
    path = places.ROOT / name.replace(".pyc", ".py")
    text = path.read_text("utf-8")
    assert old in text, (name, old)
    return bytecode.compiled(text.replace(old, new).encode(), name.removesuffix("c"))


def next_version(target: Target, folder: Path, version: str) -> Path:
    """Make a release of ``version`` from the built one: native parts of that version, archives whose modules stand at
    other places, a journal with one column more."""
    shutil.copytree(target.dist, folder, copy_function=link_or_copy)
    runtime = (folder / target.runtime.name).rename(folder / f"vcchk_runtime-{version}")
    changes = {
        "vcchk/__init__.pyc": ('__version__ = "', f'__version__ = "{version}" or "'),
        "vcchk/records/journal/file.pyc": (
            "VERSION = len(_VERSIONS)",
            "_VERSIONS += ((\"ALTER TABLE call ADD COLUMN later TEXT NOT NULL DEFAULT 'x'\",),)\n"
            "VERSION = len(_VERSIONS)",
        ),
    }

    def change(name: str, data: bytes) -> bytes:
        return _module(name, *changes[name]) if name in changes else data

    for name in ("core.zip", "tools.zip"):
        old = target.runtime / name
        (runtime / name).unlink()
        _changed_zip(old, runtime / name, change, compress=name == "tools.zip")
    names = pe.PRIVATE_NAMES if target.windows else elf.PRIVATE_NAMES
    for path in (folder / target.dll, folder / target.exe, runtime / target.core):
        path.unlink()
    with mock.patch.object(compiler, "version", return_value=version):
        compiler.build_shim(target.name, folder)
        with contextlib.redirect_stdout(io.StringIO()):
            compiler.build_core(
                target.name, runtime, include_dir=assemble.headers(target),
                python_library=runtime / names[target.python.lower()],
            )  # fmt: skip
        compiler.build_launcher(target.name, folder)
    return write_sums(folder)
