"""The built folders of dist/ as tests use them: where one is missing or of older sources, the test skips and says so.

tests/conftest.py makes failures of skips in continuous integration.
"""

from __future__ import annotations

from functools import cache
from typing import NoReturn

import pytest

from native.buildkit import steps, targets, wine
from native.buildkit.targets import Target

quick = False
"""Set by conftest.py: in a quick run no test uses a built folder, whether it is there or not."""


def present(name: str) -> Target:
    """The target's row, when dist/ holds it of whatever sources: for tests that need any library at all."""
    target = targets.TABLE[name]
    if quick or not (target.dist / target.dll).is_file():
        _skip(name)
    return target


def built(name: str) -> Target:
    """The target's row, when dist/ holds it of the present sources."""
    target = targets.TABLE[name]
    if quick or not _is_fresh(target):
        _skip(name)
    return target


def runnable(name: str) -> Target:
    """As `built`, when the target's programs run on this machine, too."""
    target = built(name)
    if target.windows and not wine.available(target.bits):
        pytest.skip(f"no Wine for {target.bits}-bit programs on this machine")
    return target


def _skip(name: str) -> NoReturn:
    pytest.skip(f"dist/{name} is not built or of older sources: python3 build_dll.py build --target {name}")


@cache  # it hashes all sources, and hundreds of tests ask
def _is_fresh(target: Target) -> bool:
    return steps.is_built(target)
