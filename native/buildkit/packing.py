"""A finished folder's list of SHA-256 sums, and its zip: the same bytes for the same files, whenever it is made."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

SUMS = "SHA256SUMS"
EPOCH = (1980, 1, 1, 0, 0, 0)


def files(folder: Path) -> list[Path]:
    """Return every file below the folder, in a fixed order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def write_sums(folder: Path) -> int:
    """Write the folder's SHA256SUMS over all its other files, as `sha256sum --check` reads it; return how many."""
    rows = []
    for path in files(folder):
        name = path.relative_to(folder).as_posix()
        if name != SUMS:
            with path.open("rb") as file:
                rows.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}")
    (folder / SUMS).write_text("\n".join(rows) + "\n", "utf-8", newline="\n")
    return len(rows)


def sizes(folder: Path, archive: Path, *, without: tuple[str, ...] = ()) -> tuple[int, int]:
    """Return the bytes of the folder's files and of their zip; ``without``: folders in it that do not count."""
    plain = sum(path.stat().st_size for path in files(folder) if path.relative_to(folder).parts[0] not in without)
    with zipfile.ZipFile(archive) as zipped:
        rows = zipped.infolist()
        left_out = sum(row.compress_size for row in rows if row.filename.split("/")[1] in without)
    return plain, archive.stat().st_size - left_out


def write_zip(folder: Path, archive: Path, top: str) -> int:
    """Zip the folder's files below ``top``; return their bytes before compression."""
    archive.unlink(missing_ok=True)
    size = 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for path in files(folder):
            entry = zipfile.ZipInfo(f"{top}/{path.relative_to(folder).as_posix()}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
            zipped.writestr(entry, path.read_bytes())
            size += path.stat().st_size
    return size
