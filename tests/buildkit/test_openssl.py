"""`build_dll.py openssl`: other DLLs of OpenSSL 3 run in a built folder; what does not fit changes nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from native import pe
from native.buildkit import openssl, packing, places, sbom, targets, wheels, wine
from native.buildkit.progress import BuildError
from tests.builds import built

WIN32 = targets.TABLE["win32"]
OTHER = "3.0.13"  # of the wheel that carries CPython 3.11.9; the runtime has a newer one


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    """Two DLLs of another version, the first with a longer name, as wheels have them."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    with zipfile.ZipFile(wheels.windows_python(WIN32)) as archive:
        (folder / "libcrypto-3-7f4a8bb4.dll").write_bytes(archive.read("deploy_libs/libcrypto-3.dll"))
        (folder / "libssl-3.dll").write_bytes(archive.read("deploy_libs/libssl-3.dll"))
    return folder


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> targets.Target:
    built("win32")
    shutil.copytree(WIN32.dist, tmp_path / "dist" / "win32")
    monkeypatch.setattr(places, "DIST", tmp_path / "dist")
    return WIN32


def test_other_libraries_run_and_are_listed(target: targets.Target, libraries: Path) -> None:
    assert openssl.replace(target, libraries) == f"OpenSSL {OTHER}"
    assert "vcccrypto-3.dll" in pe.imports(target.runtime / "vccssl-3.dll")
    sums = subprocess.run(["sha256sum", "--check", "--quiet", packing.SUMS], cwd=target.dist, timeout=60, check=False)
    assert sums.returncode == 0
    listed = json.loads((target.dist / sbom.FILE).read_text("utf-8"))["components"]
    assert [row["version"] for row in listed if row["name"] == "OpenSSL"] == [OTHER]
    with zipfile.ZipFile(target.archive) as archive:
        assert archive.testzip() is None
    if not wine.available(32):
        pytest.skip("LOUD SKIP: no Wine for 32-bit programs")
    run = wine.popen([target.dist / target.exe, "doctor", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = run.communicate(timeout=120)[0].decode("utf-8")
    assert "SM4、AES、DES 由 OpenSSL 计算" in said


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda folder: (folder / "libssl-3.dll").unlink(), "there are 0"),
        (lambda folder: shutil.copy(folder / "libssl-3.dll", folder / "libssl-3-x64.dll"), "there are 2"),
        (lambda folder: (folder / "libcrypto-3-7f4a8bb4.dll").write_bytes(b"MZ"), "no OpenSSL 3"),
        (lambda folder: (folder / "libssl-3.dll").write_bytes(b"MZ"), "libssl-3.dll"),
        (lambda folder: shutil.copy(folder / "libcrypto-3-7f4a8bb4.dll", folder / "libssl-3.dll"), "which lacks it"),
    ],
    ids=["none", "two", "no OpenSSL", "no PE file", "functions"],
)
def test_what_does_not_fit_changes_nothing(
    target: targets.Target, libraries: Path, spoil: Callable[[Path], object], word: str
) -> None:
    before = packing.files(target.dist), (target.runtime / "vccssl-3.dll").read_bytes()
    spoil(libraries)
    with pytest.raises(BuildError, match=word):
        openssl.replace(target, libraries)
    assert (packing.files(target.dist), (target.runtime / "vccssl-3.dll").read_bytes()) == before


def test_another_word_size_is_refused(target: targets.Target, libraries: Path) -> None:
    with pytest.raises(BuildError, match="of 32 bits; win32 has 64"):
        openssl.replace(target._replace(bits=64), libraries)
