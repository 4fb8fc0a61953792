"""`build_dll.py openssl`: OpenSSL 3 DLLs of the builder's own in place of those in a built Windows folder.

All of OpenSSL 3 keeps one binary interface, so libraries of a newer series serve CPython's `_ssl` and `_hashlib` as
they are. What can go wrong is looked for first: another word size, a missing function, a library that Windows lacks.
"""

from __future__ import annotations

import re
import struct
import tempfile
from pathlib import Path

from native import pe

from . import packing, progress, sbom, steps, targets
from .arguments import Parser
from .progress import BuildError, BuildStep
from .targets import Target

_NAMES = ("libcrypto-3", "libssl-3")
"""How the two files' names begin; distributors add `-x64`, wheels a hash."""
_VERSION = re.compile(rb"OpenSSL (3\.\d+\.\d+) ")


def replace(target: Target, folder: Path) -> str:
    """Put the two DLLs of ``folder`` into dist/<target>, write its list of parts, sums and zip anew; return a note.

    Raises BuildError when they do not fit; the built folder is as it was then.
    """
    sources = [_source(folder, name) for name in _NAMES]
    found = _VERSION.search(sources[0].read_bytes())
    if not found:
        raise BuildError(f"{sources[0].name} is no OpenSSL 3.")
    version = found[1].decode("ascii")
    names = dict(pe.PRIVATE_NAMES)
    private = [names[f"{name}.dll"] for name in _NAMES]
    names |= {source.name.lower(): own for source, own in zip(sources, private, strict=True)}
    with tempfile.TemporaryDirectory() as hidden:
        made = [Path(hidden) / own for own in private]
        for source, path in zip(sources, made, strict=True):
            _privatise(source, path, names)
        _check(target, {path.name: pe.Image(path.read_bytes()) for path in made})
        for path in made:
            (target.runtime / path.name).write_bytes(path.read_bytes())
    (target.dist / sbom.FILE).write_text(sbom.text(target, target.dist, openssl=version), "utf-8", newline="\n")
    packing.write_sums(target.dist)
    packing.write_zip(target.dist, target.archive, f"vcchk-{target.name}")
    return f"OpenSSL {version}"


def _source(folder: Path, name: str) -> Path:
    found = [path for path in folder.glob("*.dll") if path.name.lower().startswith(name)]
    if len(found) != 1:
        raise BuildError(f"{folder} has to hold one {name}*.dll; there are {len(found)}.")
    return found[0]


def _privatise(source: Path, path: Path, names: dict[str, str]) -> None:
    try:
        pe.privatise(source, path, names)
    except (ValueError, LookupError, struct.error) as error:
        raise BuildError(f"{source.name} is no DLL that can be used: {error}") from error


def _check(target: Target, images: dict[str, pe.Image]) -> None:
    """Compare what each library of the runtime takes from another with what that one has, the new ones in place."""
    files = [path for path in target.runtime.rglob("*") if path.suffix.lower() in (".dll", ".pyd")]
    old = {path.name.lower(): pe.Image(path.read_bytes()) for path in files}
    every = {**old, **images}
    system = {library.lower() for image in old.values() for library in image.imports()} | {"crypt32.dll"}
    for name, image in images.items():
        if image.bits != target.bits:
            raise BuildError(f"{name} is of {image.bits} bits; {target.name} has {target.bits}.")
        if strange := {library.lower() for library in image.imports()} - system:
            raise BuildError(f"{name} needs {', '.join(sorted(strange))}, which neither Windows nor the runtime has.")
    for name, image in every.items():
        for library, functions in image.imports().items():
            if library.lower() in every:
                by_name = {function for function in functions if not function.startswith("#")}
                if lacking := by_name - every[library.lower()].exports().keys():
                    raise BuildError(f"{name} takes {', '.join(sorted(lacking))} of {library}, which lacks it.")


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code."""
    parser = Parser(
        prog="build_dll.py openssl", description="Put OpenSSL 3 DLLs of your own into dist/; `build --again` undoes it."
    )
    parser.add_argument("folder", type=Path, help="where libcrypto-3*.dll and libssl-3*.dll stand")
    parser.add_argument("--target", choices=["win32", "win64"], default="win32", help="default: win32")
    options = parser.parse_args(arguments)
    (target,) = targets.pick([options.target])
    steps.build([target])
    progress.run([BuildStep(f"OpenSSL of {target.name}", lambda: replace(target, options.folder))])
    return 0
