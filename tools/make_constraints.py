"""Writes native/buildkit/constraints.txt: every package of .venv and of the Windows runtime, its version and hashes.

``python -m tools.make_constraints`` after a requirement of pyproject.toml changed and ``.venv/bin/pip install`` brought
the new versions: it takes what .venv has installed and asks the package index for the hash of each file that pip would
take on each platform the build runs on or builds for. A package that has no file for Windows has no hash for it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from native.buildkit import places

HEAD = """\
# Every version that .venv and the Windows runtime may have, the indirect ones included, each file by its hash;
# pyproject.toml has the direct ones as ranges. Written by `python -m tools.make_constraints`.
"""
WINDOWS_ALONE = {"pywin32-ctypes": "0.2.3"}
"""What PyInstaller needs there; no other platform installs it."""
FOREIGN = {
    "win32": ["--platform", "win32", "--python-version", "3.11", "--implementation", "cp", "--only-binary=:all:"],
    "win_amd64": [
        "--platform",
        "win_amd64",
        "--python-version",
        "3.11",
        "--implementation",
        "cp",
        "--only-binary=:all:",
    ],
}
NOT_OURS = {"pip"}


def pins() -> dict[str, str]:
    """Return package → version: what .venv has, and what Windows alone needs."""
    found = {dist.metadata["Name"]: dist.version for dist in metadata.distributions()}
    for name in NOT_OURS:
        found.pop(name, None)
    return dict(sorted({**found, **WINDOWS_ALONE}.items(), key=lambda item: item[0].lower()))


def file_hash(requirement: str, options: list[str]) -> str | None:
    """Return the SHA-256 of the file that pip would take, None when there is none for that platform."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--dry-run", "--ignore-installed",
            "--no-deps", "--quiet", "--report", str(report), *(["--target", folder] if options else []), *options,
            requirement,
        ]  # fmt: skip
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            return None
        entry = json.loads(report.read_text("utf-8"))["install"][0]
        digest = entry["download_info"]["archive_info"]["hashes"]["sha256"]
        return str(digest)


def row(name: str, version: str) -> str:
    """Return a package's lines. Raises LookupError when no file of it can be had."""
    requirement = f"{name}=={version}"
    found = [file_hash(requirement, options) for options in ([], *FOREIGN.values())]
    hashes = sorted({digest for digest in found if digest})
    if not hashes:
        raise LookupError(f"the package index has no file of {requirement}")
    marker = ' ; sys_platform == "win32"' if name in WINDOWS_ALONE else ""
    return " \\\n".join([f"{requirement}{marker}", *(f"    --hash=sha256:{digest}" for digest in hashes)])


def main() -> int:
    """Write the file; it takes some minutes, a package after the other."""
    rows = []
    for name, version in pins().items():
        rows.append(row(name, version))
        print(f"{name} {version}", flush=True)
    places.CONSTRAINTS.write_text(HEAD + "\n".join(rows) + "\n", "ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
