"""The data protection interface of Windows (DPAPI) in machine scope: what one user seals every other opens here."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    _UI_FORBIDDEN = 0x1
    _LOCAL_MACHINE = 0x4

    def _call(name: str, data: bytes, entropy: bytes) -> bytes:
        import ctypes
        from ctypes import wintypes

        class Blob(ctypes.Structure):
            _fields_ = (("size", wintypes.DWORD), ("data", ctypes.c_void_p))

        def blob(text: bytes) -> tuple[Blob, object]:
            memory = ctypes.create_string_buffer(text, len(text))
            return Blob(len(text), ctypes.cast(memory, ctypes.c_void_p)), memory

        crypt = ctypes.WinDLL("crypt32", use_last_error=True)
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.LocalFree.argtypes = (ctypes.c_void_p,)
        plain, _plain_memory = blob(data)
        salt, _salt_memory = blob(entropy)
        result = Blob()
        done = getattr(crypt, name)(
            ctypes.byref(plain),
            None,
            ctypes.byref(salt),
            None,
            None,
            wintypes.DWORD(_UI_FORBIDDEN | _LOCAL_MACHINE),
            ctypes.byref(result),
        )
        if not done:
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return ctypes.string_at(result.data or 0, result.size)
        finally:
            kernel.LocalFree(result.data)

    def protect(data: bytes, entropy: bytes) -> bytes:
        """Return ``data`` sealed for this machine and ``entropy``. Raises OSError."""
        return _call("CryptProtectData", data, entropy)

    def unprotect(data: bytes, entropy: bytes) -> bytes:
        """Return what `protect` sealed. Raises OSError: of another machine, or other entropy."""
        return _call("CryptUnprotectData", data, entropy)
