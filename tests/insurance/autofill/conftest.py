"""One Windows desktop for all tests of SetEcQrcode that need one; it ends with them, since others need theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.insurance.autofill import desktop as desktops
from tests.insurance.autofill.desktop import Desktop


@pytest.fixture(scope="package")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """Skips, saying what is missing, where none can be had."""
    if desktops.lacking():
        pytest.skip(f"no Windows desktop here: {desktops.lacking()}")
    with desktops.running(tmp_path_factory.mktemp("desktop")) as made:
        yield made
