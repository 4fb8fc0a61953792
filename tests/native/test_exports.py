"""The export table is a golden file; the shim imports kernel32 alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

from native import pe
from tests.builds import runnable

from .conftest import Session

GOLDEN = Path(__file__).with_name("exports_win32.txt")


def golden() -> dict[str, tuple[int, str]]:
    rows = [line.split() for line in GOLDEN.read_text("ascii").splitlines() if not line.startswith("#")]
    return {name: (int(ordinal), same) for name, ordinal, same in rows}


def test_win32_names_ordinals_and_addresses() -> None:
    target = runnable("win32")
    exports = pe.Image((target.dist / target.dll).read_bytes()).exports()
    assert {name: ordinal for name, (ordinal, _) in exports.items()} == {n: o for n, (o, _) in golden().items()}
    for name, (_, same) in golden().items():
        assert exports[name][1] == exports[same][1], name
    assert len({address for _, address in exports.values()}) == 5


def test_win32_addresses_as_getprocaddress_sees_them(win32: Session) -> None:
    names = sorted(golden())
    offsets = {row["name"]: row["offset"] for row in win32.run([f"export {name}" for name in names])}
    for name, (_, same) in golden().items():
        assert offsets[name] == offsets[same], name


def test_the_shim_imports_kernel32_alone() -> None:
    target = runnable("win32")
    assert list(pe.imports(target.dist / target.dll)) == ["KERNEL32.dll"]


def test_no_runtime_file_imports_a_public_name() -> None:
    """Every import that has a private name is renamed, in every binary of the folder."""
    target = runnable("win32")
    files = [path for path in target.dist.rglob("*") if path.suffix.lower() in (".dll", ".pyd", ".exe")]
    assert len(files) > 10
    for path in files:
        public = {name.lower() for name in pe.imports(path)} & pe.PRIVATE_NAMES.keys()
        assert not public, (path.name, public)
        assert path.name.lower() not in pe.PRIVATE_NAMES


def test_linux_exports_five_names_only() -> None:
    target = runnable("linux")
    done = subprocess.run(
        ["readelf", "-W", "--dyn-syms", target.dist / target.dll], capture_output=True, text=True, check=True
    )
    defined = {row.split()[-1] for row in done.stdout.splitlines() if " FUNC " in row and " UND " not in row}
    assert defined == {"VirtualCardTrans", "NationEcTrans", "Set_QRflow_Mode", "EhealthID_Print", "SetEcQrcode"}
