"""A pytest plugin: the sandbox for the tests of a program that calls the platform.

In the top ``conftest.py``: ``pytest_plugins = ["vcchk.testing"]``. Then a test takes the fixture ``sandbox``::

    def test_an_expired_code_is_told_to_the_patient(sandbox):
        code = sandbox.code(DEMO.people[0].id_no, seconds=60)
        sandbox.clock(advance=61)
        assert my_his.scan(sandbox.gateway_url, code).text == "二维码已过期"
        assert sandbox.last()["ret_code"] == "2001"

The program under test talks to ``sandbox.gateway_url`` over HTTP, from whatever process it runs in. Every test begins
with the demo data (`vcchk.sandbox.seed.DEMO`), real time and no faults. Needs pytest, which vcchk itself does not
require; not part of the shipped runtime. The orders: docs/sandbox.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from vcchk.sandbox.magic import id_no
from vcchk.sandbox.seed import DEMO as DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox

TIMEOUT_SECONDS = 30
"""How long an order may take."""


class ControlError(Exception):
    """An order was refused. ``status``: HTTP; ``error``: the sandbox's Chinese sentence."""

    def __init__(self, order: str, status: int, error: str) -> None:
        self.order, self.status, self.error = order, status, error
        super().__init__(f"{order}: {status} {error}")


class Control:
    """A running sandbox, from a test's side. ``gateway_url``: what a program passes as strUrl.

    Each method is an order of docs/sandbox.md; `__call__` gives any order by its name. All raise `ControlError`.
    """

    def __init__(self, base_url: str, gateway_url: str = "") -> None:
        self.base_url = base_url
        self.gateway_url = gateway_url or f"{base_url}/ehcService/gateway.do"

    def __call__(self, order: str, /, **body: Any) -> dict[str, Any]:
        """Carry out an order; returns its answer."""
        response = requests.post(f"{self.base_url}/_sandbox/{order}", json=body, timeout=TIMEOUT_SECONDS)
        answer: dict[str, Any] = response.json()
        if response.status_code != 200 or not answer.get("ok"):
            raise ControlError(order, response.status_code, str(answer.get("error", "")))
        return answer

    def reset(self, *, seed: bool = True) -> None:
        """Forget everything; with ``seed`` the demo data is there again."""
        self("reset", seed=seed)

    def seed(self, **lists: list[dict[str, Any]]) -> list[int]:
        """Add ``people``, ``apps``, ``terminals``; returns the people's row numbers."""
        added: list[int] = self("seed", **lists)["people"]
        return added

    def clock(self, **change: Any) -> str:
        """Move the clock: ``advance``/``shift`` seconds, ``set`` yyyyMMddHHmmss, ``stop`` true or false; returns its
        time as yyyyMMddHHmmss."""
        stamp: str = self("clock", **change)["stamp"]
        return stamp

    def options(self, **changes: Any) -> dict[str, Any]:
        """Change options; returns all."""
        return self("options", **changes)

    def fault(self, kind: str, value: Any = True, *, count: int = 1, method: str = "") -> None:
        """Let the next ``count`` calls (of ``method``) go wrong."""
        self("faults", kind=kind, value=value, count=count, method=method)

    def clear_faults(self) -> None:
        """Forget the faults that wait."""
        self("faults", clear=True)

    def magic(self, number: str) -> str:
        """Return the ID number of the magic person who gives this return code (or fault, by its number)."""
        return id_no(number)

    def traffic(self, **which: Any) -> list[dict[str, Any]]:
        """Return what the platform saw, oldest first: ``count``, ``method``, ``since``, ``number``, ``clear``."""
        calls: list[dict[str, Any]] = self("traffic", **which)["calls"]
        return calls

    def last(self, **which: Any) -> dict[str, Any]:
        """Return the last call that the platform saw."""
        return self.traffic(**which, count=1)[0]

    def code(self, id_no: str, *, seconds: float | None = None, id_type: str = "01") -> str:
        """Return a person's health code as a phone shows it: static, or dynamic for ``seconds``."""
        code: str = self("code", id_no=id_no, id_type=id_type, seconds=seconds)["code"]
        return code

    def voucher(self, id_no: str, *, seconds: float | None = None, present: bool = False, id_type: str = "01") -> str:
        """Return a person's insurance voucher code; ``present``: also hold it before the service's own reader."""
        code: str = self("voucher", id_no=id_no, id_type=id_type, seconds=seconds, present=present)["code"]
        return code

    def approve(self, out_authorize_no: str, *, decision: str = "approve", id_no: str = "", id_type: str = "01") -> str:
        """Decide an authorisation as the person would (approve, cancel, fail); returns auth_status."""
        body = {"out_authorize_no": out_authorize_no, "decision": decision, "id_no": id_no, "id_type": id_type}
        status: str = self("approve", **body)["auth_status"]
        return status

    def export(self) -> dict[str, Any]:
        """Return the whole state."""
        state: dict[str, Any] = self("export")["state"]
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Put an exported state in the place of everything."""
        self("import", state=state)


@pytest.fixture(scope="module")
def sandbox_settings() -> dict[str, Any]:
    """How the sandbox is made: arguments of `vcchk.sandbox.service.Sandbox`, to be overridden."""
    return {}


@pytest.fixture(scope="module")
def sandbox_server(tmp_path_factory: pytest.TempPathFactory, sandbox_settings: dict[str, Any]) -> Iterator[Server]:
    """One running sandbox for a module's tests, on a free loopback port, with a database file of its own."""
    database = tmp_path_factory.mktemp("sandbox") / "platform.db"
    with Server(Sandbox(str(database), **sandbox_settings)) as running:
        yield running


@pytest.fixture
def sandbox(sandbox_server: Server) -> Iterator[Control]:
    """The running sandbox; it is as new when the test begins, and again when it has ended."""
    made = Control(sandbox_server.base_url, sandbox_server.gateway_url)
    made.reset()
    yield made
    made.reset()
