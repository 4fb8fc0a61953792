"""Setting keys in VirtualCardChk.ini; encoding, remarks and all other lines stay as they are."""

from __future__ import annotations

import codecs
import os

from vcchk.settings import ini


def set_key(data: bytes, section: str, key: str, value: str) -> bytes:
    """Return an INI file's bytes with ``[section] key`` set where it stands last: the last one is read.

    ``section``: as `ini.parse` spells it.
    """
    text = ini.decode(data)
    end = "\r\n" if "\r\n" in text or not text else "\n"
    lines = text.splitlines()
    here, after, found = False, None, None
    for number, raw in enumerate(lines):
        line = ini.cleaned(raw)
        if ini.is_heading(line):
            here = ini.heading(line)[0] == section
            if here:
                after = number
        elif here and line[:1] not in (";", "#") and (ini.key_and_value(line) or ("",))[0] == key:
            found = number
    if found is not None:
        lines[found] = f"{key} = {value}"
    else:
        if after is None:
            lines += [f"[{section}]"]
            after = len(lines) - 1
        lines.insert(after + 1, f"{key} = {value}")
    return _encode(end.join(lines) + end, data)


def _encode(text: str, before: bytes) -> bytes:
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if before.startswith(mark):
            return mark + text.encode(name)
    try:
        before.decode("utf-8")
    except UnicodeDecodeError:
        return text.encode("gb18030")
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    return mark + text.encode("utf-8")


def update(path: str, values: dict[tuple[str, str], str]) -> None:
    """Set keys, by (section, key), in the file at ``path`` in one step: a crash leaves the old one or the new one.

    Raises OSError.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        data = b""
    for (section, key), value in values.items():
        data = set_key(data, section, key, value)
    write_whole(path, data)


def write_whole(path: str, data: bytes, mode: int = 0o666) -> None:
    """Write a file in one step. ``mode``: its permissions where the system has such. Raises OSError.

    A link stays one: what it leads to is written. So does what is no file (a device, a pipe): it is written into.
    """
    if os.path.islink(path):
        path = os.path.realpath(path)
    if os.path.lexists(path) and not os.path.isfile(path):
        with open(path, "wb") as other:
            other.write(data)
        return
    temporary = f"{path}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(temporary, flags, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
