"""No test of the devices writes outside its own folder."""

from __future__ import annotations

import pytest

from vcchk.devices.screen import Screen


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path, monkeypatch):
    """Lock files and failure records go to the test's folder, whatever the test passes."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(autouse=True)
def screens_end(monkeypatch):
    """A screen's worker tries a failed code again for a minute: on a pty number that may be the next test's by then."""
    made: list[Screen] = []
    begin = Screen.__init__

    def remember(self, *arguments, **named):
        begin(self, *arguments, **named)
        made.append(self)

    monkeypatch.setattr(Screen, "__init__", remember)
    yield
    for screen in made:
        screen.close()
