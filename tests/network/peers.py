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


@contextlib.contextmanager
def openssl_server(folder: Path, pem: Path, *options: str) -> Iterator[int]:
    """Run OpenSSL's own server, which shakes hands and answers nothing."""
    port = closed_port()
    command = [program("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(pem), "-key", str(pem)]
    with running([*command, "-quiet", *options], port, folder):
        yield port


@contextlib.contextmanager
def gnutls_server(folder: Path, pem: Path, *options: str) -> Iterator[int]:
    port = closed_port()
    command = [program("gnutls-serv"), "--echo", "-q", "-p", str(port)]
    with running([*command, f"--x509certfile={pem}", f"--x509keyfile={pem}", *options], port, folder):
        yield port


@contextlib.contextmanager
def nginx(folder: Path, server: str) -> Iterator[int]:
    """Run nginx with one server of these directives; ``PORT`` in them is replaced."""
    port = closed_port()
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (folder / name).mkdir(exist_ok=True)
    config = folder / "nginx.conf"
    config.write_text(
        f"""daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; user root;
        events {{ worker_connections 64; }}
        http {{
          access_log off;
          client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
          uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
          server {{ {server.replace("PORT", str(port))} }}
        }}
        """
    )
    with running(
        [program("nginx"), "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")], port, folder
    ):
        yield port


@contextlib.contextmanager
def haproxy(folder: Path, bind: str, backend: int) -> Iterator[int]:
    """Run HAProxy in front of ``backend``, a port of 127.0.0.1; ``bind``: the options of its own port."""
    port = closed_port()
    config = folder / "haproxy.cfg"
    config.write_text(
        f"""defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend till
  bind 127.0.0.1:{port} {bind}
  default_backend platform
backend platform
  server one 127.0.0.1:{backend}
"""
    )
    with running([program("haproxy"), "-db", "-f", str(config)], port, folder):
        yield port


@contextlib.contextmanager
def java_server(
    folder: Path, key_store: Path, ca: Path, protocol: str, client: str, style: str, *suites: str
) -> Iterator[int]:
    """Run programs/TlsServer.java on the JDK, with DH keys as JDK 7 had them; its first line of output is the port."""
    source = Path(__file__).parent / "programs" / "TlsServer.java"
    command = [program("java"), "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Djdk.tls.ephemeralDHKeySize=legacy"]
    arguments = [str(source), str(key_store), str(ca), protocol, client, style, *suites]
    with subprocess.Popen(
        [*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
    ) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()
