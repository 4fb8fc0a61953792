"""VirtualCardChk.ini, the files it includes and this machine's own key → `Settings`.

A slip is a warning with its file, its line and the nearest name, and never stops a registration window.
"""

from __future__ import annotations

import os

from vcchk.settings import ini, places
from vcchk.settings.option import expand
from vcchk.settings.schema import SECTIONS, DeviceSettings, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

INCLUDE = "include"
"""The section whose ``file`` keys name files that this one builds on."""


class _Layer:
    """One file's lines. ``label`` is how warnings name it; later layers win over earlier ones."""

    def __init__(self, text: str, label: str) -> None:
        self.label = label
        self.entries, slips = ini.parse(text)
        self.warnings = [f"{self.position(number)}：{slip}" for number, slip in [*slips, *self._twice()]]

    def _twice(self) -> list[tuple[int, str]]:
        """Return the keys that stand twice in one section, with different values: somebody changed the wrong one."""
        slips = []
        last: dict[tuple[str, str], tuple[int, str]] = {}
        for section, key, text, number in self.entries:
            before, value = last.get((section, key), (0, text))
            if value != text and not section.startswith(INCLUDE):
                slips.append((number, f"[{section}] {key} 在第 {before} 行已经写过，以第 {number} 行为准，请删去一处"))
            if key:
                last[section, key] = number, text
        return slips

    def position(self, number: int) -> str:
        return f"{self.label} 第 {number} 行".lstrip()


class _Reader:
    """Puts the layers together: for each key the last file wins, and in a file the section that names this computer."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._computers: frozenset[str] = frozenset()
        # (section, key) → (rank, value or text, position)
        self._found: dict[tuple[str, str], tuple[tuple[int, int], Any, str]] = {}
        self._profiles: dict[str, dict[str, str]] = {}
        self._profile_positions: dict[str, dict[str, str]] = {}
        self._last = 0  # the depth of the local file

    def add(self, layers: list[_Layer]) -> None:
        self._last = len(layers) - 1
        for depth, layer in enumerate(layers):
            self.warnings += layer.warnings
            for entry in layer.entries:
                self._take(entry, depth, layer)

    def _take(self, entry: ini.Entry, depth: int, layer: _Layer) -> None:
        name, key, text, number = entry
        if name.startswith("profile:"):
            self._take_profile(entry, layer)
            return
        section, rank = self._rank(name, depth)
        position = layer.position(number)
        kind = SECTIONS.get(section)
        if kind is None:
            if section == INCLUDE and depth < self._last and not key:
                self._warn(position, "被引用的文件里不能再有 [include]，这一节没有起作用")
            elif key == "" and section != INCLUDE:
                self._warn(
                    position,
                    f"[{name}] 不是已知的节",
                    _nearest(f"[{section}]", [f"[{known}]" for known in (*SECTIONS, INCLUDE, "profile:名称")]),
                )
            return
        if not key:
            if name.endswith("@"):
                self._warn(position, f"[{name}] 的 @ 后面缺少电脑名，这一节没有起作用")
            return
        row = kind._options.get(key)
        if row is not None and row.is_local and (depth < self._last or name != section):
            self._warn(position, f"[{name}] {key} 没有起作用：只能写在 {places.INI_NAME} 的 [{section}] 里")
            return
        value: Any = text
        if row is not None:
            value, slip = row.read_or_fallback(text)
            if slip:
                self._warn(position, f"[{name}] {slip}")
        elif not issubclass(kind, DeviceSettings):
            self._warn(position, f"[{name}] {key} 不是已知的设置项", _meant(section, key))
            return
        if rank[1] >= 0 and rank >= self._found.get((section, key), (rank, "", ""))[0]:
            self._found[section, key] = (rank, value, position)

    def _take_profile(self, entry: ini.Entry, layer: _Layer) -> None:
        section, key, text, number = entry
        name, position = section.removeprefix("profile:"), layer.position(number)
        if not name:
            if not key:
                self._warn(position, f"[{section}] 的冒号后面缺少名称，这一节没有起作用")
            return
        keys = self._profiles.setdefault(name, {})
        if key:
            keys[key] = text
            self._profile_positions.setdefault(name, {})[key] = position
        elif "@" in name:
            self._warn(position, f"[{section}] 没有起作用：报文规则不能按电脑名分开写")

    def _rank(self, name: str, depth: int) -> tuple[str, tuple[int, int]]:
        """Return (section without its computer, how much its keys count; negative: it is for other computers)."""
        section, at, computer = name.partition("@")
        if not at:
            return section.strip(), (depth, 0)
        self._computers = self._computers or places.computer_names()
        patterns = computer.lower().replace("，", ",").replace("、", ",").split(",")
        return section.strip(), (depth, max(_nearness(p.strip(), c) for p in patterns for c in self._computers))

    def included(self, layer: _Layer) -> list[str]:
        """Return the files that ``layer`` builds on, in its order, with variables expanded."""
        paths = []
        for name, key, text, number in layer.entries:
            section, rank = self._rank(name, 0)
            if section != INCLUDE or not key or rank[1] < 0:
                continue
            if key != "file":
                self._warn(layer.position(number), f"[{name}] {key} 不是已知的设置项，是不是想写 file？")
                continue
            for path in text.replace("，", ",").split(","):
                try:
                    paths.append(expand(path.strip().strip('"“”')))
                except ValueError as error:
                    self._warn(layer.position(number), f"[{name}] file 没有起作用（{error}）")
        return [path for path in paths if path]

    def _warn(self, position: str, sentence: str, meant: str = "") -> None:
        self.warnings.append(f"{position}：{sentence}{meant}".lstrip("："))

    def settings(self, path: str) -> Settings:
        """Return the settings. A device's own keys are warned of when no driver is named that could know them."""
        sections: dict[str, Any] = {}
        for name, kind in SECTIONS.items():
            values: dict[str, Any] = {}
            options: dict[str, str] = {}
            positions: dict[str, str] = {}
            for (section, key), (_, value, position) in self._found.items():
                if section == name and key in kind._options:
                    values[key] = value
                    if key == "driver" and value:
                        positions[key] = position
                elif section == name:
                    options[key], positions[key] = value, position
            if not values.get("driver"):
                for key, position in positions.items():
                    self._warn(position, f"[{name}] {key} 不是已知的设置项，也没有填写 driver", _meant(name, key))
            if positions:
                values.update(options=options, positions=positions)
            if values:
                sections[name] = kind(**values)
        return Settings(
            **sections,
            profiles=self._profiles,
            profile_positions=self._profile_positions,
            path=path,
            warnings=tuple(self.warnings),
        )


