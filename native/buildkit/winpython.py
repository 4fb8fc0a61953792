"""The target's own Windows Python, complete and with its public names: PyInstaller runs in it and tests use its ctypes.

On Debian it is made of python.org's signed binaries (which one wheel of PyPI carries), of the pure-Python library of
the running interpreter (same minor version, same byte code), and of the project's requirements as Windows wheels. On
Windows the builder's own Python is all that already.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import zipfile
from pathlib import Path

from native import compile as compiler

from . import places, shell, targets, wheels, wine
from .progress import BuildError
from .stamps import Stamp, digest
from .targets import Target

LEFT_OUT = {"test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "lib-dynload", "site-packages",
            "dist-packages", "__pycache__", "pydoc_data", "config-3.11-x86_64-linux-gnu"}  # fmt: skip
# PyInstaller runs inside that Python, hence its requirements beside the product's.
ANALYSIS_TOOLS = ["pyinstaller", "setuptools", "pefile", "pywin32-ctypes"]
# Wine 8 fails to start one of the hundred child processes of an analysis now and then (seen once in about forty
# analyses, on a busy machine); the same command, run again, ends well.
CHILD_NOT_STARTED = b"[WinError 1359]"


def home(target: Target) -> Path:
    """The folder of python311.dll, python.exe and Lib."""
    return Path(sys.base_prefix) if targets.on_windows() else target.work / "python"


def executable(target: Target) -> Path:
    """Its python.exe."""
    return Path(sys.executable) if targets.on_windows() else home(target) / "python.exe"


def binaries(target: Target) -> Path:
    """The folder of the interpreter's DLLs and .pyd's."""
    return home(target) / "DLLs" if targets.on_windows() else home(target)


def ensure(target: Target) -> str:
    """Make it once for these inputs; returns a note."""
    if targets.on_windows():
        return "the builder's own"
    wheel, newer = wheels.windows_python(target), wheels.newer_libraries(target)
    requirements = wheels.runtime_requirements(ANALYSIS_TOOLS)
    folder = home(target)
    inputs = digest(target.wheel_sha256, target.newer_sha256, repr(requirements), sys.version, Path(__file__))
    stamp = Stamp(target.work / "python.stamp", inputs)
    if stamp.fresh:
        return "already there"
    stamp.spoil()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith("deploy_libs/"):
                (folder / Path(name).name).write_bytes(archive.read(name))
    with zipfile.ZipFile(newer) as archive:
        for library in targets.NEWER_LIBRARIES:
            (folder / library).write_bytes(archive.read(f"deploy_libs/{library}"))
    _library(folder / "Lib")
    downloads = target.work / "wheels"
    shutil.rmtree(downloads, ignore_errors=True)
    wheels.fetch(target, requirements, downloads)
    wheels.unpack(downloads, folder / "Lib" / "site-packages")
    compiler.build_python_exe(target.name, folder / "python.exe", python_library=folder / target.python)
    _prove(target)
    stamp.set()
    return f"{len(requirements)} packages"


def _library(lib: Path) -> None:
    source = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(source, lib, ignore=lambda _, names: [name for name in names if name in LEFT_OUT])


def _prove(target: Target) -> None:
    """The library's byte code must be the DLL's own: compare the magic numbers, in the DLL itself."""
    import importlib.util

    proof = target.work / "magic.txt"
    proof.unlink(missing_ok=True)
    code = (
        "import importlib.util, sys; open(sys.argv[1], 'w').write("
        "importlib.util.MAGIC_NUMBER.hex() + ' ' + str(sys.maxsize.bit_length() + 1) + ' ' + sys.version)"
    )
    wine.run(
        [executable(target), "-c", code, wine.windows_path(proof)], what="Starting the Windows Python", seconds=120
    )
    found = proof.read_text("utf-8").split() if proof.is_file() else []
    if found[:2] != [importlib.util.MAGIC_NUMBER.hex(), str(target.bits)]:
        raise BuildError(
            f"The Windows Python ({' '.join(found) or 'no answer'}) does not match this interpreter's byte code "
            f"({sys.version.split()[0]}): use Python 3.11."
        )


def run(
    target: Target, arguments: list[str | os.PathLike[str]], *, what: str, seconds: float, log: str, env: dict[str, str]
) -> None:
    """Run the target's Python, under Wine where this is no Windows. Raises BuildError when it fails.

    Under Wine the command is run a second time when one of its child processes could not be started.
    """
    if not target.windows:
        shell.run([places.VENV_PYTHON, *arguments], what=what, seconds=seconds, env=env, log=log)
        return
    command = [executable(target), *arguments]
    logged_before = shell.log_size(log)
    try:
        wine.run(command, what=what, seconds=seconds, env=env, log=log)
    except BuildError:
        if CHILD_NOT_STARTED not in shell.logged_since(log, logged_before):
            raise
        wine.run(command, what=what, seconds=seconds, env=env, log=log)
