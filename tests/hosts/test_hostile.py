"""Circumstances that end an ordinary embedded Python, or the program around it.

Besides these, tests/native has decoys of the public DLL names, hostile environment variables, standard handles, broken
runtimes, paths, a changing working directory, loading again, small stacks, re-entry; here are those that need a
transaction, a registry, or another machine's settings.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

from native import compile as compiler
from native.buildkit import demo_programs, places, targets, toolchains, wine, winpython
from native.buildkit.progress import BuildError
from tests.copies import link_or_copy
from tests.native.conftest import hexed, host_program

from .compiled import PERSON, SOURCES, App, check, need, request

pytestmark = pytest.mark.timeout(180)

Apps = Callable[[str], App]
BOTH = pytest.mark.parametrize("name", ["win32", "linux"])


def asked(encoding: str = "gbk") -> str:
    return hexed(request().encode(encoding))


def trans(url: str) -> str:
    """A script line: one real transaction."""
    return f"trans {hexed(url.encode())} {asked()}"


def good(answer: dict[str, object]) -> bool:
    """True when the person came back."""
    if answer.get("ret") != "00":
        return False
    return bool(json.loads(bytes.fromhex(str(answer["out"])).decode("gbk"))["user_name"] == PERSON.user_name)


def alone(his: App, program: Path, library: str, url: str, env: dict[str, str]) -> dict[str, object]:
    """One transaction of a script host that calls the library by the path ``library``; returns its answer."""
    commands, answers = his.state / "commands", his.state / "answers"
    commands.write_text(f"{trans(url)}\nquit\n", "ascii")
    arguments = ["wine", str(program), library, *map(wine.windows_path, (commands, answers))]
    nothing = subprocess.DEVNULL
    done = subprocess.run(
        arguments,
        env=his.session.environment(env),
        timeout=60,
        check=False,
        stdin=nothing,
        stdout=nothing,
        stderr=nothing,
    )
    assert done.returncode == 0
    answer: dict[str, object] = json.loads(answers.read_text("ascii"))
    return answer


# ---- planted files ----

PLANTED = """
#include <windows.h>
#include <stdio.h>
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        char path[MAX_PATH];
        FILE *mark = fopen("PLACE\\\\loaded", "a");
        GetModuleFileNameA(self, path, MAX_PATH);
        fprintf(mark, "%s\\n", path);
        fclose(mark);
    }
    return TRUE;
}
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(a DLL that writes its path into a file when it is loaded, that file)."""
    folder = tmp_path_factory.mktemp("planted")
    source = folder / "planted.c"
    source.write_text(PLANTED.replace("PLACE", wine.windows_path(folder).replace("\\", "\\\\")), "ascii")
    return compiler.build_program("win32", folder / "planted.dll", source, "-shared"), folder / "loaded"


def runtime_names(his: App) -> list[str]:
    """Every binary of the runtime, and what those import from elsewhere that Windows does not guard."""
    runtime = his.folder / compiler.runtime_name()
    names = [path.name for path in runtime.iterdir() if path.suffix in (".dll", ".pyd")]
    assert len(names) > 10
    return [*names, "python3.dll", "python311.dll", "libcrypto-3.dll", "libssl-3.dll", "libffi-8.dll", "sqlite3.dll",
            "vcruntime140.dll", "libssp-0.dll", "libwinpthread-1.dll"]  # fmt: skip


def test_dlls_planted_in_the_working_directory_and_on_path(
    app: Apps, url: str, tmp_path: Path, planted: tuple[Path, Path]
) -> None:
    his = app("win32")
    library, loaded = planted
    loaded.unlink(missing_ok=True)
    here, on_path = tmp_path / "cwd", tmp_path / "path"
    for folder in (here, on_path):
        folder.mkdir()
        for name in runtime_names(his):
            shutil.copy2(library, folder / name)
    lines = [f"chdir {hexed(wine.windows_path(here).encode())}", trans(url), trans(url), "autofill", "qrflow 1"]
    answers = his.session.run(lines, env={"WINEPATH": wine.windows_path(on_path)})
    assert good(answers[1])
    assert good(answers[2])
    assert not loaded.exists(), loaded.read_text("ascii")
    # The trap is set: a program that loads by base name falls into it.
    name = hexed(b"vcccrypto-3.dll")
    his.session.run([f"chdir {hexed(wine.windows_path(here).encode())}", f"preload {name}"])
    assert loaded.exists()


def test_a_missing_file_is_not_taken_from_elsewhere(
    app: Apps, url: str, tmp_path: Path, planted: tuple[Path, Path]
) -> None:
    """Each binary of the runtime missing in turn; copies of all stand in the HIS's folder, cwd and PATH."""
    his = app("win32")
    library, loaded = planted
    loaded.unlink(missing_ok=True)
    runtime = his.folder / compiler.runtime_name()
    his_exe = his.folder / "his.exe"
    shutil.copy2(host_program(his.target), his_exe)
    here, on_path = tmp_path / "cwd", tmp_path / "path"
    # Besides those: what the runtime asks Windows for that is not among its guarded names.
    names = [*runtime_names(his), "winspool.drv", "crypt32.dll"]
    for folder in (here, on_path, his.folder):
        folder.mkdir(exist_ok=True)
        for name in names:
            shutil.copy2(library, folder / name)
    his.ini("[printer]\ndriver = zpl\nport = spool:none\n")
    https = hexed(url.replace("http:", "https:").encode())
    lines = [f"chdir {hexed(wine.windows_path(here).encode())}", trans(url), f"trans {https} {asked()}", "autofill",
             "print 31 32 33"]  # fmt: skip
    commands, answers = his.state / "commands", his.state / "answers"
    commands.write_text("\n".join([*lines, "quit"]) + "\n", "ascii")
    command = ["wine", his_exe, *map(wine.windows_path, (his.library, commands, answers))]
    env = his.session.environment({"WINEPATH": wine.windows_path(on_path)})
    nothing = subprocess.DEVNULL
    missing = [None, *(path for path in runtime.iterdir() if path.suffix in (".dll", ".pyd"))]
    for path in missing:
        if path:
            path.rename(tmp_path / path.name)
        done = subprocess.run(command, env=env, timeout=60, check=False, stdin=nothing, stdout=nothing, stderr=nothing)
        if path:
            (tmp_path / path.name).rename(path)
        assert done.returncode == 0, path
        assert len(answers.read_text("ascii").splitlines()) == len(lines)
        assert not loaded.exists(), (path, loaded.read_text("ascii"))


