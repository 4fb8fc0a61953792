"""What others wrote: the document is the table's, the table is complete, each build says what it carries."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

from native.buildkit import components, pins, places, targets
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
    assert {"CPython", "Python standard library"} <= names
    assert path.read_text("utf-8") == components.sbom(target, target.dist), "two listings of one folder differ"
    assert components.SBOM in Path(target.dist / "SHA256SUMS").read_text("utf-8")
