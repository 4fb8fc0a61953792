"""A file whose first line is a key, as any editor saves it: a command line is read by everybody on the machine."""

from __future__ import annotations

import argparse

from vcchk.base.system_errors import reason
from vcchk.cli.arguments import Parser
from vcchk.settings import ini
from vcchk.settings.option import SEALED

MAX_BYTES = 1 << 16
"""Of a file with a key, whose first line counts."""
MAX_CHARACTERS = 4096
"""Of a key. Sealed, a longer one would not fit into what is read of this machine's own files."""


def first_line(file: str) -> str:
    """Return the first line that is not empty, "" when there is none. Raises OSError."""
    with open(file, "rb") as secret_file:
        lines = ini.decode(secret_file.read(MAX_BYTES)).lstrip("\ufeff\r\n").splitlines()
    return lines[0] if lines else ""


def usable(value: str, title: str = "密钥") -> str:
    """Return ``value`` without the blanks around it. Raises ValueError, in Chinese, for what cannot be a key."""
    value = value.strip()
    if not value:
        raise ValueError(f"没有{title}")
    if not value.isprintable() or "\ufffd" in value:
        raise ValueError(f"{title}里有看不见的字符或乱码，请核对，应为一行文字")
    if len(value) > MAX_CHARACTERS:
        raise ValueError(f"{title}超过 {MAX_CHARACTERS} 个字符，请核对是不是拿错了文件")
    if value.startswith(SEALED):
        raise ValueError(f"这是加密后的值，请给出{title}的原文")
    return value


def key_of(file: str) -> str:
    """Return the key in a file. Raises argparse.ArgumentTypeError: this is an option's type."""
    try:
        return usable(first_line(file))
    except OSError as error:
        raise argparse.ArgumentTypeError(f"读不出 {file}（{reason(error)}）") from None
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{file}：{error}") from None


def add_options(parser: Parser, name: str, meaning: str) -> None:
    """Let ``parser`` take a key by ``--NAME-file FILE``, and for trying by ``--NAME KEY``; both set the same."""
    target = name.replace("-", "_")
    parser.add_argument(f"--{name}-file", dest=target, type=key_of, metavar="文件", help=f"一个文件，第一行是{meaning}")
    parser.add_argument(f"--{name}", metavar="密钥", help="直接写密钥：只供试用，本机的人都看得到命令行")