def _nearness(pattern: str, computer: str) -> int:
    """Return 2 for this computer's own name, 1 for a group that it belongs to, -1 for others (lower case)."""
    if pattern and pattern == computer:
        return 2
    return 1 if ("*" in pattern or "?" in pattern) and matches(pattern, computer) else -1


def matches(pattern: str, name: str) -> bool:
    """Tell whether ``name`` is of the ``pattern`` with ``*`` (any text) and ``?`` (one character)."""
    ends = {0}  # of the part of the name that the pattern so far may stand for
    for sign in pattern:
        if sign == "*":
            ends = set(range(min(ends, default=len(name) + 1), len(name) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(name) and sign in ("?", name[end])}
    return len(name) in ends


def _meant(section: str, key: str) -> str:
    """Return "，是不是想写 …？" for a key that ``section`` does not have, "" when nothing is near."""
    meant = _nearest(key, SECTIONS[section]._options)
    if meant:
        return meant
    owners = [name for name, kind in SECTIONS.items() if key in kind._options]
    return f"，{key} 属于 [{owners[0]}]" if owners else ""


def _nearest(name: str, known: Iterable[str]) -> str:
    from vcchk.base.nearest import nearest  # for slips alone

    return nearest(name, known)


def parse_settings(text: str, path: str = "") -> Settings:
    """Read settings from an INI's text; its includes are not read. Never raise: slips become ``warnings``."""
    reader = _Reader()
    reader.add([_Layer(text, os.path.basename(path))])
    return reader.settings(path)


def load_settings(path: str | None, make_folder: Callable[[str], None] | None = None) -> Settings:
    """Read the INI at ``path`` with all that it builds on; None gives the defaults. Never raise.

    A file that is missing or unreadable gives the defaults and a warning. ``make_folder`` makes the state folder, so
    that the first start already keeps copies of the shared files; without it only one that is there is written to.
    """
    if path is None:
        return Settings()
    try:
        with open(path, "rb") as file:
            text = ini.decode(file.read(1 << 20))
    except FileNotFoundError:
        advice = f"要设置时由 {places.EXAMPLE_NAME} 复制一份"
        warning = f"没有找到{_named(path)}，全部按默认值运行；{advice}"
        return _with_machine_secrets(Settings(path=path, warnings=(warning,)))
    except OSError as error:
        from vcchk.base.system_errors import reason

        warning = f"读不出{_named(path)}（{reason(error)}），全部按默认值运行"
        return _with_machine_secrets(Settings(path=path, warnings=(warning,)))
    local = _Layer(text, os.path.basename(path))
    layers = [local]
    reader = _Reader()
    paths = reader.included(local)
    if paths:
        from vcchk.settings import shared

        # Where this file alone says: copies must be found before the shared files are read.
        copies = places.state_folder(parse_settings(text))
        found = shared.read([os.path.join(os.path.dirname(path), name) for name in paths], copies, make_folder)
        layers = [*(_Layer(common, name) for name, (common, _) in zip(paths, found, strict=True)), local]
        reader.warnings += [warning for _, warning in found if warning]
    reader.add(layers)
    return _with_machine_secrets(reader.settings(path))


def _named(path: str) -> str:
    return f"环境变量 VCCHK_INI 指定的 {path}" if path == os.environ.get("VCCHK_INI") else f" {os.path.basename(path)}"


def _with_machine_secrets(settings: Settings) -> Settings:
    folder = places.state_folder(settings)
    try:
        if set(places.MACHINE_FILES.values()).isdisjoint(os.listdir(folder)):
            return settings
    except OSError:
        return settings
    from vcchk.settings import machine  # on few machines

    return machine.add(settings, folder)
