"""How all commands read their words: whole names, nothing blank, nothing twice, and a slip is one Chinese sentence."""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
from pathlib import Path

import pytest

from vcchk.cli import arguments
from vcchk.cli import main as cli
from vcchk.cli.arguments import Parser
from vcchk.cli.commands import _sandbox_orders
from vcchk.sandbox.control.rules import ORDERS

ENGLISH = re.compile(r"usage|error|argument|option|required|invalid|expected|choose|unrecognized|show this")
NAME = re.compile(r"[A-Za-z][\w.]+", re.ASCII)
MAY_BE_BLANK = {("vcchk print", "card"), ("vcchk print", "name"), ("vcchk screen", "caption")}
"""A label without a card number or a name, and a screen without a caption, are what somebody may want."""


def parsers() -> list[Parser]:
    """Return those of all commands, subcommands and orders."""
    found = [_sandbox_orders.make_parser(order) for order in ORDERS]
    for module, _ in cli.COMMANDS.values():
        parser = importlib.import_module(f"vcchk.cli.commands.{module}").make_parser()
        found.append(parser)
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                found += action.choices.values()
    return found


PARSERS = {parser.prog: parser for parser in parsers()}


def refused(capsys: pytest.CaptureFixture[str], parser: Parser, *words: str) -> str:
    """Return the one sentence."""
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(words)
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert not ENGLISH.search(err.replace(parser.prog, "")), err
    assert err.endswith(f"用法见 {parser.prog} --help\n")
    return err


@pytest.mark.parametrize("prog", PARSERS)
def test_no_abbreviations(capsys: pytest.CaptureFixture[str], prog: str) -> None:
    """`--jso` once was `--json`, and what it was refused with no JSON."""
    parser = PARSERS[prog]
    for name in [name for action in parser._actions for name in action.option_strings if name.startswith("--")]:
        short = name[:-1]
        if short not in parser._option_string_actions:
            assert f"没有选项 {short}" in refused(capsys, parser, short)
            assert f"没有选项 {short}" in refused(capsys, parser, f"{short}=x")


@pytest.mark.parametrize("prog", PARSERS)
def test_a_blank_text_is_a_slip(capsys: pytest.CaptureFixture[str], prog: str) -> None:
    """A script's variable that is not set: `secret` would have taken stdin and written the INI, `print` printed."""
    parser = PARSERS[prog]
    if prog.removeprefix("vcchk sandbox ") in ORDERS:
        return  # an order's text may be empty; the sandbox judges it
    for action in parser._actions:
        takes_a_word = action.nargs != 0 and not isinstance(action, argparse._SubParsersAction)
        if takes_a_word and (prog, action.dest) not in MAY_BE_BLANK:
            words = [f"{action.option_strings[0]}= "] if action.option_strings else [" "]
            sentence = refused(capsys, parser, *words)
            assert re.search("是空的|之间的|没有 |应为|读不出", sentence), sentence


