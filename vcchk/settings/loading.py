"""VirtualCardChk.ini, the files it includes and this machine's own key → `Settings`.

A slip is a warning with its file, its line and the nearest name, and never stops a registration window.
"""

from __future__ import annotations

import os

from vcchk.settings import ini, places
from vcchk.settings.schema import SECTIONS, DeviceSettings, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

MAX_BYTES = 1 << 20
"""Of a settings file this much is read."""
INCLUDE = "include"
"""The section whose ``file`` keys name files that this one builds on."""
MACHINE_KEY = "wire.key"
"""File in the state folder: the application's key, sealed for this machine (``vcchk secret set --from-file``)."""


class _Layer:
    """One file's lines. ``label`` is how warnings name it; later layers win over earlier ones."""

    def __init__(self, text: str, label: str) -> None:
        self.label = label
        self.entries, slips = ini.parse(text)
        self.warnings = [f"{self.position(number)}：{slip}" for number, slip in slips]

    def position(self, number: int) -> str:
        return f"{self.label} 第 {number} 行".lstrip()


class _Reader:
    """Puts the layers together: for each key the last file wins, and in a file the section that names this computer."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._computer = places.computer_name().lower()
        # (section, key) → (rank, value or text, position)
        self._found: dict[tuple[str, str], tuple[tuple[int, int], Any, str]] = {}
        self._profiles: dict[str, dict[str, str]] = {}

    def add(self, layers: Iterable[_Layer]) -> None:
        for depth, layer in enumerate(layers):
            self.warnings += layer.warnings
            for entry in layer.entries:
                self._take(entry, depth, layer)

    def _take(self, entry: ini.Entry, depth: int, layer: _Layer) -> None:
        name, key, text, number = entry
        if name.startswith("profile:"):
            keys = self._profiles.setdefault(name[8:], {})
            if key:
                keys[key] = text
            return
        section, at, computer = name.partition("@")
        section = section.strip()
        position = layer.position(number)
        kind = SECTIONS.get(section)
        if kind is None:
            if key == "" and section != INCLUDE:
                self._warn(
                    position,
                    f"[{name}] 不是已知的节",
                    nearest(f"[{section}]", [f"[{known}]" for known in (*SECTIONS, INCLUDE, "profile:名称")]),
                )
            return
        if not key:
            return
        row = kind._options.get(key)
        value: Any = text
        if row is not None:
            value, slip = row.read_or_fallback(text)
            if slip:
                self._warn(position, f"[{name}] {slip}")
        elif not issubclass(kind, DeviceSettings):
            self._warn(position, f"[{name}] {key} 不是已知的设置项", _meant(section, key))
            return
        rank = (depth, _nearness(computer.strip().lower(), self._computer) if at else 0)
        if rank[1] >= 0 and rank >= self._found.get((section, key), (rank, "", ""))[0]:
            self._found[section, key] = (rank, value, position)

    def _warn(self, position: str, sentence: str, meant: str = "") -> None:
        self.warnings.append(f"{position}：{sentence}{meant}".lstrip("："))

    def settings(self, path: str) -> Settings:
        """Return what was read. A device's own keys are told here when no driver is named that could know them."""
        sections: dict[str, Any] = {}
        for name, kind in SECTIONS.items():
            values: dict[str, Any] = {}
            options: dict[str, str] = {}
            positions: dict[str, str] = {}
            for (section, key), (_, value, position) in self._found.items():
                if section == name and key in kind._options:
                    values[key] = value
                elif section == name:
                    options[key], positions[key] = value, position
            if options and not values.get("driver"):
                for key, position in positions.items():
                    self._warn(position, f"[{name}] {key} 不是已知的设置项，也没有填写 driver", _meant(name, key))
            if options:
                values.update(options=options, positions=positions)
            if values:
                sections[name] = kind(**values)
        return Settings(**sections, profiles=self._profiles, path=path, warnings=tuple(self.warnings))


def _nearness(pattern: str, computer: str) -> int:
    """Return 2 for this computer's own name, 1 for a group that it belongs to, -1 for others (lower case)."""
    if pattern == computer:
        return 2
    return 1 if ("*" in pattern or "?" in pattern) and matches(pattern, computer) else -1


def matches(pattern: str, name: str) -> bool:
    """Tell whether ``name`` is of the ``pattern`` with ``*`` (any text) and ``?`` (one character)."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(matches(pattern[1:], name[begin:]) for begin in range(len(name) + 1))
    return bool(name) and pattern[0] in ("?", name[0]) and matches(pattern[1:], name[1:])


def _meant(section: str, key: str) -> str:
    """Return "，是不是想写 …？" for a key that ``section`` does not have, "" when nothing is near."""
    meant = nearest(key, SECTIONS[section]._options)
    if meant:
        return meant
    owners = [name for name, kind in SECTIONS.items() if key in kind._options]
    return f"，{key} 属于 [{owners[0]}]" if owners else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "，是不是想写 …？" with the known name that is most like ``name``, "" when none is near."""
    import difflib  # 5 ms, and only for slips

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"，是不是想写 {found[0]}？" if found else ""


def parse_settings(text: str, path: str = "") -> Settings:
    """Read settings from an INI's text; its includes are not read. Never raise: slips become ``warnings``."""
    reader = _Reader()
    reader.add([_Layer(text, os.path.basename(path))])
    return reader.settings(path)


def load_settings(path: str | None) -> Settings:
    """Read the INI at ``path`` with all that it builds on; None gives the defaults. Never raise.

    A file that is missing or unreadable gives the defaults and a warning.
    """
    if path is None:
        return Settings()
    try:
        with open(path, "rb") as file:
            text = ini.decode(file.read(MAX_BYTES))
    except FileNotFoundError:
        return Settings(
            path=path,
            warnings=("没有找到 VirtualCardChk.ini，全部按默认值运行；要设置时由 VirtualCardChk.example.ini 复制一份",),
        )
    except OSError as error:
        return Settings(path=path, warnings=(f"{os.path.basename(path)} 读不出（{error.strerror}），全部按默认值运行",))
    return parse_settings(text, path)
