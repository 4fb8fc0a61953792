"""What Windows does other than Linux with files in use and files that are marked read-only."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from native.buildkit import places, wine, winpython
from tests.builds import present
from tests.setup.releases import small_windows

VERSIONS = ("1.0.0", "1.0.1", "1.0.2")


@pytest.mark.timeout(300)
def test_read_only_files_and_a_library_in_use(tmp_path: Path) -> None:
    target = present("win32")
    if not wine.available(target.bits):
        pytest.skip("no Wine for 32-bit programs on this machine")
    (tmp_path / "HIS").mkdir()
    for version in VERSIONS:
        small_windows(tmp_path / version, version, (target.dist / target.dll).read_bytes())
    command = [
        *wine.prefixed(), winpython.executable(target), Path(__file__).with_name("windows_folder.py"),
        wine.windows_path(tmp_path), "C:\\windows\\system32\\version.dll",
    ]  # fmt: skip
    done = subprocess.run(
        command, env=os.environ | wine.environment() | {"PYTHONPATH": wine.windows_path(places.ROOT)},
        capture_output=True, timeout=280, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode("gb18030", "replace")
    found = json.loads(done.stdout)
    assert found["install"] == ["1.0.0"]
    assert (found["upgrade to 1.0.1"], found["upgrade to 1.0.2"], found["rollback"]) == (
        ["1.0.1"],
        ["1.0.2"],
        ["1.0.1"],
    )
    # A program had loaded the first one's library and not called it yet.
    assert found["runtimes"] == [f"vcchk_runtime-{version}" for version in VERSIONS]
    assert found["runtimes with a core in use"] == found["runtimes"]
    assert found["runtimes of no program"] == found["runtimes"][1:]
    assert (found["has a library when cut off"], found["mended"]) == (False, ["1.0.2"])
    assert found["came back"]
    assert found["left"] == ["VirtualCardChk.dll", "VirtualCardChk.ini"]
