"""A setup that is cut off between any two changes of the disk: what the HIS loads then, and that the next run heals."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from tests.setup.releases import small
from vcchk.setup import files, release
from vcchk.setup.failure import SetupError
from vcchk.setup.interrupted import is_interrupted
from vcchk.setup.site import Site, mend

pytestmark = pytest.mark.slow

LIBRARY = "libVirtualCardChk.so"
OF_OS, OF_SHUTIL = ("replace", "link", "unlink", "rmdir", "makedirs"), ("rmtree", "copyfileobj")
CLOSED = b"\x7fELF\x02 of another maker"


class PowerCut(BaseException):
    """From here on nothing happens any more."""


def cut_off(work: Callable[[], object], after: int) -> bool:
    """Run ``work`` as far as ``after`` changes of the disk; tells whether it was cut off."""
    left = iter(range(after))

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def change(*arguments: object, **options: object) -> object:
            if next(left, None) is None:
                raise PowerCut
            return real(*arguments, **options)

        return change

    with (
        mock.patch.multiple(os, **{name: dying(getattr(os, name)) for name in OF_OS}),
        mock.patch.multiple(shutil, **{name: dying(getattr(shutil, name)) for name in OF_SHUTIL}),
    ):
        try:
            work()
        except PowerCut:
            return True
    return False


def removed(hospital: Hospital) -> None:
    """Remove what there is; a folder without anything of ours says so."""
    try:
        hospital.site().remove()
    except SetupError as error:
        if "没有装过" not in error.message:
            raise


class Hospital:
    """A HIS's folder with 1.0.0 and 1.0.1 behind it, and the release 1.0.2."""

    def __init__(self, folder: Path) -> None:
        self.releases = {
            version: release.read_source(str(small(folder / version, version)))
            for version in ("1.0.0", "1.0.1", "1.0.2")
        }
        self.his = folder / "HIS"

    def site(self) -> Site:
        return Site(str(self.his))

    def begin(self, *versions: str) -> None:
        shutil.rmtree(self.his, ignore_errors=True)
        self.his.mkdir()
        (self.his / LIBRARY).write_bytes(CLOSED)
        for version in versions:
            self.site().install(self.releases[version])

    def loaded(self) -> str:
        """The version that a HIS which starts now gets, "" for the closed library; it must be whole."""
        data = (self.his / LIBRARY).read_bytes()
        if data == CLOSED:
            return ""
        version = data[-5:].decode()
        source = self.releases[version]
        assert release.Release(str(self.his), source.sums).damaged(source.runtime_files) == []
        return version

    def whole(self) -> tuple[str, str]:
        found = self.site().status()
        assert (found.damaged, found.version, found.is_interrupted) == ((), self.loaded(), False)
        return found.version, found.previous


@pytest.fixture(autouse=True, params=["link", "copy"])
def keep(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How the old file is kept: as on Linux, or as on Windows."""
    ways = {"link": lambda *paths: os.link(*paths), "copy": files.keep_copy}
    monkeypatch.setattr(files, "_keep", ways[request.param])
    monkeypatch.setattr(os, "fsync", lambda _: None)  # thousands of them; what is cut off here is the program


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    return Hospital(tmp_path_factory.mktemp("cut"))


@pytest.mark.parametrize("then", ["upgrade", "rollback"])
def test_an_upgrade(hospital: Hospital, then: str) -> None:
    for after in range(200):
        hospital.begin("1.0.0", "1.0.1")
        is_cut = cut_off(lambda: hospital.site().upgrade(hospital.releases["1.0.2"]), after)
        loaded = hospital.loaded()
        assert loaded in ("1.0.1", "1.0.2"), after
        assert hospital.site().status().version in ("1.0.1", "1.0.2")
        if then == "upgrade":
            hospital.site().upgrade(hospital.releases["1.0.2"])
            assert hospital.whole() == ("1.0.2", "1.0.1"), after
        else:
            before = {"1.0.1": "1.0.0", "1.0.2": "1.0.1"}[loaded]
            hospital.site().rollback()
            assert hospital.whole() == (before, loaded), after
        if not is_cut:
            assert after > 20
            return
    raise AssertionError("it never came to its end")


def test_a_rollback(hospital: Hospital) -> None:
    for after in range(200):
        hospital.begin("1.0.0", "1.0.1")
        is_cut = cut_off(lambda: hospital.site().rollback(), after)
        loaded = hospital.loaded()
        hospital.site().rollback()
        other = {"1.0.0": "1.0.1", "1.0.1": "1.0.0"}[loaded]
        assert hospital.whole() == (other, loaded), after
        if not is_cut:
            assert after > 20
            return
    raise AssertionError("it never came to its end")


@pytest.mark.parametrize("then", ["install", "remove"])
def test_a_first_install(hospital: Hospital, then: str) -> None:
    for after in range(200):
        hospital.begin()
        is_cut = cut_off(lambda: hospital.site().install(hospital.releases["1.0.2"]), after)
        assert hospital.loaded() in ("", "1.0.2"), after
        if then == "install":
            hospital.site().install(hospital.releases["1.0.2"])
            assert hospital.whole() == ("1.0.2", ""), after
        removed(hospital)
        assert hospital.loaded() == "", after
        for kept in hospital.his.glob("*_old_*"):
            assert kept.read_bytes() == CLOSED, after
        if not is_cut:
            assert after > 20
            return
    raise AssertionError("it never came to its end")


def test_a_removal(hospital: Hospital) -> None:
    for after in range(200):
        hospital.begin("1.0.1", "1.0.2")
        is_cut = cut_off(lambda: hospital.site().remove(), after)
        assert hospital.loaded() in ("1.0.2", ""), after
        removed(hospital)
        assert hospital.loaded() == ""
        left = {path.name for path in hospital.his.iterdir()}
        assert LIBRARY in left
        assert not left & {"vcchk", "SHA256SUMS"}, after
        if not is_cut:
            assert after > 10
            return
    raise AssertionError("it never came to its end")


@pytest.mark.parametrize("versions", [(), ("1.0.1",), ("1.0.2",)], ids=["install", "upgrade", "the same again"])
def test_a_folder_in_use_on_windows(
    hospital: Hospital, versions: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is replaced in one step there; the next start of vcchk, cut off as well, and the one after it mend."""
    monkeypatch.setattr(files.Swaps, "_replaced", lambda *_: False)
    for after in range(200):
        for after_that in (0, 3):
            hospital.begin(*versions)
            if "1.0.2" in versions:
                (hospital.his / "vcchk").write_bytes(b"damaged")
                (hospital.his / "README.txt").write_bytes(b"damaged")
            is_cut = cut_off(lambda: hospital.site().install(hospital.releases["1.0.2"]), after)
            cut_off(lambda: mend(str(hospital.his)), after_that)
            mend(str(hospital.his))
            assert not is_interrupted(str(hospital.his)), (after, after_that)
            assert hospital.loaded() in ("", *versions, "1.0.2"), (after, after_that)
            hospital.site().install(hospital.releases["1.0.2"])
            assert hospital.whole()[0] == "1.0.2", (after, after_that)
            removed(hospital)
            assert hospital.loaded() == "", (after, after_that)
        if not is_cut:
            assert after > 20
            return
    raise AssertionError("it never came to its end")
