"""`build_dll.py release`: what is published of a version, made and tested from a clean clone of what is committed.

Left in dist/release/<version>: a zip a target, its list of components, the documentation, SHA256SUMS, the version's
notes. A second run of the same commit must give the same bytes, or fails.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import packing, places, progress, sbom, shell, targets
from .arguments import Parser
from .progress import BuildError, BuildStep

CLONE = places.CACHE / "release"
NOTES = "RELEASE-NOTES.txt"
COMMIT = "COMMIT"


def folder() -> Path:
    """Return where this version's files go."""
    return places.DIST / "release" / places.version()


def notes(changelog: str, version: str) -> str:
    """Return the version's section of CHANGELOG.md, heading included.

    Raises BuildError without one that has a date, and where there are changes that no version names yet.
    """
    if "\n- " in _section(changelog, r"\[Unreleased\]"):
        raise BuildError("CHANGELOG.md has changes under [Unreleased]: move them to the version that they are in.")
    section = _section(changelog, rf"\[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d")
    if not section:
        raise BuildError(f"CHANGELOG.md has no section '## [{version}] - YYYY-MM-DD': what is in this release?")
    return section.rstrip() + "\n"


def _section(changelog: str, heading: str) -> str:
    """Return a section with its heading (a pattern), "" when there is none."""
    found = re.search(rf"^## {heading}\n.*?(?=^## \[|\Z)", changelog, re.DOTALL | re.MULTILINE)
    return found[0] if found else ""


def committed() -> str:
    """Return the commit to release. Raises BuildError when the tree is not committed, or no tree of git."""
    if changed := shell.output(["git", "status", "--porcelain"]).strip():
        raise BuildError(f"Not everything is committed:\n{changed}")
    if not (commit := shell.output(["git", "rev-parse", "HEAD"]).strip()):
        raise BuildError(f"{places.ROOT} is no checkout that git can read: what would be released?")
    return commit


def clone(commit: str) -> str:
    """Make a clean clone of the commit; returns a note."""
    shutil.rmtree(CLONE, ignore_errors=True)
    shell.run(["git", "clone", "--quiet", "--no-hardlinks", places.ROOT, CLONE], log="release", what="Cloning")
    shell.run(["git", "-C", CLONE, "checkout", "--quiet", commit], log="release", what="Checking out")
    return commit[:12]


def run_in_clone(*arguments: str) -> None:
    """Run the clone's own build_dll.py, its output shown as it comes. Raises BuildError when it fails."""
    command = [sys.executable, str(CLONE / "build_dll.py"), *arguments]
    progress.line(f"$ python3 build_dll.py {' '.join(arguments)}")
    if code := subprocess.run(command, cwd=CLONE, check=False).returncode:
        raise BuildError(f"build_dll.py {arguments[0]} failed in the clean clone (exit code {code}): no release.")


def gather(commit: str) -> str:
    """Put what the clone made into dist/release/<version>; returns a note.

    Raises BuildError when an earlier run of the same commit gave other bytes.
    """
    fresh = CLONE / ".cache" / "gathered"
    fresh.mkdir(parents=True)
    for target in targets.TABLE.values():
        archive = CLONE / "dist" / target.archive.name
        shutil.copyfile(archive, fresh / archive.name)
        shutil.copyfile(CLONE / "dist" / target.name / sbom.FILE, fresh / f"{archive.stem}.cdx.json")
    packing.write_zip(CLONE / "dist" / "docs", fresh / f"vcchk-{places.version()}-docs.zip", "vcchk-docs")
    changelog = (CLONE / "CHANGELOG.md").read_text("utf-8")
    (fresh / NOTES).write_text(notes(changelog, places.version()), "utf-8", newline="\n")
    (fresh / COMMIT).write_text(commit + "\n", "ascii", newline="\n")
    count = packing.write_sums(fresh)
    earlier = folder()
    if (earlier / COMMIT).is_file() and (earlier / COMMIT).read_text("ascii").strip() == commit:
        _compare(earlier / packing.SUMS, fresh / packing.SUMS)
    shutil.rmtree(earlier, ignore_errors=True)
    earlier.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(fresh, earlier)
    return f"{count} files in {earlier}"


def _compare(earlier: Path, now: Path) -> None:
    differing = set(earlier.read_text("utf-8").splitlines()) ^ set(now.read_text("utf-8").splitlines())
    if differing:
        names = sorted({row.split("  ", 1)[1] for row in differing})
        raise BuildError(f"A second run of this commit gave other bytes: {', '.join(names)}")


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code."""
    parser = Parser(prog="build_dll.py release", description="Make dist/release/<version>.")
    parser.add_argument(
        "--no-tests", action="store_true", help="to try the command itself: what comes out is no release"
    )
    options = parser.parse_args(arguments)
    commit = committed()
    notes((places.ROOT / "CHANGELOG.md").read_text("utf-8"), places.version())
    progress.run([BuildStep("Clean clone", lambda: clone(commit))])
    run_in_clone("build", *(word for name in targets.TABLE for word in ("--target", name)))
    run_in_clone("docs")
    if not options.no_tests:
        run_in_clone("test")
    progress.run([BuildStep("Release", lambda: gather(commit))])
    return 0
