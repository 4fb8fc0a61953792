"""What others wrote and we ship: one table, from which docs/third-party.md and each build's SBOM are written.

Versions of Python packages come from constraints.txt, those of Windows' libraries from the wheel that is pinned by its
SHA-256 (`targets`); on Linux the libraries are those of the building machine.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import ssl
import sys
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

from native import compile as compiler

from . import origins, pins, places
from .targets import Target

SBOM = "sbom.cdx.json"
DOCUMENT = "third-party.md"


NOT_THERE = "-"
"""The Windows version of a library that Linux alone carries."""
BUILDERS = "builder"
"""The version of what comes from the Python that builds, on every target."""
STANDARD_LIBRARY = tuple(sorted(sys.stdlib_module_names))


class Component(NamedTuple):
    """A component. ``tops``: its importable names (packages) or the beginnings of its files' names (libraries)."""

    name: str
    licence: str
    use: str
    tops: tuple[str, ...]
    windows_version: str = ""

    @property
    def library(self) -> bool:
        return bool(self.windows_version)


# Licences are SPDX identifiers, or names of texts that SPDX does not list (LicenseRef-).
COMPONENTS = (
    Component(
        "CPython", "PSF-2.0", "the interpreter and its extension modules", ("vcchkp311", "libvcchkp311"), "3.11.9"
    ),
    Component(
        "Python standard library", "PSF-2.0", "its modules in Python, of the Python that builds (Debian's, on Debian)",
        STANDARD_LIBRARY, BUILDERS,
    ),
    Component(
        "OpenSSL", "Apache-2.0", "ciphers, digests, TLS", ("vcccrypto", "vccssl", "libvcccrypto", "libvccssl"), "3.0.18"
    ),
    Component("SQLite", "blessing", "the journal, the sandbox's store", ("vccsql3", "libvccsqlite3"), "3.50.4"),
    Component("libffi", "MIT", "cffi and ctypes", ("vccffi", "libvccffi"), "3.4.4"),
    Component("zlib", "Zlib", "zip files, gzip replies", ("vcchkp311", "libvccz."), "1.3.1"),
    Component("Expat", "MIT", "linked into Debian's CPython; not called", ("libvccexpat",), NOT_THERE),
    Component(
        "Visual C++ runtime", "LicenseRef-Microsoft-Visual-C-Redistributable",
        "CPython's C runtime, as python.org ships it", ("vccruntime14",), "14.00.24247.2",
    ),
    Component("cffi", "MIT-0", "the C boundary", ("_cffi_backend",)),
    Component(
        "pycryptodomex", "BSD-2-Clause AND LicenseRef-Public-Domain", "AES and DES where OpenSSL lacks them; sealing",
        ("Cryptodome",),
    ),
    # Its metadata say BSD; the only text that its makers give is MIT's.
    Component("gmssl", "MIT", "SM3 and SM4 where OpenSSL lacks them", ("gmssl",)),
    Component("requests", "Apache-2.0", "HTTP of the tools", ("requests",)),
    Component("urllib3", "MIT", "below requests", ("urllib3",)),
    Component("idna", "BSD-3-Clause", "below requests", ("idna",)),
    Component("certifi", "MPL-2.0", "Mozilla's CA list", ("certifi",)),
    Component("pyserial", "BSD-3-Clause", "serial ports", ("serial",)),
    Component("segno", "BSD-3-Clause", "QR codes", ("segno",)),
    Component("pillow", "MIT-CMU", "drawing of labels (with the image libraries of its wheel)", ("PIL",)),
    Component("Flask", "BSD-3-Clause", "the sandbox", ("flask",)),
    Component("Werkzeug", "BSD-3-Clause", "below Flask", ("werkzeug",)),
    Component("Jinja2", "BSD-3-Clause", "below Flask", ("jinja2",)),
    Component("MarkupSafe", "BSD-3-Clause", "below Flask", ("markupsafe",)),
    Component("itsdangerous", "BSD-3-Clause", "below Flask", ("itsdangerous",)),
    Component("click", "BSD-3-Clause", "below Flask", ("click",)),
    Component("blinker", "MIT", "below Flask", ("blinker",)),
    Component("typing-extensions", "PSF-2.0", "below Flask, where the builder has it", ("typing_extensions",)),
)  # fmt: skip


