"""Headless Chromium through chromedriver's W3C WebDriver protocol, spoken with requests: no driver library needed."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

import requests

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window. ``is_scripted`` false: JavaScript is switched off."""

    def __init__(self, is_scripted: bool = True) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._driver = subprocess.Popen(
            [str(DRIVER), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._base = f"http://127.0.0.1:{port}"
        self._session = ""
        try:
            self.until(self._is_ready, 20)
            switches = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                        "--window-size=1100,900", "--no-first-run", "--disable-background-networking",
                        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # fmt: skip
            options: dict[str, Any] = {"args": switches, "binary": CHROMIUM}
            if not is_scripted:
                options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
            asked = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
            self._session = self._send("POST", "/session", asked)["sessionId"]
        except BaseException:
            self.close()
            raise

    def _is_ready(self) -> bool:
        try:
            return bool(requests.get(self._base + "/status", timeout=2).json()["value"]["ready"])
        except requests.ConnectionError:
            return False

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        prefix = f"/session/{self._session}" if self._session else ""
        answer = requests.request(method, self._base + prefix + path, json=body, timeout=40).json()
        if isinstance(answer["value"], dict) and "error" in answer["value"]:
            raise LookupError(answer["value"]["message"].splitlines()[0])
        return answer["value"]

    @staticmethod
    def until(is_done: Callable[[], Any], seconds: float) -> Any:
        """Wait for a truthy answer; AssertionError after ``seconds``."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = is_done()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s")

    def go(self, url: str) -> None:
        self._send("POST", "/url", {"url": url})

    @property
    def url(self) -> str:
        found: str = self._send("GET", "/url")
        return found

    def _find(self, css: str) -> str:
        found: str = self._send("POST", "/element", {"using": "css selector", "value": css})[_ELEMENT]
        return found

    def text(self, css: str) -> str:
        """Return an element's visible text, empty when there is none such (a page on its way)."""
        try:
            found: str = self._send("GET", f"/element/{self._find(css)}/text")
        except LookupError:
            return ""
        return found

    def place(self, css: str) -> dict[str, float]:
        """Return x, y, width, height in CSS pixels."""
        found: dict[str, float] = self._send("GET", f"/element/{self._find(css)}/rect")
        return found

    def click(self, css: str) -> None:
        self._send("POST", f"/element/{self._find(css)}/click", {})

    def type(self, css: str, text: str) -> None:
        self._send("POST", f"/element/{self._find(css)}/value", {"text": text})

    def picture(self, css: str) -> bytes:
        """Return an element as PNG."""
        return base64.b64decode(self._send("GET", f"/element/{self._find(css)}/screenshot"))

    def close(self) -> None:
        try:
            if self._session:
                self._send("DELETE", "")
        finally:
            self._driver.terminate()
            self._driver.wait(10)
