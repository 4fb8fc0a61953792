"""Running other programs: output to a log file, a bound in time, and a failure that names the log's last lines."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from . import places
from .progress import BuildError

TAIL_LINES = 15


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    log: str,
    what: str,
    seconds: float = 900,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    check: bool = True,
) -> int:
    """Run `command` with its output appended to .cache/logs/<log>.log; returns its exit code.

    `what` names the work in the failure's sentence; `env` is added to this process's environment. Raises BuildError
    when it fails (and `check`), is not there, or takes longer than `seconds`.
    """
    places.LOGS.mkdir(parents=True, exist_ok=True)
    path = places.LOGS / f"{log}.log"
    arguments = [os.fspath(word) for word in command]
    with path.open("ab") as output:
        output.write(f"$ {' '.join(arguments)}\n".encode())
        output.flush()
        try:
            code = _run_piped(arguments, output, seconds, {**os.environ, **(env or {})}, cwd or places.ROOT)
        except FileNotFoundError as error:
            raise BuildError(f"{what}: the program {arguments[0]!r} is not on this machine.") from error
        except subprocess.TimeoutExpired as error:
            raise BuildError(f"{what}: not done after {seconds:.0f} s; its output is in {path}.") from error
    if check and code:
        raise BuildError(f"{what} failed (exit code {code}). Last lines of {path}:\n{tail(path)}")
    return code


def _run_piped(arguments: list[str], output: BinaryIO, seconds: float, env: dict[str, str], cwd: Path) -> int:
    """Run with output by way of a pipe: a Python under Wine does not start with its stdout in a file.

    The program's own end counts, not the pipe's: Wine's service processes keep the pipe open for seconds more.
    """
    program = subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, cwd=cwd
    )
    assert program.stdout is not None
    copier = threading.Thread(target=_copy, args=(program.stdout, output.fileno()), daemon=True)
    copier.start()
    try:
        program.wait(seconds)
    except BaseException:
        program.kill()
        program.wait()
        raise
    finally:
        copier.join(0.3)
    return program.returncode


def _copy(source: BinaryIO, to: int) -> None:
    """Copy what a program prints; ends when the pipe does, or when the log has been closed meanwhile."""
    try:
        while chunk := os.read(source.fileno(), 65536):
            os.write(to, chunk)
    except OSError:
        pass


def output(
    command: Sequence[str | os.PathLike[str]], *, seconds: float = 60, env: Mapping[str, str] | None = None
) -> str:
    """What `command` prints on stdout, or "" when it fails or is not there (a question, not a step)."""
    try:
        done = subprocess.run(
            [os.fspath(word) for word in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env={**os.environ, **(env or {})},
            check=False,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def log_size(log: str) -> int:
    """The bytes in .cache/logs/<log>.log, 0 when there is none: where the next command's output begins."""
    path = places.LOGS / f"{log}.log"
    return path.stat().st_size if path.is_file() else 0


def logged_since(log: str, size: int) -> bytes:
    """What has been written to .cache/logs/<log>.log since it was `size` bytes long."""
    return (places.LOGS / f"{log}.log").read_bytes()[size:]


def tail(path: Path) -> str:
    """The last lines of a log, indented, for a failure's text."""
    lines = path.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:]
    return "\n".join(f"    {text}" for text in lines)
