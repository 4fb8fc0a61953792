"""What is generated in docs/ is what its sources give; and what the generator's own tables say is true of vcchk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from native import messages
from native.buildkit import places
from tools import make_docs
from tools.docs import blocks, orders, pages, regions, tables
from tools.docs.advice import ADVICE
from tools.docs.markdown import cell, slug
from vcchk import specification
from vcchk.base import errors
from vcchk.cli import ini_template
from vcchk.cli import main as cli
from vcchk.network.fault import FAULTS
from vcchk.sandbox import magic
from vcchk.sandbox.control.rules import ORDERS
from vcchk.settings import SECTIONS


def test_docs_are_what_their_sources_give() -> None:
    """After a change of the data: ``python -m tools.make_docs``."""
    assert [path.relative_to(places.ROOT).as_posix() for path in make_docs.stale()] == []


@pytest.mark.slow
def test_a_difference_would_be_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed block, a changed page, a page that nobody makes any more."""
    (tmp_path / "docs" / "reference").mkdir(parents=True)
    monkeypatch.setattr(make_docs, "ROOT", tmp_path)
    monkeypatch.setattr(make_docs, "REFERENCE", tmp_path / "docs" / "reference")
    (tmp_path / "README.md").write_text("a\n<!-- generated: ini log -->\nold\n<!-- end -->\nb\n", "utf-8")
    assert make_docs.main([]) == 0
    assert make_docs.stale() == []
    text = (tmp_path / "README.md").read_text("utf-8")
    assert text.startswith("a\n<!-- generated: ini log -->\n| 设置项 ")
    assert text.endswith("<!-- end -->\nb\n")
    for name, change in (("README.md", "| 设置项"), ("docs/reference/codes.md", "怎么办")):
        path = tmp_path / name
        kept = path.read_text("utf-8")
        path.write_text(kept.replace(change, "?"), "utf-8")
        assert make_docs.stale() == [path]
        assert make_docs.main(["--check"]) == 1
        path.write_text(kept, "utf-8")
    extra = tmp_path / "docs" / "reference" / "gone.md"
    extra.touch()
    assert make_docs.stale() == [extra]


def test_an_unknown_block_is_refused() -> None:
    with pytest.raises(KeyError):
        blocks.fill("<!-- generated: nothing -->\n<!-- end -->")


def test_every_marker_of_a_document_belongs_to_a_block() -> None:
    """A marker that is misspelt would leave its old text standing for ever."""
    for path in make_docs.documents():
        text = path.read_text("utf-8")
        count = len(blocks.used(text))
        assert text.count("<!-- generated: ") == count, path.name
        assert text.count("<!-- end -->") == count, path.name


def test_every_region_of_an_example_is_printed_somewhere() -> None:
    printed = {name for path in make_docs.documents() for name in blocks.used(path.read_text("utf-8"))}
    for language, (path, _) in regions.LANGUAGES.items():
        assert set(regions.regions(path)) == set(regions.REGIONS), path
        assert {f"example {language} {part}" for part in regions.REGIONS} <= printed


@pytest.mark.parametrize(
    "text",
    ["# [docs a]\n", "# [/docs]\n", "# [docs a]\n# [docs b]\n# [/docs]\n", "# [docs a]\n# [/docs]\n# [/docs]\n"],
)
def test_broken_marks_of_a_region(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "ROOT", tmp_path)
    (tmp_path / "x.py").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"x\.py"):
        regions.regions("x.py")


# --- the table of advice ---


def test_advice_covers_the_documents_table() -> None:
    assert list(ADVICE) == list(errors.SENTENCES)


