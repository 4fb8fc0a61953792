"""Fill dist/<target>/ from the analysis, the Python of the target, and the native side; then the sums and the zip.

Everything is laid out in a stage folder first and set in place when it is complete, so that dist/ never holds half a
build. Nothing in it tells the time or the place of the build: two builds from the same inputs are equal to the byte.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
import sysconfig
from collections.abc import Container
from pathlib import Path
from typing import Any

from native import compile as compiler
from native import elf, pe

from . import analysis, contents, licences, linuxpython, packing, places, sbom, shell, vendor, winpython
from .progress import BuildError
from .stamps import Stamp, digest
from .targets import Target


def stage(target: Target) -> Path:
    """The folder in which dist/<target> is put together before it takes its place."""
    return target.work / "stage"


def inputs(target: Target) -> str:
    """Digest of all that the built folder depends on; the analysis has its own beside it."""
    sources = [path for folder in ("vcchk", "native") for path in _files(places.ROOT / folder)]
    for folder in ("docs", "tools/site"):
        sources += [path for path in sorted((places.ROOT / folder).rglob("*")) if path.is_file()]
    sources = [path for path in sources if "__pycache__" not in path.parts]
    names = "\n".join(path.relative_to(places.ROOT).as_posix() for path in sources)
    findings = target.work / "analysis.json"
    return digest(
        names, sources, findings, places.ROOT / "pyproject.toml", sys.version, target.wheel_sha256, target.newer_sha256
    )


def stamp(target: Target) -> Stamp:
    """Fresh when dist/<target> is what the present sources give."""
    return Stamp(target.work / "dist.stamp", inputs(target))


def _files(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in found if "__pycache__" not in path.parts and path.suffix not in (".pyc", ".md")]


def runtime(target: Target) -> str:
    """Binaries and modules into the stage's runtime folder; returns a note."""
    folder = stage(target) / compiler.runtime_name()
    shutil.rmtree(stage(target), ignore_errors=True)
    folder.mkdir(parents=True)
    found = analysis.read(target)
    _binaries(target, found, folder)
    counts = _modules(target, found, folder)
    return f"core.zip {counts['core']} modules, tools.zip {counts['tools']}, loose {counts['loose']}"


def _binaries(target: Target, found: analysis.AnalysisReport, folder: Path) -> None:
    names = set()
    for name, source, kind in found.binaries:
        name = name.removeprefix("python3.11/lib-dynload/").removeprefix("lib-dynload/")
        if contents.wanted_binary(name) and name not in names:
            names.add(name)
            _privatise(target, source, folder / name, kind)
    if not any(Path(name).name.lower() == target.python for name in names):
        _privatise(target, python_library(target), folder / target.python, "BINARY")


# Where a shared object in a package's folder finds our libpython, and Pillow's own the libraries of its wheel.
NESTED_RUNPATH = "$ORIGIN:$ORIGIN/..:$ORIGIN/../pillow.libs"


def _privatise(target: Target, source: Path, to: Path, kind: str) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if target.windows:
        pe.privatise(source, to.with_name(pe.private_name(to.name)))
    else:
        extension = kind == "EXTENSION"
        name = to.name if extension else elf.PRIVATE_NAMES.get(to.name, to.name)
        nested = to.parent.name != target.runtime.name
        runpath = NESTED_RUNPATH if nested else "$ORIGIN"
        elf.privatise(source, to.with_name(name), extension=extension, runpath=runpath)


def python_library(target: Target) -> Path:
    """The CPython library with its public name."""
    if target.windows:
        return winpython.home(target) / target.python
    return linuxpython.library()


