"""Each component's licence text is at hand, and the built folder has it."""

from __future__ import annotations

import json

import pytest

from native.buildkit import components, licences, sbom, targets
from tests.builds import built

EVERYTHING = (*components.COMPONENTS, *components.LINKED, *components.SITE)


@pytest.mark.parametrize("name", [one.name for one in EVERYTHING])
def test_every_component_has_its_text(name: str) -> None:
    found = licences.texts(name)
    assert found
    assert all(len(text) > 200 for text in found[:1])


def test_the_texts_are_those_of_the_licences() -> None:
    """A word that only the right text has, for every licence of the table."""
    words = {
        "PSF-2.0": "PYTHON SOFTWARE FOUNDATION LICENSE", "Apache-2.0": "Apache License",
        "blessing": "blessing", "MIT": "Permission is hereby granted", "Zlib": "as-is", "MIT-0": "Permission",
        "LicenseRef-Microsoft-Visual-C-Redistributable": "Microsoft Distributable Code",
        "BSD-2-Clause AND LicenseRef-Public-Domain": "public domain", "BSD-3-Clause": "Redistribution",
        "MPL-2.0": "Mozilla Public License", "MPL-1.1": "MOZILLA PUBLIC LICENSE", "MIT-CMU": "Permission to use",
        "ZPL-2.1": "Zope Public License", "0BSD": "with or without fee",
        "CC-BY-4.0": "Attribution 4.0", "W3C-20150513": "viewable to users",
    }  # fmt: skip
    wrong = [one.name for one in EVERYTHING if words[one.licence] not in "".join(licences.texts(one.name))]
    assert wrong == []


@pytest.mark.parametrize("name", targets.TABLE)
def test_a_built_folder_has_the_texts_of_what_it_carries(name: str) -> None:
    target = built(name)
    text = (target.dist / licences.FILE).read_text("utf-8-sig")
    site = (target.dist / "docs" / licences.FILE).read_text("utf-8-sig")
    listed = json.loads((target.dist / sbom.FILE).read_text("utf-8"))["components"]
    assert [row["name"] for row in listed if f"\n{row['name']} (" not in text + site] == []
    assert "MIT License" in text[:200]
    assert ("\nmingw-w64 (" in text) is target.windows
    assert [one.name for one in components.SITE if f"\n{one.name} (" not in site] == []