class Beside(NamedTuple):
    """What has no files of its own in the runtime: ``pin``: the pinned package that brings it, or a version."""

    name: str
    licence: str
    use: str
    pin: str
    on_linux: bool = True

    @property
    def version(self) -> str:
        """The version of the package that brings it."""
        pin = pins.read().get(self.pin)
        if pin is None:
            return self.pin
        return pin.version if self.name == self.pin else f"in {self.pin} {pin.version}"


LINKED = (
    Beside("ziglang", "MIT", "support code of the compiler, linked into the native files", "ziglang"),
    Beside("mingw-w64", "ZPL-2.1", "C start-up code, linked into the Windows files", "ziglang", on_linux=False),
)
SITE = (
    Beside("mkdocs-material", "MIT", "pages of the documentation", "mkdocs-material"),
    Beside("lunr", "MIT", "search of the documentation", "mkdocs-material"),
    Beside("lunr-languages", "MPL-1.1", "its search in Chinese", "mkdocs-material"),
    Beside("Material Design Icons", "Apache-2.0", "its symbols", "mkdocs-material"),
    Beside("iframe-worker", "MIT", "its search from a disk", "1.0.4"),
)


def _here() -> dict[str, str]:
    """The versions of this machine's libraries."""
    return {
        "CPython": sys.version.split()[0],
        "OpenSSL": ssl.OPENSSL_VERSION.split()[1],
        "SQLite": sqlite3.sqlite_version,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def version(component: Component, *, windows: bool) -> str:
    """The version that is shipped; '' when it cannot be known (libffi of a Linux machine)."""
    if component.windows_version == BUILDERS:
        return sys.version.split()[0]
    if not component.library:
        return pins.read()[pins.canonical(component.name)].version
    return component.windows_version if windows else _here().get(component.name, "")


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
    found = [
        Part(path.relative_to(runtime).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in runtime.rglob("*")
        if path.is_file() and path not in archives
    ]
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


def contents(folder: Path) -> set[str]:
    """The top names in a built folder: importable packages and files."""
    return {part.top for part in parts(folder)}


def _digest(own: list[Part]) -> str:
    """Return the SHA-256 of a component's only file, or of its list of sums (as `sha256sum` prints it) for several."""
    if len(own) == 1:
        return own[0].digest
    return hashlib.sha256("".join(f"{part.digest}  {part.name}\n" for part in own).encode()).hexdigest()


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


def sbom(target: Target, folder: Path, openssl: str = "") -> str:
    """CycloneDX 1.5 JSON of a built folder: no time and no random number in it, so that builds stay equal.

    ``openssl``: the version of the builder's own DLLs, where they were put in.
    """
    everything = parts(folder)
    owned = ((component, parts_of(component, everything)) for component in COMPONENTS)
    rows = [_row(component, files, target, openssl) for component, files in owned if files]
    own = {"type": "application", "bom-ref": "vcchk", "name": "vcchk", "version": places.version()}
    head = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}
    return json.dumps({**head, "metadata": {"component": own}, "components": rows}, ensure_ascii=False, indent=1) + "\n"


_WORDS = {NOT_THERE: "the machine's", BUILDERS: "the builder's"}


def document() -> str:
    """The text of docs/third-party.md."""
    lines = [
        "# Components and licences: what others wrote in the built folders",
        "",
        "Written from `native/buildkit/components.py` (a test compares); each built folder has its own list as",
        f"CycloneDX ({SBOM}). Python packages are pinned in `native/buildkit/constraints.txt`; the Windows",
        "libraries are python.org's, from wheels pinned by their SHA-256, under private names. Public support of the",
        "OpenSSL series 3.0 ended in September 2026: SECURITY.md says what a till reaches of it, docs/build.md how to",
        "put in a newer one. On Linux the libraries are those of the building machine. A database of known faults was",
        "not within reach where this was built: whoever builds a release should compare the list with one. The",
        "licences' texts are in LICENSES.txt of each built folder, and of the documentation in it.",
        "",
        "| component | version | licence | for |",
        "|---|---|---|---|",
    ]
    for component in COMPONENTS:
        number = version(component, windows=True)
        if component.library:
            number = _WORDS.get(component.windows_version) or f"{number} (Windows)"
        lines.append(f"| {component.name} | {number} | {component.licence} | {component.use} |")
    for beside in (*LINKED, *SITE):
        lines.append(f"| {beside.name} | {beside.version} | {beside.licence} | {beside.use} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (places.ROOT / "docs" / DOCUMENT).write_text(document(), "utf-8")
