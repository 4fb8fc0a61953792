"""Real servers and proxies of Debian packages (tests/debian-packages.txt) on loopback, for as long as a test lasts."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.badserver import closed_port

_START_SECONDS = 30.0


def program(name: str) -> str:
    """Return the path of a program; skips the test (which fails it in CI) where its package is not installed."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"{name} is not installed (tests/debian-packages.txt)")
    return path


@contextlib.contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[int]:
    """Run ``command`` until the block ends; ``port`` is given back once it takes connections on 127.0.0.1."""
    with (folder / f"{Path(command[0]).name}.out").open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=folder)
        try:
            _wait_for(port, process, Path(output.name))
            yield port
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], output: Path) -> None:
    limit = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, output.read_text("utf-8", "replace")
            assert time.monotonic() < limit, f"{output.name}: does not listen"
            time.sleep(0.02)


@contextlib.contextmanager
def tinyproxy(folder: Path, *, login: tuple[str, str] | None = None) -> Iterator[int]:
    port = closed_port()
    lines = [f"Port {port}", "Listen 127.0.0.1", "Timeout 20", "MaxClients 20", "LogLevel Critical"]
    if login:
        lines.append(f"BasicAuth {login[0]} {login[1]}")
    config = folder / "tinyproxy.conf"
    config.write_text("\n".join([*lines, ""]))
    with running([program("tinyproxy"), "-d", "-c", str(config)], port, folder):
        yield port


@contextlib.contextmanager
def squid(folder: Path, *rules: str) -> Iterator[int]:
    """Run squid with ``rules`` in front of its own ``http_access allow all``."""
    port = closed_port()
    config = folder / "squid.conf"
    lines = [
        f"http_port 127.0.0.1:{port}",
        "pid_filename none",
        "access_log none",
        "cache_log stdio:/dev/null",
        "cache_store_log none",
        "cache deny all",
        "pinger_enable off",
        "netdb_filename none",
        "coredump_dir none",
        "shutdown_lifetime 0 seconds",
        "visible_hostname proxy.test",
        *rules,
        "http_access allow all",
    ]
    config.write_text("\n".join([*lines, ""]))
    with running([program("squid"), "-N", "-f", str(config)], port, folder):
        yield port