EVIL = "raise SystemExit('planted')\n"


@pytest.fixture
def machine() -> Iterator[dict[str, str]]:
    """The environment of a Windows of the test's own: its registry and its settings are nobody else's."""
    copy = places.CACHE / "tests" / f"windows-{os.getpid()}"  # beside the prefix, on one file system with it
    shutil.rmtree(copy, ignore_errors=True)
    # Hard links, but for what is written: the registry, and our own state folder of earlier tests.
    nothing_of_ours = shutil.ignore_patterns("vcchk", "vcchk.stamp")
    shutil.copytree(places.WINE_PREFIX, copy, symlinks=True, copy_function=link_or_copy, ignore=nothing_of_ours)
    for path in copy.glob("*.reg"):
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
    names = {"WINEPREFIX": str(copy)}
    yield names
    subprocess.run(["wineserver", "-k"], env={**os.environ, **names}, check=False, timeout=60)
    shutil.rmtree(copy, ignore_errors=True)


PYTHON_KEY = r"HKCU\Software\Python\PythonCore"


def test_registry_and_pyvenv_cfg_point_at_hostile_modules(
    app: Apps, url: str, tmp_path: Path, machine: dict[str, str]
) -> None:
    his = app("win32")
    evil = tmp_path / "evil"
    evil.mkdir()
    for name in ("encodings", "os", "json", "site", "sitecustomize", "usercustomize", "socket", "vcchk"):
        (evil / f"{name}.py").write_text(EVIL, "ascii")
    evil_path = wine.windows_path(evil)
    for version in ("3.11", "3.11-32"):
        key = f"{PYTHON_KEY}\\{version}\\PythonPath\\vcchk"
        wine.run(["reg", "add", key, "/ve", "/d", evil_path, "/f"], what="The registry key", seconds=60, env=machine)
    program = host_program(his.target)
    shutil.copy2(program, his.folder / "his.exe")
    for folder in (his.folder, his.folder / compiler.runtime_name()):
        (folder / "pyvenv.cfg").write_text(f"home = {evil_path}\ninclude-system-site-packages = true\n", "ascii")
        (folder / "python311._pth").write_text(f"{evil_path}\nimport site\n", "ascii")
        (folder / "vcchkp311._pth").write_text(f"{evil_path}\nimport site\n", "ascii")
    names = {"PYTHONHOME": evil_path, "PYTHONPATH": evil_path, **machine}
    assert good(alone(his, his.folder / "his.exe", wine.windows_path(his.library), url, names))
    # The registry's trap is set: an ordinary Python of that version falls into it.
    python = winpython.executable(targets.TABLE["win32"])
    with pytest.raises(BuildError, match="planted"):
        wine.run([python, "-S", "-c", ""], what="python.exe", seconds=60, env=machine)


# ---- folders ----


