"""What mkdocs does besides: a link to what the site has not (a source file, the README) is plain text on it."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from tools.docs.markdown import slug

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

    return _LINK.sub(kept, markdown)


def slugify(heading: str, _separator: str) -> str:
    """Return a heading's anchor as GitHub makes it, so that one link serves both."""
    return slug(heading)
