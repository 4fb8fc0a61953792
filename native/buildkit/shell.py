"""Running other programs: output to a log file, a bound in time, and a failure that names the log's last lines."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import places
from .say import Trouble

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

    `what` names the work in the failure's sentence; `env` is added to this process's environment. Raises Trouble when
    it fails (and `check`), is not there, or takes longer than `seconds`.
    """
    places.LOGS.mkdir(parents=True, exist_ok=True)
    path = places.LOGS / f"{log}.log"
    words = [os.fspath(word) for word in command]
    with path.open("ab") as output:
        output.write(f"$ {' '.join(words)}\n".encode())
        output.flush()
        try:
            done = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=seconds,
                env={**os.environ, **(env or {})},
                cwd=cwd or places.ROOT,
                check=False,
            )
        except FileNotFoundError as error:
            raise Trouble(f"{what}: the program {words[0]!r} is not on this machine.") from error
        except subprocess.TimeoutExpired as error:
            raise Trouble(f"{what}: not done after {seconds:.0f} s; its output is in {path}.") from error
    if check and done.returncode:
        raise Trouble(f"{what} failed (exit code {done.returncode}). Last lines of {path}:\n{tail(path)}")
    return done.returncode


def output(command: Sequence[str | os.PathLike[str]], *, seconds: float = 60, env: Mapping[str, str] | None = None) -> str:
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


def tail(path: Path) -> str:
    """The last lines of a log, indented, for a failure's text."""
    lines = path.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:]
    return "\n".join(f"    {text}" for text in lines)
