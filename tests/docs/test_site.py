"""The documentation site, opened from the disk in a real browser: its search in Chinese, nothing from outside."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from native.buildkit import places, site


@pytest.fixture(scope="module")
def built() -> str:
    if not (places.NPM / "node_modules" / "iframe-worker").is_dir():
        pytest.skip("LOUD SKIP: the npm packages of tests/npm are missing")
    site.build()
    return site.SITE.as_uri()


def test_a_chinese_word_is_found_from_the_disk(built: str, page: Page) -> None:
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if request.url.startswith("http") else None)
    page.goto(f"{built}/index.html")
    page.locator("input[name=query]").focus()
    page.keyboard.type("交易状态未知")
    first = page.locator(".md-search-result__item").first
    first.wait_for(timeout=30_000)
    assert "交易" in first.inner_text()
    assert outside == []
