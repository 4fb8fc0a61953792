"""The process is the program's: what it holds is there after a call, and what it is like does not reach Python."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from native import compile as compiler
from native import messages
from native.buildkit import demo_programs, places, toolchains
from tests.faults.certificates import Authority
from tests.insurance.autofill import desktop
from tests.native.conftest import hexed, host_program
from vcchk.settings import ini

from . import sanitized
from .compiled import INI, PERSON, SOURCES, App, need, request

pytestmark = pytest.mark.timeout(180)

Apps = Callable[[str], App]
EACH = pytest.mark.parametrize("name", ["win32", "win64", "linux"])

STATES = ["clean", "full", "half", "mmx", "unmasked", "pending", "sse"]


@EACH
@pytest.mark.parametrize("state", STATES)
def test_floating_point_state(app: Apps, url: str, name: str, state: str) -> None:
    """Values on the x87 stack, MMX without EMMS, unmasked exceptions: calls work, all is as it was afterwards."""
    his = app(name)
    suffix = ".exe" if his.target.windows else ""
    libraries = () if his.target.windows else ("-ldl",)
    program = compiler.build_program(name, his.folder / f"fpu{suffix}", SOURCES / "fpu.c", *libraries)
    answers = his.run([program], url, state)
    assert [answers[f"code.{n}"] for n in range(3)] == ["00"] * 3, his.session.log()[-2000:]
    assert json.loads(answers["out"])["user_name"] == PERSON.user_name
    assert answers["refused"] == "9001"
    assert answers["changed"] == "0"
    assert answers["end"] == "reached"
    assert "nan" not in his.session.log()


# ---- peers that go away ----


@contextlib.contextmanager
def going_away(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server on loopback that closes each connection at once (after the handshake); yields its port.

    The peer's first write is answered by a reset then, and its second one is a broken pipe.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), connection:
                    if context is not None:
                        context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.mark.parametrize("kind", ["default", "handler", "blocked", "waiting"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_sigpipe_reaches_the_program(app: Apps, tmp_path: Path, scheme: str, kind: str) -> None:
    his = app("linux")
    program = compiler.build_program("linux", his.folder / "pipes", SOURCES / "pipes.c", "-ldl")
    (his.state / "request.gbk").write_bytes(request(id_type="01", id_no="9" * 60_000).encode("gbk"))
    context = Authority(tmp_path).context() if scheme == "https" else None
    with going_away(context) as port, going_away() as printer:
        his.ini(
            "[gateway]\nverify = no\ntimeout = 5\nconnect_tries = 0\n"
            f"[printer]\ndriver = zpl\ncopies = 9\nport = socket://127.0.0.1:{printer}\n"
        )
        answers = his.run([program], f"{scheme}://127.0.0.1:{port}/", kind, "4")
    assert answers["code"] in ("8001", "8002", "8004"), his.session.log()[-2000:]
    assert answers["handled"] == "0"
    assert answers["waits"] == ("1" if kind == "waiting" else "0")
    assert answers["blocked"] == ("1" if kind in ("blocked", "waiting") else "0")
    assert answers.get("own", "1") == "1", "the program's own handler works as before"
    assert answers["end"] == "reached"


# ---- fork ----


@pytest.mark.parametrize(("when", "devices"), [("before", ""), ("between", ""), ("between", "printer")])
def test_a_fork_without_calls_in_flight_goes_on(app: Apps, url: str, when: str, devices: str) -> None:
    his = app("linux")
    his.ini("[printer]\ndriver = zpl\nport = loop://\n" if devices else "")
    program = compiler.build_program("linux", his.folder / "forks", SOURCES / "forks.c", "-ldl", "-pthread")
    answers = his.run([program], url, when, "4")
    assert (answers["ok"], answers["refused"], answers["other"], answers["hung"]) == ("4", "0", "0", "0"), answers
    assert answers["last"] == "00"
    assert answers["end"] == "reached"


@pytest.mark.parametrize("devices", ["", "printer"])
def test_a_fork_while_others_call_never_hangs(app: Apps, url: str, devices: str) -> None:
    """Locks that other threads held stay locked in the child for ever, so it is refused with a sentence."""
    his = app("linux")
    his.ini("[printer]\ndriver = zpl\nport = loop://\n" if devices else "")
    program = compiler.build_program("linux", his.folder / "forks", SOURCES / "forks.c", "-ldl", "-pthread")
    answers = his.run([program], url, "during", "12")
    assert (answers["other"], answers["hung"]) == ("0", "0"), answers
    assert int(answers["refused"]) > 0
    assert "fork" in answers["sentence"]
    assert answers["sentence"].endswith("[8009]")
    assert answers["last"] == "00"


# ---- what the program does to its Windows ----


def test_winsock_that_the_program_ended(app: Apps, url: str) -> None:
    his = app("win32")
    program = compiler.build_program("win32", his.folder / "winsock.exe", SOURCES / "winsock.c", "-lws2_32")
    answers = his.run([program], url)
    assert answers["ended"] == "1", "the sockets are really gone"
    assert (answers["first"], answers["second"], answers["third"]) == ("00", "00", "00"), his.session.log()[-2000:]
    assert answers["last"] == "00"
    assert answers["end"] == "reached"


@pytest.mark.parametrize("kilobytes", [64, 1024, 4096, 6144, 8192, 12288, 16384])
def test_address_space_that_is_used_up(app: Apps, url: str, kilobytes: int) -> None:
    """Whatever fails for it, the answer says so, and does not ask for the folder to be copied again."""
    his = app("win32")
    program = compiler.build_program("win32", his.folder / "crowded.exe", SOURCES / "crowded.c")
    answers = his.run([program], url, str(kilobytes))
    assert answers["end"] == "reached"
    if kilobytes > 4096 and answers["code"] == "00":
        return  # it was enough
    assert answers["code"] == "8009"
    assert "内存" in answers["out"], answers["out"] + his.session.log()[-2000:]
    assert "复制" not in answers["out"]


# ---- two copies of the folder ----


@pytest.mark.parametrize("name", ["win32", "linux"])
def test_two_copies_in_one_process(app: Apps, url: str, tmp_path: Path, name: str) -> None:
    his = app(name)
    second = tmp_path / "second"
    shutil.copytree(his.folder, second)
    program = compiler.build_program(
        name, his.folder / "copies.exe", SOURCES / "copies.c", *(() if his.target.windows else ("-ldl",))
    )
    answers = his.run([program], url, his.path_for(second / his.target.dll))
    assert (answers["first"], answers["second"], answers["again"]) == ("00", "00", "00"), his.session.log()
    assert json.loads(answers["out"])["user_name"] == PERSON.user_name
    warnings = [line for line in his.session.log().splitlines() if " WARN " in line and "second" in line]
    assert len(warnings) == 1
    assert "one copy" in warnings[0]


@pytest.mark.parametrize("name", ["win32", "linux"])
def test_a_second_copy_of_another_release(app: Apps, url: str, tmp_path: Path, name: str) -> None:
    his = app(name)
    second = tmp_path / "second"
    shutil.copytree(his.folder, second)
    with mock.patch.object(compiler, "version", return_value="9.9.9"):
        compiler.build_shim(name, second)
    program = compiler.build_program(
        name, his.folder / "copies.exe", SOURCES / "copies.c", *(() if his.target.windows else ("-ldl",))
    )
    answers = his.run([program], url, his.path_for(second / his.target.dll))
    assert (answers["first"], answers["second"], answers["again"]) == ("00", "8009", "00")
    assert "另一版本" in answers["out"]
    assert "9.9.9" in his.session.log()


# ---- a start that fails for a moment ----

PARTS = ("vcchk_core", "vcchkp311", "core.zip", "_cffi_backend")
HELD = [(name, part) for name in ("win32", "linux") for part in PARTS]


@pytest.mark.parametrize(("name", "part"), [*HELD, ("win32", "_socket")])
def test_a_start_that_failed_is_tried_again(app: Apps, url: str, name: str, part: str) -> None:
    """A file that an antivirus program holds for a moment, played by one that is not there yet."""
    his = app(name)
    runtime = his.folder / his.target.runtime.name
    files = [path for path in runtime.iterdir() if path.name.removeprefix("lib").startswith(part)]
    assert files, part
    line = f"trans {hexed(url.encode())} {hexed(request().encode('gbk'))}".split()
    with (
        mock.patch.dict(os.environ, his.session.environment()),
        demo_programs.HostProgram(his.target, host_program(his.target), his.library) as host,
    ):
        for path in files:
            path.rename(path.with_name(f"{path.name}.held"))
        assert [host.ask(*line)["ret"] for _ in range(3)] == ["8009"] * 3
        for path in files:
            path.with_name(f"{path.name}.held").rename(path)
        assert [host.ask(*line)["ret"] for _ in range(2)] == ["00"] * 2, his.session.log()
    assert his.session.log().count(f" ERROR {his.target.dll}: ") == 1, "one line for one cause"


# ---- a key of the INI that holds without Python ----

STDCALL = '; 呼叫约定\r\n[abi]\r\n　qrflow_convention　=　"StdCall" \r\n[log]\r\nlevel = info ; 中文\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("broken", [False, True])
def test_the_convention_holds_without_python(app: Apps, encoding: str, broken: bool) -> None:
    his = app("win32")
    (his.folder / INI).unlink(missing_ok=True)
    data = STDCALL.encode(encoding)
    (his.folder / INI).write_bytes(b"\xfe\xff" + data if encoding == "utf-16-be" else data)
    if broken:
        shutil.rmtree(his.folder / his.target.runtime.name)
    answers = his.session.run(["qrflow 1", "repeat 1000 qrflow 1"])
    assert [answer["popped"] for answer in answers] == [4, 4]
    assert (answers[0]["ret"] == 8009) == broken


@pytest.fixture(scope="module")
def says_stdcall(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], bool]:
    """native/shim/ini.c, called from here."""
    folder = tmp_path_factory.mktemp("ini")
    (folder / "messages.h").write_text(messages.header(compiler.runtime_name()), "ascii")
    shim, options = places.NATIVE / "shim", (f"-I{folder}", "-fvisibility=default")
    built = compiler.build_program("linux", folder / "ini.so", "-shared", shim / "ini.c", shim / "utf8.c", *options)
    function = ctypes.CDLL(str(built)).ini_says_stdcall
    function.argtypes = (ctypes.c_char_p, ctypes.c_size_t)
    return lambda data: bool(function(data, len(data)))


PIECES = st.sampled_from(
    ["[abi]", "[ ABI ]", "[abi", "[abi:x]", "[log]", "[中文]", "qrflow_convention", "QRFlow_Convention", "=", " = ",
     "　=　", "stdcall", "STDCALL", "cdecl", '"stdcall"', "'stdcall'", '"stdcall', "stdcall2", " ", "\t", "　", "\n",
     "\r\n", "\r", "\n\n", "【abi】", "［", "］", "＝", ":", "：", "“stdcall”", "“", "”", "\ufeff", "\u200b", "\x01",
     "\n【abi】\nqrflow_convention：stdcall\n", ";", "#", "x", "联通", "电子健康卡", "\U00020bb7", "\x0b", "\x1c", "\0",
     "＃", "a" * 70, "[abi]\nqrflow_convention=stdcall\n"]
)  # fmt: skip


@settings(
    max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    pieces=st.lists(PIECES, max_size=24),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"]),
    end=st.binary(max_size=3),
)
def test_both_readers_of_the_ini_agree(
    says_stdcall: Callable[[bytes], bool], pieces: list[str], encoding: str, end: bytes
) -> None:
    data = "".join(pieces).encode(encoding)
    if encoding == "utf-16-be":
        data = b"\xfe\xff" + data
    if encoding.startswith("utf-8"):
        end = end.decode("utf-8", "ignore").encode()
    entries, _ = ini.parse(ini.decode(data + end))
    values = [value for section, key, value, _ in entries if (section, key) == ("abi", "qrflow_convention")]
    assert says_stdcall(data + end) == (values[-1:] != [] and values[-1].lower() == "stdcall")


# ---- the longest inputs ----


@pytest.mark.parametrize("length", [100, 3000, 4000, 4085, 4095, 4096, 4200, 20_000])
def test_the_longest_state_folder(app: Apps, url: str, length: int) -> None:
    """Without a runtime the C side names the log's file; AddressSanitizer ends the program at a byte too many."""
    need(toolchains.gcc)
    his = app("linux")
    sanitized.rebuild(his.folder)
    shutil.rmtree(his.folder / his.target.runtime.name)
    program = sanitized.program(SOURCES / "pipes.c", his.folder / "pipes")
    state = str(his.state) + "/" + "x/" * length
    answers = his.run(
        [program], url, "default", "1", env={**sanitized.ENVIRONMENT, "XDG_STATE_HOME": state[: length + 20]}
    )
    assert answers["code"] == "8009"
    assert answers["end"] == "reached"