def _modules(target: Target, found: analysis.AnalysisReport, folder: Path) -> dict[str, int]:
    wanted = {name: path for name, path in found.pure.items() if contents.wanted_module(name)}
    core = analysis.core(found, contents.CORE_SEEDS, contents.NEVER_IN_CORE) & wanted.keys()
    core_tops = {name.split(".")[0] for name in core}
    loose_tops = {name.split("/")[0] for name, *_ in found.binaries if "/" in name and contents.wanted_binary(name)}
    loose_tops -= {"python3.11", "lib-dynload"}
    plan: dict[str, dict[str, list[Any]]] = {kind: {"modules": [], "data": []} for kind in ("core", "tools", "loose")}

    def entry(name: str) -> str:
        return name.replace(".", "/") + ("/__init__.pyc" if wanted[name].name == "__init__.py" else ".pyc")

    def part(name: str) -> str:
        """Return where a module goes: ours by its package, other packages whole."""
        top, _, inner = name.partition(".")
        if top == "vcchk":
            return "tools" if inner.partition(".")[0] in contents.OUR_TOOLS else "core"
        return "loose" if top in loose_tops else "core" if top in core_tops else "tools"

    for name, path in sorted(wanted.items()):
        plan[part(name)]["modules"].append([entry(name), str(path)])
    for name, path in [*_package_data(), *found.datas]:
        if ".dist-info/" not in name and name.split("/")[0] in {module.split(".")[0] for module in wanted}:
            plan[part(_package_of(name, wanted))]["data"].append([name, str(path)])
    front = analysis.core(found, contents.FRONT_SEEDS, contents.NEVER_IN_FRONT)
    modules = [entry(name) for name in sorted(front) if part(name) == "core" and name in wanted]
    plan["core"]["front"] = [*modules, *contents.FRONT_DATA]
    places_of = {"core": str(folder / "core.zip"), "tools": str(folder / "tools.zip"), "loose": f"{folder}/"}
    file = target.work / "bytecode.json"
    file.write_text(
        json.dumps([{"zip": places_of[kind], "compress": kind == "tools", **rows} for kind, rows in plan.items()]),
        "utf-8",
    )
    shell.run(
        [sys.executable, "-I", "-X", "no_debug_ranges", Path(__file__).with_name("bytecode.py"), file],
        log=f"bytecode-{target.name}",
        what="Compiling the modules",
    )
    return {kind: len(rows["modules"]) for kind, rows in plan.items()}


def _package_of(data: str, modules: Container[str]) -> str:
    """Return the package that a data file belongs to: the nearest folder above it that is one."""
    parts = data.split("/")[:-1]
    while len(parts) > 1 and ".".join(parts) not in modules:
        parts.pop()
    return ".".join(parts)


def _package_data() -> list[tuple[str, Path]]:
    """vcchk's own data files, by their names in the zip."""
    package = places.ROOT / "vcchk"
    return [(path.relative_to(places.ROOT).as_posix(), path) for path in _files(package) if path.suffix != ".py"]


def native_parts(target: Target) -> str:
    """Compile the shim, the core and the launcher into the stage; returns a note. Raises BuildError."""
    try:
        _compile(target)
    except compiler.CompileError as error:
        raise BuildError(f"The native parts do not compile: {error}") from error
    return f"{(stage(target) / target.dll).stat().st_size // 1024} KB shim"


def _compile(target: Target) -> None:
    folder = stage(target) / compiler.runtime_name()
    names = pe.PRIVATE_NAMES if target.windows else elf.PRIVATE_NAMES
    compiler.build_shim(target.name, stage(target))
    with contextlib.redirect_stdout(io.StringIO()):  # cffi says which file it generates, in the middle of our line
        compiler.build_core(
            target.name, folder, include_dir=headers(target), python_library=folder / names[target.python.lower()]
        )
    compiler.build_launcher(target.name, stage(target))
    if target.windows:
        compiler.build_winpath(target.name, folder)


def headers(target: Target) -> Path:
    """A folder that holds Python.h of 3.11."""
    own = Path(sysconfig.get_path("include"))
    if (own / "Python.h").is_file() and not linuxpython.is_split(own):
        return own
    return linuxpython.debian_headers()


def write_documents(target: Target) -> str:
    """The example of an INI, what vendors read, licences, the list of components and the sums; returns a note."""
    from vcchk.cli import ini_template

    ini = ini_template.template()
    text = vendor.crlf(ini) if target.windows else ini
    (stage(target) / "VirtualCardChk.example.ini").write_bytes(text.encode("utf-8-sig"))
    note = vendor.write(target, stage(target))
    texts = licences.of_folder(stage(target))
    (stage(target) / licences.FILE).write_bytes((vendor.crlf(texts) if target.windows else texts).encode("utf-8-sig"))
    (stage(target) / sbom.FILE).write_text(sbom.text(target, stage(target)), "utf-8", newline="\n")
    return f"{packing.write_sums(stage(target))} files, {note}"


def finish(target: Target) -> str:
    """Set the stage in place as dist/<target> and zip it; returns a note with both sizes."""
    places.DIST.mkdir(exist_ok=True)
    size = packing.write_zip(stage(target), target.archive, f"vcchk-{target.name}")
    old = target.work / "old"
    shutil.rmtree(old, ignore_errors=True)
    try:
        if target.dist.exists():
            target.dist.rename(old)
        stage(target).rename(target.dist)
    except OSError as error:
        raise BuildError(f"{target.dist} cannot be replaced ({error}): is a program of it still running?") from error
    shutil.rmtree(old, ignore_errors=True)
    stamp(target).set()
    return f"{size / 2**20:.1f} MiB, zip {target.archive.stat().st_size / 2**20:.1f} MiB"
