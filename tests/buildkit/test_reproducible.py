"""Two builds of one source give the same SHA-256 for every file, wherever they run (docs/build.md).

In every run of the tests: a copy of the sources, in a folder of another name, builds all that is ours or changed by us
(shim, core, launcher, module zips, renamed libraries, papers, the zip of the folder) from the same Python and the same
analysis as dist/, with the same site. With --soak two copies go the whole way from nothing, `build_dll.py build`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from native.buildkit import places, site, steps, targets, wine
from native.buildkit.targets import Target
from tests.builds import built

BUILD = """
import sys
from native.buildkit import assemble, targets
target = targets.TABLE[sys.argv[1]]
for step in (assemble.runtime, assemble.native_parts, assemble.write_documents, assemble.finish):
    print(step.__name__, step(target))
"""
# What a clean clone has not, and what is compiled with the running interpreter.
NOT_SOURCES = shutil.ignore_patterns(".*", "dist", "__pycache__", "*.egg-info")


def _copied(folder: Path) -> Path:
    shutil.copytree(places.ROOT, folder, ignore=NOT_SOURCES)
    return folder


def _sums(tree: Path, target: Target) -> dict[str, str]:
    """Name → SHA-256 of every file of a built folder, and of its zip."""
    dist = tree / "dist" / target.name
    files = {path.relative_to(dist).as_posix(): path for path in dist.rglob("*") if path.is_file()}
    files[target.archive.name] = tree / "dist" / target.archive.name
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def _different(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _bring_site(copy: Path) -> None:
    """Give the copy the documentation site, which is made of the same sources."""
    shutil.copytree(site.SITE, copy / "dist" / "docs")
    (copy / ".cache").mkdir()
    shutil.copyfile(places.CACHE / "site.stamp", copy / ".cache" / "site.stamp")


def _move_analysis(target: Target, copy: Path) -> None:
    """PyInstaller's report for the copy: vcchk's modules at their new place, those of others where they are."""

    def written(tree: Path) -> str:
        path = f"{tree}/vcchk/"
        return json.dumps(wine.windows_path(Path(path)) + "\\" if target.windows else path, ensure_ascii=False)[1:-1]

    report = (target.work / "analysis.json").read_text("utf-8")
    assert written(places.ROOT) in report
    work = copy / ".cache" / target.name
    work.mkdir(parents=True)
    (work / "analysis.json").write_text(report.replace(written(places.ROOT), written(copy)), "utf-8")


@pytest.mark.skipif(targets.on_windows(), reason="on Windows the paths of the analysis are of another form")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["win32", "win64", "linux"])
def test_a_copy_of_the_sources_gives_the_bytes_of_dist(name: str, tmp_path: Path) -> None:
    target = built(name)
    copy = _copied(tmp_path / "另一处 of another length")
    if (target.dist / "docs").is_dir():
        _bring_site(copy)
    _move_analysis(target, copy)
    # The compiler's own C library may come from its cache; what it makes of our sources may not.
    caches = {"ZIG_GLOBAL_CACHE_DIR": str(places.CACHE / "zig"), "ZIG_LOCAL_CACHE_DIR": str(tmp_path / "zig")}
    done = subprocess.run(
        [sys.executable, "-c", BUILD, name], cwd=copy, env={**os.environ, **caches, "PYTHONPATH": str(copy)},
        capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    if not steps.is_built(target):
        pytest.skip("the sources were changed while this test built them")
    assert _different(_sums(places.ROOT, target), _sums(copy, target)) == []
    assert str(copy).encode() not in (copy / "dist" / name / target.dll).read_bytes()


@pytest.mark.soak
@pytest.mark.timeout(5400)
def test_two_builds_from_nothing_in_two_folders_are_equal(tmp_path: Path) -> None:
    wanted = [targets.TABLE[name] for name in targets.default()]
    trees = [_copied(tmp_path / "one"), _copied(tmp_path / "第二处 with spaces")]
    try:
        for tree in trees:
            log = tree.with_name(f"{tree.name}.log")
            with log.open("wb") as output:
                command = [getattr(sys, "_base_executable", sys.executable), "build_dll.py", "build"]
                code = subprocess.run(
                    command, cwd=tree, stdout=output, stderr=subprocess.STDOUT, timeout=2600, check=False
                ).returncode
            assert code == 0, log.read_text("utf-8")[-3000:]
    finally:
        for tree in trees:
            if (tree / ".cache" / "wine").is_dir():  # its service processes would hold the folder for seconds more
                ours = {**os.environ, "WINEPREFIX": str(tree / ".cache" / "wine")}
                subprocess.run(["wineserver", "-k"], env=ours, timeout=60, check=False)
    for target in wanted:
        first = _sums(trees[0], target)
        assert _different(first, _sums(trees[1], target)) == [], target.name
        if steps.is_built(target):
            assert _different(first, _sums(places.ROOT, target)) == [], target.name
