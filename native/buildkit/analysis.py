"""What the runtime needs: PyInstaller's analysis, run in the target's own Python (under Wine for Windows).

PyInstaller follows the imports of every module of vcchk in byte code, knows the hidden ones of a thousand packages by
its hooks, and follows binaries to the libraries that they load. Its report is the only list of what goes into
vcchk_runtime: nothing is collected by hand. It takes half a minute, so it is kept until an import statement of the
package, a pinned version or the Python changes.
"""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import NamedTuple

from . import places, wine, winpython
from .stamps import Stamp, digest
from .targets import Target

SPEC = Path(__file__).with_name("collect.spec")
# Imported by name at run time, which no analysis of byte code sees.
HIDDEN = ["_cffi_backend", "encodings.idna", "serial.urlhandler.protocol_socket", "serial.urlhandler.protocol_loop",
          "serial.urlhandler.protocol_spy", "serial.urlhandler.protocol_hwgrep"]  # fmt: skip
# Offered by some hook or by an `except ImportError`, and used by nothing that vcchk does.
EXCLUDES = ["tkinter", "setuptools", "pkg_resources", "cryptography", "numpy", "pytest", "hypothesis", "PyInstaller",
            "IPython", "cffi", "pycparser", "_pytest", "mypy", "ziglang", "asgiref", "greenlet", "gevent", "eventlet",
            "watchdog", "dotenv", "distutils", "ensurepip", "venv", "pydoc", "doctest", "unittest", "lib2to3",
            "OpenSSL", "simplejson", "chardet", "charset_normalizer", "socks", "brotli", "brotlicffi", "zstandard",
            "h2", "defusedxml", "olefile", "xmlrpc", "readline", "curses", "pdb", "bdb", "cmd", "code", "codeop",
            "colorama", "asyncio",
            "multiprocessing", "lzma", "bz2", "tarfile", "pstats", "profile", "cProfile", "ftplib",
            "optparse", "statistics", "tracemalloc", "webbrowser", "plistlib", "werkzeug.debug"]  # fmt: skip


class AnalysisReport(NamedTuple):
    """The report: module → source file; binaries as (name in the runtime, file, kind); data files; import edges."""

    pure: dict[str, Path]
    binaries: list[tuple[str, Path, str]]
    datas: list[tuple[str, Path]]
    edges: dict[str, list[str]]


def ensure(target: Target) -> str:
    """Run the analysis unless its inputs are those of the last one; returns a note."""
    stamp = Stamp(target.work / "analysis.stamp", _inputs(target))
    if stamp.fresh and _report(target).is_file():
        return "imports unchanged"
    stamp.spoil()
    work = target.work / "analysis"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    entry = work / "entry.py"
    entry.write_text("import vcchk.entry.callbacks\nimport vcchk.cli.main\n", "ascii")

    def called(path: Path) -> str:
        return wine.windows_path(path) if target.windows else str(path)

    env = {
        "VCCHK_ROOT": called(places.ROOT),
        "VCCHK_ENTRY": called(entry),
        "VCCHK_REPORT": called(_report(target)),
        "VCCHK_HIDDEN": " ".join(HIDDEN),
        "VCCHK_EXCLUDES": " ".join(EXCLUDES),
        "PYTHONPATH": called(places.ROOT),
        "PYTHONHASHSEED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYINSTALLER_CONFIG_DIR": called(work / "config"),
    }
    command = ["-m", "PyInstaller", "--noconfirm", "--distpath", called(work / "dist"), "--workpath", called(work)]
    winpython.run(
        target,
        [*command, called(SPEC)],
        what="PyInstaller's analysis",
        seconds=600,
        log=f"analysis-{target.name}",
        env=env,
    )
    stamp.set()
    return f"{len(read(target).pure)} modules"


def read(target: Target) -> AnalysisReport:
    """The last report, with paths of this machine."""
    raw = json.loads(_report(target).read_text("utf-8"))

    def here(text: str) -> Path:
        return wine.host_path(text) if target.windows else Path(text)

    return AnalysisReport(
        {name: here(path) for name, path in raw["pure"] if path != "-"},
        [(name.replace("\\", "/"), here(path), kind) for name, path, kind in raw["binaries"]],
        [(name.replace("\\", "/"), here(path)) for name, path in raw["datas"] if name != "base_library.zip"],
        raw["edges"],
    )


def core(found: AnalysisReport, seeds: list[str], never: set[str]) -> set[str]:
    """The modules that importing `seeds` loads: their imports at module level, followed to the end, less `never`."""
    reached: set[str] = set()
    open_ends = list(seeds)
    while open_ends:
        name = open_ends.pop()
        if name in reached or name.split(".")[0] in never or name not in found.pure:
            continue
        reached.add(name)
        open_ends += found.edges.get(name, [])
        if "." in name:
            open_ends.append(name.rpartition(".")[0])
    return reached


def _report(target: Target) -> Path:
    return target.work / "analysis.json"


def _inputs(target: Target) -> str:
    # The report has whole paths: that of a checkout that was moved or copied names the files of the old place.
    python = (target.work / "python.stamp").read_text("ascii") if target.windows else ""
    imports = "\n".join(sorted(_imports(path) for path in (places.ROOT / "vcchk").rglob("*.py")))
    return digest(
        str(places.ROOT), imports, python, SPEC, Path(__file__), places.CONSTRAINTS, places.ROOT / "pyproject.toml"
    )


def _imports(path: Path) -> str:
    """A module's name and its import statements: all that the analysis reads of it."""
    tree = ast.parse(path.read_text("utf-8"), str(path))
    found = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return f"{path.relative_to(places.ROOT).as_posix()}\n" + "\n".join(sorted(found))
