"""The pages of docs/reference, made whole from data: one template a page. A new page is one row of `PAGES`."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools.docs import conformance, tables
from vcchk.cli.commands.codes import TITLES
from vcchk.devices import registry
from vcchk.settings import SECTIONS

NOTE = "<!-- 由 python -m tools.make_docs 生成，请勿手改 -->\n\n"
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=StrictUndefined,
    autoescape=False,
    trim_blocks=True,
    keep_trailing_newline=True,
)
TEMPLATES.globals |= {"tables": tables, "conformance": conformance, "SECTIONS": SECTIONS, "registry": registry}


def _dictionary(name: str) -> tuple[str, dict[str, str]]:
    title, where = TITLES[name]
    return "dictionary", {"name": name, "title": title, "where": where}


PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "codes.md": ("codes", {}),
    "methods.md": ("methods", {}),
    "dictionaries.md": ("dictionaries", {}),
    "departments.md": _dictionary("departments"),
    "insurance-regions.md": _dictionary("insurance_regions"),
    "settings.md": ("settings", {}),
    "commands.md": ("commands", {}),
    "magic-people.md": ("magic-people", {}),
    "control.md": ("control", {}),
    "conformance.md": ("conformance", {}),
}
"""File in docs/reference → its template in templates/, and what that gets besides the tables."""


def text(name: str) -> str:
    """The whole page."""
    template, values = PAGES[name]
    return NOTE + TEMPLATES.get_template(f"{template}.md.jinja").render(values).rstrip() + "\n"
