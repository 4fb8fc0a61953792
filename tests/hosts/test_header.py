"""VirtualCardChk.h: the sizes it promises are kept to the byte, and the languages that read headers can read it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from native.buildkit import places
from tests.http_peer import ScriptedPlatform
from tests.native.conftest import hexed

from .compiled import App, missing

Apps = Callable[[str], App]

HEADER = (places.NATIVE / "VirtualCardChk.h").read_text("utf-8")
SIZES = {name: int(size) for name, size in re.findall(r"^#define VCCHK_(\w+)_CAPACITY (\d+)", HEADER, re.MULTILINE)}


def block(name: str) -> str:
    """Return the header's prototypes for one kind of system, as a reader of headers takes them."""
    return HEADER.split(f"/* {name}: begin */")[1].split(f"/* {name}: end */")[0]


QUERY = hexed(b'{"transType":"ec.query","data":{}}')
LENGTHS = (100, 2000, 3900, *range(3990, 4110, 8), 60_000)


@pytest.mark.parametrize("name", ["win32", "linux"])
def test_nation_ec_trans_uses_its_buffer_to_the_last_byte(app: Apps, name: str) -> None:
    """The script host's buffer ends at a page that nobody may touch: one byte more ends the program."""
    lengths = iter(LENGTHS)

    def voucher(_query: bytes) -> bytes:
        return json.dumps({"code": 0, "message": "ok", "data": {"userName": "x" * next(lengths)}}).encode()

    with ScriptedPlatform(voucher) as service:
        answers = app(name).session.run([f"nation {hexed(service.url.encode())} {QUERY}"] * len(LENGTHS))
    longest = 0
    for length, answer in zip(LENGTHS, answers, strict=True):
        written = len(bytes.fromhex(answer["out"]))
        assert written < SIZES["NATION"]
        assert answer["guard"]
        if answer["ret"] in ("00", "0000"):
            longest = max(longest, written)
        else:
            assert (answer["ret"], length > 3900) == ("9008", True)
    assert longest > 4050, "what fits is given whole"


def test_the_two_blocks_declare_the_same() -> None:
    plain = block("Linux, 64-bit Windows")
    assert re.sub(r"__(stdcall|cdecl) ", "", block("32-bit Windows")) == plain
    assert plain.count(";") == 5
    assert "#" not in plain + block("32-bit Windows")


def test_the_sizes_are_the_settings_defaults() -> None:
    from vcchk.boundary.abi import ERRMSG_SIZE
    from vcchk.settings import Settings

    abi = Settings().abi
    assert {"OUT": abi.out_capacity, "NATION": abi.nation_capacity, "ERRMSG": ERRMSG_SIZE} == SIZES


CFFI = """
import cffi, sys
ffi = cffi.FFI()
ffi.cdef(open(sys.argv[2]).read())
library = ffi.dlopen(sys.argv[1])
out = ffi.new("char[2048]")
code = library.VirtualCardTrans(ffi.new("char[]", b"http://127.0.0.1:1/"), ffi.new("char[]", b"{}"), out)
print(ffi.string(code).decode(), library.Set_QRflow_Mode(1))
"""
PHP = """<?php
$ffi = FFI::cdef(file_get_contents($argv[2]), $argv[1]);
function text($ffi, $bytes) {
    $made = $ffi->new("char[" . (strlen($bytes) + 1) . "]", false);
    FFI::memcpy($made, $bytes, strlen($bytes));
    return $made;
}
$out = $ffi->new("char[2048]");
$code = $ffi->VirtualCardTrans(text($ffi, "http://127.0.0.1:1/"), text($ffi, "{}"), $out);
echo FFI::string($code), " ", $ffi->Set_QRflow_Mode(1), "\\n";
"""
LUA = """
local ffi = require("ffi")
ffi.cdef(io.open(arg[2]):read("*a"))
local library = ffi.load(arg[1])
local function text(bytes)
    local made = ffi.new("char[?]", #bytes + 1)
    ffi.copy(made, bytes)
    return made
end
local out = ffi.new("char[2048]")
local code = library.VirtualCardTrans(text("http://127.0.0.1:1/"), text("{}"), out)
print(ffi.string(code) .. " " .. library.Set_QRflow_Mode(1))
"""
READERS = {
    "cffi": ([os.fspath(places.VENV_PYTHON)], CFFI),
    "php": (["php", "-d", "ffi.enable=1"], PHP),
    "luajit": (["luajit"], LUA),
}


@pytest.mark.parametrize("reader", READERS)
def test_readers_of_headers(app: Apps, tmp_path: Path, reader: str) -> None:
    """cffi, PHP's FFI and LuaJIT take the block as it is and call through it."""
    his = app("linux")
    command, program = READERS[reader]
    (tmp_path / "program").write_text(program, "ascii")
    (tmp_path / "block.h").write_text(block("Linux, 64-bit Windows"), "ascii")
    try:
        done = subprocess.run(
            [*command, tmp_path / "program", his.library, tmp_path / "block.h"],
            capture_output=True, text=True, check=False, timeout=60, env=his.session.environment(),
        )  # fmt: skip
    except FileNotFoundError:
        missing(f"{command[0]} is not installed")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == ["1004", "9005"]
