"""Each kind of host program does its calls, on the real library and against the real sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from native import compile as compiler
from native.buildkit import places, targets, toolchains, wine, winpython

from .compiled import SOURCES, App, check, need

pytestmark = pytest.mark.timeout(300)

Apps = Callable[[str], App]
MSVC_NAMES = ("_VirtualCardTrans@12", "_EhealthID_Print@12", "_SetEcQrcode@4", "_NationEcTrans@12", "Set_QRflow_Mode")


def msvc_import_library(out_file: Path) -> Path:
    """Make VirtualCardChk.lib as MSVC's `lib /def` does: it asks for the decorated names (32 bit)."""
    definition = out_file.with_suffix(".def")
    lines = ["LIBRARY VirtualCardChk", "EXPORTS", *(f"    {name}" for name in MSVC_NAMES)]
    definition.write_text("\n".join(lines) + "\n", "ascii")
    compiler.zig("lib", f"/def:{definition}", "/machine:x86", f"/out:{out_file}")
    return out_file


def test_linked_by_the_import_library(app: Apps, url: str, tmp_path: Path) -> None:
    """Decorated names, and 10,000 calls of each function without the stack being put right in between."""
    his = app("win32")
    library = msvc_import_library(tmp_path / "VirtualCardChk.lib")
    program = compiler.build_program("win32", his.folder / "linked.exe", SOURCES / "linked.c", library)
    answers = his.run([program], url)
    check(answers)
    drifts = {name: drift for name, drift in answers.items() if name.startswith("drift.")}
    assert drifts == dict.fromkeys(drifts, "0")
    assert len(drifts) == 5
    assert answers["end"] == "reached"


def test_powerbuilder(app: Apps, url: str) -> None:
    his = app("win32")
    program = compiler.build_program("win32", his.folder / "powerbuilder.exe", SOURCES / "powerbuilder.c")
    answers = his.run([program], url)
    check(answers)
    assert (answers["again.code"], answers["again.out"]) == (answers["open.code"], answers["open.out"])
    assert answers["end"] == "reached"


def test_visual_basic(app: Apps, url: str) -> None:
    his = app("win32")
    his.ini("[abi]\nqrflow_convention = stdcall\n")
    source = SOURCES / "visualbasic.c"
    program = compiler.build_program("win32", his.folder / "visualbasic.exe", source, "-loleaut32", "-lole32")
    answers = his.run([program], url)
    check(answers)
    assert answers["ansi"] == "936"
    assert answers["drift"] == "0"
    assert answers["end"] == "reached"


def test_visual_basic_notices_the_wrong_convention(app: Apps, url: str) -> None:
    """The check of the stack pointer can fail: without the INI's line Set_QRflow_Mode is cdecl."""
    his = app("win32")
    source = SOURCES / "visualbasic.c"
    program = compiler.build_program("win32", his.folder / "visualbasic.exe", source, "-loleaut32", "-lole32")
    assert his.run([program], url)["drift"] == "4"


def test_delphi(app: Apps, url: str) -> None:
    """Floating point words are the host's before and after every call, in the main thread and in a TThread."""
    his = app("win32")
    program = need(toolchains.compile_pascal, SOURCES / "delphi_host.pas", his.folder / "delphi_host.exe")
    answers = his.run([program], url)
    for prefix in ("", "second.", "thread."):
        check(answers, prefix)
        assert answers[f"{prefix}overflow.code"] == "9002"
        # The second and the thread set $1332. Bit 6 is reserved and reads as 1 (Intel SDM volume 1, figure 8-6).
        assert answers[f"{prefix}words"] == "1372 1900"
        assert answers[f"{prefix}changed"] == ""
    assert answers["start.words"] == "1372 1900", "a Pascal program starts unmasked by itself"
    for thread in ("main", "thread"):
        assert answers[f"{thread}.raises"] == answers[f"{thread}.raises.before"]
        assert "EZeroDivide" in answers[f"{thread}.raises"]
        assert "nothing" not in answers[f"{thread}.raises"]
    assert answers["end"] == "reached"


