"""What others wrote: the document is the table's, the table is complete, each build says what it carries."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote

import material
import pytest

from native import pe
from native.buildkit import components, origins, pins, places, sbom, shell, targets
from tests.builds import built


@pytest.fixture(params=targets.TABLE)
def target(request: pytest.FixtureRequest) -> targets.Target:
    return built(request.param)


def test_the_document_is_written_from_the_table() -> None:
    text = (places.ROOT / "docs" / components.DOCUMENT).read_text("utf-8")
    assert text == components.document(), "run python -m native.buildkit.components"


def test_every_package_of_the_table_is_pinned() -> None:
    pinned = pins.read()
    for component in components.COMPONENTS:
        if not component.library:
            assert pins.canonical(component.name) in pinned
    assert [pin.name for pin in pinned.values() if not pin.hashes] == []


def test_nothing_is_shipped_that_the_table_does_not_name(target: targets.Target) -> None:
    own = {"vcchk", "_vcchk_core", "vcchk_core", "libvcchk_core", "core", "tools", "cacert", "libvcchk"}
    own |= {"vcc-ms-win-core-path-l1-1-0"}  # the forwarder for Windows 7, native/winpath
    left = []
    for name in {part.top for part in sbom.parts(target.dist)}:
        top = name.split(".")[0]
        known = any(name.startswith(c.tops) if c.library else top in c.tops for c in components.COMPONENTS)
        if not known and top not in own and top not in sys.stdlib_module_names:
            left.append(name)
    assert left == []


def test_every_script_of_the_site_is_somebody_s(target: targets.Target) -> None:
    """The search's scripts, and what the theme's makers put into theirs, were in no list and without a licence."""
    held = {part.name for component, files in sbom.owned(target.dist) if component in components.SITE for part in files}
    docs = [path.relative_to(target.dist) for path in (target.dist / "docs" / "assets").rglob("*") if path.is_file()]
    assert {path.as_posix() for path in docs} - held == set()


def test_what_the_theme_s_scripts_are_made_of_is_in_the_table() -> None:
    """Their source maps tell it."""
    theme = importlib.metadata.distribution("mkdocs-material")
    maps = [path for path in theme.files or [] if path.suffix == ".map" and "lunr" not in path.parts]
    sources = [source for path in maps for source in json.loads(path.read_text("utf-8"))["sources"]]
    packages = {source.partition("node_modules/")[2].split("/")[0] for source in sources} - {""}
    assert {"rxjs", "lunr"} <= packages
    assert packages <= {one.purl.removeprefix("npm/") for one in components.SITE}


def test_whose_the_site_s_symbols_are(target: targets.Target) -> None:
    """The theme draws them into its pages and style sheets; a drawing is known by its path."""
    icons = Path(material.__file__).parent / "templates" / ".icons"
    sets = {
        path: file.relative_to(icons).parts[0]
        for file in icons.rglob("*.svg")
        for path in re.findall(r' d="([^"]+)"', file.read_text("utf-8"))
    }
    files = [path for path in (target.dist / "docs").rglob("*") if path.suffix in (".html", ".css")]
    drawn = {path for file in files for path in re.findall(r"""<path d=["']([^"']+)""", file.read_text("utf-8"))}
    names = {"material": "Material Design Icons", "octicons": "Octicons", "fontawesome": "Font Awesome"}
    assert {names[sets[path]] for path in drawn & sets.keys()} == set(names.values())
    assert set(names.values()) <= {one.name for one in components.SITE}


def test_every_file_of_the_runtime_is_ours_or_somebody_s(target: targets.Target) -> None:
    whole = sbom.parts(target.dist)
    held = {part.name for one in components.COMPONENTS for part in sbom.parts_of(one, whole)}
    left = {part.name for part in whole if part.name not in held and not part.name.startswith("vcchk/")}
    ours = {"vcchk_core.dll", "vcc-ms-win-core-path-l1-1-0.dll"} if target.windows else {"libvcchk_core.so"}
    assert left == ours


def test_a_signed_folder_s_list_has_the_sums_of_what_was_signed(tmp_path: Path) -> None:
    folder = tmp_path / "win32"
    shutil.copytree(built("win32").dist, folder)
    before = json.loads((folder / sbom.FILE).read_text("utf-8"))["components"]
    (library,) = folder.glob("*/vccsql3.dll")
    library.write_bytes(library.read_bytes() + b"signature")
    sbom.renew(folder)
    after = json.loads((folder / sbom.FILE).read_text("utf-8"))["components"]
    (changed,) = (new for old, new in zip(before, after, strict=True) if old != new)
    assert changed["name"] == "SQLite"
    assert changed["hashes"][0]["content"] == hashlib.sha256(library.read_bytes()).hexdigest()


def test_the_sbom_of_a_build(target: targets.Target) -> None:
    path = target.dist / sbom.FILE
    made = json.loads(path.read_text("utf-8"))
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    names = {row["name"] for row in made["components"]}
    assert {"CPython", "OpenSSL", "SQLite", "cffi", "requests", "Flask"} <= names
    assert ("Visual C++ runtime" in names) is target.windows
    refs = [row["bom-ref"] for row in made["components"]]
    assert len(refs) == len(set(refs))
    assert all(row["licenses"][0]["expression"] for row in made["components"])
    assert [row["name"] for row in made["components"] if len(row["hashes"][0]["content"]) != 64] == []
    whole = sbom.parts(target.dist)
    openssl = next(row for row in components.COMPONENTS if row.name == "OpenSSL")
    files = sbom.parts_of(openssl, whole)
    listed = "".join(f"{part.digest}  {part.name}\n" for part in files)
    wanted = hashlib.sha256(listed.encode()).hexdigest()
    row = next(row for row in made["components"] if row["name"] == "OpenSSL")
    assert row["hashes"][0]["content"] == wanted
    modules = next(row for row in made["components"] if row["name"] == "Python standard library")
    own = f"pkg:generic/python-standard-library@{modules['version']}"
    assert modules["purl"] == (origins.standard_library() or own)
    assert "CPython" in names
    assert path.read_text("utf-8") == sbom.text(target, target.dist), "two listings of one folder differ"
    assert sbom.FILE in Path(target.dist / "SHA256SUMS").read_text("utf-8")


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="no Debian")
def test_what_is_debians_is_named_by_its_source_package() -> None:
    """The libraries of dist/linux are the machine's: a version alone would not say which faults Debian has mended."""
    package = f"zlib1g:{shell.output(['dpkg', '--print-architecture']).strip()}"
    wanted = shell.output(["dpkg-query", "-W", "-f", "${source:Package}@${source:Version}", package])
    found = origins.linux_library("libvccz.so.1")
    assert found.startswith("pkg:deb/")
    assert found.endswith("?arch=source")
    assert unquote(found).split("/")[-1].removesuffix("?arch=source") == wanted


def test_a_file_of_no_package_has_no_package_url(tmp_path: Path) -> None:
    assert origins.debian(tmp_path / "libown.so") == ""


def test_windows_libraries_are_named_by_their_wheel() -> None:
    win32 = targets.TABLE["win32"]
    assert win32.newer_sha256 in origins.windows_library(win32, pe.PRIVATE_NAMES["libcrypto-3.dll"])
    assert win32.wheel_sha256 in origins.windows_library(win32, pe.PRIVATE_NAMES["python311.dll"])
