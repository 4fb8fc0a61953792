"""No eval, no pickle, no shell in the package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.records.conftest import ROOT

FILES = sorted((ROOT / "vcchk").rglob("*.py"))
CALLS = {"eval", "exec", "compile", "os.system", "os.popen", "os.startfile", "subprocess.getoutput"}
# An importer runs code, as zipimport does: that of core.zip in our own runtime folder, which SHA256SUMS lists.
IMPORTERS = {"vcchk/runtime/importer.py": ["marshal", "exec()"]}
MODULES = {"pickle", "marshal", "shelve", "dill", "pty"}


def faults(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in CALLS:
                found.append(f"line {node.lineno}: {name}()")
            found += [f"line {node.lineno}: shell" for word in node.keywords if word.arg == "shell"]
        elif isinstance(node, ast.Import):
            found += [f"line {node.lineno}: {n.name}" for n in node.names if n.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(f"line {node.lineno}: {node.module}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_has_none(path: Path) -> None:
    found = [fault.partition(": ")[2] for fault in faults(ast.parse(path.read_text("utf-8")))]
    assert found == IMPORTERS.get(path.relative_to(ROOT).as_posix(), [])


@pytest.mark.parametrize(
    "source", ["eval('1')", "import pickle", "from marshal import loads", "os.system('x')", "run('x', shell=True)"]
)
def test_the_check_sees_each(source: str) -> None:
    assert len(faults(ast.parse(source))) == 1