@pytest.mark.parametrize("prog", PARSERS)
def test_an_option_with_a_value_stands_once(capsys: pytest.CaptureFixture[str], prog: str) -> None:
    parser = PARSERS[prog]
    for action in parser._actions:
        if action.option_strings and action.nargs != 0:
            name = action.option_strings[0]
            assert f"{name} 只能写一次" in refused(capsys, parser, f"{name}=1", f"{name}=2")


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_help_is_chinese(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (0, "")
    assert out.startswith(f"用法：vcchk {command} ")
    assert not ENGLISH.search(out), out


@pytest.mark.parametrize("width", ["80", "102", "120"])
@pytest.mark.parametrize("prog", PARSERS)
def test_a_help_cuts_no_name_in_two(monkeypatch: pytest.MonkeyPatch, prog: str, width: str) -> None:
    """Chinese has no blanks to break a line at; a name within it was broken anywhere (insu-rance_regions)."""
    monkeypatch.setenv("COLUMNS", width)
    text = PARSERS[prog].format_help()
    helps = [action.help or "" for action in PARSERS[prog]._actions if action.help != argparse.SUPPRESS]
    names = [name for one in helps for name in NAME.findall(one)]
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("doctr", "没有命令 doctr，是不是想写 doctor？用法见 vcchk --help"),
        ("--versio", "没有命令 --versio，是不是想写 --version？用法见 vcchk --help"),
        ("nothing", "没有命令 nothing，用法见 vcchk --help"),
        ("call", "vcchk call：缺少参数 文件, --url，用法见 vcchk call --help"),
        ("call x --ulr http://a", "vcchk call：没有选项 --ulr，是不是想写 --url？用法见 vcchk call --help"),
        ("codes x y", "vcchk codes：多了 y，用法见 vcchk codes --help"),
        ("codes x --jsn", "vcchk codes：没有选项 --jsn，用法见 vcchk codes --help"),
        ("fleet x --JSN", "vcchk fleet：没有选项 --JSN，是不是想写 --json？用法见 vcchk fleet --help"),
        ("setup upgrad --to .", "没有 upgrad，是不是想写 upgrade？可用的有 install、upgrade、"),
        ("wire infr", "没有 infr，是不是想写 infer？可用的有 infer、"),
        ("wire probe --key 1 --key-file 2", "vcchk wire probe：--key 和 --key-file 只能写一次，"),
        ("sandbox clok --advance 1", "vcchk sandbox：没有命令 clok，是不是想写 clock？"),
        ("sandbox clock --advnce 1", "vcchk sandbox clock：没有选项 --advnce，是不是想写 --advance？"),
        ("sandbox --port x", "参数 --port：x 不是 0 到 65535 之间的整数，"),
        ("sandbox --port", "参数 --port：后面应有一个值，"),
        ("sandbox --quiet=1", "参数 --quiet：不能带值 '1'，"),
        ("sandbox --quiet=" + "x" * 5000, "x，用法见 vcchk sandbox --help"),
        ("print --name -张三", "没有选项 -张三，要作 --name 的值请写成 --name=…，用法见 vcchk print --help"),
        ("print --name -1e5", "没有选项 -1e5，要作 --name 的值请写成 --name=…，"),
        ("print --name=x -张三", "没有选项 -张三，用法见 "),
        ("print --name --crad x", "没有选项 --crad，是不是想写 --card？"),
        ("sandbox people --query -x", "没有选项 -x，要作 --query 的值请写成 --query=…，"),
        ("kiosk --port -.5", "参数 --port：-.5 不是 0 到 65535 之间的整数，"),
        ("kiosk --dll x --source y", "没有 y，可用的有 wedge、scanner，"),
        ("scan --seconds nan", "参数 --seconds：nan 不是 0 到 86400 之间的数字，"),
        ("scan --count -1", "参数 --count：-1 不是 1 到 "),
        ("journal show 9" + "9" * 5000, "9999… 不是 1 到 9223372036854775807 之间的整数，"),
    ],
)
def test_sentences(capsys: pytest.CaptureFixture[str], words: str, sentence: str) -> None:
    try:
        code: object = cli.main(words.split())
    except SystemExit as ended:
        code = ended.code
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err
    assert len(err) < 300


def test_a_word_on_two_lines_is_repeated_on_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert "没有选项 --a?b，" in refused(capsys, PARSERS["vcchk fleet"], "--a\nb")


def test_the_keys_are_argparses_own_texts() -> None:
    source = inspect.getsource(argparse).replace("\\n", "\n")
    assert [text for text in arguments.SENTENCES if text not in source] == []


def test_nobody_else_reads_words_by_argparse() -> None:
    """The tools of the repository have an English parser of their own (native/buildkit/arguments.py)."""
    root = Path(__file__).parents[2]
    users = [
        path.relative_to(root).as_posix()
        for folder in ("vcchk", "native", "tools", "benchmarks", "tests")
        for path in (root / folder).rglob("*.py")
        if "argparse." + "ArgumentParser" in path.read_text("utf-8")
    ]
    assert sorted(users) == ["native/buildkit/arguments.py", "vcchk/cli/arguments.py"]