@pytest.mark.parametrize("depth", [10, 15, 18])
def test_the_longest_folder(app: Apps, url: str, tmp_path: Path, depth: int) -> None:
    """The library's own path comes near to the longest there is; what is said of it is cut."""
    need(toolchains.gcc)
    his = app("linux")
    sanitized.rebuild(his.folder)
    shutil.rmtree(his.folder / his.target.runtime.name)
    program = sanitized.program(SOURCES / "pipes.c", his.folder / "pipes")
    deep = tmp_path.joinpath(*["d" * 200] * depth)
    deep.mkdir(parents=True)
    shutil.copy2(his.library, deep / his.target.dll)
    answers = his.run([program], url, "default", "1", env=sanitized.ENVIRONMENT, library=str(deep / his.target.dll))
    assert answers["code"] == "8009"
    assert answers["end"] == "reached"


# ---- what a window procedure leaves ----


def test_a_window_procedure_that_spoils_the_floating_point_unit(app: Apps, url: str, tmp_path: Path) -> None:
    """The pump runs the program's own code between Python's; both go on as if the other were not there."""
    if desktop.lacking():
        pytest.skip(f"LOUD SKIP: no Windows desktop here: {desktop.lacking()}")
    his = app("win32")
    his.ini("[scanner]\ndriver = continuous\nport = loop://\nseconds = 2\n")
    program = compiler.build_program("win32", his.folder / "window.exe", SOURCES / "window_fpu.c", "-luser32")
    waiting = his.state / "waiting"
    waiting.write_bytes(request("ehc.ehealthcode.verify", ehealth_code="").encode("gbk"))
    with desktop.running(tmp_path) as display:
        answers = his.run([program], url, his.path_for(waiting), env=display.environment)
    assert answers["spoiled"] == "1"
    assert answers["waited"] not in ("00", "8009", "9001"), (answers["said"], his.session.log()[-2000:])
    assert answers["code"] == "00", his.session.log()[-2000:]
    assert "nan" not in his.session.log()
    assert answers["end"] == "reached"
