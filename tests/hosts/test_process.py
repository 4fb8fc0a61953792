"""The process is the program's: what it holds is there after a call, and what it is like does not reach Python."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from native import compile as compiler

from .compiled import PERSON, SOURCES, App

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
    program = compiler.build_example(name, SOURCES / "fpu.c", his.folder / f"fpu{suffix}", *libraries)
    answers = his.run([program], url, state)
    assert [answers[f"code.{n}"] for n in range(3)] == ["00"] * 3, his.session.log()[-2000:]
    assert json.loads(answers["out"])["user_name"] == PERSON.user_name
    assert answers["refused"] == "9001"
    assert answers["changed"] == "0"
    assert answers["end"] == "reached"
    assert "nan" not in his.session.log()
