"""Install, upgrade, rollback, remove: which files stand where afterwards, and that a failure leaves all as it was."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.setup.releases import small, write_sums
from vcchk.devices import LABELS_FOLDER
from vcchk.devices.printer import pending
from vcchk.insurance.autofill import textfile
from vcchk.records import rules_file
from vcchk.settings import places
from vcchk.setup import checks, files, release
from vcchk.setup.failure import BUSY, FAILED, REFUSED, SetupError
from vcchk.setup.site import Site

LIBRARY = "libVirtualCardChk.so"


@pytest.fixture
def his(tmp_path: Path) -> Path:
    folder = tmp_path / "HIS 程序"
    folder.mkdir()
    (folder / "README.txt").write_text("of the HIS", "utf-8")
    return folder


def make(tmp_path: Path, version: str) -> release.Release:
    return release.read_source(str(small(tmp_path / f"release-{version}", version)))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def version_of(folder: Path) -> str:
    return (folder / LIBRARY).read_bytes()[-5:].decode()


def test_an_install_writes_the_settings_file_and_nothing_of_the_his(tmp_path: Path, his: Path) -> None:
    done = Site(str(his)).install(make(tmp_path, "1.0.0"))
    assert (done.action, done.version, done.previous) == ("install", "1.0.0", "")
    assert sorted(path.name for path in his.iterdir()) == [
        "README.txt", "SHA256SUMS", "VirtualCardChk.example.ini", "VirtualCardChk.ini", LIBRARY, "vcchk",
        "vcchk_runtime-1.0.0",
    ]  # fmt: skip
    assert (his / "README.txt").read_text("utf-8") == "of the HIS"
    assert os.access(his / "vcchk", os.X_OK)
    assert Site(str(his)).status().damaged == ()


def test_versions_follow_each_other_and_the_settings_stay(tmp_path: Path, his: Path) -> None:
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    (his / "VirtualCardChk.ini").write_text("[log]\nlevel = warn\n", "utf-8")
    done = Site(str(his)).upgrade(make(tmp_path, "1.0.1"))
    assert (done.version, done.previous, version_of(his)) == ("1.0.1", "1.0.0", "1.0.1")
    assert Site(str(his)).install(make(tmp_path, "1.0.2")).warnings == ()
    assert sorted(path.name for path in his.iterdir()) == [
        "README.txt", "SHA256SUMS", "VirtualCardChk.example.ini", "VirtualCardChk.ini", LIBRARY, "vcchk",
        "vcchk_previous", "vcchk_runtime-1.0.1", "vcchk_runtime-1.0.2",
    ]  # fmt: skip
    assert Site(str(his)).rollback().version == version_of(his) == "1.0.1"
    assert Site(str(his)).rollback().version == version_of(his) == "1.0.2"
    (warning,) = Site(str(his)).install(make(tmp_path / "older", "1.0.1")).warnings
    assert "1.0.1 比原来的 1.0.2 旧" in warning
    assert Site(str(his)).rollback().version == "1.0.2"
    assert (his / "VirtualCardChk.ini").read_text("utf-8") == "[log]\nlevel = warn\n"
    assert Site(str(his)).status().damaged == ()


def test_a_runtime_that_a_program_holds_is_kept(tmp_path: Path, his: Path) -> None:
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    with (his / "vcchk_runtime-1.0.0" / "core.zip").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        Site(str(his)).upgrade(make(tmp_path, "1.0.1"))
        done = Site(str(his)).upgrade(make(tmp_path, "1.0.2"))
        assert (his / "vcchk_runtime-1.0.0" / "package" / "data.pem").is_file()
        assert any("vcchk_runtime-1.0.0 正在使用" in note for note in done.notes)
        assert Site(str(his)).status().in_use == ("vcchk_runtime-1.0.0",)
    again = Site(str(his)).install(make(tmp_path / "again", "1.0.2"))
    assert (again.action, again.version, again.previous) == ("unchanged", "1.0.2", "1.0.1")
    assert not (his / "vcchk_runtime-1.0.0").exists(), "as at the next start with setup.cmd in a group policy"


def test_functions_that_the_old_library_alone_has_are_reported(
    tmp_path: Path, his: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (his / LIBRARY).write_bytes(b"\x7fELF of the maker")
    monkeypatch.setattr(checks, "missing_exports", lambda old, source: ["GetCard", "SetCard"])
    (warning,) = Site(str(his)).install(make(tmp_path, "1.0.0")).warnings
    assert "原动态库另有函数 GetCard、SetCard" in warning


def test_the_library_that_stood_there_is_kept_and_comes_back(tmp_path: Path, his: Path) -> None:
    (his / LIBRARY).write_bytes(b"\x7fELF of the maker")
    done = Site(str(his)).install(make(tmp_path, "1.0.0"))
    (old,) = his.glob("libVirtualCardChk_old_2*.so")
    assert old.read_bytes() == b"\x7fELF of the maker"
    assert any(old.name in note for note in done.notes)
    assert done.warnings == ()
    assert "保留了 VirtualCardChk.ini" in Site(str(his)).remove().notes
    assert snapshot(his).keys() == {"README.txt", LIBRARY, "VirtualCardChk.ini"}
    assert (his / LIBRARY).read_bytes() == b"\x7fELF of the maker"


def test_the_first_release_with_its_settings_file_and_plain_runtime_is_upgraded(tmp_path: Path, his: Path) -> None:
    old = small(tmp_path / "old", "0.1.0")
    (old / "vcchk_runtime-0.1.0").rename(old / "vcchk_runtime")
    (old / "VirtualCardChk.ini").write_text("as shipped", "utf-8")
    write_sums(old)
    for path in old.iterdir():
        os.rename(path, his / path.name)
    (his / "VirtualCardChk.ini").write_text("[wire]\nkey = sealed:abc\n", "utf-8")
    Site(str(his)).upgrade(make(tmp_path, "1.0.0"))
    assert (his / "VirtualCardChk.ini").read_text("utf-8") == "[wire]\nkey = sealed:abc\n"
    assert Site(str(his)).rollback().version == "0.1.0"
    assert version_of(his) == "0.1.0"
    assert (his / "VirtualCardChk.ini").read_text("utf-8") == "[wire]\nkey = sealed:abc\n"


def test_a_damaged_installation_is_repaired_by_the_same_release(tmp_path: Path, his: Path) -> None:
    source = make(tmp_path, "1.0.0")
    Site(str(his)).install(source)
    whole = snapshot(his)
    (his / "vcchk_runtime-1.0.0" / "core.zip").unlink()
    (his / "vcchk_runtime-1.0.0" / "package" / "data.pem").write_bytes(b"?")
    (his / LIBRARY).write_bytes(b"")
    assert len(Site(str(his)).status().damaged) == 3
    Site(str(his)).install(source)
    assert snapshot(his) == whole


@pytest.mark.parametrize("failing", range(5))
def test_a_rename_that_fails_leaves_all_as_it_was(
    tmp_path: Path, his: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """As on a share that refuses to rename what is in use: every rename may be the one."""
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    before = snapshot(his)
    source = make(tmp_path, "1.0.1")
    real, count = files.Swaps._rename, iter(range(100))

    def rename(self: files.Swaps, old: str, new: str) -> None:
        if next(count) == failing:
            raise PermissionError(13, "Permission denied", old)
        real(self, old, new)

    monkeypatch.setattr(files.Swaps, "_rename", rename)
    with pytest.raises(SetupError, match=r"已全部改回|复制失败") as caught:
        Site(str(his)).upgrade(source)
    assert caught.value.code == FAILED
    assert snapshot(his) == before
    monkeypatch.undo()
    Site(str(his)).upgrade(source)
    assert version_of(his) == "1.0.1"


def test_a_run_that_was_cut_off_between_two_renames_is_undone_by_the_next(
    tmp_path: Path, his: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    source = make(tmp_path, "1.0.1")
    real, count = files.Swaps._rename, iter(range(100))

    def rename(self: files.Swaps, old: str, new: str) -> None:
        if next(count) == 2:
            raise KeyboardInterrupt
        real(self, old, new)

    monkeypatch.setattr(files.Swaps, "_rename", rename)
    with pytest.raises(KeyboardInterrupt):
        Site(str(his)).upgrade(source)
    monkeypatch.undo()
    assert version_of(his) == "1.0.0", "the library is the last to change"
    assert "上次的没有做完" in run("status", "--to", str(his)).stdout
    Site(str(his)).upgrade(source)
    assert version_of(his) == "1.0.1"
    assert Site(str(his)).status().damaged == ()
    assert Site(str(his)).rollback().version == "1.0.0"
    assert Site(str(his)).status().damaged == ()


def test_an_empty_folder_name_is_not_the_present_folder(tmp_path: Path, his: Path) -> None:
    source = str(small(tmp_path / "release", "1.0.0"))
    command = [sys.executable, "-m", "vcchk", "setup", "install", "--from", source, "--to", " "]
    ended = subprocess.run(
        command, cwd=his, env=os.environ | {"PYTHONPATH": os.getcwd()}, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2
    assert "--to：是空的" in ended.stderr
    assert [path.name for path in his.iterdir()] == ["README.txt"]


def test_a_first_install_that_is_cut_off_leaves_a_library_in_place(
    tmp_path: Path, his: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (his / LIBRARY).write_bytes(b"the closed one")
    new = make(tmp_path, "1.0.0")
    rename, renames = files.Swaps._rename, []

    def cut_off(self: files.Swaps, source: str, target: str) -> None:
        renames.append(target)
        assert (his / LIBRARY).exists() or target == str(his / LIBRARY)
        rename(self, source, target)

    monkeypatch.setattr(files.Swaps, "_rename", cut_off)
    Site(str(his)).install(new)
    assert len(renames) > 4
    assert version_of(his) == "1.0.0"


def test_a_disk_that_fills_up_while_copying_leaves_nothing(
    tmp_path: Path, his: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(his)
    real, count = files.copy, iter(range(100))

    def copy(source: str, target: str, digest: str) -> None:
        if next(count) == 4:
            raise OSError(28, "No space left on device", target)
        real(source, target, digest)

    monkeypatch.setattr(files, "copy", copy)
    with pytest.raises(SetupError, match="磁盘空间"):
        Site(str(his)).install(make(tmp_path, "1.0.0"))
    assert snapshot(his) == before


def test_two_setups_at_once(tmp_path: Path, his: Path) -> None:
    source = make(tmp_path, "1.0.0")
    with files.locked(str(his)), pytest.raises(SetupError) as caught:
        Site(str(his)).install(source)
    assert caught.value.code == BUSY
    Site(str(his)).install(source)


def test_what_is_refused_before_anything_is_changed(tmp_path: Path, his: Path) -> None:
    source = make(tmp_path, "1.0.0")
    with pytest.raises(SetupError) as caught:
        Site(str(his)).upgrade(source)
    assert caught.value.code == REFUSED
    (tmp_path / "release-1.0.0" / "vcchk").write_bytes(b"changed")
    with pytest.raises(SetupError, match="缺少或损坏：vcchk"):
        release.read_source(str(tmp_path / "release-1.0.0"))
    with pytest.raises(SetupError, match="没有文件夹"):
        Site(str(tmp_path / "nowhere")).install(source)
    with pytest.raises(SetupError, match="没有可以退回的版本"):
        Site(str(his)).rollback()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vcchk", "setup", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


@pytest.mark.slow
def test_the_command_s_exit_codes_and_its_three_ways_to_speak(tmp_path: Path, his: Path) -> None:
    source = str(small(tmp_path / "release", "1.0.0"))
    quiet = run("install", "--from", source, "--to", str(his), "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert json.loads(run("status", "--to", str(his), "--json").stdout)["version"] == "1.0.0"
    again = run("install", "--from", source, "--to", str(his))
    assert (again.returncode, again.stdout) == (0, f"没有改动，本来就是 vcchk 1.0.0：{his}\n")
    assert "vcchk 1.0.0" in run("status", "--to", str(his)).stdout
    refused = run("rollback", "--to", str(his))
    assert (refused.returncode, refused.stdout) == (REFUSED, "")
    assert refused.stderr.count("\n") == 1
    assert json.loads(run("rollback", "--to", str(his), "--json").stdout)["code"] == REFUSED
    assert run("install", "--to").returncode == 2
    assert run("install", "--from", str(his), "--to", str(his)).returncode == REFUSED


def test_removing_the_data_spares_other_people_s_files(tmp_path: Path, his: Path) -> None:
    source = str(small(tmp_path / "release", "1.0.0"))
    run("install", "--from", source, "--to", str(his), "--quiet")
    (his / "VirtualCardChk.ini").write_text("[log]\nfolder = data\n", "utf-8")
    (his / "data" / "log").mkdir(parents=True)
    digest = "0123456789abcdef" * 2
    ours = (
        "log/vcchk-20260101.log", "log/syslog-20260101", "journal.sqlite3", "journal.sqlite3-wal", "seal.key",
        f"{LABELS_FOLDER}/1.000-1-0{pending.ENDING}", f"{rules_file.FOLDER}/{digest}",
        f"{rules_file.FOLDER}/{digest}.lock", f"verified/{digest}",
        "scanner-0a.suffix", "port-0a.lock",
        "client-cert.pem", "screen.png", textfile.NAME, *places.MACHINE_FILES.values(),
    )  # fmt: skip
    others = ("accounts.xls", "rules/prices.txt", "labels/blood.lbl")
    (his / "data" / "empty").mkdir()
    for name in (*ours, *others):
        (his / "data" / name).parent.mkdir(exist_ok=True)
        (his / "data" / name).write_bytes(b"x")
    assert run("remove", "--to", str(his), "--quiet").returncode == 0
    assert (his / "data" / "journal.sqlite3").is_file(), "kept when nobody could be asked"
    run("install", "--from", source, "--to", str(his), "--quiet")
    assert run("remove", "--to", str(his), "--quiet", "--data", "delete").returncode == 0
    left = {path.relative_to(his / "data").as_posix() for path in (his / "data").rglob("*")}
    assert left == {*others, "rules", "labels", "empty"}


def test_the_data_are_where_the_settings_in_use_say(tmp_path: Path, his: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = str(small(tmp_path / "release", "1.0.0"))
    run("install", "--from", source, "--to", str(his), "--quiet")
    ini, state = tmp_path / "central.ini", tmp_path / "state"
    ini.write_text(f"[log]\nfolder = {state}\n", "utf-8")
    state.mkdir()
    (state / "journal.sqlite3").write_bytes(b"x")
    monkeypatch.setenv("VCCHK_INI", str(ini))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert run("remove", "--to", str(his), "--data", "delete").returncode == 0
    assert not (state / "journal.sqlite3").exists()


@pytest.mark.slow
def test_json_is_one_document_whatever_happens(tmp_path: Path, his: Path) -> None:
    """A slip in the arguments is one, too, and nothing is asked: here at a terminal."""
    source = str(small(tmp_path / "release", "1.0.0"))
    for arguments, code in (
        (["install", "--json"], 2),
        (["upgrad", "--to", str(his), "--json"], 2),
        (["install", "--from", str(tmp_path / "none"), "--to", str(his), "--json"], REFUSED),
        (["install", "--from", source, "--to", str(his), "--json"], 0),
        (["status", "--to", str(his / "README.txt"), "--json"], REFUSED),
        (["remove", "--to", str(his), "--json"], 0),
        (["remove", "--to", str(his), "--json"], REFUSED),
    ):
        master, terminal = os.openpty()
        command = [sys.executable, "-m", "vcchk", "setup", *arguments]
        done = subprocess.run(command, stdin=terminal, capture_output=True, timeout=60, check=False)
        os.close(master)
        os.close(terminal)
        found = json.loads(done.stdout.decode("utf-8"))
        assert (done.returncode, found["code"], done.stderr) == (code, code, b""), arguments


def test_the_end_of_the_input_is_no_answer(tmp_path: Path, his: Path) -> None:
    source = str(small(tmp_path / "release", "1.0.0"))
    run("install", "--from", source, "--to", str(his), "--quiet")
    (his / "VirtualCardChk.ini").write_text("[log]\nfolder = data\n", "utf-8")
    (his / "data").mkdir()
    (his / "data" / "journal.sqlite3").write_bytes(b"x")
    master, terminal = os.openpty()
    os.write(master, b"\x04")  # Ctrl-D
    done = subprocess.run(
        [sys.executable, "-m", "vcchk", "setup", "remove", "--to", str(his)], stdin=terminal, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    os.close(master)
    os.close(terminal)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "是否同时删除日志和流水" in done.stdout.decode()
    assert (his / "data" / "journal.sqlite3").is_file()


@pytest.mark.parametrize("step", ["_settle", "_clean", "write"])
def test_what_fails_once_the_names_have_changed_is_a_warning(
    tmp_path: Path, his: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The new version is in place then: to say that nothing has changed would be wrong."""
    Site(str(his)).install(make(tmp_path, "1.0.0"))
    (his / "VirtualCardChk.ini").unlink()
    source = make(tmp_path, "1.0.1")

    real = files.write

    def full(*arguments: object) -> None:
        if step != "write" or str(arguments[0]).endswith(".ini"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(*arguments)

    monkeypatch.setattr(files if step == "write" else Site, step, full)
    done = Site(str(his)).upgrade(source)
    assert (done.version, version_of(his)) == ("1.0.1", "1.0.1")
    assert any("磁盘已满" in warning for warning in done.warnings)
    monkeypatch.undo()
    Site(str(his)).upgrade(source)
    assert Site(str(his)).rollback().version == "1.0.0"


def test_names_that_shells_and_patterns_know(tmp_path: Path) -> None:
    for name in (
        "a b",
        "HIS 窗口",
        "50% off %TEMP%",
        "a!b^c",
        "R&D",
        "it's",
        "[ab]*?",
        "x.v2",
        " lead",
        "trail. ",
        "-to",
    ):
        folder = tmp_path / name
        folder.mkdir()
        sources = [make(tmp_path / f"of {name}", version) for version in ("1.0.0", "1.0.1")]
        (folder / LIBRARY).write_bytes(b"\x7fELF\x02 old")
        for source in sources:
            Site(str(folder)).install(source)
        assert Site(str(folder)).rollback().version == "1.0.0"
        assert Site(str(folder)).status().damaged == ()
        Site(str(folder)).remove(state_folder=str(folder))
        assert sorted(path.name for path in folder.iterdir()) == ["VirtualCardChk.ini", LIBRARY], name


def test_a_third_setup_does_not_slip_in_while_the_lock_changes_hands(his: Path) -> None:
    path = his / files.LOCK
    with files.locked(str(his)):
        late = path.open("a+b")  # waits for its turn
    with files.locked(str(his)):
        assert not os.path.samestat(os.fstat(late.fileno()), path.stat())
        with pytest.raises(BlockingIOError):
            files._lock(late.fileno(), str(path))
    late.close()
    assert not path.exists()
