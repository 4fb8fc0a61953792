"""What others wrote and we ship: one table, from which docs/third-party.md and each build's list (`sbom`) are written.

Versions of Python packages come from constraints.txt, those of Windows' libraries from the wheel that is pinned by its
SHA-256 (`targets`); on Linux the libraries are those of the building machine.
"""

from __future__ import annotations

import sqlite3
import ssl
import sys
import zlib
from typing import NamedTuple

from . import pins, places

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
    Component("pillow", "MIT-CMU", "drawing of labels (with the image libraries of its wheel)", ("PIL", "pillow")),
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
    """What is within files of others or of ours. ``purl``: its type and name there (package-url).

    ``pin``: the pinned package that brings it, or a version. ``within``: patterns of the files, from the built folder.
    """

    name: str
    licence: str
    use: str
    purl: str
    pin: str
    within: tuple[str, ...]

    @property
    def version(self) -> str:
        """Its own version, or of which package it is."""
        pin = pins.read().get(self.pin)
        if pin is None:
            return self.pin
        return pin.version if self.name == self.pin else f"in {self.pin} {pin.version}"


_WINDOWS_FILES = ("VirtualCardChk.dll", "vcchk.exe", "examples/*.exe", "*/vcchk_core.dll", "*/vcc-ms-*.dll")
_LINUX_FILES = ("libVirtualCardChk.so", "vcchk", "examples/firstcall", "*/libvcchk_core.so")
LINKED = (
    Beside(
        "ziglang", "MIT", "support code of the compiler, linked into the native files", "pypi/ziglang", "ziglang",
        (*_WINDOWS_FILES, *_LINUX_FILES),
    ),
    Beside(
        "mingw-w64", "ZPL-2.1", "C start-up code, linked into the Windows files", "generic/mingw-w64", "ziglang",
        _WINDOWS_FILES,
    ),
)  # fmt: skip
_PAGES = "docs/**/*.html"
_STYLES = "docs/assets/stylesheets/*.css"
_SCRIPT = "docs/assets/javascripts/bundle.*.js"
_SEARCH = "docs/assets/javascripts/workers/search.*.js"
_THEME = "mkdocs-material"
SITE = (
    Beside(
        _THEME, "MIT", "pages of the documentation", "pypi/mkdocs-material", _THEME,
        (_PAGES, _STYLES, _SCRIPT, _SEARCH, "docs/assets/images/favicon.png"),
    ),
    Beside("RxJS", "Apache-2.0", "in its script", "npm/rxjs", _THEME, (_SCRIPT,)),
    Beside("clipboard", "MIT", "in its script", "npm/clipboard", _THEME, (_SCRIPT,)),
    Beside("escape-html", "MIT", "in its script", "npm/escape-html", _THEME, (_SCRIPT,)),
    Beside("focus-visible", "W3C-20150513", "in its script", "npm/focus-visible", _THEME, (_SCRIPT,)),
    Beside("tslib", "0BSD", "in its script", "npm/tslib", _THEME, (_SCRIPT,)),
    Beside("material-design-color", "MIT", "its colours", "npm/material-design-color", _THEME, (_STYLES,)),
    Beside("Material Design Icons", "Apache-2.0", "its symbols", "npm/%40mdi/svg", _THEME, (_PAGES, _STYLES)),
    Beside("Octicons", "MIT", "its symbols", "npm/%40primer/octicons", _THEME, (_STYLES,)),
    Beside(
        "Font Awesome", "CC-BY-4.0", "its symbols", "npm/%40fortawesome/fontawesome-free", _THEME, (_STYLES,),
    ),
    Beside("lunr", "MIT", "search of the documentation", "npm/lunr", _THEME, (_SEARCH,)),
    Beside(
        "lunr-languages", "MPL-1.1", "its search in Chinese", "npm/lunr-languages", _THEME,
        ("docs/assets/javascripts/lunr/min/*.js",),
    ),
    Beside(
        "iframe-worker", "MIT", "its search from a disk", "npm/iframe-worker", "1.0.4",
        ("docs/assets/javascripts/iframe-worker.js",),
    ),
)  # fmt: skip


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


_WORDS = {NOT_THERE: "the machine's", BUILDERS: "the builder's"}


def document() -> str:
    """The text of docs/third-party.md."""
    lines = [
        "# Components and licences: what others wrote in the built folders",
        "",
        "Written from `native/buildkit/components.py` (a test compares); each built folder has its own list as",
        "CycloneDX (sbom.cdx.json). Python packages are pinned in `native/buildkit/constraints.txt`; the Windows",
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
