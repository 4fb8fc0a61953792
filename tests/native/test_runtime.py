"""Where the folder lies, what is broken in it, what surrounds it: the host lives, and the answer says what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from native import compile as compiler
from native import pe
from native.buildkit import targets, wine

from .conftest import SECONDS, WORK, Copier, Session, host_program, make_decoy
from .test_calls import ASKED, NULLS, URL, text

BROKEN = {
    "no runtime": ("", None, "缺少"),
    "no core": ("core", None, "缺少"),
    "no python": ("python", None, "缺少"),
    "empty core": ("core", 0, "损坏"),
    "truncated core": ("core", 3000, "损坏"),
    "no library": ("core.zip", None, "启动失败"),
    "empty library": ("core.zip", 0, "启动失败"),
    "truncated library": ("core.zip", 100_000, "启动失败"),
    "no backend": ("_cffi_backend", None, "启动失败"),
}


def files_of(session: Session, part: str) -> list[Path]:
    runtime = session.folder / session.target.runtime.name
    names = {
        "": [runtime],
        "core": [runtime / ("vcchk_core.dll" if session.target.windows else "libvcchk_core.so")],
        "python": [runtime / ("vcchkp311.dll" if session.target.windows else "libvcchkp311.so")],
    }
    found = names.get(part) or [path for path in runtime.iterdir() if path.name.startswith(part)]
    assert found, part
    assert all(path.exists() for path in found), part
    return found


@pytest.mark.parametrize("case", BROKEN)
def test_broken_runtime(copied: Copier, case: str) -> None:
    part, size, sentence = BROKEN[case]
    session = copied("app")
    for path in files_of(session, part):
        if path.is_dir():
            shutil.rmtree(path)
            continue
        data = path.read_bytes()
        path.unlink()  # it is a hard link to the built one
        if size is not None:
            path.write_bytes(data[:size])
    utf8 = "姓名".encode()
    lines = [f"trans {URL} {ASKED}", f"trans {URL} {utf8.hex()}", "qrflow 1", "print 31 32 33", "autofill", NULLS]
    lines += [f"nation {URL} {ASKED}", f"nation {URL} {utf8.hex()}"]
    answers = session.run(lines)
    assert [answer["ret"] for answer in answers] == ["8009", "8009", 8009, 8009, 8009, "8009", "8009", "8009"]
    for answer, encoding in ((answers[0], "gb18030"), (answers[1], "utf-8"), (answers[4], "gb18030")):
        assert sentence in text(answer, encoding)
        assert text(answer, encoding).endswith("[8009]")
        assert answer["tail"]
    for answer, encoding in ((answers[6], "gb18030"), (answers[7], "utf-8")):
        failure = json.loads(text(answer, encoding))
        assert (failure["code"], failure["data"]) == (-1, None)
        assert failure["message"].endswith("[8009]")
        assert sentence in failure["message"]
    assert session.log().count(f" ERROR {session.target.dll}: ") == 1, "the cause is in the log, once"


FOLDERS = {
    "blanks and Chinese": "Program Files (x86)/门诊 收费/电子健康卡",
    "rare characters": "𠮷㐀 his",
}


@pytest.mark.parametrize("name", FOLDERS)
def test_the_folder_works_anywhere(copied: Copier, name: str) -> None:
    session = copied(FOLDERS[name])
    answers = session.run([f"trans {URL} {ASKED}", NULLS, "qrflow 1"])
    assert [answer["ret"] for answer in answers] == ["9002", "9001", 9005]


def test_a_path_of_240_characters(copied: Copier, tmp_path: Path) -> None:
    session = copied("x")
    longest = (
        240
        - len(wine.windows_path(tmp_path) if session.target.windows else str(tmp_path))
        - len(session.target.dll)
        - 2
    )
    parts = Path(*["d" * 40] * (longest // 41), "e" * max(longest % 41, 1))
    (tmp_path / parts).parent.mkdir(parents=True)
    session.folder = session.folder.rename(tmp_path / parts)
    assert session.run([f"trans {URL} {ASKED}", NULLS])[0]["ret"] == "9002"


def test_working_directory_changes_between_calls(session: Session, tmp_path: Path) -> None:
    folder_path = wine.windows_path(tmp_path) if session.target.windows else str(tmp_path)
    root = "C:\\" if session.target.windows else "/"
    answers = session.run(
        [f"chdir {root.encode().hex()}", NULLS, f"chdir {folder_path.encode().hex()}", f"trans {URL} {ASKED}"]
    )
    assert [answer.get("ret") for answer in answers] == [None, "9001", None, "9002"]


STREAMS = {"to files": "files", "closed": "closed", "pipes": "pipes"}


@pytest.mark.parametrize("kind", STREAMS.values(), ids=STREAMS)
def test_standard_handles(session: Session, tmp_path: Path, kind: str) -> None:
    lines = [f"trans {URL} {ASKED}", NULLS]
    if kind == "files":
        with (
            (tmp_path / "in").open("w+b") as first,
            (tmp_path / "out").open("wb") as second,
            (tmp_path / "err").open("wb") as third,
        ):
            answers = session.run(lines, stdin=first, stdout=second, stderr=third)
        assert (tmp_path / "out").read_bytes() == b""
    elif kind == "pipes":
        answers = session.run(lines, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    else:

        def close() -> None:
            for descriptor in (0, 1, 2):
                os.close(descriptor)

        answers = session.run(lines, stdin=None, stdout=None, stderr=None, preexec_fn=close)
    assert [answer["ret"] for answer in answers] == ["9002", "9001"]


def test_hostile_environment(session: Session, tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    evil.mkdir()
    for name in ("encodings", "json", "sitecustomize", "usercustomize", "_socket", "vcchk"):
        (evil / f"{name}.py").write_text("raise SystemExit('planted')\n", "ascii")
    folder_path = wine.windows_path(evil) if session.target.windows else str(evil)
    names = {
        "PYTHONHOME": folder_path,
        "PYTHONPATH": folder_path,
        "PYTHONSTARTUP": folder_path,
        "PYTHONIOENCODING": "cp037",
    }
    assert session.run([f"trans {URL} {ASKED}"], env=names)[0]["ret"] == "9002"


def test_decoys_of_every_public_name(win32: Session, tmp_path: Path) -> None:
    """Libraries of the public base names are loaded first and have nothing that ours need (docs/hosts.md, fact 4)."""
    lines = []
    for name in ("python311.dll", "libcrypto-3.dll", "libssl-3.dll", "libffi-8.dll", "sqlite3.dll", "vcruntime140.dll"):
        decoy = make_decoy(tmp_path, name)
        assert "decoy" in pe.Image(decoy.read_bytes()).exports()
        lines.append(f"preload {wine.windows_path(decoy).encode().hex()}")
    answers = win32.run([*lines, f"trans {URL} {ASKED}", NULLS])
    assert [answer.get("ok") for answer in answers[: len(lines)]] == [True] * len(lines)
    assert [answer["ret"] for answer in answers[len(lines) :]] == ["9002", "9001"]


WAITING = "[scanner]\ndriver = continuous\nport = loop://\nseconds = {seconds}\n"
VERIFY = (
    b'{"app_id":"A","term_id":"T","key":"0123456789abcdef","method":"ehc.ehealthcode.verify",'
    b'"biz_content":{"ehealth_code":""}}'
).hex()


def test_stdcall_set_qrflow_mode_by_setting(win32: Session, tmp_path: Path) -> None:
    ini = tmp_path / "stdcall.ini"
    ini.write_text("[abi]\nqrflow_convention = stdcall\n", "ascii")
    answers = win32.run(["qrflow 1", "repeat 1000 qrflow 1"], env={"VCCHK_INI": wine.windows_path(ini)})
    assert [answer["popped"] for answer in answers] == [4, 4]


def test_exit_with_calls_in_flight_is_quick_and_keeps_its_code(win32: Session, tmp_path: Path) -> None:
    ini = tmp_path / "waiting.ini"
    ini.write_text(WAITING.format(seconds=2 * SECONDS), "ascii")  # who waits for it, outlasts the run's time
    win32.run(
        [NULLS, f"start trans {URL} {VERIFY}", f"start thread 64 trans {URL} {VERIFY}", "sleep 300", "exit 42"],
        env={"VCCHK_INI": wine.windows_path(ini)}, quits=False,
    )  # fmt: skip
    assert win32.exit_code == 42


HOSTING = """
import ctypes, sys, os, json, ssl, sqlite3, hashlib, zlib
library = ctypes.CDLL(sys.argv[1])
library.VirtualCardTrans.restype = ctypes.c_char_p
out = ctypes.create_string_buffer(2048)
for _ in range(3):
    ret = library.VirtualCardTrans(b"http://127.0.0.1:1/", b'{"app_id":"A","method":"m"}', out)
