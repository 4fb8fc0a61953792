"""When a built folder counts as complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from native.buildkit import assemble, places, site, steps, targets
from native.buildkit.stamps import Stamp


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> targets.Target:
    """A folder in dist/ that is fresh, with sums, zip and no documentation."""
    monkeypatch.setattr(places, "DIST", tmp_path)
    made = targets.TABLE["win32"]
    made.dist.mkdir()
    (made.dist / "SHA256SUMS").touch()
    made.archive.touch()
    stamp = Stamp(tmp_path / "dist.stamp", "inputs")
    stamp.set()
    monkeypatch.setattr(assemble, "stamp", lambda _: stamp)
    return made


@pytest.mark.parametrize("is_site_built", [True, False])
@pytest.mark.parametrize("has_docs", [True, False])
def test_a_folder_without_the_documentation_is_made_anew_once_there_is_one(
    target: targets.Target, monkeypatch: pytest.MonkeyPatch, is_site_built: bool, has_docs: bool
) -> None:
    monkeypatch.setattr(site, "is_built", lambda: is_site_built)
    if has_docs:
        (target.dist / "docs").mkdir()
    assert steps.is_built(target) is (has_docs or not is_site_built)


def test_a_folder_without_its_zip_is_not_complete(target: targets.Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "is_built", lambda: False)
    target.archive.unlink()
    assert not steps.is_built(target)
