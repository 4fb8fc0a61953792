"""The packages of constraints.txt: each with its version and the hashes of the files that it may be installed from."""

from __future__ import annotations

import re
from typing import NamedTuple

from . import places


class Pin(NamedTuple):
    """A package: ``version``, and the SHA-256 (hex) of its files for the platforms that the build knows."""

    name: str
    version: str
    hashes: tuple[str, ...]


def canonical(name: str) -> str:
    """Return a package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read() -> dict[str, Pin]:
    """Return canonical name → pin."""
    text = places.CONSTRAINTS.read_text("ascii").replace("\\\n", " ")
    rows = re.findall(r"^([\w.-]+)==(\S+)(.*)$", text, re.MULTILINE)
    return {
        canonical(name): Pin(name, version, tuple(re.findall(r"--hash=sha256:(\w+)", rest)))
        for name, version, rest in rows
    }
