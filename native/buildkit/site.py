"""The documentation site: docs/ as HTML that works from a disk, with a search; nothing in it is loaded from outside.

mkdocs-material makes the pages, and fails for a link or an anchor that leads nowhere. Its search runs in a web worker,
which browsers refuse to pages from a disk; the shim that helps comes from npm (iframe-worker), not from the server
that the theme names.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from . import places, shell
from .say import BuildError
from .stamps import Stamp, digest

CONFIGURATION = places.ROOT / "tools" / "site" / "mkdocs.yml"
SITE = places.DIST / "docs"
SHIM = "assets/javascripts/iframe-worker.js"
_SHIM_ELSEWHERE = re.compile(r'src="https?://[^"]*iframe-worker[^"]*"')
_LOADED = re.compile(r"""<(?:script|img|iframe|source)\b[^>]*\ssrc=["'](https?:)?//|<link\b[^>]*\shref=["']https?://""")


def stamp() -> Stamp:
    """Fresh when dist/docs is what docs/ and the site's configuration give now."""
    sources = [
        path for folder in ("docs", "tools/site") for path in (places.ROOT / folder).rglob("*") if path.is_file()
    ]
    sources = [path for path in sources if "__pycache__" not in path.parts]
    names = "\n".join(sorted(path.relative_to(places.ROOT).as_posix() for path in sources))
    return Stamp(places.CACHE / "site.stamp", digest(names, sources, Path(__file__), places.CONSTRAINTS))


def is_built() -> bool:
    """Tell whether dist/docs is of the present sources."""
    return stamp().fresh and (SITE / "index.html").is_file()


def build() -> str:
    """Make dist/docs; returns a note. Raises BuildError for a broken link or something outside."""
    if is_built():
        return "unchanged"
    mark = stamp()
    mark.spoil()
    shutil.rmtree(SITE, ignore_errors=True)
    command: list[str | Path] = [
        places.VENV_PYTHON,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "-f",
        CONFIGURATION,
        "-d",
        SITE,
    ]
    # The theme prints an advertisement of its maker's next product on stderr unless told not to.
    environment = {"PYTHONPATH": str(places.ROOT), "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "315532800"}
    shell.run(command, log="site", what="Making the documentation site", env=environment)
    pages = sorted(SITE.rglob("*.html"))
    _bring_shim(pages)
    for path in [*SITE.glob("sitemap.xml*"), *SITE.rglob("*.map")]:
        path.unlink()
    if outside := [path.name for path in pages if _LOADED.search(path.read_text("utf-8"))]:
        raise BuildError(f"Pages of the site load something from outside: {', '.join(outside)}")
    mark.set()
    return f"{len(pages)} pages"


def _bring_shim(pages: list[Path]) -> None:
    shim = places.NPM / "node_modules" / "iframe-worker" / "shim" / "index.js"
    if not shim.is_file():
        raise BuildError("iframe-worker of tests/npm is missing: python3 build_dll.py test fetches the npm packages.")
    (SITE / SHIM).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shim, SITE / SHIM)
    for page in pages:
        up = "../" * (len(page.relative_to(SITE).parts) - 1)
        page.write_text(_SHIM_ELSEWHERE.sub(f'src="{up}{SHIM}"', page.read_text("utf-8")), "utf-8", newline="\n")
