"""What mkdocs does besides: links to what the site has not (a source file, the README) are plain text on it, and a
numbered list goes on after a block within it, as it does everywhere else."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from tools.docs.markdown import slug

_ITEM = re.compile(r"\d+\. ")
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Return the page's text without links that the site cannot follow; called by mkdocs."""
    known = {file.src_uri for file in files if file.inclusion.is_included()}
    here = posixpath.dirname(page.file.src_uri)

    def kept(match: re.Match[str]) -> str:
        text, link = match.groups()
        name = link.partition("#")[0]
        if not name or re.match(r"[a-z]+:", link):
            return match[0]
        return match[0] if posixpath.normpath(posixpath.join(here, name)) in known else text

    return _LINK.sub(kept, numbered(markdown))


def numbered(markdown: str) -> str:
    """Return a text whose numbered items are Python-Markdown's.

    It takes what stands below the item's words (three columns in, the documents' way) for a new paragraph unless it is
    four columns in, and the next number for words of that paragraph unless there is a blank line between.
    """
    lines: list[str] = []
    in_item = in_fence = has_blocks = False
    for line in markdown.split("\n"):
        if not in_fence and _ITEM.match(line):
            if has_blocks:
                lines.append("")
            in_item, has_blocks = True, False
        elif in_item and line.startswith("   "):
            has_blocks = has_blocks or lines[-1] == ""
            line = f" {line}"
        elif line:
            in_item = has_blocks = False
            in_fence ^= line.startswith("```")
        lines.append(line)
    return "\n".join(lines)


def slugify(heading: str, _separator: str) -> str:
    """Return a heading's anchor as GitHub makes it, so that one link serves both."""
    return slug(heading)
