"""Stamps: a step whose inputs have not changed since it last ended well is not run again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(*parts: str | bytes | Path | Iterable[Path]) -> str:
    """SHA-256 (hex) over texts, bytes, and the contents of files; the order counts, a missing file counts as such."""
    total = hashlib.sha256()

    def add(data: bytes) -> None:
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)

    for part in parts:
        if isinstance(part, bytes):
            add(part)
        elif isinstance(part, str):
            add(part.encode())
        else:
            for path in [part] if isinstance(part, Path) else sorted(part):
                add(path.name.encode())
                add(path.read_bytes() if path.is_file() else b"(absent)")
    return total.hexdigest()


class Stamp:
    """A file that holds the digest of the inputs of the last run that ended well."""

    def __init__(self, path: Path, inputs: str) -> None:
        self._path = path
        self._inputs = inputs

    @property
    def fresh(self) -> bool:
        """True when the last good run had these very inputs."""
        try:
            return self._path.read_text("ascii") == self._inputs
        except (OSError, UnicodeDecodeError):
            return False

    def spoil(self) -> None:
        """Say that the work is under way: a run that is cut off must not look like a good one."""
        self._path.unlink(missing_ok=True)

    def set(self) -> None:
        """Say that the work ended well."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self._inputs, "ascii")
