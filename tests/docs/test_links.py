"""Every link and picture of the documents leads somewhere, anchors too; no page is out of reach of a README."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from native.buildkit import places
from tools.docs.markdown import slug

_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(!?)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_TAG = re.compile(r"""<(?:img|source)\b[^>]*?(?:src|srcset)="([^"]+)\"""")
_CODE = re.compile(r"(`+)(?:(?!\1).)+\1")


def markdown() -> list[Path]:
    """Every tracked or new *.md of the repository."""
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=places.ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("LOUD SKIP: this is no git checkout")
    return [path for name in done.stdout.split("\0") if name and (path := places.ROOT / name).is_file()]


def links(text: str) -> list[str]:
    """The targets of a document's links and pictures; those in code are none."""
    bare = _FENCE.sub("", text)
    # A link's own words may be code: blank what stands between backticks, keep the brackets round it.
    bare = _CODE.sub("code", bare)
    return [match[2] for match in _LINK.finditer(bare)] + _TAG.findall(bare)


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, the second of two alike with -1."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", _FENCE.sub("", path.read_text("utf-8")), re.MULTILINE):
        name, number = slug(heading.replace("`", "")), 0
        while (anchor := f"{name}-{number}" if number else name) in found:
            number += 1
        found.add(anchor)
    return found


def broken(path: Path) -> list[str]:
    """The links of a document that lead nowhere."""
    wrong = []
    for link in links(path.read_text("utf-8")):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.is_relative_to(places.ROOT) or not target.exists():
            wrong.append(f"{link}: there is no such file")
        elif anchor and (target.suffix != ".md" or anchor not in anchors(target)):
            wrong.append(f"{link}: there is no such heading")
    return wrong


def test_every_link_leads_somewhere() -> None:
    found = {path.relative_to(places.ROOT).as_posix(): wrong for path in markdown() if (wrong := broken(path))}
    assert found == {}


def test_broken_links_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "ROOT", tmp_path)
    (tmp_path / "b.md").write_text("# 一 二\n\n## 一 二\n```\n# no heading\n```\n", "utf-8")
    page = tmp_path / "a.md"
    page.write_text(
        "[a](b.md) [b](b.md#一-二) [c](b.md#一-二-1) [`d`](b.md#三) ![e](e.png) <img src=\"f.png\"> [g](../g.md)\n"
        "```\n[h](h.md)\n```\n`[i](i.md)` [j](b.md#no-heading) [k](https://example.test/x)\n",
        "utf-8",
    )  # fmt: skip
    assert [line.partition(":")[0] for line in broken(page)] == [
        "b.md#三",
        "e.png",
        "../g.md",
        "b.md#no-heading",
        "f.png",
    ]


def test_every_document_can_be_reached_from_a_readme() -> None:
    reached = {places.ROOT / "README.md", places.ROOT / "README.zh-CN.md"}
    waiting = list(reached)
    while waiting:
        path = waiting.pop()
        for link in links(path.read_text("utf-8")):
            target = (path.parent / unquote(link).partition("#")[0]).resolve()
            if target.suffix == ".md" and target.is_file() and target not in reached:
                reached.add(target)
                waiting.append(target)
    docs = {path for path in markdown() if (places.ROOT / "docs") in path.parents}
    assert sorted(path.relative_to(places.ROOT).as_posix() for path in docs - reached) == []
