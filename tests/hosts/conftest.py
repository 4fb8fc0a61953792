"""One sandbox for all hosts, and folders with the library in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from native.buildkit import demo_programs, places
from tests.builds import runnable

from .compiled import App


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gateway's address of a sandbox in a process of its own."""
    places.LOGS.mkdir(parents=True, exist_ok=True)
    with demo_programs.SandboxProgram(tmp_path_factory.mktemp("sandbox") / "hosts.db") as sandbox:
        yield sandbox.url


@pytest.fixture
def app(tmp_path: Path) -> Callable[[str], App]:
    """``app("win32")``: a HIS's folder with the built library."""
    return lambda name: App(runnable(name), tmp_path / "his", tmp_path / "state")
