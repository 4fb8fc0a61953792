"""A Python program with ctypes: 32 or 64 bit on Windows (WinDLL), or Linux (CDLL).

    python python_host.py <library> <url> <request file> <answers file>

The request file holds GBK bytes, as a HIS has them. Set_QRflow_Mode is cdecl: of CDLL, not of WinDLL.
"""

from __future__ import annotations

import ctypes
import os
import sys


def main() -> None:
    path, url, request_path, answers_path = sys.argv[1:]
    stdcall = getattr(ctypes, "WinDLL", ctypes.CDLL)(path)
    cdecl = ctypes.CDLL(path)
    for name in ("VirtualCardTrans", "NationEcTrans"):
        function = getattr(stdcall, name)
        function.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]
        function.restype = ctypes.c_char_p
    with open(request_path, "rb") as file:
        request = file.read()
    with open(answers_path, "wb") as answers:

        def answer(name: str, value: bytes | int) -> None:
            answers.write(name.encode() + b"=" + (value if isinstance(value, bytes) else str(value).encode()) + b"\n")
            answers.flush()

        out = ctypes.create_string_buffer(2048)
        answer("bits", ctypes.sizeof(ctypes.c_void_p) * 8)
        answer("open.code", stdcall.VirtualCardTrans(url.encode(), request, out))
        answer("open.out", out.value)
        answer("refused.code", stdcall.VirtualCardTrans(url.encode(), b"{}", out))
        answer("refused.out", out.value)
        answer("nation.code", stdcall.NationEcTrans(url.encode(), b"", out))
        answer("screen", cdecl.Set_QRflow_Mode(1))
        answer("print", stdcall.EhealthID_Print(b"0", b"D0000001", "演示".encode("gbk")))
        errmsg = ctypes.create_string_buffer(256)
        answer("autofill", stdcall.SetEcQrcode(errmsg))
        answer("autofill.out", errmsg.value)

        # This program's own interpreter and its libraries are as they were.
        import hashlib
        import json
        import sqlite3
        import ssl

        own = sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0]
        answer("own.python", f"{sys.version_info[0]}.{sys.version_info[1]}".encode())
        answer("own.sqlite", own)
        answer("own.openssl", ssl.OPENSSL_VERSION.split()[0].encode())
        answer("own.sha256", hashlib.sha256(b"").hexdigest().encode())
        answer("own.json", json.dumps([1, {"a": "b"}]).encode())
        answer("own.path", os.pathsep.join(part for part in sys.path if "vcchk_runtime" in part).encode())
        answer("own.modules", ",".join(sorted(name for name in sys.modules if name.startswith("vcchk"))).encode())
        answer("end", b"reached")


main()
