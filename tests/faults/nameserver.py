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
_A, _AAAA = 1, 28

# First label → addresses, and seconds until they are told.
_ADDRESSES: dict[str, tuple[tuple[str, ...], float]] = {
    "good": (("127.0.0.1",), 0.0),
    "slow": (("127.0.0.1",), 0.3),
    "six": (("::1",), 0.0),
    "half": (("127.0.0.1", "::2"), 0.0),
    "dead4": (("127.0.0.3", "::1"), 0.0),
    "several": (("127.0.0.3", "127.0.0.1"), 0.0),
}


class NameServer:
    """Answers names of `_ADDRESSES`, ``nx.*`` with NXDOMAIN, ``servfail.*``, ``garbage.*``; others with silence."""

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
                reply, delay = self._answer(data)
                if reply:
                    threading.Timer(delay, self._send, (reply, peer)).start()

    def _send(self, reply: bytes, peer: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):
            self._sock.sendto(reply, peer)

    def _answer(self, data: bytes) -> tuple[bytes, float]:
        labels, pos = [], 12
        while data[pos]:
            labels.append(data[pos + 1 : pos + 1 + data[pos]].decode())
            pos += 1 + data[pos]
        end = pos + 5
        kind = struct.unpack("!H", data[pos + 1 : pos + 3])[0]
        self.asked.append(".".join(labels))
        word = labels[0]
        if word == "garbage":
            return data[:2] + b"\xff" * 20, 0.0
        code = {"nx": _NXDOMAIN, "servfail": _SERVFAIL, **dict.fromkeys(_ADDRESSES, 0)}.get(word)
        if code is None:
            return b"", 0.0
        addresses, delay = _ADDRESSES.get(word, ((), 0.0))
        found = []
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            if kind == (_AAAA if family == socket.AF_INET6 else _A):
                raw = socket.inet_pton(family, address)
                found.append(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(raw)) + raw)
        counts = struct.pack("!HHHHH", 0x8180 | code, 1, len(found), 0, 0)
        return data[:2] + counts + data[12:end] + b"".join(found), delay

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
