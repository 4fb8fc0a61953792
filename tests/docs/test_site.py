"""The documentation site, opened from the disk in a real browser: its search in Chinese, nothing from outside."""

from __future__ import annotations

import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page

from native.buildkit import places, site
from tests.browser import OpenPage
from tests.builds import built

pytestmark = pytest.mark.slow

WORDS = ("交易状态未知", "缺纸", "扩展屏", "9003", "out_verify_no")
FIRST_HAS = """word => {
    const first = document.querySelector(".md-search-result__item");
    return first !== null && first.textContent.replaceAll("\u200b", "").includes(word);
}"""
"""The search's index has marks of no width between Chinese words."""


@pytest.fixture(scope="module")
def folder() -> Path:
    if not (places.NPM / "node_modules" / "iframe-worker").is_dir():
        pytest.skip("LOUD SKIP: the npm packages of tests/npm are missing")
    site.build()
    return site.SITE


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a vendor unpacks, in a folder as they name theirs."""
    folder = tmp_path_factory.mktemp("资料 100%#1")
    with zipfile.ZipFile(built("win32").archive) as archive:
        archive.extractall(folder)
    return folder / "vcchk-win32"


def search(page: Page, docs: Path) -> None:
    """Look for words as a person does who pastes them with a mouse: no key is let go. Go to what is found."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{docs.as_uri()}/index.html")
    for word in WORDS:
        page.locator("input[name=query]").focus()
        page.locator("input[name=query]").select_text()
        page.keyboard.insert_text(word)
        page.wait_for_function(FIRST_HAS, arg=word, timeout=30_000)
    page.locator(".md-search-result__link").first.click()
    page.wait_for_url("**/docs/*.html?h=*")
    page.locator("article", has_text=WORDS[-1]).wait_for()
    assert [url for url in asked if url.startswith("http")] == []


def test_chinese_words_are_found_from_the_disk(folder: Path, page: Page) -> None:
    search(page, folder)


def test_chinese_words_are_found_in_the_unpacked_zip(unpacked: Path, page: Page) -> None:
    search(page, unpacked / "docs")


def links(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the files that the links of a folder's pages lead to, and the links that lead nowhere."""
    found = {path: _Page(path) for path in folder.rglob("*.html")}
    targets, broken = [], []
    for path, made in found.items():
        for link in made.links:
            name, _, anchor = unquote(link).partition("#")
            target = (path.parent / name).resolve() if name else path
            other = found.get(target)
            targets.append(target)
            if not target.is_file() or (anchor and other is not None and anchor not in other.anchors):
                broken.append(f"{path.name}: {link}")
    return targets, broken


def test_every_link_of_the_built_pages_leads_somewhere(folder: Path) -> None:
    targets, broken = links(folder)
    assert broken == []
    assert len(targets) > 500


def test_every_link_of_the_zip_leads_somewhere_on_the_disk(unpacked: Path) -> None:
    """Those to examples lead to the folder's, in the encodings of their compilers; there are no others."""
    targets, broken = links(unpacked / "docs")
    assert broken == []
    assert sum(target.parent == unpacked / "examples" for target in targets) >= 7
    assert not (unpacked / "docs" / "examples").exists()


def test_the_site_begins_and_is_named_in_chinese(folder: Path) -> None:
    start = _Page(site.SITE / "index.html")
    assert start.language == "zh"
    assert "vcchk：开放的" in start.text
    titles = {path.relative_to(site.SITE).as_posix(): _Page(path).title for path in site.SITE.rglob("*.html")}
    assert len(set(titles.values())) == len(titles), "two pages have one title"
    names = re.findall(r"^ +- (.+?):", site.CONFIGURATION.read_text("utf-8").partition("\nnav:")[2], re.MULTILINE)
    assert [name for name in names if not re.search(r"[\u4e00-\u9fff]", name)] == ["VirtualCardChk.ini"]


def test_numbered_lists_go_on_after_a_block(folder: Path) -> None:
    """A number that begins a line of a built page's words is one that was not made an item."""
    articles = {path.name: path.read_text("utf-8").partition("<article")[2] for path in folder.rglob("*.html")}
    assert articles["integration-guide.zh-CN.html"].count("<ol>") > 3
    words = {name: re.sub(r"<pre.*?</pre>", "", article, flags=re.DOTALL) for name, article in articles.items()}
    assert {name: found for name, text in words.items() if (found := re.findall(r"^\d+\. .{,20}", text, re.M))} == {}


def test_the_language_in_a_heading_keeps_its_sharp(folder: Path) -> None:
    """A # at the end of a heading's line is no part of it unless it is escaped."""
    assert re.search(r"<h3[^>]*>C#<", (folder / "integration-guide.zh-CN.html").read_text("utf-8"))


def test_every_document_is_in_the_navigation() -> None:
    documents = {path.relative_to(places.ROOT / "docs").as_posix() for path in (places.ROOT / "docs").rglob("*.md")}
    assert set(re.findall(r": (\S+\.md)$", site.CONFIGURATION.read_text("utf-8"), re.MULTILINE)) == documents


def test_the_pages_can_be_read_without_javascript(folder: Path, open_page: OpenPage) -> None:
    page = open_page(f"{folder.as_uri()}/index.html", scripts=False)
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
