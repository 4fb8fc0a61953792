"""argparse's own sentences in Chinese: they are read by the people who install and support the library."""

from __future__ import annotations

import argparse

# argparse's text (its message ids for gettext) -> ours, with the same places
SENTENCES = {
    "usage: ": "用法：",
    "positional arguments": "参数",
    "options": "选项",
    "show this help message and exit": "显示本说明",
    "%(prog)s: error: %(message)s\n": "%(prog)s：%(message)s。加 --help 看说明。\n",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "the following arguments are required: %s": "缺少参数 %s",
    "unrecognized arguments: %s": "没有这样的参数：%s",
    "one of the arguments %s is required": "以下参数应有其一：%s",
    "not allowed with argument %s": "不能与 %s 同时使用",
    "expected one argument": "后面应有一个值",
    "expected at least one argument": "后面至少应有一个值",
    "expected at most one argument": "后面最多一个值",
    "ignored explicit argument %r": "不能带值 %r",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s 不明确，可能是 %(matches)s",
    "invalid %(type)s value: %(value)r": "%(value)r 不是有效的值（%(type)s）",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有 %(value)r，可用的有 %(choices)s",
}


def install() -> None:
    """Let argparse find these sentences where it would ask gettext for a translation."""
    vars(argparse)["_"] = lambda text: SENTENCES.get(text, text)
