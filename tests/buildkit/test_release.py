"""What of a release can be seen without making one: its notes, and what keeps it from being made."""

from __future__ import annotations

from pathlib import Path

import pytest

from native.buildkit import packing, release
from native.buildkit.progress import BuildError

CHANGELOG = """# Changes

## [Unreleased]

## [1.2.0] - 2026-11-26

### Fixed
- this

## [1.1.0] - 2026-01-01
- before
"""


def test_the_notes_are_the_versions_own_section() -> None:
    assert release.notes(CHANGELOG, "1.2.0") == "## [1.2.0] - 2026-11-26\n\n### Fixed\n- this\n"


@pytest.mark.parametrize("version", ["1.3.0", "1.2", "Unreleased"])
def test_a_version_without_a_dated_section_is_no_release(version: str) -> None:
    with pytest.raises(BuildError, match=r"CHANGELOG\.md has no section"):
        release.notes(CHANGELOG, version)


def test_changes_that_no_version_names_are_no_release() -> None:
    later = CHANGELOG.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Added\n- later\n")
    with pytest.raises(BuildError, match=r"under \[Unreleased\]"):
        release.notes(later, "1.2.0")


def test_a_changed_tree_is_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"status": " M README.md\n", "rev-parse": "abc\n"}
    monkeypatch.setattr(release.shell, "output", lambda command: answers[command[1]])
    with pytest.raises(BuildError, match=r"README\.md"):
        release.committed()
    answers["status"] = ""
    assert release.committed() == "abc"
    answers["rev-parse"] = ""  # git failed, at the status before, too
    with pytest.raises(BuildError, match="no checkout"):
        release.committed()


def test_sums_and_zip_are_the_same_twice(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "sub" / "b.txt").write_text("b")
    made = []
    for name in ("one.zip", "two.zip"):
        assert packing.write_sums(folder) == 2
        assert packing.write_zip(folder, tmp_path / name, "top") > 2
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
