"""Sentences of the line: whether the patient's transaction may be repeated, and what to tell whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.badserver import BadServer, replies, response
from tests.network.test_gateway import failed
from vcchk.network.fault import IN_DOUBT, NOT_DONE
from vcchk.network.gateway import Gateway

ROOT = Path(__file__).parents[2]
_NOTHING_TO_TELL = re.compile(r"联系(?:平台|医保服务商)(?=[，；。）\"]|$)", re.MULTILINE)
"""Contact somebody, and not a word of what to say."""


@pytest.mark.parametrize(
    ("status", "page", "end"),
    [
        (302, b"", IN_DOUBT),
        (307, b"", NOT_DONE),
        (404, b"no such page", NOT_DONE),
        (400, b"This combination of host and port requires TLS.", NOT_DONE),
        (303, b"", IN_DOUBT),
        (500, b"oops", IN_DOUBT),
        (204, b"", IN_DOUBT),
    ],
)
def test_a_refusal_says_whether_to_repeat(
    gateway: Callable[..., Gateway], serve: Callable[..., BadServer], status: int, page: bytes, end: str
) -> None:
    error = failed(gateway(), serve(replies(response(page, status))).url)
    assert error.message.endswith(end)
    assert error.in_doubt is (end == IN_DOUBT)


def test_a_contact_comes_with_what_to_say() -> None:
    files = [*(ROOT / "vcchk").rglob("*.py"), ROOT / "tools" / "docs" / "advice.py"]
    assert [path.name for path in files if _NOTHING_TO_TELL.search(path.read_text("utf-8"))] == []
    assert _NOTHING_TO_TELL.search('"平台内部出错，请联系平台"')
