"""A DNS server on loopback for the rows about names: what it answers depends on the name's first label.

A process that asks it runs in a mount namespace of its own, where ``/etc/resolv.conf`` names this server alone
(`in_namespace`), so that no test asks a real one. Needs root and port 53 of an address in 127.0.0.0/8.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import threading
from pathlib import Path

ADDRESS = "127.0.0.153"
_NXDOMAIN, _SERVFAIL = 3, 2
_A = 1


class NameServer:
    """Answers ``good.*`` with 127.0.0.1, ``nx.*`` with NXDOMAIN, ``servfail.*``, ``garbage.*``; others with silence."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind((ADDRESS, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, peer = self._sock.recvfrom(4096)
                if not data:
                    return
                reply = self._answer(data)
                if reply:
                    self._sock.sendto(reply, peer)

    def _answer(self, data: bytes) -> bytes:
        labels, pos = [], 12
        while data[pos]:
            labels.append(data[pos + 1 : pos + 1 + data[pos]].decode())
            pos += 1 + data[pos]
        end = pos + 5
        kind = struct.unpack("!H", data[pos + 1 : pos + 3])[0]
        self.asked.append(".".join(labels))
        word = labels[0]
        if word == "garbage":
            return data[:2] + b"\xff" * 20
        code = {"nx": _NXDOMAIN, "servfail": _SERVFAIL, "good": 0}.get(word)
        if code is None:
            return b""
        found = b""
        if word == "good" and kind == _A:
            found = b"\xc0\x0c" + struct.pack("!HHIH", _A, 1, 60, 4) + socket.inet_aton("127.0.0.1")
        return data[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, bool(found), 0, 0) + data[12:end] + found

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()


def in_namespace(folder: Path, command: list[str]) -> list[str]:
    """Return the command that runs ``command`` where `NameServer` is the only name server."""
    settings = folder / "resolv.conf"
    settings.write_text(f"nameserver {ADDRESS}\n", "ascii")
    script = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", str(settings), *command]


def why_not(folder: Path) -> str:
    """Return why the rows about names cannot run on this machine, or an empty text."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return "needs root and unshare"
    if subprocess.run(in_namespace(folder, ["true"]), check=False, capture_output=True).returncode:
        return "no mount namespaces here"
    return ""
