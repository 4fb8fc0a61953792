"""A HIS's folder with the library in it: install, upgrade, rollback, remove, status.

    VirtualCardChk.dll, vcchk.exe, SHA256SUMS …   the version that the next start of a HIS loads
    vcchk_runtime-<version>                       one folder a version; a running HIS finishes with its own
    vcchk_previous                                the files of the version before, for `rollback`
    vcchk_trash                                   older ones that are still in use; emptied by a later setup
    VirtualCardChk_old_<date>.dll                 the library that stood here before ours

A new version is laid out beside the old one first. Then the files change names, the library last; when one of these
renames fails all are undone. A run that was cut off in between leaves the old library with the old runtime, and the
next run undoes the rest; so does the next start of vcchk there (`mend`).
"""

from __future__ import annotations

import glob
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field

from vcchk.setup import binary, checks, files, release
from vcchk.setup.failure import FAILED, REFUSED, SetupError, advice, reason
from vcchk.setup.files import Swaps
from vcchk.setup.interrupted import ASIDE, is_interrupted
from vcchk.setup.release import INI, LIBRARIES, RUNTIME_PREFIX, SUMS, Release

PREVIOUS, TRASH, STAGED = "vcchk_previous", "vcchk_trash", "vcchk_staged"
_DIGEST = "[0-9a-f]" * 32
DATA = (
    "log/vcchk-*.log",
    "log/syslog-*",
    "journal.sqlite3*",
    "seal.key",
    "seal.dpapi",
    "wire.key",
    "wire.cipher_secret",
    "wire.sm2_private_key",
    "gateway.proxy",
    "include-*.ini*",
    "client-cert.p*",
    "printer-failure.json",
    "labels/*.label",
    f"rules/{_DIGEST}*",
    f"verified/{_DIGEST}",
    "scanner-*.suffix",
    "port-*.lock",
    "screen.png",
    "ecqrcode.txt",
)
"""What the library writes into its state folder, which may be a folder of the HIS with a ``rules`` of its own."""
EXAMPLE = "VirtualCardChk.example.ini"
UNCHANGED = "unchanged"
"""The action of a result when that version stood there whole."""


@dataclass(frozen=True)
class SetupResult:
    """What was done. ``notes`` are Chinese sentences for the person, ``warnings`` such that want something done."""

    action: str
    folder: str
    version: str
    previous: str = ""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Status:
    """How a folder stands. ``older``: runtime folders that are neither the current's nor the previous'.

    ``is_interrupted``: a run is under way, or was cut off. ``unlisted_library``: a library of ours without a list of
    ours, as after a copy by hand.
    """

    folder: str
    version: str = ""
    damaged: tuple[str, ...] = ()
    previous: str = ""
    older: tuple[str, ...] = ()
    in_use: tuple[str, ...] = ()
    foreign_library: str = ""
    unlisted_library: str = ""
    old_libraries: tuple[str, ...] = ()
    has_ini: bool = False
    is_interrupted: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return asdict(self)


