"""The sandbox's gateway behind vcchk.web's server, behind a bare http.server, and behind waitress.

    python -m benchmarks.web_servers [--rounds 3]

Prints calls a second and the 99th percentile of each, the median of the rounds; waitress is left out where it is not
installed. The figures stand in vcchk/web/serving.py.
"""

from __future__ import annotations

import argparse
import io
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from native.buildkit import places
from native.buildkit.arguments import Parser
from vcchk.sandbox.platform.urls import GATEWAY_PATH
from vcchk.sandbox.service import Sandbox
from vcchk.sandbox.web import GuardedSandbox
from vcchk.web.serving import Application, HttpServer

from . import messages, programs

CONNECTIONS = 4
SECONDS = 4


def own(listening: socket.socket, application: Application) -> None:
    HttpServer(listening, application).run()


def standard_library(listening: socket.socket, application: Application) -> None:
    """http.server as quick as it can be told to be, and no more than a benchmark asks of it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            environ = {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": self.path,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(size),
                "HTTP_HOST": self.headers.get("Host", ""),
                "wsgi.input": io.BytesIO(self.rfile.read(size)),
            }
            head: list[Any] = []
            body = b"".join(application(environ, lambda status, headers: head.extend((status, headers))))
            self.send_response(int(head[0][:3]))
            for name, value in head[1]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(listening.getsockname(), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.serve_forever()


def waitress(listening: socket.socket, application: Application) -> None:
    create_server = import_module("waitress.server").create_server

    create_server(application, sockets=[listening], threads=CONNECTIONS).run()


SERVERS: dict[str, Callable[[socket.socket, Application], None]] = {
    "vcchk.web": own,
    "http.server": standard_library,
    "waitress": waitress,
}


def serve(name: str, database: str) -> None:
    """Run one of the servers; prints its port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    sys.setswitchinterval(0.001)  # as vcchk.sandbox.server does
    print(listening.getsockname()[1], flush=True)
    SERVERS[name](listening, GuardedSandbox(Sandbox(database)))


def measure(name: str, folder: Path) -> dict[str, float]:
    """Return what the load program found of a server in a process of its own."""
    command = [sys.executable, "-m", __spec__.name, "--serve", name, str(folder / f"{name}.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=places.ROOT) as process:
        assert process.stdout is not None
        port = process.stdout.readline().decode().strip()
        try:
            return programs.run(
                None, programs.program("load"), port, GATEWAY_PATH, folder / "bodies", str(CONNECTIONS), str(SECONDS)
            )
        finally:
            process.kill()


def main(arguments: list[str]) -> int:
    """Measure what is installed here, or run one of the servers."""
    parser = Parser(prog="python -m benchmarks.web_servers", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many")
    parser.add_argument("--serve", nargs=2, metavar=("NAME", "DATABASE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(*options.serve)
        return 0
    programs.compile_one("load")
    wanted = [name for name in SERVERS if name != "waitress" or find_spec("waitress")]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bodies").write_bytes(messages.sandbox_query() + b"\n")
        found: dict[str, list[dict[str, float]]] = {name: [] for name in wanted}
        for _ in range(options.rounds):
            for name in wanted:
                found[name].append(measure(name, Path(folder)))
    for name, rounds in found.items():
        keys = ("calls_per_s", "p99_ms", "failed")
        rate, p99, failed = (statistics.median(each[key] for each in rounds) for key in keys)
        print(f"{name:12} {rate:6.0f} calls/s  p99 {p99:5.1f} ms  {failed:.0f} failed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