def digest_of(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        total.update(str(path.relative_to(folder)).encode() + str(path.stat().st_mtime_ns).encode())
        if path.is_file():
            total.update(path.read_bytes())
    return total.hexdigest()


@BOTH
def test_read_only_folder(app: Apps, url: str, tmp_path: Path, name: str) -> None:
    """Programs run from shares that nobody may write to: all works, and nothing is tried there."""
    his = app(name)
    real = tmp_path / "real"
    shutil.copytree(his.folder, real)  # real copies: permissions are the file's own
    his.folder = real
    paths = [real, *real.rglob("*")]
    for path in paths:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
    before = digest_of(real)
    try:
        assert good(his.session.run([trans(url), "qrflow 1", "autofill"])[0])
        assert digest_of(real) == before
        assert "Traceback" not in his.session.log()
    finally:
        for path in paths:
            path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o200)


def test_a_share_of_the_network(app: Apps, url: str, machine: dict[str, str]) -> None:
    """\\\\server\\share\\...: Wine looks such paths up in its prefix."""
    his = app("win32")
    server = Path(machine["WINEPREFIX"]) / "dosdevices" / "unc" / "server"
    server.mkdir(parents=True)
    (server / "share").symlink_to(his.folder)
    path = rf"\\server\share\{his.target.dll}"
    assert good(alone(his, host_program(his.target), path, url, machine)), his.session.log()


@BOTH
def test_working_directory_removed_between_calls(app: Apps, url: str, tmp_path: Path, name: str) -> None:
    his = app(name)
    gone = tmp_path / "gone"
    gone.mkdir()
    with (
        mock.patch.dict(os.environ, his.session.environment()),
        demo_programs.HostProgram(his.target, host_program(his.target), his.library) as host,
    ):
        host.ask("chdir", his.path_for(gone).encode().hex())
        assert good(host.ask(*trans(url).split()))
        shutil.rmtree(gone)
        assert good(host.ask(*trans(url).split()))
        host.ask("qrflow", "1")


# ---- threads and ends ----


@BOTH
def test_sixteen_threads_race_for_the_first_transaction(app: Apps, url: str, name: str) -> None:
    answer = app(name).session.run([f"threads 16 {trans(url)}"])[0]
    assert [good(row) for row in answer["answers"]] == [True] * 16


@BOTH
def test_transactions_on_small_stacks(app: Apps, url: str, name: str) -> None:
    deep = hexed(b'{"app_id":"a","key":"k","method":"ehc.x","biz_content":' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"}")
    lines = [f"thread 64 {trans(url)}", f"thread 64 trans {hexed(url.encode())} {deep}", f"thread 64 {trans(url)}"]
    first, nested, last = app(name).session.run(lines)
    assert good(first)
    assert good(last)
    assert nested["ret"] not in ("00", "8009"), "64 levels are allowed, and Python had the stack for them"


@BOTH
def test_unloading_and_loading_between_transactions(app: Apps, url: str, name: str) -> None:
    answers = app(name).session.run(["load", trans(url), *["free", "load", trans(url)] * 100])
    calls = [answer for answer in answers if "ret" in answer]
    assert len(calls) == 101
    assert all(good(answer) for answer in calls)


WAITING = "[scanner]\ndriver = continuous\nport = loop://\nseconds = 60\n"


def seconds_to_exit(his: App, url: str) -> float:
    """Of a program with calls in flight, from its ExitProcess to its end; its exit code is checked."""
    verify = hexed(request("ehc.ehealthcode.verify", ehealth_code="").encode())
    with (
        mock.patch.dict(os.environ, his.session.environment()),
        demo_programs.HostProgram(his.target, host_program(his.target), his.library) as host,
    ):
        assert good(host.ask(*trans(url).split()))
        for stack in ("", "thread 64 "):
            host.ask("start", *f"{stack}trans {hexed(url.encode())} {verify}".split())
        host.ask("sleep", "300")
        assert host.process.stdin is not None
        host.process.stdin.write(b"exit 42\n")
        host.process.stdin.flush()
        started = time.monotonic()
        assert host.process.wait(20) == 42
        return time.monotonic() - started


@BOTH
def test_exit_with_calls_in_flight_takes_less_than_a_second(app: Apps, url: str, name: str) -> None:
    """Both calls wait for a scan of a minute. Three tries: the machine may be busy, a hang is one every time."""
    his = app(name)
    his.ini(WAITING)
    assert any(seconds_to_exit(his, url) < 1 for _ in range(3))


# ---- the machine's settings ----

