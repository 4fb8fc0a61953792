"""What argparse says of wrong arguments is Chinese, for every command."""

from __future__ import annotations

import re

import pytest

from vcchk.cli import main as cli
from vcchk.cli.commands import chinese

ENGLISH = re.compile(r"usage|error|argument|option|required|invalid|expected|choose|unrecognized|show this")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    out, err = capsys.readouterr()
    assert ended.value.code == (0 if arguments[-1] == "--help" else 2)
    return out + err


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_wrong_arguments_and_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    for word in ("--no-such-thing", "--help"):
        text = said(capsys, command, word)
        assert "用法：" in text
        assert not ENGLISH.search(text), text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("call",), "vcchk call：缺少参数 file, --url。加 --help 看说明。"),
        (("sandbox", "--port", "x"), "vcchk sandbox：参数 --port：'x' 不是有效的值（int）。加 --help 看说明。"),
        (("sandbox", "--port"), "vcchk sandbox：参数 --port：后面应有一个值。加 --help 看说明。"),
        (("kiosk", "--dll", "x", "--source", "y"), "没有 'y'，可用的有 'wedge', 'scanner'"),
        (("sandbox", "--quiet=1"), "参数 --quiet：不能带值 '1'"),
    ],
)
def test_sentences(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in said(capsys, *arguments)


def test_the_keys_are_argparses_own_texts() -> None:
    import argparse
    import inspect

    source = inspect.getsource(argparse).replace("\\n", "\n")
    assert [text for text in chinese.SENTENCES if text not in source] == []
