"""What others wrote: the document is the table's, the table is complete, each build says what it carries."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from native import pe
from native.buildkit import components, origins, pins, places, shell, targets
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
    for name in components.contents(target.dist):
        top = name.split(".")[0]
        known = any(name.startswith(c.tops) if c.library else top in c.tops for c in components.COMPONENTS)
        if not known and top not in own and top not in sys.stdlib_module_names and not name.endswith(".libs"):
            left.append(name)
    assert left == []


def test_the_sbom_of_a_build(target: targets.Target) -> None:
    path = target.dist / components.SBOM
    made = json.loads(path.read_text("utf-8"))
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    names = {row["name"] for row in made["components"]}
    assert {"CPython", "OpenSSL", "SQLite", "cffi", "requests", "Flask"} <= names
    assert ("Visual C++ runtime" in names) is target.windows
    refs = [row["bom-ref"] for row in made["components"]]
    assert len(refs) == len(set(refs))
    assert all(row["licenses"][0]["expression"] for row in made["components"])
    assert [row["name"] for row in made["components"] if len(row["hashes"][0]["content"]) != 64] == []
    whole = components.parts(target.dist)
    openssl = next(row for row in components.COMPONENTS if row.name == "OpenSSL")
    files = components.parts_of(openssl, whole)
    listed = "".join(f"{part.digest}  {part.name}\n" for part in files)
    wanted = hashlib.sha256(listed.encode()).hexdigest()
    row = next(row for row in made["components"] if row["name"] == "OpenSSL")
    assert row["hashes"][0]["content"] == wanted
    modules = next(row for row in made["components"] if row["name"] == "Python standard library")
    own = f"pkg:generic/python-standard-library@{modules['version']}"
    assert modules["purl"] == (origins.standard_library() or own)
    assert "CPython" in names
    assert path.read_text("utf-8") == components.sbom(target, target.dist), "two listings of one folder differ"
    assert components.SBOM in Path(target.dist / "SHA256SUMS").read_text("utf-8")


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
