"""A HIS's folder with the library in it: install, upgrade, rollback, remove, status.

    VirtualCardChk.dll, vcchk.exe, SHA256SUMS …   the version that the next start of a HIS loads
    vcchk_runtime-<version>                       one folder a version; a running HIS finishes with its own
    vcchk_previous                                the files of the version before, for `rollback`
    vcchk_trash                                   older ones that are still in use; emptied by a later setup
    VirtualCardChk_old_<date>.dll                 the library that stood here before ours

A new version is laid out beside the old one first. Then the files change names, the library last; when one of these
renames fails all are undone. A run that was cut off in between leaves the old library with the old runtime, and the
next run undoes the rest.
"""

from __future__ import annotations

import glob
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from vcchk.setup import checks, files, release
from vcchk.setup.failure import FAILED, REFUSED, SetupError, reason
from vcchk.setup.files import Swaps
from vcchk.setup.release import INI, RUNTIME_PREFIX, SUMS, Release

PREVIOUS, TRASH, STAGED, ASIDE = "vcchk_previous", "vcchk_trash", "vcchk_staged", "vcchk_aside"
DATA = (
    "log/vcchk-*.log",
    "log/syslog-*",
    "journal.sqlite3*",
    "seal.key",
    "seal.dpapi",
    "wire.key",
    "include-*.ini",
    "client-cert.pem",
    "printer-failure.json",
    "labels/*",
    "rules/*",
    "verified/*",
    "scanner-*.suffix",
    "port-*.lock",
    "screen.png",
    "ecqrcode.txt",
)
"""What the library writes into its state folder."""
EXAMPLE = "VirtualCardChk.example.ini"


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
    """How a folder stands. ``older``: runtime folders that are neither the current's nor the previous'."""

    folder: str
    version: str = ""
    damaged: tuple[str, ...] = ()
    previous: str = ""
    older: tuple[str, ...] = ()
    in_use: tuple[str, ...] = ()
    foreign_library: str = ""
    old_libraries: tuple[str, ...] = ()
    has_ini: bool = False

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
        """Return the version in place, None when there is none of ours."""
        return None if checks.foreign_library(self.folder) else release.read(self.folder)

    def previous(self) -> Release | None:
        """Return the version before; its files lie apart, its runtime folder beside the current's."""
        return release.read(self._path(PREVIOUS))

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
            in_use=tuple(name for name in older if files.is_held(self._path(name))),
            foreign_library=os.path.basename(foreign),
            old_libraries=tuple(self._old_libraries()),
            has_ini=os.path.isfile(self._path(INI)),
        )

    # --- what is done ---

    def install(self, source: Release) -> SetupResult:
        """Put the release into the folder; one of ours that is there already is upgraded."""
        self._prepare()
        with files.locked(self.folder):
            self._recover()
            current = self.current()
            self._check(source)
            return self._put(source.installed(), current, "install" if current is None else "upgrade")

    def upgrade(self, source: Release) -> SetupResult:
        """Replace the version in the folder by the release."""
        self._prepare()
        with files.locked(self.folder):
            self._recover()
            current = self.current()
            if current is None:
                raise SetupError(f"{self.folder} 里没有装过 vcchk，请用 vcchk setup install", REFUSED)
            self._check(source)
            return self._put(source.installed(), current, "upgrade")

    def rollback(self) -> SetupResult:
        """Put the version before in place again; the present one becomes the version before."""
        self._prepare()
        with files.locked(self.folder):
            self._recover()
            current, previous = self.current(), self.previous()
            if current is None or previous is None:
                raise SetupError(f"{self.folder} 里没有可以退回的版本", REFUSED)
            damaged = [name for name in previous.runtime_files if not os.path.isfile(self._path(name))]
            if damaged:
                raise SetupError(
                    f"上一版本的 {previous.runtime} 不完整（缺 {damaged[0]}），请用该版本的发布包 upgrade", REFUSED
                )
            self._switch(previous, current)
            self._clean(previous, current)
            return self._result("rollback", previous.version, current.version)

    def remove(self, *, state_folder: str = "") -> SetupResult:
        """Take everything of ours away but the INI, and put the old library back.

        ``state_folder``: log and journal, removed too when it is given.
        """
        self._prepare()
        with files.locked(self.folder):
            self._recover()
            current = self.current()
            if current is None:
                raise SetupError(f"{self.folder} 里没有装过 vcchk", REFUSED)
            swaps = Swaps()
            trash = self._new_trash()
            self._undone_on_failure(swaps, lambda: self._take_away(current, swaps, trash))
            folders = [*self._runtimes(), PREVIOUS, TRASH]
            for name in folders:
                if not files.is_held(self._path(name)):
                    files.remove_folder(self._path(name))
            left = [name for name in folders if os.path.lexists(self._path(name))]
            if left:
                self.warnings.append(f"{'、'.join(left)} 中有文件正在使用，退出 HIS 后请手工删除")
            if os.path.isfile(self._path(INI)):
                self.notes.append(f"保留了 {INI}")
            if state_folder:
                self._remove_data(state_folder)
            return self._result("remove", current.version)

    # --- how it is done ---

    def _prepare(self) -> None:
        if not os.path.isdir(self.folder):
            raise SetupError(f"没有文件夹 {self.folder}，请核对 --to", REFUSED)
        checks.can_rename(self.folder)

    def _check(self, source: Release) -> None:
        self.warnings += checks.programs_fit(self.folder, source)
        foreign = checks.foreign_library(self.folder)
        missing = checks.missing_exports(foreign, source) if foreign else []
        if missing:
            names = "、".join(missing[:5])
            self.warnings.append(f"原动态库另有函数 {names}，本库没有：HIS 若用到它们，请告诉我们")

    def _put(self, new: Release, current: Release | None, action: str) -> SetupResult:
        if current is not None and current.sums == new.sums and not current.damaged():
            self._write_ini(new)
            self.notes.append("本来就是该版本，没有改动")
            return self._result(action, new.version)
        had_runtime = os.path.isdir(self._path(new.runtime))
        staged = self._stage(new)
        same_version = current is not None and current.runtime == new.runtime
        try:
            self._switch(staged, current, keep=not same_version)
        except SetupError:
            files.remove_folder(staged.folder)
            if not had_runtime:
                files.remove_folder(self._path(new.runtime))
            raise
        self._write_ini(staged)
        previous = self.previous()
        self._clean(staged, previous)
        return self._result(action, new.version, previous.version if previous else "")

    def _stage(self, new: Release) -> Release:
        """Lay the new version out beside the old one; what fails leaves nothing behind."""
        staged, runtime = self._path(STAGED), self._path(new.runtime)
        made = f"{runtime}.new"
        for folder in (staged, made):
            files.remove_folder(folder)
        try:
            for name in new.top_files:
                if name != SUMS:
                    files.copy(new.path(name), os.path.join(staged, *name.split("/")), new.sums[name])
            with open(os.path.join(staged, SUMS), "w", encoding="utf-8", newline="\n") as file:
                file.write(new.sums_text())
            if Release(self.folder, new.sums).damaged(new.runtime_files):
                self._stage_runtime(new, made)
        except (OSError, SetupError) as error:
            for folder in (staged, made):
                files.remove_folder(folder)
            if isinstance(error, SetupError):
                raise
            raise SetupError(f"复制失败（{reason(error)}），请检查磁盘空间和权限") from error
        return Release(staged, new.sums)

    def _stage_runtime(self, new: Release, made: str) -> None:
        for name in new.runtime_files:
            files.copy(new.path(name), os.path.join(made, *name.split("/")[1:]), new.sums[name])
        if not os.path.isdir(self._path(new.runtime)):
            os.replace(made, self._path(new.runtime))
            return
        # The same version, damaged: file by file, since programs may be using the folder.
        swaps, trash = Swaps(), self._new_trash()
        try:
            for name in Release(self.folder, new.sums).damaged(new.runtime_files):
                parts = name.split("/")
                swaps.swap(os.path.join(made, *parts[1:]), self._path(name), os.path.join(trash, *parts))
        except OSError:
            swaps.undo()
            raise
        files.remove_folder(made)

    def _switch(self, new: Release, current: Release | None, *, keep: bool = True) -> None:
        """Give the names beside the runtime folders to the new version; ``keep``: the old one is for `rollback`."""
        aside, swaps = self._path(ASIDE), Swaps()
        files.remove_folder(aside)

        def exchange() -> None:
            foreign = checks.foreign_library(self.folder)
            names = new.top_files
            if current is not None:
                for name in set(current.top_files) - set(names):
                    if os.path.isfile(self._path(name)):
                        swaps.move(self._path(name), os.path.join(aside, *name.split("/")))
            for name in names:
                if foreign and name == new.library:  # not before: a run that is cut off leaves a library in place
                    self._keep_foreign(foreign, swaps)
                swaps.swap(new.path(name), self._path(name), os.path.join(aside, *name.split("/")))

        self._undone_on_failure(swaps, exchange)
        files.remove_folder(self._path(STAGED))
        if keep and current is not None:
            self._throw_away(PREVIOUS)
            os.replace(aside, self._path(PREVIOUS))
        else:
            self._throw_away(ASIDE)

    def _keep_foreign(self, foreign: str, swaps: Swaps) -> None:
        stem, dot, extension = os.path.basename(foreign).rpartition(".")
        kept = files.free_name(self._path(f"{stem}_old_{time.strftime('%Y%m%d')}{dot}{extension}"))
        swaps.move(foreign, kept)
        self.notes.append(f"原动态库保留为 {os.path.basename(kept)}")

    def _take_away(self, current: Release, swaps: Swaps, trash: str) -> None:
        for name in reversed(current.top_files):
            if os.path.isfile(self._path(name)):
                swaps.move(self._path(name), os.path.join(trash, *name.split("/")))
        old = self._old_libraries()
        if old:
            swaps.move(self._path(old[-1]), self._path(current.library))
            self.notes.append(f"已把 {old[-1]} 恢复为 {current.library}")

    def _remove_data(self, state_folder: str) -> None:
        """Remove log, journal and what else is ours; the folder itself may hold the site's own files."""
        for pattern in DATA:
            for path in glob.glob(os.path.join(glob.escape(state_folder), pattern)):
                try:
                    os.remove(path)
                except OSError as error:
                    self.warnings.append(f"没有删掉 {reason(error)}")
        files.remove_empty_folders(state_folder)
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
                files.remove_empty_folders(self._path(ASIDE))
            raise SetupError(
                f"改名失败（{reason(error)}），已全部改回：该文件夹可能不允许改名正在使用的文件，请退出 HIS 后再试"
            ) from error

    def _recover(self) -> None:
        """Undo a run that was cut off between its renames: what it had put aside takes its names again."""
        aside = self._path(ASIDE)
        for folder, _, names in os.walk(aside):
            for name in names:
                path = os.path.join(folder, name)
                place = self._path(os.path.relpath(path, aside).replace(os.sep, "/"))
                Swaps().swap(path, place, files.free_name(os.path.join(self._new_trash(), name)))
        files.remove_folder(aside)

    def _write_ini(self, new: Release) -> None:
        """Write the settings file where there is none, out of the example (every key a remark)."""
        if not os.path.exists(self._path(INI)) and EXAMPLE in new.sums:
            shutil.copyfile(self._path(EXAMPLE), self._path(INI))
            self.notes.append(f"已写入 {INI}，需要时按其中的说明设置")

    def _clean(self, current: Release, previous: Release | None) -> None:
        """Remove runtime folders older than the previous version, and the trash, as far as nobody holds them."""
        for name in self._older_runtimes(current, previous):
            if files.is_held(self._path(name)) or not files.remove_folder(self._path(name)):
                self.notes.append(f"{name} 正在使用，以后再清理")
        files.remove_folder(self._path(TRASH))

    def _throw_away(self, name: str) -> None:
        """Move a folder's files to the trash and empty it there as far as nobody uses them."""
        trash = self._new_trash()
        for folder, _, names in os.walk(self._path(name)):
            for file in names:
                os.makedirs(trash, exist_ok=True)
                os.replace(os.path.join(folder, file), files.free_name(os.path.join(trash, file)))
        files.remove_empty_folders(self._path(name))
        files.remove_folder(self._path(TRASH))

    def _new_trash(self) -> str:
        return os.path.join(self._path(TRASH), time.strftime("%Y%m%d%H%M%S"))

    def _runtimes(self) -> list[str]:
        return sorted(name for name in os.listdir(self.folder) if name.startswith(RUNTIME_PREFIX))

    def _older_runtimes(self, current: Release | None, previous: Release | None) -> list[str]:
        kept = {found.runtime for found in (current, previous) if found}
        return [name for name in self._runtimes() if name not in kept]

    def _old_libraries(self) -> list[str]:
        names = [name.rpartition(".")[0] for name in release.LIBRARIES]
        return sorted(name for name in os.listdir(self.folder) if name.startswith(tuple(f"{n}_old_" for n in names)))

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, *name.split("/"))

    def _result(self, action: str, version: str, previous: str = "") -> SetupResult:
        return SetupResult(action, self.folder, version, previous, tuple(self.notes), tuple(self.warnings))
