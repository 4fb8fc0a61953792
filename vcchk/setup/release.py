"""What a release consists of: the files that its SHA256SUMS names."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

from vcchk.base.system_errors import reason
from vcchk.setup.failure import REFUSED, SetupError

SUMS = "SHA256SUMS"
RUNTIME_PREFIX = "vcchk_runtime"
LIBRARIES = ("VirtualCardChk.dll", "libVirtualCardChk.so")
PROGRAMS = ("vcchk.exe", "vcchk")
INI = "VirtualCardChk.ini"
INSTALLED = frozenset({*LIBRARIES, *PROGRAMS, "VirtualCardChk.example.ini", "sbom.cdx.json"})
"""Of the files beside the runtime folder these go into a HIS's folder, which may have a README or a docs of its own."""
_MAX_SUMS_BYTES = 1 << 20
_OF_THE_EXPLORER = frozenset({"desktop.ini", "thumbs.db", ".ds_store"})


def sha256(path: str) -> str:
    """Return a file's SHA-256 in lower-case hex. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Release:
    """A folder that holds a release. ``sums``: path below it, with "/" → SHA-256 in hex."""

    folder: str
    sums: Mapping[str, str]

    @property
    def runtime(self) -> str:
        """The name of its runtime folder, "" when it has none."""
        names = {path.split("/")[0] for path in self.sums if path.startswith(RUNTIME_PREFIX) and "/" in path}
        return max(names, default="")

    @property
    def version(self) -> str:
        """Its version; the first releases had a runtime folder without one."""
        return self.runtime.removeprefix(RUNTIME_PREFIX).removeprefix("-") or "0.1.0"

    @property
    def library(self) -> str:
        """The name of the library that the HIS loads, "" when there is none."""
        return next((name for name in LIBRARIES if name in self.sums), "")

    @property
    def runtime_files(self) -> list[str]:
        """The files of the runtime folder."""
        return [path for path in self.sums if path.startswith(f"{self.runtime}/")]

    @property
    def top_files(self) -> list[str]:
        """The files beside the runtime folder that this folder has; the library is the last."""
        names = [path for path in self.sums if not path.startswith(f"{self.runtime}/")]
        return sorted([*names, SUMS], key=lambda name: (name in LIBRARIES, name == SUMS, name))

    def path(self, name: str) -> str:
        """Return the path of one of its files."""
        return os.path.join(self.folder, *name.split("/"))

    def damaged(self, names: list[str] | None = None) -> list[str]:
        """Return those of its files that are missing or changed."""
        return [name for name in names or self.sums if not self._is_whole(name)]

    def _is_whole(self, name: str) -> bool:
        try:
            return sha256(self.path(name)) == self.sums[name]
        except OSError:
            return False

    def installed(self) -> Release:
        """Return what of it goes into a HIS's folder."""
        names = {*self.runtime_files, *(INSTALLED & self.sums.keys())}
        return Release(self.folder, {name: digest for name, digest in self.sums.items() if name in names})

    def sums_text(self) -> str:
        """Return the text of its SHA256SUMS."""
        return "".join(f"{digest}  {name}\n" for name, digest in sorted(self.sums.items()))


def read(folder: str) -> Release | None:
    """Return the release in ``folder``; None when there is none, or its SHA256SUMS is of something else.

    Raises SetupError when there is a SHA256SUMS that cannot be read.
    """
    path = os.path.join(folder, SUMS)
    try:
        with open(path, "rb") as file:
            text = file.read(_MAX_SUMS_BYTES).decode("utf-8-sig", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SetupError(f"读不出 {path}（{reason(error)}），请检查权限；不是 vcchk 的就先改名", REFUSED) from error
    sums = {}
    for line in text.splitlines():
        digest, _, name = line.strip().partition(" ")
        name = name.lstrip(" *").removeprefix("./")
        if _is_digest(digest) and _is_inside(name) and name != INI:  # the first releases listed it: the site's own
            sums[name] = digest.lower()
    found = Release(folder, sums)
    return found if found.library and found.runtime else None


def _is_digest(text: str) -> bool:
    return len(text) == 64 and set(text.lower()) <= set("0123456789abcdef")


def _is_inside(name: str) -> bool:
    """Tell whether a name of a list leads to a file of the folder: anybody may have written a list there."""
    return not set(name) & set("\\:") and all(part not in ("", ".", "..") for part in name.split("/"))


def read_source(folder: str) -> Release:
    """Return the whole release that is to be installed. Raises SetupError for none and for a damaged one."""
    found = read(folder)
    if found is None:
        raise SetupError(f"{folder} 里没有完整的发布包，请在解压出的文件夹中运行，或用 --from 指定它", REFUSED)
    damaged = found.damaged()
    if damaged:
        names = "、".join(damaged[:5]) + ("…" if len(damaged) > 5 else "")
        advice = "请重新解压；若被杀毒软件隔离，请先加入信任"
        raise SetupError(f"发布包里有 {len(damaged)} 个文件缺少或损坏：{names}。{advice}", REFUSED)
    unlisted = _unlisted(found)
    if unlisted:
        raise SetupError(f"发布包的 {SUMS} 不完整，没有列出 {unlisted}，请重新解压", REFUSED)
    return found


def _unlisted(found: Release) -> str:
    """Return a file of the runtime folder that the list lacks, "" for none: a list that was cut names a part only."""
    for folder, _, names in os.walk(found.path(found.runtime)):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), found.folder).replace(os.sep, "/")
            if path not in found.sums and name.lower() not in _OF_THE_EXPLORER:
                return path
    return ""
