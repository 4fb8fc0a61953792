"""Reading PyInstaller's report: what belongs to the first call, what is left out, when it must run again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from native.buildkit import analysis, contents, targets


def _found(edges: dict[str, list[str]]) -> analysis.AnalysisReport:
    names = {*edges, *(name for targets in edges.values() for name in targets)}
    return analysis.AnalysisReport({name: Path(f"{name}.py") for name in names}, [], [], edges)


def test_the_core_follows_module_level_imports_and_packages_but_not_what_is_never_in_it() -> None:
    found = _found(
        {"a": ["b.c", "logging"], "b": ["d"], "b.c": [], "logging": ["traceback"], "d": ["a"], "apart": ["a"]}
    )
    assert analysis.core(found, ["a", "absent"], {"logging"}) == {"a", "b", "b.c", "d"}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("encodings", True),
        ("encodings.gb18030", True),
        ("encodings.cp037", False),
        ("pydoc_data.topics", False),
        ("PIL.PngImagePlugin", True),
        ("PIL.TiffImagePlugin", False),
        ("PIL.ImageDraw", True),
        ("vcchk.boundary.abi", True),
        ("vcchk.testing", False),
    ],
)
def test_modules(name: str, wanted: bool) -> None:
    assert contents.wanted_module(name) is wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("_socket.pyd", True),
        ("Cryptodome/Cipher/_raw_aes.pyd", True),
        ("Cryptodome/PublicKey/_ec_ws.pyd", False),
        ("api-ms-win-crt-heap-l1-1-0.dll", False),
        ("tcl86t.dll", False),
        ("PIL/_imaging.cp311-win32.pyd", True),
        ("PIL/_webp.cp311-win32.pyd", False),
        ("libcrypto-3.dll", True),
    ],
)
def test_binaries(name: str, wanted: bool) -> None:
    assert contents.wanted_binary(name) is wanted


def test_a_change_without_an_import_does_not_call_for_a_new_analysis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis.places, "ROOT", tmp_path)
    module = tmp_path / "vcchk" / "m.py"
    module.parent.mkdir()
    seen = []
    for text in ("import os\nx = 1\n", "import os\nx = 2\n", "import os\nx = 2\ndef f():\n    import re\n"):
        module.write_text(text, "utf-8")
        seen.append(analysis._imports(module))
    assert seen[0] == seen[1] != seen[2]


@pytest.mark.slow
def test_a_checkout_that_was_copied_calls_for_a_new_analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its report names the files of the old place."""
    linux = targets.TABLE["linux"]
    here = analysis._inputs(linux)
    shutil.copytree(analysis.places.ROOT / "vcchk", tmp_path / "vcchk")
    shutil.copy(analysis.places.ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(analysis.places, "ROOT", tmp_path)
    assert analysis._inputs(linux) != here
