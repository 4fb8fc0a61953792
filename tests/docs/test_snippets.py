"""What documents tell people to type is understood: settings in INI snippets, JSON, commands and their options."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from native.buildkit import places
from tests.docs.test_links import markdown
from tools.docs import tables
from vcchk.cli import main as cli
from vcchk.devices import options, registry
from vcchk.settings import load_settings

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"(?:^|[`$(] ?|bin/)vcchk ([a-z]+)\b([^`\n]*)", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def fences(language: str) -> list[tuple[str, str]]:
    """(document, text) of every fenced block of a language."""
    return [
        (path.relative_to(places.ROOT).as_posix(), match[2])
        for path in markdown()
        for match in _FENCE.finditer(path.read_text("utf-8"))
        if match[1] == language
    ]


def test_ini_snippets_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCCHK_HOME", str(tmp_path))
    (tmp_path / "label.epl").write_bytes(b"N\n")  # the file that the template's example names
    found = fences("ini")
    assert len(found) >= 4
    for number, (document, text) in enumerate(found):
        path = tmp_path / f"{number}.ini"
        path.write_text(text, "utf-8")
        loaded = load_settings(str(path))
        assert loaded.warnings == (), document
        for kind in registry.KINDS:
            section = getattr(loaded, kind)
            if section.driver:
                driver = registry.load(kind, section.driver)
                assert options.read(driver.OPTIONS, section)[1] == [], document


def test_json_snippets_are_json() -> None:
    found = fences("json")
    assert len(found) >= 4
    for document, text in found:
        assert json.loads(text), document


@cache
def options_of(command: str, more: str) -> frozenset[str]:
    """The options that a command's own help names."""
    names = [command, more] if more in tables.SUBCOMMANDS.get(command, ()) else [command]
    return frozenset(_OPTION.findall(tables.command_help(names)))


def wrong(text: str) -> list[str]:
    """The commands of a text that there are not, or with options that they do not have."""
    found = []
    for command, rest in _COMMAND.findall(text):
        if command not in cli.COMMANDS:
            found.append(f"vcchk {command}")
            continue
        more = rest.split()[0] if rest.split() else ""
        unknown = set(_OPTION.findall(rest)) - options_of(command, more) - {"--help"}
        found += [f"vcchk {command} {option}" for option in sorted(unknown)]
    return found


def test_commands_in_documents_exist() -> None:
    texts = [*markdown(), places.NATIVE / "buildkit" / "guide.txt"]
    asked = sum(len(_COMMAND.findall(path.read_text("utf-8"))) for path in texts)
    assert asked > 60
    bad = {path.name: found for path in texts if (found := wrong(path.read_text("utf-8")))}
    assert bad == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`vcchk doctor --url x`", []),
        ("$ vcchk doctr\n", ["vcchk doctr"]),
        ("`vcchk journal --opne`", ["vcchk journal --opne"]),
        ("`vcchk wire infer --captured a --upstream b`", ["vcchk wire --upstream"]),
        ("vcchk sandbox --port 0", []),
    ],
)
def test_wrong_commands_are_found(text: str, found: list[str]) -> None:
    assert wrong(text) == found
