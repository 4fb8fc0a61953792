"""No test of the devices writes outside its own folder."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path, monkeypatch):
    """Lock files and failure records go to the test's folder, whatever the test passes."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
