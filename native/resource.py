"""The resources of our .dll's and .exe's, as a .res file for the linker: the version, and a program's manifest.

Written here since the compiler's resource compiler is itself compiled at its first use, which costs a minute and more.
Layout: Microsoft's pages "RESOURCEHEADER structure" and "VS_VERSIONINFO structure": every block begins with its length,
its value's length and its type, then a name in UTF-16, then value and children, each on a multiple of four bytes.
"""

from __future__ import annotations

import struct

_RT_VERSION, _RT_MANIFEST = 16, 24
MANIFEST = b"""\
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">
    <security>
      <requestedPrivileges>
        <requestedExecutionLevel level="asInvoker" uiAccess="false"/>
      </requestedPrivileges>
    </security>
  </trustInfo>
</assembly>
"""
"""What a 32-bit program without it writes below Program Files or ProgramData without the right to, Windows puts into a
folder of that one user's, and says that all went well: no other user's HIS would ever see it."""
_CHINESE = 0x0804  # language of the resource and its texts
_UTF16 = 1200  # their code page
_SIGNATURE = 0xFEEF04BD
_NT_WINDOWS32 = 0x00040004
_FILE_TYPES = {".exe": 1, ".dll": 2}


def _pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le") + b"\0\0"


def _block(name: str, value: bytes | str, *children: bytes) -> bytes:
    """One block; a text value's length is told in characters, a binary one's in bytes. Without a value: a text one."""
    text = isinstance(value, str) or not value
    raw = _utf16(value) if isinstance(value, str) else value
    length = len(raw) // 2 if text else len(raw)
    body = _pad(bytes(6) + _utf16(name)) + raw
    for child in children:
        body = _pad(body) + child
    return struct.pack("<HHH", len(body), length, text) + body[6:]


def _entry(kind: int, name: int, language: int, data: bytes) -> bytes:
    ordinals = struct.pack("<HHHH", 0xFFFF, kind, 0xFFFF, name)
    flags = 0x30 if kind else 0  # moveable, pure
    return _pad(struct.pack("<II", len(data), 32) + ordinals + struct.pack("<IHHII", 0, flags, language, 0, 0) + data)


def resources(file_name: str, description: str, version: str) -> bytes:
    """Return the .res file's bytes for ``file_name`` (.dll or .exe), ``version`` like 0.1.0."""
    major, minor, micro, build = ([int(part) for part in version.split(".")] + [0, 0, 0, 0])[:4]
    version_pair = (major << 16 | minor, micro << 16 | build)
    kind = _FILE_TYPES[file_name[-4:].lower()]
    fixed = struct.pack("<13I", _SIGNATURE, 0x10000, *version_pair, *version_pair, 0, 0, _NT_WINDOWS32, kind, 0, 0, 0)
    texts = {
        "CompanyName": "vcchk",
        "FileDescription": description,
        "FileVersion": version,
        "InternalName": file_name,
        "LegalCopyright": "MIT License",
        "OriginalFilename": file_name,
        "ProductName": "vcchk",
        "ProductVersion": version,
    }
    table = _block(f"{_CHINESE:04x}{_UTF16:04x}", b"", *(_block(name, text) for name, text in texts.items()))
    translation = _block("Translation", struct.pack("<HH", _CHINESE, _UTF16))
    data = _block(
        "VS_VERSION_INFO", fixed, _block("StringFileInfo", b"", table), _block("VarFileInfo", b"", translation)
    )
    entries = _entry(0, 0, 0, b"") + _entry(_RT_VERSION, 1, _CHINESE, data)
    return entries + _entry(_RT_MANIFEST, 1, 0, MANIFEST) if kind == _FILE_TYPES[".exe"] else entries
