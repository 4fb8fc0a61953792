"""A host with a window that calls again, or whose user presses Esc, in a wait for a scan (docs/hosts.md, fact 13)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from native.buildkit import wine
from tests.insurance.autofill import desktop as desktops
from tests.insurance.autofill.desktop import Desktop

from .conftest import Session
from .test_calls import NULLS, URL, text
from .test_runtime import VERIFY, WAITING

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A display on which Wine can make windows."""
    if desktops.lacking():
        pytest.skip(f"LOUD SKIP: no Windows desktop here: {desktops.lacking()}")
    with desktops.running(tmp_path_factory.mktemp("desktop")) as made:
        yield made


@pytest.fixture
def waiting(win32: Session, tmp_path: Path, desktop: Desktop) -> tuple[Session, dict[str, str]]:
    """A session whose verify waits 3 s for a scanner that never reads anything."""
    ini = tmp_path / "waiting.ini"
    ini.write_text(WAITING.format(seconds=3), "ascii")
    return win32, {**desktop.environment, "VCCHK_INI": wine.windows_path(ini)}


def test_reentry_from_a_message_answers_3003(waiting: tuple[Session, dict[str, str]]) -> None:
    session, env = waiting
    answer = session.run([f"reenter trans {URL} {VERIFY}"], env=env)[0]
    assert answer["inner"] is not None, "no message was handled while the call waited"
    assert answer["inner"]["ret"] == "3003"
    assert text(answer["inner"]).endswith("[3003]")
    assert answer["inner"]["ms"] < 1000, "it does not wait as the outer call does"
    assert answer["outer"]["ret"] not in ("00", "3003")
    assert answer["outer"]["ms"] > 2500


def test_escape_ends_the_wait(waiting: tuple[Session, dict[str, str]]) -> None:
    session, env = waiting
    _, answer = session.run([NULLS, f"escape trans {URL} {VERIFY}"], env=env)
    assert answer["ms"] < 2500
    assert answer["ret"] not in ("00", "3003")
    assert "取消" in text(answer)
