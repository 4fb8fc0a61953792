"""The fault matrix's rows about names, against a name server of the tests' own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builds import built
from tests.faults import library
from tests.faults.callers import ProcessCaller
from tests.faults.certificates import Authority
from tests.faults.matrix import INI, NAME_ROWS, Row
from tests.faults.nameserver import NameServer, in_namespace, why_not
from tests.faults.runner import run, warm_up
from tests.faults.test_matrix import check

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameServer]:
    reason = why_not(tmp_path_factory.mktemp("try"))
    if reason:
        pytest.skip(reason)
    try:
        one = NameServer()
    except OSError as error:
        pytest.skip(f"port 53 is not to be had: {error}")
    yield one
    one.close()


@pytest.fixture(scope="module", params=["package", "library"])
def caller(
    request: pytest.FixtureRequest, server: NameServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ProcessCaller, Authority]]:
    assert server
    folder: Path = tmp_path_factory.mktemp(request.param)
    authority = Authority(folder)
    ini = folder / "VirtualCardChk.ini"
    ini.write_text(INI.format(ca=authority.pem, folder=folder / "state", mode="strict"), "utf-8")
    command = [sys.executable, "-m", "tests.faults.package_host", str(ini)]
    if request.param == "library":
        target = built("linux")
        command = [sys.executable, library.__file__, str(target.dist / target.dll)]
    one = ProcessCaller(in_namespace(folder, command), {**os.environ, "VCCHK_INI": str(ini)})
    assert warm_up(one, authority) == "00"
    yield one, authority
    one.close()


@pytest.mark.parametrize("row", NAME_ROWS, ids=lambda row: row.name)
def test_name_row(caller: tuple[ProcessCaller, Authority], server: NameServer, row: Row) -> None:
    check(row, run(row, *caller))
    assert row.port in server.asked