def check_csharp(answers: dict[str, str], bits: str, ansi: str) -> None:
    check(answers)
    assert (answers["bits"], answers["ansi"]) == (bits, ansi)
    for kind in ("string", "bytes"):
        assert answers[f"{kind}.open.code"] == "00"
        assert answers[f"{kind}.open.out"] == answers["open.out"]
    assert answers["freed"] == "400"
    assert answers["end"] == "reached"


HEAP = "warn+heap"
COMPLAINT = "invalid block type"


def test_csharp_on_windows(app: Apps, url: str, tmp_path: Path) -> None:
    """32-bit .NET Core: `string` is freed by the runtime, and Wine's heap finds nothing wrong with that."""
    his = app("win32")
    program = need(toolchains.compile_csharp, SOURCES / "csharp_host.cs", his.folder / "csharp_host.dll")
    dotnet = need(toolchains.dotnet)
    complaints = tmp_path / "heap"
    command = [dotnet, wine.windows_path(program)]
    env = {"WINEDEBUG": HEAP, "DOTNET_CLI_TELEMETRY_OPTOUT": "1"}
    with complaints.open("wb") as heap:
        check_csharp(his.run(command, url, encoding="utf-8", env=env, stderr=heap), "32", "936")
    assert COMPLAINT not in complaints.read_text("utf-8", "replace")
    with complaints.open("wb") as heap:
        his.run(command, url, "control", encoding="utf-8", env=env, stderr=heap)
    assert COMPLAINT in complaints.read_text("utf-8", "replace"), "the complaint would have been seen"


def test_csharp_on_mono(app: Apps, url: str) -> None:
    """The same source on Linux; Mono finds libVirtualCardChk.so for VirtualCardChk.dll by itself."""
    his = app("linux")
    program = need(toolchains.compile_csharp, SOURCES / "csharp_host.cs", his.folder / "csharp_host.exe")
    # glibc aborts the program on free() of memory that is not its own.
    env = {"MALLOC_CHECK_": "3", "LD_LIBRARY_PATH": str(his.folder)}
    check_csharp(his.run([need(toolchains.mono), program], url, encoding="utf-8", env=env), "64", "65001")


def test_node(app: Apps, url: str) -> None:
    his = app("win32")
    his.put(SOURCES / "node_host.js")
    node = need(toolchains.node)
    env = {"NODE_PATH": wine.windows_path(places.NPM / "node_modules")}
    answers = his.run([node, wine.windows_path(his.folder / "node_host.js")], url, encoding="utf-8", env=env)
    check(answers)
    assert answers["bits"] == "32"
    assert (answers["async.code"], answers["async.out"]) == ("00", answers["open.out"])
    assert answers["end"] == "reached"


@pytest.mark.parametrize("name", ["win32", "win64"])
def test_python(app: Apps, url: str, name: str) -> None:
    """A real other CPython 3.11 in the process, with OpenSSL, libffi and SQLite of the public names."""
    his = app(name)
    his.put(SOURCES / "python_host.py")
    python = winpython.executable(targets.TABLE[name])
    assert python.is_file(), "the build makes it"
    answers = his.run([python, wine.windows_path(his.folder / "python_host.py")], url)
    check_python(answers, str(targets.TABLE[name].bits))


def check_python(answers: dict[str, str], bits: str) -> None:
    check(answers)
    assert answers["bits"] == bits
    assert (answers["own.sqlite"], answers["own.openssl"]) == ("42", "OpenSSL")
    assert answers["own.sha256"].startswith("e3b0c44298fc1c14")
    assert answers["own.json"] == '[1, {"a": "b"}]'
    assert (answers["own.path"], answers["own.modules"]) == ("", ""), "nothing of ours in the program's interpreter"
    assert answers["end"] == "reached"


def test_python_on_linux(app: Apps, url: str) -> None:
    his = app("linux")
    answers = his.run([os.fspath(places.VENV_PYTHON), "-I", SOURCES / "python_host.py"], url)
    check_python(answers, "64")
