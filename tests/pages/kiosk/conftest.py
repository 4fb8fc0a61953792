"""One terminal as a process of its own on the built library, with devices on ptys, before one sandbox on real HTTP."""

from __future__ import annotations

import io
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Request, expect

from tests.deadlines import PATIENCE
from tests.devices.lines import PtyDevice
from tests.kiosk.process import hospital, terminal
from tests.sandbox.conftest import Control, in_clear
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox

TRIGGER, STATUS = b"\x16T\r", b"\x1b!?"
CLOCK_STEP_MS = 100
STATUS_PATH = "/authorise/status"

INI = """[abi]
encoding = auto
[gateway]
timeout = 60
[log]
folder = {folder}/state
[scanner]
driver = honeywell
port = {scanner}
seconds = 60
retrigger = 0
[printer]
driver = tspl
port = {printer}
[screen]
driver = file
file = {folder}/screen.png
idle = delete
[autofill]
way = file
file = {folder}/voucher.txt
"""


class Devices:
    """The scanner and the printer at their ends of the lines, and what the extension screen shows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scanner, self.printer = PtyDevice(free=True), PtyDevice(free=True)
        self.scanner.on_bytes, self.printer.on_bytes = self._triggered, self._asked
        self.screen = folder / "screen.png"
        self.voucher = folder / "voucher.txt"
        self.triggers = threading.Semaphore(0)
        self.presented_code: bytes | None = None
        """What the next trigger finds before the scanner; None: nobody shows anything."""

    def _triggered(self, data: bytes) -> None:
        if TRIGGER in data:
            self.triggers.release()
            if self.presented_code is not None:
                presented_code, self.presented_code = self.presented_code, None
                self.scanner.send(presented_code + b"\r\n")

    def _asked(self, data: bytes) -> None:
        for _ in range(data.count(STATUS)):
            self.printer.send(b"\0")

    def ini(self) -> str:
        """Return the INI of this counter."""
        return INI.format(folder=self.folder, scanner=self.scanner.name, printer=self.printer.name)


class Bench:
    """The running terminal: ``url`` its first page, ``control`` the sandbox's control API, ``devices`` its counter."""

    def __init__(self, url: str, control: Control, devices: Devices, database: Path, gateway: str) -> None:
        self.url = url
        self.control = control
        self.devices = devices
        self.gateway = gateway
        self._database = database

    def at(self, place: str) -> str:
        """Return the address of a place."""
        return f"{self.url}at/{place}"

    def choose(self, **choices: str) -> None:
        """Change settings, as the page does."""
        assert requests.post(self.url + "settings", data=choices, timeout=PATIENCE).status_code == 200

    def code(self, person: int = 0, **more: Any) -> str:
        """Return the health code on a demo person's phone."""
        found: str = self.control("code", id_no=DEMO.people[person].id_no, **more)["code"]
        return found

    def archive(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into (or write to) the hospital's archive."""
        with sqlite3.connect(self._database) as db:
            return db.execute(sql, values).fetchall()

    def reset(self) -> None:
        """An empty archive, the demo data, the first settings."""
        self.control("reset")
        self.archive("DELETE FROM cards")
        self.archive("DELETE FROM patients")
        ec_url = self.gateway.replace("/ehcService/gateway.do", "/localcfc/api/hsecfc/localQrCodeQuery")
        self.choose(name="电子健康卡", card_number="社保卡号", source="wedge", ec_url=ec_url, org_id=DEMO.org_id)
        self.devices.presented_code = None
        while self.devices.triggers.acquire(blocking=False):
            pass  # those of earlier tests


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("kiosk") / "医院"
    devices = Devices(folder)
    library = hospital(folder, devices.ini())
    database = folder / "archive.db"
    with Server(Sandbox()) as server, terminal(library, "--url", server.gateway_url, "--db", str(database)) as url:
        yield Bench(url, Control(server.base_url), devices, database, server.gateway_url)
    devices.scanner.unplug()
    devices.printer.unplug()
    logs = list((folder / "state").rglob("*.log"))
    assert logs
    for log in logs:
        assert in_clear(log.read_text("utf-8")) == []


@pytest.fixture
def bench(running: Bench) -> Bench:
    """The terminal with an empty archive and the demo data."""
    running.reset()
    return running


def begin(page: Page, bench: Bench, place: str, function: str = "f0") -> None:
    """Go to a place and choose a menu item (``register``: 领取 / 注册)."""
    page.goto(bench.at(place))
    page.click(f"#{function}")


def to_ways(page: Page, bench: Bench, place: str, function: str = "f0") -> None:
    """Go on to 主扫 and 被扫."""
    begin(page, bench, place, function)
    page.click("#ehealth")


def scan(page: Page, bench: Bench, place: str, code: str, function: str = "f0") -> None:
    """被扫 with a wedge scanner: the code comes as keys, with Enter behind it."""
    to_ways(page, bench, place, function)
    page.click("#scan")
    type_code(page, code)


def type_code(page: Page, code: str) -> None:
    """Be a wedge scanner: keys into the field that has the focus by itself."""
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.insert_text(code)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/busy"))  # a step that is slow has a page of its own


def read(page: Page, reader: str, person: int) -> None:
    """Lay a card on a simulated reader."""
    page.click(f"#{reader}-{person}")


def opened(page: Page, bench: Bench, place: str) -> str:
    """主扫 with the page's clock stopped in our hands; returns the authorisation's address, read off the screen."""
    page.clock.install()
    to_ways(page, bench, place)
    page.click("#authorise")
    expect(page.locator("#qr svg")).to_be_visible()
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)  # in seconds
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.locator("#qr svg").screenshot())))
    assert len(found) == 1
    return found[0].text


def polled(page: Page) -> int:
    """Move the page's clock until 主扫 has asked once more and been answered; returns by how many milliseconds."""
    answers: list[Request] = []

    def keep(request: Request) -> None:
        if request.url.endswith(STATUS_PATH):
            answers.append(request)

    page.on("requestfinished", keep)
    moved = move(page, lambda: bool(answers), 3000)
    page.remove_listener("requestfinished", keep)
    return moved


def move(page: Page, is_so: Callable[[], bool], most: int) -> int:
    """Move the page's clock until something is so; fails when it is not within ``most`` milliseconds of that clock.

    It stands while a question is on its way: how long this machine takes to answer is not what is measured.
    """
    moved = 0
    asked: list[Request] = []

    def keep(request: Request) -> None:
        if request.url.endswith(STATUS_PATH):
            asked.append(request)

    page.on("request", keep)
    while not is_so():
        assert moved < most
        page.clock.run_for(CLOCK_STEP_MS)
        moved += CLOCK_STEP_MS
        while asked:
            asked.pop().response().finished()
    page.remove_listener("request", keep)
    return moved


def values(page: Page) -> dict[str, str]:
    """Return what the page's lists say: label and value."""
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('dt')]"
        ".map(term => [term.innerText, term.nextElementSibling.innerText]))"
    )
    return found