@dataclass
class Site:
    """The folder that a HIS loads the library from. Every method raises SetupError and then has changed nothing."""

    folder: str
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = os.path.abspath(self.folder)

    # --- what there is ---

    def current(self) -> Release | None:
        """Return the version in place, None when there is none of ours.

        Of its list what setup installs alone: a list may have been made by the site, over all that is in the folder.
        """
        found = None if checks.foreign_library(self.folder) else release.read(self.folder)
        return found.installed() if found else None

    def previous(self) -> Release | None:
        """Return the version before; its files lie apart, its runtime folder beside the current's."""
        found = release.read(self._path(PREVIOUS))
        return found.installed() if found else None

    def status(self) -> Status:
        """Return how the folder stands."""
        if not os.path.isdir(self.folder):
            raise SetupError(f"没有文件夹 {self.folder}，请核对 --to", REFUSED)
        current, previous = self.current(), self.previous()
        older = tuple(self._older_runtimes(current, previous))
        foreign = checks.foreign_library(self.folder)
        return Status(
            folder=self.folder,
            version=current.version if current else "",
            damaged=tuple(current.damaged()) if current else (),
            previous=previous.version if previous else "",
            older=older,
            in_use=tuple(name for name in older if self._is_in_use(name)),
            foreign_library=os.path.basename(foreign),
            unlisted_library=self._unlisted() if current is None and not foreign else "",
            old_libraries=tuple(kept for name in LIBRARIES for kept in self._kept(name)),
            has_ini=os.path.isfile(self._path(INI)),
            is_interrupted=is_interrupted(self.folder),
        )

    # --- what is done ---

    def install(self, source: Release) -> SetupResult:
        """Put the release into the folder; one of ours that is there already is upgraded."""
        with self._at_work():
            current = self.current()
            self._check(source)
            return self._put(source.installed(), current, "install" if current is None else "upgrade")

    def upgrade(self, source: Release) -> SetupResult:
        """Replace the version in the folder by the release."""
        with self._at_work():
            current = self.current()
            if current is None:
                raise SetupError(f"{self.folder} 里没有装过 vcchk，请用 vcchk setup install", REFUSED)
            self._check(source)
            return self._put(source.installed(), current, "upgrade")

    def rollback(self) -> SetupResult:
        """Put the version before in place again; the present one becomes the version before."""
        with self._at_work():
            current, previous = self.current(), self.previous()
            if current is None or previous is None:
                raise SetupError(f"{self.folder} 里没有可以退回的版本", REFUSED)
            damaged = Release(self.folder, previous.sums).damaged(previous.runtime_files)
            damaged += [name for name in previous.top_files if name != SUMS and previous.damaged([name])]
            if damaged:
                raise SetupError(
                    f"上一版本 {previous.version} 不完整（{damaged[0]} 缺少或被改动），请用该版本的发布包 upgrade",
                    REFUSED,
                )
            self._replace(previous, current)
            return self._result("rollback", previous.version, current.version)

    def remove(self, *, state_folder: str = "") -> SetupResult:
        """Take everything of ours away but the INI, and put the old library back.

        ``state_folder``: log and journal, removed too when it is given.
        """
        with self._at_work():
            found = release.read(self.folder)
            if found is None:
                raise SetupError(f"{self.folder} 里没有装过 vcchk", REFUSED)
            current = found.installed()
            swaps = Swaps()
            self._undone_on_failure(swaps, lambda: self._take_away(current, swaps))
            folders = [*self._runtimes(), PREVIOUS, STAGED, TRASH]
            for name in folders:
                if not files.is_held(self._path(name)):
                    files.remove_folder(self._path(name))
            left = [name for name in folders if os.path.lexists(self._path(name))]
            if left:
                self.warnings.append(f"{'、'.join(left)} 中有文件正在使用，退出使用它的程序后请手工删除")
            if os.path.isfile(self._path(INI)):
                self.notes.append(f"保留了 {INI}")
            if state_folder:
                self._remove_data(state_folder)
            return self._result("remove", current.version)

    # --- how it is done ---

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Keep other setups out, see that the folder lets files be renamed, and mend what a cut-off run left."""
        if not os.path.isdir(self.folder):
            raise SetupError(f"没有文件夹 {self.folder}，请核对 --to", REFUSED)
        with files.locked(self.folder):
            checks.can_rename(self.folder)
            self._recover()
            yield

    def _check(self, source: Release) -> None:
        checks.paths_fit(self.folder, source.installed())
        self.warnings += checks.programs_fit(self.folder, source)
        foreign = checks.foreign_library(self.folder)
        missing = checks.missing_exports(foreign, source) if foreign else []
        if missing:
            names = "、".join(missing[:5])
            self.warnings.append(f"原动态库另有函数 {names}，本库没有：HIS 若用到它们，请告诉我们")

    def _put(self, new: Release, current: Release | None, action: str) -> SetupResult:
        if current is not None and current.sums == new.sums and not current.damaged():
            action = UNCHANGED
            self._clean()
        else:
            self._replace(new, current)
        if current is not None and _order(new.version) < _order(current.version):
            self.warnings.append(f"{new.version} 比原来的 {current.version} 旧；不是有意的话，请用 rollback 退回")
        self._write_ini()
        previous = self.previous()
        return self._result(action, new.version, previous.version if previous else "")

    def _replace(self, new: Release, current: Release | None) -> None:
        """Lay the new version out, let it take the names, and tidy up; what fails before that leaves all as it was."""
        swaps, made = Swaps(), f"{self._path(new.runtime)}.new"
        try:
            self._stage(new, made, swaps)
            self._switch(Release(self._path(STAGED), new.sums), current, swaps)
        except SetupError:
            if not is_interrupted(self.folder):  # else the next run sees in it how far this one came
                files.remove_folder(self._path(STAGED))
            raise
        finally:
            files.remove_folder(made)
        try:
            self._settle()
            self._clean()
        except OSError as error:
            self.warnings.append(f"新版本已装好，旧文件没有清理完（{reason(error)}）：请以后再运行一次 setup")

    def _stage(self, new: Release, made: str, swaps: Swaps) -> None:
        """Lay the new version out beside the old one, its runtime folder by way of ``made``. Raises SetupError."""
        staged = self._path(STAGED)
        for folder in (staged, made):
            files.remove_folder(folder)
        try:
            for name in new.top_files:
                if name != SUMS:
                    files.copy(new.path(name), os.path.join(staged, *name.split("/")), new.sums[name])
            files.write(os.path.join(staged, SUMS), new.sums_text().encode())
            self._stage_runtime(new, made, swaps)
        except (OSError, SetupError) as error:
            swaps.undo()
            if isinstance(error, SetupError):
                raise
            raise SetupError(f"复制失败（{reason(error)}），{advice(error)}") from error

    def _stage_runtime(self, new: Release, made: str, swaps: Swaps) -> None:
        damaged = Release(self.folder, new.sums).damaged(new.runtime_files)
        is_there = os.path.isdir(self._path(new.runtime))
        for name in damaged if is_there else new.runtime_files:
            files.copy(new.path(name), os.path.join(made, *name.split("/")[1:]), new.sums[name])
        if not is_there:
            swaps.move(made, self._path(new.runtime))
            return
        # The same version, damaged or built anew: file by file, since programs may be using the folder.
        trash = self._new_trash()
        for name in damaged:
            parts = name.split("/")
            swaps.swap(os.path.join(made, *parts[1:]), self._path(name), os.path.join(trash, *parts))

    def _switch(self, new: Release, current: Release | None, swaps: Swaps) -> None:
        """Give the names beside the runtime folders to the new version; what had them goes aside."""
        aside = self._path(ASIDE)
        files.remove_folder(aside)

        def exchange() -> None:
            foreign = {name for name in new.top_files if checks.is_foreign(self.folder, name)}
            if current is not None:
                for name in set(current.top_files) - set(new.top_files):
                    if os.path.isfile(self._path(name)):
                        swaps.move(self._path(name), os.path.join(aside, name))
            for name in new.top_files:
                kept = self._new_kept(name) if name in foreign else os.path.join(aside, name)
                swaps.swap(new.path(name), self._path(name), kept)

        self._undone_on_failure(swaps, exchange)

    def _settle(self) -> None:
        """End a switch: what it put aside becomes the previous version, unless it is the same one. Raises OSError."""
        aside, current = release.read(self._path(ASIDE)), self.current()
        if aside is None or (current is not None and current.runtime == aside.runtime):
            self._throw_away(ASIDE)
        else:
            self._throw_away(PREVIOUS)
            os.replace(self._path(ASIDE), self._path(PREVIOUS))
        files.remove_folder(self._path(STAGED))

    def _new_kept(self, name: str) -> str:
        """Return where the file of others that has our ``name`` is kept from now on, and note it for the person."""
        place = self._path(name)
        stem, extension = os.path.splitext(name)
        own = [path for path in map(self._path, self._kept(name)) if os.path.samefile(path, place)]  # a run was cut off
        kept = own[0] if own else files.free_name(self._path(f"{stem}_old_{time.strftime('%Y%m%d')}{extension}"))
        what = "动态库" if name in LIBRARIES else f" {name} "
        self.notes.append(f"原{what}保留为 {os.path.basename(kept)}")
        return kept

    def _kept(self, name: str) -> list[str]:
        """Return the names under which foreign files called ``name`` were kept, the oldest first."""
        stem, extension = map(re.escape, os.path.splitext(name))
        form = re.compile(rf"{stem}_old_(\d{{8}})(?:-(\d+))?{extension}", re.IGNORECASE)
        found = [match for other in os.listdir(self.folder) if (match := form.fullmatch(other))]
        return [match[0] for match in sorted(found, key=lambda match: (match[1], int(match[2] or 1)))]

    def _take_away(self, current: Release, swaps: Swaps) -> None:
        """Move our files to the trash; what was kept of the site's takes its name back. The list is the last to go:
        a run that was cut off can be run again."""
        trash = self._new_trash()
        foreign = checks.foreign_library(self.folder)
        for name in sorted(current.top_files, key=lambda name: (name == SUMS, name not in LIBRARIES)):
            place, kept = self._path(name), self._kept(name)
            if place == foreign:  # put over ours by somebody since
                self.notes.append(f"{name} 不是 vcchk 的，没有动")
            elif kept:
                swaps.swap(self._path(kept[-1]), place, os.path.join(trash, name))
                self.notes.append(f"已把 {kept[-1]} 恢复为 {name}")
            elif os.path.lexists(place):
                swaps.move(place, os.path.join(trash, name))

    def _remove_data(self, state_folder: str) -> None:
        """Remove log, journal and what else is ours; the folder itself may hold the site's own files."""
        for pattern in DATA:
            for path in glob.glob(os.path.join(glob.escape(state_folder), pattern)):
                try:
                    os.remove(path)
                except OSError as error:
                    self.warnings.append(f"没有删掉 {reason(error)}")
        for name in sorted({os.path.dirname(pattern) for pattern in DATA}, reverse=True):
            with suppress(OSError):  # something else is in it
                os.rmdir(os.path.join(state_folder, name))
        self.notes.append(f"已删除 {state_folder} 中的日志和流水")

    def _undone_on_failure(self, swaps: Swaps, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            try:
                swaps.undo()
            except OSError as second:
                raise SetupError(f"改名失败，也没能全部改回（{reason(second)}）：请再运行一次", FAILED) from error
            finally:
                for name in (ASIDE, TRASH):
                    files.remove_empty_folders(self._path(name))
            raise SetupError(
                f"改名失败（{reason(error)}），已全部改回：该文件夹可能不允许改名正在使用的文件，请退出 HIS 后再试"
            ) from error

    def _recover(self) -> None:
        """Mend a run that was cut off between its renames. The library is the last to change: when it has, the run is
        ended, else what stands aside takes its names again. A library's name is never left without a file."""
        if not is_interrupted(self.folder):
            return
        if _has_library(self.folder) and not _has_library(self._path(STAGED)):
            self._settle()
            return
        for folder, _, names in os.walk(self._path(ASIDE)):
            for name in names:
                path = os.path.join(folder, name)
                place = self._path(os.path.relpath(path, self._path(ASIDE)).replace(os.sep, "/"))
                if name in LIBRARIES and os.path.lexists(place):
                    continue  # it was not reached, or somebody has put another one there since
                Swaps().swap(path, place, files.free_name(os.path.join(self._new_trash(), name)))
        if not _has_library(self.folder):
            self._give_back_kept_library()
        self._throw_away(ASIDE)

    def _give_back_kept_library(self) -> None:
        """Let the library that stood here before the first install have its name again. Raises OSError."""
        for name in LIBRARIES:
            for kept in self._kept(name)[-1:]:
                os.replace(self._path(kept), self._path(name))

    def _write_ini(self) -> None:
        """Write the settings file where there is none, out of the example (every key a remark)."""
        if os.path.lexists(self._path(INI)) or not os.path.isfile(self._path(EXAMPLE)):
            return
        try:
            with open(self._path(EXAMPLE), "rb") as example:
                files.write(self._path(INI), example.read())
        except OSError as error:
            self.warnings.append(f"没有写入 {INI}（{reason(error)}），按默认值运行")
        else:
            self.notes.append(f"已写入 {INI}，需要时按其中的说明设置")

    def _clean(self) -> None:
        """Remove runtime folders older than the previous version, and the trash, as far as nobody holds them."""
        for name in self._older_runtimes(self.current(), self.previous()):
            if self._is_in_use(name) or not files.remove_folder(self._path(name)):
                self.notes.append(f"{name} 正在使用，以后再清理")
        files.remove_folder(self._path(TRASH))

    def _throw_away(self, name: str) -> None:
        """Move a folder's files to the trash."""
        trash = self._new_trash()
        for folder, _, names in os.walk(self._path(name)):
            for file in names:
                os.makedirs(trash, exist_ok=True)
                os.replace(os.path.join(folder, file), files.free_name(os.path.join(trash, file)))
        files.remove_empty_folders(self._path(name))

    def _new_trash(self) -> str:
        return os.path.join(self._path(TRASH), time.strftime("%Y%m%d%H%M%S"))

    def _runtimes(self) -> list[str]:
        return sorted(name for name in os.listdir(self.folder) if name.startswith(RUNTIME_PREFIX))

    def _older_runtimes(self, current: Release | None, previous: Release | None) -> list[str]:
        kept = {found.runtime for found in (current, previous) if found}
        return [name for name in self._runtimes() if name not in kept]

    def _is_in_use(self, runtime: str) -> bool:
        """Tell whether a program holds this runtime, or will at its first call: it has loaded the runtime's library."""
        if files.is_held(self._path(runtime)):
            return True
        mark = f"{runtime}\\".encode()
        for folder, _, names in os.walk(self._path(TRASH)):
            for path in (os.path.join(folder, name) for name in names):
                if binary.contains(path, mark) and files.is_loaded(path):
                    return True
        return False

    def _unlisted(self) -> str:
        return next((name for name in LIBRARIES if os.path.isfile(self._path(name))), "")

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, *name.split("/"))

    def _result(self, action: str, version: str, previous: str = "") -> SetupResult:
        return SetupResult(action, self.folder, version, previous, tuple(self.notes), tuple(self.warnings))


def _order(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _has_library(folder: str) -> bool:
    return any(os.path.lexists(os.path.join(folder, name)) for name in LIBRARIES)


def mend(folder: str) -> None:
    """Undo or end what a setup of ``folder`` was cut off in; nothing where one is under way or rights are missing.

    Windows does not replace a library that is in use, so for a moment its name is without a file. A power cut at that
    moment leaves a HIS that does not start; whoever looks for the reason starts vcchk.
    """
    with suppress(SetupError, OSError), Site(folder)._at_work():
        pass  # beginning any work mends it: nothing else is to be done
