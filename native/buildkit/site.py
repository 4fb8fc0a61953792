"""The documentation site: docs/ as HTML that works from a disk, with a search; nothing in it is loaded from outside.

mkdocs-material makes the pages, and fails for a link or an anchor that leads nowhere. Its search runs in a web worker,
which browsers refuse to pages from a disk; the shim that helps comes from npm (iframe-worker), not from the server
that the theme names. Two more scripts that the theme would fetch are taken out, and so are other languages' stemmers.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from . import licences, places, shell
from .progress import BuildError
from .stamps import Stamp, digest

CONFIGURATION = places.ROOT / "tools" / "site" / "mkdocs.yml"
SITE = places.DIST / "docs"
SHIM = "assets/javascripts/iframe-worker.js"
_SHIM_ELSEWHERE = re.compile(r'src="https?://[^"]*iframe-worker[^"]*"')
_FETCHED = re.compile(r'"https://unpkg\.com/[^"]*"')
"""What the theme's script would fetch: diagrams, which no page has, and ResizeObserver for browsers before 2018."""
_STEMMERS = frozenset({"lunr.stemmer.support.min.js", "lunr.multi.min.js", "lunr.zh.min.js"})
"""Of the scripts for other languages' searches these are used; English is in lunr itself."""
_INDEX = "search_index.js"
"""The pages' text once more, no program."""
_LOADED = {
    ".html": re.compile(
        r"""<(?:script|img|iframe|source)\b[^>]*\ssrc=["'](?:https?:)?//|<link\b[^>]*\shref=["'](?:https?:)?//"""
    ),
    ".css": re.compile(r"""(?:url\(|@import)\s*["']?(?:https?:)?//"""),
    # A namespace is no address; GitHub's and GitLab's interfaces are asked by sites that name their repository.
    ".js": re.compile(r"""["'`]https?://(?!www\.w3\.org/|api\.github\.com/|\$\{e\}/api/v4/)"""),
}


def stamp() -> Stamp:
    """Fresh when dist/docs is what docs/ and the site's configuration give now."""
    sources = [
        path for folder in ("docs", "tools/site") for path in (places.ROOT / folder).rglob("*") if path.is_file()
    ]
    sources = [path for path in sources if "__pycache__" not in path.parts]
    sources += [places.ROOT / "LICENSE", Path(licences.__file__), *licences.KEPT.iterdir()]
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
    _take_out(SITE)
    pages = sorted(SITE.rglob("*.html"))
    _bring_shim(pages)
    if outside := loads_from_outside(SITE):
        raise BuildError(f"Files of the site load something from outside: {', '.join(outside)}")
    (SITE / licences.FILE).write_text(licences.of_site(), "utf-8-sig", newline="\r\n")
    mark.set()
    return f"{len(pages)} pages"


def loads_from_outside(folder: Path) -> list[str]:
    """Return the names of pages, scripts and style sheets below ``folder`` that load something by http."""
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in _LOADED and path.name != _INDEX]
    return [path.name for path in files if _LOADED[path.suffix].search(path.read_text("utf-8"))]


def _take_out(folder: Path) -> None:
    """Remove what the site does not need, and what its script would fetch.

    404.html is a server's page: its links begin at the root, and lead nowhere on a disk.
    """
    scripts = folder / "assets" / "javascripts"
    lunr = [path for path in (scripts / "lunr").rglob("*.js") if path.name not in _STEMMERS]
    for path in [*folder.glob("sitemap.xml*"), folder / "404.html", *folder.rglob("*.map"), *lunr]:
        path.unlink()
    for path in scripts.glob("bundle.*.js"):
        path.write_text(_FETCHED.sub('"data:text/javascript,"', path.read_text("utf-8")), "utf-8", newline="\n")


def _bring_shim(pages: list[Path]) -> None:
    shim = places.NPM / "node_modules" / "iframe-worker" / "shim" / "index.js"
    if not shim.is_file():
        raise BuildError("iframe-worker of tests/npm is missing: python3 build_dll.py test fetches the npm packages.")
    (SITE / SHIM).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shim, SITE / SHIM)
    for page in pages:
        up = "../" * (len(page.relative_to(SITE).parts) - 1)
        page.write_text(_SHIM_ELSEWHERE.sub(f'src="{up}{SHIM}"', page.read_text("utf-8")), "utf-8", newline="\n")
