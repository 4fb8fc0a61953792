"""The list of what a built folder holds of others' (SBOM, CycloneDX), each component with a hash of its files."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from native import compile as compiler

from . import origins, places
from .components import BUILDERS, COMPONENTS, LINKED, SITE, Beside, Component, version
from .targets import Target

FILE = "sbom.cdx.json"


class Part(NamedTuple):
    """A file of a built folder's runtime: its name with folders, in an archive or loose; its SHA-256 (hex)."""

    name: str
    digest: str

    @property
    def top(self) -> str:
        """The first part of the name: an importable name, or a library's file name."""
        return self.name.split("/")[0].removesuffix(".pyc")


def parts(folder: Path) -> list[Part]:
    """Return every file of the runtime, those in its archives too, in order of name."""
    runtime = folder / compiler.runtime_name()
    archives = [runtime / name for name in ("core.zip", "tools.zip")]
    found = [_part(path, runtime) for path in runtime.rglob("*") if path.is_file() and path not in archives]
    for archive in archives:
        with zipfile.ZipFile(archive) as zipped:
            names = [name for name in zipped.namelist() if not name.endswith("/")]
            found += [Part(name, hashlib.sha256(zipped.read(name)).hexdigest()) for name in names]
    return sorted(found)


def parts_of(component: Component, of: list[Part]) -> list[Part]:
    """Return the files that are the component's."""
    if component.library and component.windows_version != BUILDERS:
        return [part for part in of if part.top.startswith(component.tops)]
    return [part for part in of if part.top.split(".")[0] in component.tops]


def _digest(own: list[Part]) -> str:
    """Return the SHA-256 of a component's only file, or of its list of sums (as `sha256sum` prints it) for several."""
    if len(own) == 1:
        return own[0].digest
    return hashlib.sha256("".join(f"{part.digest}  {part.name}\n" for part in own).encode()).hexdigest()


def owned(folder: Path) -> Iterator[tuple[Component | Beside, list[Part]]]:
    """Yield each component that a built folder holds, with its files; one of `Beside`'s, with the files it is in."""
    whole = parts(folder)
    for component in COMPONENTS:
        if files := parts_of(component, whole):
            yield component, files
    for beside in (*LINKED, *SITE):
        found = {path for pattern in beside.within for path in folder.glob(pattern) if path.is_file()}
        if found:
            yield beside, sorted(_part(path, folder) for path in found)


def _part(path: Path, folder: Path) -> Part:
    return Part(path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())


def _row(component: Component, files: list[Part], target: Target, openssl: str) -> dict[str, object]:
    """Return a component's entry; ``files``: its own."""
    own_openssl = openssl if component.name == "OpenSSL" else ""
    number = own_openssl or version(component, windows=target.windows)
    name = component.name.lower().replace(" ", "-")
    purl = f"pkg:{'generic' if component.library else 'pypi'}/{name}" + (f"@{number}" if number else "")
    properties = {"hash-of": f"the sums of its {len(files)} files, by name"} if len(files) > 1 else {}
    if component.windows_version == BUILDERS:
        purl = origins.standard_library() or purl
    elif component.library and not target.windows:
        purl = origins.linux_library(files[0].top) or purl
    elif component.library:
        properties["origin"] = "the builder's own" if own_openssl else origins.windows_library(target, files[0].top)
    row: dict[str, object] = {"type": "library", "bom-ref": f"{purl}#{name}", "name": component.name, "purl": purl}
    if number:
        row["version"] = number
    row["licenses"] = [{"expression": component.licence}]
    row["hashes"] = [{"alg": "SHA-256", "content": _digest(files)}]
    if properties:
        row["properties"] = [{"name": f"vcchk:{key}", "value": value} for key, value in properties.items()]
    return row


def _beside_row(beside: Beside, files: list[Part]) -> dict[str, object]:
    """Return the entry of what is within ``files``."""
    number = beside.version
    is_known = " " not in number
    purl = f"pkg:{beside.purl}" + (f"@{number}" if is_known else "")
    row: dict[str, object] = {"type": "library", "bom-ref": purl, "name": beside.name, "purl": purl}
    if is_known:
        row["version"] = number
    row["licenses"] = [{"expression": beside.licence}]
    row["hashes"] = [{"alg": "SHA-256", "content": _digest(files)}]
    held = "the file that it is in" if len(files) == 1 else f"the sums of the {len(files)} files that it is in, by name"
    properties = {"hash-of": held} if is_known else {"hash-of": held, "origin": number}
    row["properties"] = [{"name": f"vcchk:{key}", "value": value} for key, value in properties.items()]
    return row


def text(target: Target, folder: Path, openssl: str = "") -> str:
    """CycloneDX 1.5 JSON of a built folder: no time and no random number in it, so that builds stay equal.

    ``openssl``: the version of the builder's own DLLs, where they were put in.
    """
    rows = [
        _row(component, files, target, openssl) if isinstance(component, Component) else _beside_row(component, files)
        for component, files in owned(folder)
    ]
    own = {"type": "application", "bom-ref": "vcchk", "name": "vcchk", "version": places.version()}
    head = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": own}}
    return _written({**head, "components": rows})


def renew(folder: Path) -> None:
    """Give a folder's list the hashes that its files have now: signing changes them and nothing else."""
    path = folder / FILE
    listed = json.loads(path.read_text("utf-8"))
    sums = {component.name: _digest(files) for component, files in owned(folder)}
    for row in listed["components"]:
        row["hashes"][0]["content"] = sums[row["name"]]
    path.write_text(_written(listed), "utf-8", newline="\n")


def _written(listed: dict[str, object]) -> str:
    return json.dumps(listed, ensure_ascii=False, indent=1) + "\n"
