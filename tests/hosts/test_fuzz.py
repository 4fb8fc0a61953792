"""Mutated texts and tight buffers: no crash, no byte past a buffer, no empty answer, no failure that reads as success.

The C parts run under AddressSanitizer and UBSan on Linux; the win32 DLL has buffers that end at unreadable pages. The
long run is `python3 build_dll.py test --soak`, the short one is in every run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from native import compile as compiler
from native.buildkit import toolchains
from vcchk.boundary.abi import Boundary
from vcchk.records import log
from vcchk.settings import parse_settings
from vcchk.transaction.sequence import Transactions

from . import corpus, sanitized
from .compiled import SOURCES, App, need

pytestmark = pytest.mark.slow

Apps = Callable[[str], App]
SEED = os.environ.get("VCCHK_FUZZ_SEED", "1")
LONGEST = 3600.0

LENGTHS_LINUX = [
    pytest.param(5_000, marks=pytest.mark.timeout(300)),
    pytest.param(1_000_000, marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
]
LENGTHS_WIN32 = [
    pytest.param(2_000, marks=pytest.mark.timeout(300)),
    pytest.param(20_000, marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
]


def check(answers: dict[str, str], calls: int) -> None:
    assert [value for name, value in answers.items() if name == "breach"] == []
    assert answers["breaches"] == "0"
    assert answers["calls"] == str(calls)
    assert answers["end"] == "reached"
    codes = {name: int(value) for name, value in answers.items() if name.startswith("code.")}
    # The texts reach every stage: parsing, sealing, the platform.
    assert {"code.9001", "code.1004", "code.9002"} <= codes.keys()
    assert int(answers["success"]) > 0
    print(f"{calls} calls, seed {SEED}:", {**codes, "00": int(answers["success"])})


@pytest.mark.parametrize("calls", LENGTHS_LINUX)
def test_linux_under_address_sanitizer(app: Apps, url: str, calls: int) -> None:
    need(toolchains.gcc)
    his = app("linux")
    sanitized.rebuild(his.folder)
    program = sanitized.program(SOURCES / "fuzz.c", his.folder / "fuzz")
    corpus.write(his.state / "request.gbk")
    with (his.state / "complaints").open("wb") as complaints:
        try:
            answers = his.run(
                [program], url, str(calls), SEED, env=sanitized.ENVIRONMENT, stderr=complaints, seconds=LONGEST
            )
        finally:
            print((his.state / "complaints").read_text("utf-8", "replace")[:4000])
    check(answers, calls)


def test_the_sanitizer_would_complain(app: Apps, url: str, tmp_path: Path) -> None:
    """A library that writes one byte past OutData ends the program with the sanitizer's code."""
    need(toolchains.gcc)
    his = app("linux")
    source = tmp_path / "bad.c"
    source.write_text(
        "#include <string.h>\nchar *VirtualCardTrans(char *u, char *i, char *o) { (void)u; (void)i; "
        'if (o) { memset(o, 65, 2048); o[2048] = 0; } return "00"; }\n'
        "char *NationEcTrans(char *u, char *i, char *o) { return VirtualCardTrans(u, i, o); }\n"
        "int Set_QRflow_Mode(int m) { return m | 1; }\n"
        "int EhealthID_Print(char *a, char *b, char *c) { (void)a; (void)b; (void)c; return 1; }\n"
        'int SetEcQrcode(char *e) { if (e) strcpy(e, "x"); return 1; }\n',
        "ascii",
    )
    his.library.unlink()
    sanitized._gcc("-shared", source, "-o", his.library)
    program = sanitized.program(SOURCES / "fuzz.c", his.folder / "fuzz")
    corpus.write(his.state / "request.gbk")
    his.run([program], url, "100", SEED, env=sanitized.ENVIRONMENT, code=99)


@pytest.mark.parametrize("calls", LENGTHS_WIN32)
def test_win32_with_guard_pages(app: Apps, url: str, calls: int) -> None:
    his = app("win32")
    program = compiler.build_program("win32", his.folder / "fuzz.exe", SOURCES / "fuzz.c")
    corpus.write(his.state / "request.gbk")
    check(his.run([program], url, str(calls), SEED, seconds=LONGEST), calls)


@pytest.fixture(scope="module")
def boundary(tmp_path_factory: pytest.TempPathFactory) -> Boundary:
    given_settings = parse_settings(f"[log]\nfolder = {tmp_path_factory.mktemp('fuzz')}\n")
    return Boundary(Transactions(given_settings, log.Log(given_settings)))


TEXTS = st.one_of(
    st.none(),
    st.binary(max_size=300),
    st.sampled_from(corpus.texts()[:30]),
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=20,
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(url=st.one_of(st.none(), st.binary(max_size=40)), in_data=TEXTS, capacity=st.integers(256, 4096))
def test_the_boundary_never_raises_and_never_answers_nothing(
    boundary: Boundary, url: bytes | None, in_data: bytes | None, capacity: int
) -> None:
    """strUrl is never an address of anything, so nothing is sent."""
    if url is not None and b"//" in url:
        url = b""
    boundary.settings = boundary.settings.replace(abi=boundary.settings.abi.replace(out_capacity=capacity))
    code, data = boundary.virtual_card_trans(url, in_data)
    assert code not in ("", "00")
    assert 0 < len(data) < capacity
    assert b"\0" not in data
