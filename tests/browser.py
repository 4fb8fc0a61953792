"""The browser. A page that logs an error, throws, or asks for anything beyond loopback fails its test.

`python3 build_dll.py screenshots` runs these tests with VCCHK_SCREENSHOTS set: `shot` writes docs/screenshots/*.png.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.deadlines import PATIENCE

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""Debian's Chromium; the shell without windows opens a page in half the time of the whole browser."""
SCREENSHOTS = Path(__file__).parents[1] / "docs" / "screenshots"
DESKTOP = {"width": 1024, "height": 768}
COLOURS = 96
expect.set_options(timeout=PATIENCE * 1000)
PHONE = {"width": 390, "height": 844}
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # fmt: skip
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    if CHROMIUM is None:
        pytest.skip("NO BROWSER: install Debian's chromium-headless-shell to test the pages")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


class Faults:
    """What the pages of one test did that no page may do."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.expected: tuple[str, ...] = ()
        """Parts of messages that this test provokes on purpose (an answer of 400, say)."""

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._message)
        context.on("weberror", lambda error: self.seen.append(f"thrown: {error.error}"))
        context.on("request", self._request)

    def _message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.seen.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob", "about", "file") and url.hostname != "127.0.0.1":
            self.seen.append(f"asked for {request.url}")

    def left(self) -> list[str]:
        """Return what was seen and not expected."""
        return [text for text in self.seen if not any(part in text for part in self.expected)]


@pytest.fixture
def page_faults() -> Iterator[Faults]:
    faults = Faults()
    yield faults
    assert faults.left() == []


@pytest.fixture
def open_page(chromium: Browser, page_faults: Faults) -> Iterator[OpenPage]:
    """Return a function that opens a window of its own: ``open_page(url, phone=False, scripts=True)``."""
    contexts: list[BrowserContext] = []

    def opened(url: str = "", *, phone: bool = False, scripts: bool = True) -> Page:
        size = PHONE if phone else DESKTOP
        context = chromium.new_context(
            viewport=size, java_script_enabled=scripts, locale="zh-CN", has_touch=phone, accept_downloads=True
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE * 1000)
        page_faults.watch(context)
        page = context.new_page()
        if url:
            page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """One window of 1024 × 768."""
    return open_page()


def shot(page: Page, name: str) -> None:
    """Write docs/screenshots/<name>.png when screenshots are asked for: few colours, since git keeps each for ever.

    Else the picture must be there: no page is without one.
    """
    folder = os.environ.get("VCCHK_SCREENSHOTS")
    if not folder:
        assert Path(SCREENSHOTS, f"{name}.png").is_file(), f"no picture {name}: python3 build_dll.py screenshots"
    else:
        path = Path(folder, f"{name}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
        picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)


def overflow(page: Page) -> int:
    """Return by how many CSS pixels the page is wider than its window (0: nothing to scroll sideways)."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width
