"""Where the build keeps things: every path the steps share, derived from this file's own place in the tree."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "native"
DIST = ROOT / "dist"
CACHE = ROOT / ".cache"
LOGS = CACHE / "logs"
WHEELS = CACHE / "wheels"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CONSTRAINTS = Path(__file__).with_name("constraints.txt")
DEBIAN_TEST_PACKAGES = ROOT / "tests" / "debian-packages.txt"
NPM_TEST_PACKAGES = ROOT / "tests" / "npm"
"""package.json and package-lock.json: every file by its hash, no address of a registry."""
NPM = CACHE / "npm"
WINE_PREFIX = CACHE / "wine"


def version() -> str:
    """The project's version, as pyproject.toml says it."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])
