"""Who begins with a Chinese page stays among Chinese pages; a link to an English page for developers says so."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from native.buildkit import places
from tests.docs.test_links import links

START = ("README.zh-CN.md", "docs/index.md", "docs/integration-guide.zh-CN.md", "docs/tutorial.zh-CN.md")
GUIDE = places.ROOT / "native" / "buildkit" / "guide.txt"
"""The zip's README.txt; its pages are those of the site, with .html for .md."""
FOR_DEVELOPERS = frozenset({
    "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md", "docs/architecture.md", "docs/build.md",
    "docs/performance.md", "docs/release.md", "docs/third-party.md", "native/README.md",
})  # fmt: skip
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.DOTALL | re.MULTILINE)
_NO_PROSE = re.compile(r"`[^`]*`|\]\([^)]*\)|<[^>]*>")
_SENTENCE = re.compile(r"\n\s*\n|\n\s*[|*-]|。")


def is_chinese(text: str) -> bool:
    """Tell whether the prose of a page, without code, links and tags, has more Chinese characters than Latin words."""
    prose = _NO_PROSE.sub("", _FENCE.sub("", text))
    return len(re.findall(r"[\u4e00-\u9fff]", prose)) > len(re.findall(r"[A-Za-z]{2,}", prose))


def targets(path: Path) -> dict[str, str]:
    """Return the Markdown pages that a page links to, from the repository's root, each with the sentence around it."""
    found = {}
    for sentence in _SENTENCE.split(path.read_text("utf-8")):
        for link in links(sentence):
            target = (path.parent / unquote(link).partition("#")[0]).resolve()
            if target.suffix == ".md" and target.is_relative_to(places.ROOT):
                found[target.relative_to(places.ROOT).as_posix()] = sentence
    return found


def walked() -> dict[str, set[str]]:
    """Return every page that the Chinese start pages lead to, but for those for developers, with what leads to it."""
    named = re.findall(r"\bdocs/[\w./-]+?(?=\.html)", GUIDE.read_text("utf-8"))
    reached: dict[str, set[str]] = {name: set() for name in (*START, *(f"{page}.md" for page in named))}
    waiting = list(reached)
    while waiting:
        here = waiting.pop()
        for name in targets(places.ROOT / here):
            if name not in reached and name not in FOR_DEVELOPERS:
                waiting.append(name)
            if name not in FOR_DEVELOPERS:
                reached.setdefault(name, set()).add(here)
    return reached


def test_the_chinese_pages_lead_to_chinese_pages() -> None:
    pages = walked()
    english = {name: by for name, by in pages.items() if not is_chinese((places.ROOT / name).read_text("utf-8"))}
    assert english == {}
    assert {"docs/faults.md", "docs/devices.md", "docs/wire.md", "docs/reference/control.md"} <= pages.keys()


def test_a_link_to_an_english_page_says_so() -> None:
    silent = [
        (name, target)
        for name in walked()
        for target, sentence in targets(places.ROOT / name).items()
        if target in FOR_DEVELOPERS and "英文" not in sentence and "English" not in sentence
    ]
    assert silent == []


def test_the_exceptions_are_english_pages_that_exist() -> None:
    assert [name for name in FOR_DEVELOPERS if is_chinese((places.ROOT / name).read_text("utf-8"))] == []


def test_english_is_distinguished_from_chinese() -> None:
    assert is_chinese("# 返回码\n\n`VirtualCardTrans` 返回 the code。\n```c\nint main(void) { return 0; }\n```\n")
    assert not is_chinese("# Hosts\n\nWhat a host (宿主) may expect.\n")