print(ret.decode(), json.loads("[1]"), bool(sqlite3.sqlite_version), hashlib.sha256(b"").hexdigest()[:4])
"""


def other_pythons() -> list[str]:
    """Every python3.x of this machine that starts, the running one first."""
    names = [sys.executable]
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    names += [str(path) for path in sorted(versions.glob("3.*/bin/python3"))]
    names += [path for version in range(6, 15) if (path := shutil.which(f"python3.{version}", path="/usr/bin"))]
    return names


@pytest.mark.slow
def test_inside_python_programs_of_any_version(state: Path) -> None:
    target = targets.TABLE["linux"]
    library = target.dist / target.dll
    assert library.is_file()
    for python in dict.fromkeys(other_pythons()):
        done = subprocess.run(
            [python, "-c", HOSTING, str(library)], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "XDG_STATE_HOME": str(state)},
        )  # fmt: skip
        if "No module named" in done.stderr:
            continue  # an interpreter without ctypes or ssl is no host
        assert done.returncode == 0, (python, done.stderr)
        assert done.stdout.split() == ["9002", "[1]", "True", "e3b0"], python
    assert list(state.rglob("vcchk-*.log")), "XDG_STATE_HOME of the host is known inside"


def test_the_command_line_shares_the_runtime(session: Session, tmp_path: Path) -> None:
    program = session.target.dist / session.target.exe
    command = [*(wine.prefixed() if session.target.windows else []), str(program), "--help"]
    piped = subprocess.run(
        command, env=session.environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )
    with (tmp_path / "out").open("wb") as out:
        filed = subprocess.run(
            command,
            env=session.environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            timeout=60,
            check=False,
        )
    assert (piped.returncode, filed.returncode) == (0, 0)
    charset = "gbk" if session.target.windows else "utf-8"  # the console's code page
    folder_path = piped.stdout.decode(charset).replace("\r", "")
    assert "sandbox" in folder_path
    assert (tmp_path / "out").read_bytes().decode(charset).replace("\r", "") == folder_path


@pytest.mark.slow
def test_host_program_compiles_to_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("win32", "linux"):
        first = compiler.build_shim(name, tmp_path / "1").read_bytes()
        second = compiler.build_shim(name, tmp_path / "2").read_bytes()
        assert first == second
    assert host_program(targets.TABLE["linux"]).is_relative_to(WORK)


def test_vcchk_taken_out_of_the_zip_alone(copied: Copier) -> None:
    """As Explorer starts it from its view into a zip."""
    session = copied("app")
    (runtime,) = files_of(session, "")
    shutil.rmtree(runtime)
    command = [*(wine.prefixed() if session.target.windows else []), str(session.folder / session.target.exe), "setup"]
    done = subprocess.run(
        command, env=session.environment(), capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL, check=False
    )
    told = done.stderr.decode("gb18030" if session.target.windows else "utf-8")
    assert (done.returncode, done.stdout, told.count("\n")) == (3, b"", 1)
    assert "请先解压整个发布包再运行" in told
