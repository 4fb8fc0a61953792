"""The built folders of dist/, a compiled script host, and how to run it here (Wine for the Windows one)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from native import compile as compiler
from native.buildkit import places, targets, wine
from tests.builds import runnable
from tests.copies import link_or_copy

SECONDS = 60
WORK = places.CACHE / "tests" / "native"


def hexed(data: bytes | None) -> str:
    """A text argument of the script host."""
    return "-" if data is None else data.hex() or "."


class Session:
    """One run of the script host: the lines written first, then their answers."""

    def __init__(self, target: targets.Target, folder: Path, state: Path) -> None:
        self.target, self.folder, self.state = target, folder, state
        self._before = {path: path.stat().st_size for path in self._logs()}

    @property
    def dll(self) -> Path:
        return self.folder / self.target.dll

    def log(self) -> str:
        """What the library has written into its log since this session began.

        Wine takes ProgramData from its registry, so Windows programs of all tests share one log.
        """
        new = ""
        for path in self._logs():
            new += path.read_bytes()[self._before.get(path, 0) :].decode("utf-8")
        return new

    def _logs(self) -> list[Path]:
        shared = places.WINE_PREFIX / "drive_c" / "ProgramData" / "vcchk"
        return sorted((shared if self.target.windows else self.state).rglob("vcchk-*.log"))

    def command(self, host: Path, *arguments: str) -> list[str]:
        path_for = wine.windows_path if self.target.windows else str
        return [*(wine.prefixed() if self.target.windows else []), str(host), path_for(self.dll), *arguments]

    def environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        names = dict(os.environ)
        if self.target.windows:
            names.update(wine.environment())
        else:
            names["XDG_STATE_HOME"] = str(self.state)
        return {**names, **(more or {})}

    def run(
        self, lines: list[str], *, env: dict[str, str] | None = None, quits: bool = True, **options: Any
    ) -> list[dict[str, Any]]:
        """Run the host on ``lines``; returns the answers and checks that the host lived to its own end."""
        commands, answers = self.state / "commands", self.state / "answers"
        commands.write_text("".join(f"{line}\n" for line in [*lines, *(["quit"] if quits else [])]), "ascii")
        path_for = wine.windows_path if self.target.windows else str
        started = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
        done = subprocess.run(
            self.command(host_program(self.target), path_for(commands), path_for(answers)),
            env=self.environment(env), timeout=SECONDS, check=False, **started,
        )  # fmt: skip
        self.exit_code = done.returncode
        if quits:
            assert done.returncode == 0
        found = [json.loads(line) for line in answers.read_text("ascii").splitlines()]
        if quits:
            assert len(found) == len(lines)
        return found


_hosts: dict[str, Path] = {}


def host_program(target: targets.Target) -> Path:
    """tests/hosts/programs/host.c compiled for ``target``, once a run."""
    if target.name not in _hosts:
        program = WORK / target.name / ("host.exe" if target.windows else "host")
        _hosts[target.name] = compiler.build_host(target.name, program)
    return _hosts[target.name]


def make_decoy(folder: Path, name: str) -> Path:
    """Compile a 32-bit DLL of the given name that has one function nobody asks for."""
    source = folder / "decoy.c"
    source.write_text("__declspec(dllexport) int decoy(void) { return 7; }\n", "ascii")
    # One compilation for all names: only the file's name is what fools Windows.
    made = folder / "decoy.dll"
    if not made.exists():
        compiler.build_program("win32", made, "-shared", source)
    decoy = folder / "decoys" / name
    decoy.parent.mkdir(exist_ok=True)
    shutil.copyfile(made, decoy)
    return decoy


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@pytest.fixture
def win32(state: Path) -> Session:
    """A session on dist/win32 as it is."""
    target = runnable("win32")
    return Session(target, target.dist, state)


@pytest.fixture(params=["win32", "linux"])
def session(request: pytest.FixtureRequest, state: Path) -> Session:
    """A session on each of the built folders as it is."""
    target = runnable(request.param)
    return Session(target, target.dist, state)


Copier = Callable[[str], Session]


@pytest.fixture(params=["win32", "linux"])
def copied(request: pytest.FixtureRequest, tmp_path: Path, state: Path) -> Copier:
    """Copy a built folder to a path below the test's own; files are hard links: replace them, never write into them."""
    target = runnable(request.param)

    def copy(relative: str) -> Session:
        folder = tmp_path / relative
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(target.dist, folder, copy_function=link_or_copy)
        return Session(target, folder, state)

    return copy
