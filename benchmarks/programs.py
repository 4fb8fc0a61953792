"""The benchmarks' own programs, compiled on the spot, and how they are run."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from native import compile as compiler
from native.buildkit import apt, assemble, places, shell, wine
from native.buildkit.progress import BuildError
from native.buildkit.targets import TABLE, Target

PEERS = Path(__file__).with_name("peers")
WORK = places.CACHE / "bench"
DEBIAN = ["gcc", "libc6-dev", "libcurl4-openssl-dev", "libssl-dev", "nginx-light", "valgrind"]
TIMEOUT_SECONDS = 120.0
"""Longest time of one run of a program."""
SETTLE_SECONDS = 3.0
"""Seconds; the log lists the host's modules two seconds after the first call."""

_GCC = {"curl_peer": ["-lcurl", "-lcrypto"], "delay": ["-pthread"], "load": []}


def setup() -> str:
    """Install Debian's compiler, libcurl, nginx and valgrind where they are missing; returns a note."""
    return apt.install(DEBIAN, "the benchmarks' peers")


def compile_all(targets: list[Target]) -> str:
    """Compile every program; returns a note."""
    for name in _GCC:
        compile_one(name)
    for target in targets:
        caller(target)
        _compile("bare", target, *_python_h(target))
    return f"{len(_GCC) + 2 * len(targets)} programs"


def compile_one(name: str) -> None:
    """Compile one of the programs that gcc makes."""
    WORK.mkdir(parents=True, exist_ok=True)
    options = ["-O2", "-Wall", "-Wextra", "-Werror"]
    command: list[str | Path] = ["gcc", *options, "-o", WORK / name, PEERS / f"{name}.c", *_GCC[name]]
    shell.run(command, log="bench", what=f"Compiling {name}")


def caller(target: Target) -> Path:
    """Compile the host that times the library's calls; returns its path."""
    return _compile("caller", target)


def _python_h(target: Target) -> list[str | Path]:
    own = places.NATIVE / "core" / "windows"
    headers: list[str | Path] = ["-I", assemble.headers(target)]
    return ["-include", own / "pyconfig_windows.h", "-I", own, *headers] if target.windows else headers


def _compile(name: str, target: Target, *options: str | Path) -> Path:
    libraries = ["-lpsapi"] if target.windows else ["-ldl", "-pthread"]
    return compiler.build_program(target.name, program(name, target), *options, PEERS / f"{name}.c", *libraries)


def program(name: str, target: Target | None = None) -> Path:
    """Return the path of a compiled program; those that gcc makes have no target."""
    if target is None:
        return WORK / name
    return WORK / target.name / (f"{name}.exe" if target.windows else name)


def run(target: Target | None, *words: str | os.PathLike[str], env: dict[str, str] | None = None) -> dict[str, Any]:
    """Run a program to its end and return its line of JSON. Raises BuildError when it fails.

    Paths among the words of a Windows program are given as that program calls them.
    """
    windows = target is not None and target.windows
    texts = [wine.windows_path(word) if windows and isinstance(word, Path) else os.fspath(word) for word in words]
    prefix = wine.prefixed() if windows else []
    environment = {**os.environ, **(wine.environment() if windows else {}), **(env or {})}
    try:
        done = subprocess.run(
            [*prefix, *texts],
            stdin=subprocess.DEVNULL, capture_output=True, env=environment,
            timeout=TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise BuildError(f"{texts[0]} was not done within {TIMEOUT_SECONDS:.0f} s") from None
    if done.returncode:
        raise BuildError(f"{texts[0]} failed: {done.stderr.decode('utf-8', 'replace')[-400:]}")
    result: dict[str, Any] = json.loads(done.stdout.decode().strip().splitlines()[-1])
    return result


class Installed:
    """A built DLL or .so as a hospital installs it: a copy of dist/<target>, an INI and a state folder of its own."""

    def __init__(self, target: Target, folder: Path, ini: str = "") -> None:
        import shutil

        self.target = target
        self.folder = folder / target.name
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(target.dist, self.folder)
        self.library = self.folder / target.dll
        (self.folder / "VirtualCardChk.ini").write_text(f"[log]\nfolder = state\n{ini}", "utf-8")

    def call(self, url: str, in_data: Path, count: int, threads: int = 1) -> dict[str, Any]:
        """Run the caller in a new process (benchmarks/peers/caller.c)."""
        program_path = program("caller", self.target)
        return run(self.target, program_path, self.library, url, in_data, str(count), str(threads))

    def memory(self, url: str, in_data: Path, count: int) -> tuple[int, int]:
        """Return the caller's private memory in KB before it loads the library and after ``count`` calls.

        Anonymous pages as the kernel counts them (smaps_rollup), which are what Windows calls private bytes; Wine 8
        itself gives no PrivateUsage. Taken `SETTLE_SECONDS` after the last call, when what runs beside calls is done.
        """
        words: list[Path | str] = [program("caller", self.target), self.library, url, in_data, str(count), "0"]
        windows = self.target.windows
        texts = [wine.windows_path(word) if windows and isinstance(word, Path) else os.fspath(word) for word in words]
        command = [*(wine.prefixed() if windows else []), *texts]
        environment = {**os.environ, **(wine.environment() if windows else {})}
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            found = []
            for moment in (b"before", b"after"):
                if process.stdout.readline().strip() != moment:
                    process.kill()
                    raise BuildError("the caller failed in its calls")
                if moment == b"after":
                    time.sleep(SETTLE_SECONDS)
                found.append(_private_kb(process.pid))
                process.stdin.write(b"\n")
                process.stdin.flush()
            process.stdout.read()
        return found[0], found[1]

    def bare(self) -> dict[str, Any]:
        """Start the runtime's Python alone in a new process (benchmarks/peers/bare.c)."""
        from native import elf, pe

        names = pe.PRIVATE_NAMES if self.target.windows else elf.PRIVATE_NAMES
        runtime = self.folder / compiler.runtime_name()
        return run(self.target, program("bare", self.target), runtime, names[self.target.python])


def _private_kb(pid: int) -> int:
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    return sum(int(row.split()[1]) for row in rows if row.startswith(("Anonymous:", "Swap:")))


def both() -> list[Target]:
    """The two targets that are measured."""
    return [TABLE["win32"], TABLE["linux"]]