MANIFEST = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0"><application><windowsSettings>
<activeCodePage xmlns="http://schemas.microsoft.com/SMI/2019/WindowsSettings">UTF-8</activeCodePage>
</windowsSettings></application></assembly>
"""

CODE_PAGE = """
#include <windows.h>
#include "example.h"
typedef char *(__stdcall *transact_fn)(char *, char *, char *);
int main(int count, char **arguments)
{
    static char out[2048];
    HMODULE library = LoadLibraryA("VirtualCardChk.dll");
    transact_fn trans = (transact_fn)(void *)GetProcAddress(library, "VirtualCardTrans");
    if (count != 5)
        return 2;
    example_open(arguments);
    example_number("ansi", (long)GetACP());
    example_text("code", trans(arguments[2], example_read(arguments[3]), out));
    example_text("out", out);
    return 0;
}
"""


@pytest.fixture(scope="module")
def code_page_host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("codepage")
    (folder / "codepage.c").write_text(CODE_PAGE, "ascii")
    return compiler.build_program("win32", folder / "codepage.exe", folder / "codepage.c", f"-I{SOURCES}")


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
@pytest.mark.parametrize("page", ["936", "1252", "65001"])
def test_ansi_code_pages(
    app: Apps, url: str, code_page_host: Path, machine: dict[str, str], page: str, encoding: str
) -> None:
    """The bytes of the request count, not the machine's code page: the reply comes in the request's encoding."""
    his = app("win32")
    his.put(code_page_host)
    if page == "1252":  # Wine takes the code page from the locale when its server starts
        machine |= {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
    elif page == "65001":
        (his.folder / "codepage.exe.manifest").write_text(MANIFEST, "ascii")
    answers = his.run([his.folder / "codepage.exe"], url, encoding=encoding, env=machine)
    assert answers["ansi"] == page
    assert answers["code"] == "00"
    assert json.loads(answers["out"])["user_name"] == PERSON.user_name


# ---- what else the program has installed ----


def test_handlers_on_windows(app: Apps, url: str) -> None:
    his = app("win32")
    program = compiler.build_program("win32", his.folder / "handlers.exe", SOURCES / "handlers.c")
    answers = his.run([program], url)
    assert answers["good"] == answers["calls"]
    assert (answers["mended"], answers["others"]) == ("2", "0"), "the program's faults are the program's"
    assert answers["during"] == "0", "no exception of ours passes the program's handlers"
    assert (answers["filter"], answers["mode"], answers["signals"]) == ("1", "1", "6 of 6")
    assert answers["end"] == "reached"


def test_handlers_on_linux(app: Apps, url: str) -> None:
    his = app("linux")
    program = compiler.build_program("linux", his.folder / "handlers", SOURCES / "handlers.c", "-ldl")
    answers = his.run([program], url)
    assert answers["good"] == answers["calls"]
    assert (answers["ticks"], answers["mended"]) == ("1", "2")
    assert answers["signals"] == "10 of 10"
    assert (answers["mask"], answers["stack"]) == ("1", "1")
    assert answers["end"] == "reached"


def test_all_decoys_and_a_transaction(app: Apps, url: str, planted: tuple[Path, Path], tmp_path: Path) -> None:
    """Other libraries of every public name are loaded first; ours are not mistaken for them, encryption included."""
    his = app("win32")
    lines = []
    for name in ("python311.dll", "libcrypto-3.dll", "libssl-3.dll", "libffi-8.dll", "sqlite3.dll", "vcruntime140.dll"):
        shutil.copy2(planted[0], tmp_path / name)
        lines.append(f"preload {hexed(wine.windows_path(tmp_path / name).encode())}")
    answers = his.session.run([*lines, trans(url), "qrflow 1", "autofill", "print 31 32 33"])
    assert [answer.get("ok") for answer in answers[: len(lines)]] == [True] * len(lines)
    assert good(answers[len(lines)])


def test_another_cpython_runs_in_the_program_after_ours(app: Apps, url: str) -> None:
    """Our library first, then python311.dll of python.org with its own libraries, in one process."""
    his = app("win32")
    python = winpython.home(targets.TABLE["win32"])
    names = ("vcruntime140.dll", "libcrypto-3.dll", "libssl-3.dll", "libffi-8.dll", "sqlite3.dll", "python311.dll")
    lines = [f"preload {hexed(wine.windows_path(python / name).encode())}" for name in names]
    answers = his.session.run([trans(url), *lines, trans(url)])
    assert [answer.get("ok") for answer in answers[1:-1]] == [True] * len(lines)
    assert good(answers[0])
    assert good(answers[-1])


def test_a_csharp_and_a_c_caller_share_no_memory(app: Apps, url: str) -> None:
    """A .NET program that also has native callers: returned texts stay good while the runtime frees its own."""
    his = app("win32")
    program = need(toolchains.compile_csharp, SOURCES / "csharp_host.cs", his.folder / "csharp_host.dll")
    check(his.run([need(toolchains.dotnet), wine.windows_path(program)], url, encoding="utf-8"))
