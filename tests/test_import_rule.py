"""Imports run one way, in vcchk between packages and everywhere without a circle (docs/architecture.md)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ALLOWED: dict[str, set[str]] = {
    "base": set(),
    "settings": {"base"},
    "runtime": {"settings.places"},
    "crypto": {"base", "settings.places"},
    "records": {"base", "settings", "runtime.process", "crypto.aes_gcm", "crypto.engine"},
    "specification": {"base"},
    "network": {"base", "settings", "runtime.pump", "records"},
    "wire": {"base", "crypto.engine", "crypto.sm2", "specification"},
    "insurance": {
        "base", "settings", "runtime.pump", "records", "specification", "network.deadline", "network.gateway", "wire",
    },
    "devices": {"base", "settings", "runtime", "records", "specification"},
    "transaction": {
        "base", "settings", "crypto.engine", "records", "specification", "network", "wire", "insurance", "devices.desk",
    },
    "boundary": {"base", "transaction.call", "transaction.sequence"},
    "entry": {"base", "settings.places", "runtime.pump", "transaction.sequence", "boundary.abi", "cli.main"},
    "dialects": {"base", "network", "records.masking", "wire"},
    "doctor": {
        "base", "settings", "runtime.process", "crypto.engine", "records", "specification.kinds", "network", "wire",
        "devices", "setup",
    },
    "setup": {"base.system_errors"},
    "web": {"base"},
    "sandbox": {"base", "records.masking", "specification", "web", "wire"},
    "kiosk": {"base", "records.masking", "sandbox.seed", "settings.places", "specification", "web"},
    "testing": {"sandbox"},
    "cli": {
        "base", "settings", "runtime.pump", "crypto.pkcs12", "records", "specification", "network.gateway",
        "network.proxy", "network.url", "wire", "devices", "transaction", "boundary", "dialects", "doctor", "setup",
        "sandbox", "kiosk",
    },
    "__main__": {"cli"},
}  # fmt: skip
"""Package → what its modules may import of vcchk besides their own package; who needs more says here why, and a row
allows nothing that its package does not use."""

ROOT_FILES = {"__init__.py", "__main__.py", "py.typed"}


def imported(path: Path, root: Path = ROOT, *, late: bool = True) -> set[str]:
    """Return what a file imports, dotted; ``late`` counts imports inside functions and for types, too."""
    found: set[str] = set()
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree) if late else _at_module_level(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = path.relative_to(root).parts[: -node.level]
                base = ".".join([*package, *([base] if base else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                file = root / full.replace(".", "/")
                found.add(full if file.is_dir() or file.with_suffix(".py").is_file() else base)
    return found


def _at_module_level(tree: ast.Module) -> list[ast.stmt]:
    """Return the statements that run when the module is imported: not in functions, not for types alone."""
    found: list[ast.stmt] = []
    open_ends: list[ast.stmt] = list(tree.body)
    while open_ends:
        node = open_ends.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            open_ends += node.orelse
            continue
        found.append(node)
        for field in ("body", "orelse", "finalbody"):
            open_ends += getattr(node, field, [])
        for handler in getattr(node, "handlers", []):
            open_ends += handler.body
    return found


def imported_by_package(package: str, root: Path = ROOT) -> dict[str, set[str]]:
    """Return file → what it imports of vcchk, without ``vcchk.``."""
    folder = root / "vcchk" / package
    files = [folder.with_suffix(".py")] if folder.with_suffix(".py").is_file() else sorted(folder.rglob("*.py"))
    return {
        path.relative_to(root).as_posix(): {
            name.removeprefix("vcchk.") for name in imported(path, root) if name.startswith("vcchk.")
        }
        for path in files
    }


def _covers(row: str, name: str) -> bool:
    return name == row or name.startswith(row + ".")


def strangers(package: str, root: Path = ROOT) -> dict[str, list[str]]:
    """Return file → what it imports of vcchk though its package may not."""
    rows = (package, *ALLOWED[package])
    found = {
        file: sorted(name for name in names if not any(_covers(row, name) for row in rows))
        for file, names in imported_by_package(package, root).items()
    }
    return {file: wrong for file, wrong in found.items() if wrong}


def unused_permissions(package: str, root: Path = ROOT) -> list[str]:
    """Return what a package may import and does not."""
    used = set().union(*imported_by_package(package, root).values())
    return sorted(row for row in ALLOWED[package] if not any(_covers(row, name) for name in used))


def circles(folder: str, root: Path = ROOT) -> list[list[str]]:
    """Return the groups of modules below ``folder`` that import each other when they are imported."""
    modules = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (root / folder).rglob("*.py")
    }
    edges = {name: imported(path, root, late=True) & modules.keys() - {name} for name, path in modules.items()}

    def reach(name: str) -> set[str]:
        reached: set[str] = set()
        open_ends = [name]
        while open_ends:
            for target in edges[open_ends.pop()] - reached:
                reached.add(target)
                open_ends.append(target)
        return reached

    reached = {name: reach(name) for name in modules}
    groups = {
        tuple(sorted(m for m in reached[name] if name in reached[m])) for name in modules if name in reached[name]
    }
    return sorted(map(list, groups))


def test_every_package_has_a_row() -> None:
    packages = {path.name for path in (ROOT / "vcchk").iterdir() if (path / "__init__.py").is_file()}
    assert packages <= ALLOWED.keys()
    assert {path.name for path in (ROOT / "vcchk").iterdir() if path.is_file()} <= ROOT_FILES


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_run_one_way(package: str) -> None:
    assert strangers(package) == {}
    assert unused_permissions(package) == []


@pytest.mark.parametrize("folder", ["vcchk", "native", "tools"])
def test_no_module_imports_itself_by_others(folder: str) -> None:
    assert circles(folder) == []


def test_a_stranger_and_a_circle_would_be_seen(tmp_path: Path) -> None:
    for name, text in {
        "vcchk/web/page.py": "def late():\n    from vcchk import transaction\n    from vcchk.kiosk.web import Server\n",
        "vcchk/web/other.py": "from .third import x\n",
        "vcchk/web/third.py": "import vcchk.web.other\n",
        "vcchk/transaction/__init__.py": "",
        "vcchk/kiosk/web.py": "",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert unused_permissions("web", tmp_path) == ["base"]
    assert strangers("web", tmp_path) == {"vcchk/web/page.py": ["kiosk.web", "transaction"]}
    assert circles("vcchk", tmp_path) == [["vcchk.web.other", "vcchk.web.third"]]
