"""The programs of docs/examples, which the integration guide prints: each is compiled as its language does it, and run.

PowerBuilder and Visual Basic 6 are not to be had here: their declarations are compared with the published header and
with the C programs that do to the library what they do (powerbuilder.c, visualbasic.c), which test_programs.py runs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from native import compile as compiler
from native.buildkit import places, targets, toolchains, wine, winpython

from .compiled import PERSON, SECONDS, SOURCES, App, need

pytestmark = pytest.mark.timeout(300)

EXAMPLES = places.ROOT / "docs" / "examples"
Apps = Callable[[str], App]
OTHERS = ("Set_QRflow_Mode 9005", "EhealthID_Print 9005", "SetEcQrcode 7211 没有启用自动填值")
"""No device is set up, no way to fill: the truthful answers."""


@pytest.fixture(scope="module")
def code(url: str) -> str:
    """A static health code of the demo's first person."""
    address = url.split("/ehcService/")[0] + "/_sandbox/code"
    body = json.dumps({"id_no": PERSON.id_no}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as reply:
        found: str = json.load(reply)["code"]
    return found


def run(
    his: App,
    command: list[str | Path],
    url: str,
    code: str,
    encoding: str,
    *,
    printed: int = subprocess.PIPE,
    **env: str,
) -> None:
    """Run an example beside the library; what it prints is what the guide says it prints. ``printed``: its stdout."""
    command_line = [*(wine.prefixed() if his.target.windows else []), *map(str, command), url, code]
    done = subprocess.run(
        command_line, cwd=his.folder, env=his.session.environment(env), stdin=subprocess.DEVNULL, stdout=printed,
        stderr=printed, timeout=SECONDS, check=False,
    )  # fmt: skip
    data = done.stdout if printed == subprocess.PIPE else (his.state / "printed").read_bytes()
    said = data.decode(encoding).replace("\r\n", "\n").splitlines()
    assert done.returncode == 0, (said, done.stderr)
    assert said[0] == "返回码 00", said
    reply = json.loads(said[1])
    assert (reply["user_name"], reply["id_no"]) == (PERSON.user_name, PERSON.id_no)
    for line, expected in zip(said[2:], OTHERS, strict=True):
        assert line.startswith(expected)


def saved_as_gbk(name: str, folder: Path) -> Path:
    """The source as an old Windows compiler's editor saves it."""
    path = folder / name
    path.write_bytes((EXAMPLES / name).read_text("utf-8").encode("gbk"))
    return path


def test_c_on_linux(app: Apps, url: str, code: str) -> None:
    his = app("linux")
    program = compiler.build_program("linux", his.folder / "firstcall", EXAMPLES / "firstcall.c", "-ldl")
    run(his, [program], url, code, "utf-8")


@pytest.mark.parametrize("name", ["win32", "win64"])
def test_c_on_windows(app: Apps, url: str, code: str, name: str, tmp_path: Path) -> None:
    his = app(name)
    source = saved_as_gbk("firstcall.c", tmp_path)
    program = compiler.build_program(name, his.folder / "firstcall.exe", source, "-Wno-invalid-source-encoding")
    run(his, [program], url, code, "gbk")


def test_delphi(app: Apps, url: str, code: str, tmp_path: Path) -> None:
    """Free Pascal in Delphi's dialect, the source saved as Delphi 7 saves it."""
    his = app("win32")
    source = saved_as_gbk("firstcall.dpr", tmp_path)
    run(his, [need(toolchains.compile_pascal, source, his.folder / "firstcall.exe")], url, code, "gbk")


def test_csharp_on_mono(app: Apps, url: str, code: str) -> None:
    his = app("linux")
    program = need(toolchains.compile_csharp, EXAMPLES / "firstcall.cs", his.folder / "firstcall.exe")
    env = {"LD_LIBRARY_PATH": str(his.folder), "LANG": "C.UTF-8"}
    run(his, [need(toolchains.mono), program], url, code, "utf-8", **env)


def test_csharp_on_windows(app: Apps, url: str, code: str) -> None:
    his = app("win32")
    program = need(toolchains.compile_csharp, EXAMPLES / "firstcall.cs", his.folder / "firstcall.dll")
    command = [need(toolchains.dotnet), wine.windows_path(program)]
    run(his, command, url, code, "gbk", DOTNET_CLI_TELEMETRY_OPTOUT="1")


def test_node(app: Apps, url: str, code: str) -> None:
    his = app("win32")
    his.ini("[abi]\nencoding = utf-8\n")
    his.put(EXAMPLES / "firstcall.js")
    modules = wine.windows_path(places.NPM / "node_modules")
    command = [need(toolchains.node), wine.windows_path(his.folder / "firstcall.js")]
    with (his.state / "printed").open(
        "wb"
    ) as printed:  # Wine's Node cannot write into a pipe, nor its Python to a file
        run(his, command, url, code, "utf-8", printed=printed.fileno(), NODE_PATH=modules)


def test_python_on_windows(app: Apps, url: str, code: str) -> None:
    his = app("win32")
    his.put(EXAMPLES / "firstcall.py")
    python = winpython.executable(targets.TABLE["win32"])
    assert python.is_file(), "the build makes it"
    run(his, [python, "-X", "utf8", wine.windows_path(his.folder / "firstcall.py")], url, code, "utf-8")


def test_python_on_linux(app: Apps, url: str, code: str) -> None:
    his = app("linux")
    run(his, [os.fspath(places.VENV_PYTHON), "-I", EXAMPLES / "firstcall.py"], url, code, "utf-8")


# --- the two languages that cannot be run here ---

FUNCTIONS = ("VirtualCardTrans", "Set_QRflow_Mode", "EhealthID_Print", "SetEcQrcode")
Declared = dict[str, tuple[str, tuple[str, ...]]]


def header() -> Declared:
    """Function → (what it returns, what it takes) in native/VirtualCardChk.h; ``char *`` or ``int`` each."""
    text = (places.NATIVE / "VirtualCardChk.h").read_text("utf-8")
    rows = re.findall(r"^(char \*|int )__\w+ (\w+)\(([^)]*)\);", text, re.MULTILINE)
    return {
        name: (kind.strip(), tuple("char *" if "*" in part else "int" for part in parts.split(",")))
        for kind, name, parts in rows
        if name in FUNCTIONS
    }


def stand_in(name: str, pattern: str) -> dict[str, int]:
    """Function → number of arguments that the C stand-in passes."""
    text = (SOURCES / name).read_text("utf-8")
    return {function: int(command_line) for function, command_line in re.findall(pattern, text)}


def test_powerbuilder_declares_what_the_header_says() -> None:
    text = (EXAMPLES / "n_virtualcard.sru").read_text("utf-8")
    rows = re.findall(r'^FUNCTION (\w+) (\w+)\(([^)]*)\) LIBRARY "VirtualCardChk.dll"(.*)$', text, re.MULTILINE)
    kinds = {"string": "char *", "ref string": "char *", "long": "int"}
    declared = {
        name: (kinds[kind], tuple(kinds[part.strip().rpartition(" ")[0]] for part in parts.split(",")))
        for kind, name, parts, _ in rows
    }
    assert declared == header()
    for _, name, parts, alias in rows:  # from PowerBuilder 10 on, a text without ;Ansi would be UTF-16
        assert alias.strip() == (f'ALIAS FOR "{name};Ansi"' if "string" in parts else ""), name
    assert "as_out = Space(2048)" in text
    assert "ls_message = Space(256)" in text
    stand = (SOURCES / "powerbuilder.c").read_text("utf-8")
    assert "spaces(2048)" in stand
    assert "spaces(256)" in stand
    assert "typedef char *(__stdcall *transact_fn)(char *, char *, char *);" in stand
    assert "typedef int(__stdcall *print_fn)(char *, char *, char *);" in stand
    assert "typedef int(__stdcall *autofill_fn)(char *);" in stand


def test_visual_basic_declares_what_the_header_says() -> None:
    text = (EXAMPLES / "FirstCall.bas").read_text("utf-8").replace(" _\n", " ")
    rows = re.findall(
        r'^Private Declare Function (\w+) Lib "VirtualCardChk.dll" \(([^)]*)\) As (\w+)$', text, re.MULTILINE
    )
    parts_of = {name: [part.strip() for part in parts.split(",")] for name, parts, _ in rows}
    assert all(part.startswith("ByVal ") for parts in parts_of.values() for part in parts)
    kinds = {"String": "char *", "Long": "int"}
    taken = {name: tuple(kinds[part.rpartition(" ")[2]] for part in parts) for name, parts in parts_of.items()}
    assert taken == {name: arguments for name, (_, arguments) in header().items()}
    # A returned char * is an address here: `As String` would have VB6 free it.
    assert {kind for _, _, kind in rows} == {"Long"}
    passed = stand_in("visualbasic.c", r'call\(\(void \*\)GetProcAddress\(library, "(\w+)"\), (\d)')
    passed["VirtualCardTrans"] = 3  # through transact(), whose call has three
    assert passed == {name: len(arguments) for name, arguments in taken.items()}
    assert "called = call(function, 3, temporary[0], temporary[1], temporary[2]);" in (
        SOURCES / "visualbasic.c"
    ).read_text("utf-8")
    assert "OutData = String$(2048, 0)" in text
    assert "Message = String$(256, 0)" in text


def test_the_unrun_examples_are_readable_as_gbk() -> None:
    """Their editors save GBK: every character must be in it."""
    for name in ("n_virtualcard.sru", "FirstCall.bas", "firstcall.dpr"):
        (EXAMPLES / name).read_text("utf-8").encode("gbk")


SENT = ["app_id", "key", "term_id", "method", "version", "timestamp", "sign_type", "sign", "enc_type", "biz_content",
        "ehealth_code", "out_verify_no", "out_verify_time", "operator_id", "operator_name", "ip_addr", "treatment_code",
        "office_code"]  # fmt: skip


def test_every_example_sends_the_same_request() -> None:
    """The fields of the InData that each language writes, in order; those run above were accepted by the sandbox."""
    name = re.compile(rf"\b({'|'.join(SENT)})(?=['\"]?:)")
    for path in sorted(EXAMPLES.glob("*.*")):
        text = path.read_text("utf-8").replace("\\", "")
        start = text.index("app_id")
        assert name.findall(text[start : text.index("0300", start)]) == SENT, path.name
