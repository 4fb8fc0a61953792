"""What a vendor finds beside the library: README.txt, setup.cmd, the header, the documentation, the examples.

File names are ASCII: Windows 7's Explorer shows others garbled. Each source is in the encoding that its compiler wants.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from native import compile as compiler

from . import npm, places, site
from .progress import BuildError
from .targets import Target

HERE = Path(__file__).parent
EXAMPLES = places.ROOT / "docs" / "examples"
GBK = frozenset({".bas", ".sru", ".dpr", ".c", ".h"})
"""Compilers that take a source for the code page of a Chinese Windows: VB6, PowerBuilder, Delphi up to 2007, MSVC."""
UTF_8_WITH_BOM = frozenset({".cs"})
PROGRAM = "firstcall"
"""The example in C is there as a program too: a plain Windows has no compiler."""
HEADER = places.NATIVE / "VirtualCardChk.h"
_TO_EXAMPLES = re.compile(r'(href="(?:\.\./)*)examples/')
FOLDERS = ("docs", "examples")
"""For vendors; the limits of size hold for what a hospital needs, without them."""


def write(target: Target, folder: Path) -> str:
    """Write all of it into ``folder``; returns a note."""
    _write_guide(target, folder)
    if target.windows:
        (folder / "setup.cmd").write_bytes(crlf((HERE / "setup.cmd").read_text("ascii")).encode("ascii"))
    (folder / HEADER.name).write_bytes(encoded(target, HEADER))
    _write_examples(target, folder / "examples")
    if not site.is_built():
        return "without the documentation"
    _write_documentation(folder / "docs")
    return "with the documentation"


def _write_documentation(folder: Path) -> None:
    """The site without its own examples, which no compiler reads: its links lead to the folder's."""
    shutil.copytree(site.SITE, folder, ignore=shutil.ignore_patterns("examples"))
    for page in folder.rglob("*.html"):
        text = page.read_text("utf-8")
        page.write_text(_TO_EXAMPLES.sub(r"\1../examples/", text), "utf-8", newline="\n")


def documentation() -> str:
    """Make the documentation site where this machine can; returns a note. A folder without it serves a hospital."""
    try:
        npm.packages()
        return site.build()
    except BuildError as error:
        return f"left out: {error}"


def _write_guide(target: Target, folder: Path) -> None:
    text = (HERE / "guide.txt").read_text("utf-8").format(
        version=places.version(), target=target.name, dll=target.dll, exe=target.exe, runtime=target.runtime.name
    )  # fmt: skip
    data = crlf(text).encode("gbk") if target.windows else text.encode("utf-8")
    (folder / "README.txt").write_bytes(data)


def _write_examples(target: Target, folder: Path) -> None:
    for path in sorted(EXAMPLES.rglob("*")):
        if path.is_file():
            made = folder / path.relative_to(EXAMPLES)
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(encoded(target, path))
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / f"{PROGRAM}.c"
        source.write_bytes(encoded(target, EXAMPLES / source.name))
        if target.windows:
            compiler.build_program(target.name, folder / f"{PROGRAM}.exe", source, "-Wno-invalid-source-encoding")
        else:
            compiler.build_program(target.name, folder / PROGRAM, source, "-ldl")


def encoded(target: Target, path: Path) -> bytes:
    """Return a source's bytes as the target's compilers want them."""
    text = path.read_text("utf-8")
    if not target.windows:
        return text.encode("utf-8")
    charset = "gbk" if path.suffix in GBK else "utf-8-sig" if path.suffix in UTF_8_WITH_BOM else "utf-8"
    return crlf(text).encode(charset)


def crlf(text: str) -> str:
    """Return the text with Windows' line ends, whatever it had."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")
