"""``vcchk codes <word>``: look a word up in the documents' dictionaries by code, name or pinyin initials."""

from __future__ import annotations

import sys

from vcchk import specification
from vcchk.base import columns
from vcchk.cli.arguments import Parser

HELP = "查字典：按代码、名称或拼音首字母查科室、诊疗环节、用码业务类型、统筹区、证件类型、返回码等"

# dictionary: (Chinese name, where it stands in document B's appendices; register and regquery stand in A's alone)
TITLES: dict[str, tuple[str, str]] = {
    "ret_codes": ("返回码", "附录1"),
    "methods": ("接口名称", "附录2.1"),
    "id_types": ("证件类型", "附录2.2"),
    "nations": ("民族", "附录2.3"),
    "sexes": ("性别", "附录2.4"),
    "treatments": ("诊疗环节", "附录2.5"),
    "departments": ("标准科室", "附录2.6"),
    "card_types": ("卡类型", "附录2.7"),
    "insurance_regions": ("统筹区", "附录2.8"),
    "business_types": ("用码业务类型", "附录2.9"),
}

HEAD = ("字典", "出处", "代码", "名称")


def make_parser() -> Parser:
    """Return what reads the command's words."""
    parser = Parser("vcchk codes", HELP)
    parser.add_argument("word", metavar="词", help="代码、名称或拼音首字母，如 01101、消化、hxnk")
    parser.add_argument(
        "--in", dest="only", choices=tuple(TITLES), metavar="字典", help="只查一个：" + " ".join(TITLES)
    )
    return parser


def main(argv: list[str]) -> int:
    """Print what was found; returns 1 when nothing was."""
    options = make_parser().parse_args(argv)
    hits = [hit for hit in specification.search(options.word) if options.only in (None, hit.dictionary)]
    if not hits:
        print(f"没有找到 {options.word!r}：请换代码、名称中的几个字或拼音首字母再查", file=sys.stderr)
        return 1
    rows = [(TITLES[hit.dictionary][0], hit.where or TITLES[hit.dictionary][1], hit.code, hit.name) for hit in hits]
    print("\n".join(columns.lines([HEAD, *rows])))
    return 0
