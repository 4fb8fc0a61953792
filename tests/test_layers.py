"""Imports run one way (docs/architecture.md, "Layers"): what the two sides and their web pages may lean on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "web": set(),
    "sandbox": {"errors", "interfaces", "masking", "web", "wire"},
    "kiosk": {"errors", "interfaces", "masking", "places", "sandbox.seed", "web"},
}
"""Package → the parts of vcchk outside it that its modules may import."""


def imported(path: Path) -> set[str]:
    """Return the modules of vcchk that a file imports, wherever in it, without the leading ``vcchk.``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            base = node.module or ""
            is_package = (ROOT / base.replace(".", "/")).is_dir()
            found |= {f"{base}.{alias.name}" for alias in node.names} if is_package else {base}
    return {name.removeprefix("vcchk.") for name in found if name.startswith("vcchk.")}


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_run_one_way(package: str) -> None:
    strangers = {}
    for path in (ROOT / "vcchk" / package).rglob("*.py"):
        wrong = {
            name
            for name in imported(path)
            if not any(name == part or name.startswith(part + ".") for part in (package, *ALLOWED[package]))
        }
        if wrong:
            strangers[path.relative_to(ROOT).as_posix()] = sorted(wrong)
    assert strangers == {}


def test_a_stranger_would_be_seen(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(
        "def late():\n    from vcchk import transaction\n    from vcchk.kiosk.web import Server\nimport vcchk.gateway\n"
    )
    assert imported(file) == {"transaction", "kiosk.web", "gateway"}