def given_by_the_library() -> set[str]:
    """Every code that a call of the built library can answer by itself, out of vcchk's sources."""
    found = {row[0] for row in FAULTS.values()} | {str(number) for number, _ in messages.MESSAGES.values()}
    # The scanner is the one device that VirtualCardTrans waits for: what its controller and its port may raise.
    scanner = ("absent", "busy", "open_failed", "timeout", "cancelled", "scanner_broken", "bad_argument", "internal")
    found |= {errors.DEVICE_CODES[name][1] for name in scanner}
    package = places.ROOT / "vcchk"
    for path in package.rglob("*.py"):
        part = path.relative_to(package).parts[0]
        if part not in ("sandbox", "kiosk", "doctor", "dialects", "interfaces", "commands", "testing"):
            raised = r'(?:Error|Result)\(\s*(?:code=)?"(\d{4})"'
            found |= set(re.findall(raised, path.read_text("utf-8")))
    return found


def test_what_is_said_to_come_from_the_library_does() -> None:
    said = {code for code, row in ADVICE.items() if row.origin in ("库", "都有")}
    assert said == given_by_the_library()


def test_what_the_sandbox_refuses_with_is_said_to_come_from_the_platform() -> None:
    folder = places.ROOT / "vcchk" / "sandbox" / "platform"
    texts = {
        code for path in folder.glob("*.py") for code in re.findall(r'Refusal\("(\d{4})"', path.read_text("utf-8"))
    }
    assert len(texts) > 10
    assert texts <= {code for code, row in ADVICE.items() if row.origin in ("平台", "都有")} | {"9004"}


# --- that the tables are whole ---


def test_the_pages_of_codes_and_settings_are_whole() -> None:
    codes, settings = pages.text("codes.md"), pages.text("settings.md")
    for code in errors.SENTENCES:
        assert f"| `{'00' if code == '0000' else code}` |" in codes
    for number, _, sentence in errors.DEVICE_CODES.values():
        assert f"| `{number}` | {cell(sentence)} |" in codes
    for section, kind in SECTIONS.items():
        assert f"\n## [{section}]\n" in settings
        for row in kind._options.values():
            assert f"| `{row.name}` | {cell(ini_template.explained(section, row))} |" in settings


def test_the_pages_of_the_specification_are_whole() -> None:
    methods = pages.text("methods.md")
    for name, method in specification.METHODS.items():
        assert f"\n### {name}\n" in methods
        fields = [field for letter in method.documents for field in (*method.request(letter), *method.response(letter))]
        assert [field.name for field in fields if f"| `{field.name}` | {cell(field.label)} |" not in methods] == []
    for name in set(specification.DICTIONARIES) - {"ret_codes", "methods"}:  # those have pages of their own
        page = pages.text(tables.dictionary_page(name).partition("#")[0])
        rows = specification.dictionary(name).items()
        assert [code for code, text in rows if f"| `{code}` | {cell(text)} |" not in page] == []


def test_the_pages_of_the_tools_are_whole() -> None:
    people, control, commands = (pages.text(f"{name}.md") for name in ("magic-people", "control", "commands"))
    assert [one.number for one in magic.PEOPLE if f"| `{one.number}` | `{one.id_no}` |" not in people] == []
    assert [name for name in ORDERS if f"| `{name}` | " not in control] == []
    assert [n for n in cli.COMMANDS if f"\n## vcchk {n}\n\n```text\n用法：vcchk {n} " not in commands] == []


def test_the_manual_of_the_orders_names_what_their_code_names() -> None:
    assert list(orders.MANUAL) == list(ORDERS)
    for name, act in ORDERS.items():
        written = set(re.findall(r"`+(\w+)`+", act.__doc__ or "")) - {"docs"}
        assert set(re.findall(r"`(\w+)`", orders.MANUAL[name])) == written, name


def test_anchors_are_those_of_github() -> None:
    assert slug("4.3 验证电子健康卡二维码（被扫）") == "43-验证电子健康卡二维码被扫"
    assert slug("`vcchk doctor` and [a link](x.md)") == "vcchk-doctor-and-a-link"
    assert slug("证件类型 id_types") == "证件类型-id_types"
