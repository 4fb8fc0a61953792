"""The documentation site, opened from the disk in a real browser: its search in Chinese, nothing from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page

from native.buildkit import places, site
from tests.browser import OpenPage


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


def test_every_link_of_the_built_pages_leads_somewhere(built: str) -> None:
    found = {path: _Page(path) for path in site.SITE.rglob("*.html")}
    broken = []
    for path, made in found.items():
        if path.name == "404.html":  # a server's page, whose links begin at the root
            continue
        for link in made.links:
            name, _, anchor = unquote(link).partition("#")
            target = (path.parent / name).resolve() if name else path
            other = found.get(target)
            if not target.is_file() or (anchor and other is not None and anchor not in other.anchors):
                broken.append(f"{path.name}: {link}")
    assert broken == []
    assert sum(len(made.links) for made in found.values()) > 500


def test_the_site_begins_and_is_named_in_chinese(built: str) -> None:
    start = _Page(site.SITE / "index.html")
    assert start.language == "zh"
    assert "vcchk：开放的" in start.text
    titles = {path.relative_to(site.SITE).as_posix(): _Page(path).title for path in site.SITE.rglob("*.html")}
    assert len(set(titles.values())) == len(titles) - 1, "two pages have one title (404 has the start page's)"
    names = re.findall(r"^ +- (.+?):", site.CONFIGURATION.read_text("utf-8").partition("\nnav:")[2], re.MULTILINE)
    assert [name for name in names if not re.search(r"[\u4e00-\u9fff]", name)] == ["VirtualCardChk.ini"]


def test_every_document_is_in_the_navigation() -> None:
    documents = {path.relative_to(places.ROOT / "docs").as_posix() for path in (places.ROOT / "docs").rglob("*.md")}
    assert set(re.findall(r": (\S+\.md)$", site.CONFIGURATION.read_text("utf-8"), re.MULTILINE)) == documents


def test_the_pages_can_be_read_without_javascript(built: str, open_page: OpenPage) -> None:
    page = open_page(f"{built}/index.html", scripts=False)
    page.get_by_role("article").get_by_role("link", name="故障对照").first.click()
    assert page.url.endswith("/faults.html")
    assert page.get_by_role("heading", name="故障对照").first.is_visible()
    assert page.get_by_text("这笔交易没有发出，处理后可以重办").first.is_visible()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", '<script defer src="https://example.test/x.js"></script>'),
        ("a.html", '<link rel="preconnect" href="//example.test">'),
        ("a.css", "@import 'https://example.test/x.css';"),
        ("a.css", "a{background:url(https://example.test/x.png)}"),
        ("a.js", 'load("https://unpkg.com/x")'),
    ],
)
def test_what_loads_from_outside_would_be_found(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    assert site.loads_from_outside(tmp_path) == [name]


def test_links_and_namespaces_load_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="https://example.test/">x</a><img src="x.png">', "utf-8")
    (tmp_path / "a.js").write_text('create("http://www.w3.org/2000/svg")', "utf-8")
    assert site.loads_from_outside(tmp_path) == []


class _Page(HTMLParser):
    """A built page: its links to files of the site, its anchors, language, title and text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.language = self.title = self.text = ""
        self._is_title = False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self._is_title = tag == "title"
        if tag == "html":
            self.language = values.get("lang", "")
        if "id" in values:
            self.anchors.add(values["id"])
        link = values.get("href", "") if tag in ("a", "link") else values.get("src", "")
        if link and not re.match(r"[a-z]+:", link):
            self.links.append(link)

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._is_title:
            self.title += data.strip()
