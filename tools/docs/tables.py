"""Tables out of vcchk's own data, in Chinese Markdown."""

from __future__ import annotations

import contextlib
import io
import os
from unittest import mock

from tools.docs import orders
from tools.docs.advice import ADVICE
from tools.docs.markdown import code, fence, slug, table
from vcchk import specification
from vcchk.base import errors
from vcchk.cli import ini_template
from vcchk.cli import main as cli
from vcchk.cli.commands import codes as codes_command
from vcchk.devices import registry
from vcchk.sandbox import magic
from vcchk.sandbox.control.rules import ORDERS, READING
from vcchk.settings import SECTIONS, Option
from vcchk.settings.option import written
from vcchk.specification import Field, dictionaries, kinds
from vcchk.specification.tables import common_reply, common_request
from vcchk.wire import profile_help
from vcchk.wire.profile import CHOICES, Profile

DOCUMENTS = {"A": "《电子健康卡》", "B": "《多码融合码》v1.1.2"}


# --- return codes ---


def return_codes() -> str:
    """Every code of the documents' table: sentence, who gives it, whose fault, cause, what to do."""
    rows = [
        (code(number), sentence, *_advice(number))
        for number, sentence in errors.SENTENCES.items()
        if number != errors.PLATFORM_SUCCESS
    ]
    rows.insert(0, (code(errors.SUCCESS), errors.SENTENCES[errors.PLATFORM_SUCCESS], *_advice(errors.PLATFORM_SUCCESS)))
    return table(("返回码", "文档中的说明", "一般由谁给出", "问题在", "原因", "怎么办"), rows)


def _advice(number: str) -> tuple[str, str, str, str]:
    row = ADVICE[number]
    return {"库": "动态库", "平台": "平台", "都有": "动态库、平台"}[row.origin], row.fault, row.cause, row.remedy


def device_numbers() -> str:
    """What the int functions return, with the text code that VirtualCardTrans gives for the same."""
    rows = sorted(set(errors.DEVICE_CODES.values()))
    return table(
        ("返回值", "说明和处理", "VirtualCardTrans 中"),
        [(code(str(number)), text, code(text_code)) for number, text_code, text in rows],
    )


# --- VirtualCardChk.ini ---


def _limits(row: Option) -> str:
    if row.choices:
        return "、".join(map(code, row.choices))
    if (row.low, row.high) != (Option.low, Option.high):
        return f"{row.low:g} 到 {row.high:.0f}" if row.high > 1e6 else f"{row.low:g} 到 {row.high:g}"
    return "`yes`、`no`" if isinstance(row.default, bool) else ""


def ini_section(section: str) -> str:
    """The keys of one section: meaning, default, what is allowed."""
    rows = [
        (code(row.name), ini_template.explained(section, row), code(written(row.default)), _limits(row))
        for row in SECTIONS[section]._options.values()
    ]
    return table(("设置项", "含义", "默认", "可用的值"), rows)


def ini_drivers(section: str) -> str:
    """The keys that single drivers add to a section; says so when none does."""
    rows = []
    for driver in registry.DRIVERS[section]:
        for option in registry.load(section, driver).OPTIONS:
            rows.append((code(driver), code(option.name), option.help, code(written(option.default))))
    return table(("driver", "设置项", "含义", "默认"), rows) if rows else "各型号没有自己的设置项。\n"


def ini_profile() -> str:
    """The keys of ``[profile:NAME]`` with the default profile's values."""
    own = Profile(name="xiamen")
    rows = [
        (code(key), text, code(str(getattr(own, key))), "、".join(map(code, CHOICES.get(key, ()))))
        for key, text in profile_help.HELP.items()
    ]
    return table(("设置项", "含义", "xiamen 的值", "可用的值"), rows)


# --- methods ---


def _values(field: Field) -> str:
    if isinstance(field.values, str):
        return f"字典：[{codes_command.TITLES[field.values][0]}]({dictionary_page(field.values)})"
    return "；".join(f"`{value}` {words}" for value, words in (field.values or {}).items())


def field_table(rows: tuple[Field, ...]) -> str:
    """Fields in the documents' order; lengths are characters."""
    return table(
        ("参数", "名称", "长度", "必填", "取值"),
        [
            (
                code(row.name),
                row.label,
                "不限" if row.length is None else str(row.length),
                "是" if row.required else "",
                _values(row),
            )
            for row in rows
        ],
    )


def envelope() -> str:
    """The common fields of a request."""
    return field_table(common_request())


def reply_envelope() -> str:
    """The common fields of a reply."""
    return field_table(common_reply())


def methods_overview() -> str:
    """Every method on a line."""
    rows = []
    for name, method in specification.METHODS.items():
        where = "、".join(f"{letter} {row.chapter}" for letter, row in method.documents.items()) or "A 附录二"
        kind = "办理" if kinds.is_writing(name) else "查询"
        rows.append((f"[`{name}`](#{slug(name)})", method.title, where, kind))
    return table(("method", "名称", "出处", "种类"), rows)


def method_sections() -> str:
    """A section a method: its tables in each document."""
    parts = []
    for name, method in specification.METHODS.items():
        parts.append(f"### {name}\n\n{method.title}。\n\n")
        if not method.documents:
            parts.append(
                "只在文档 A 的字典中列出，没有字段表。模拟平台按 `id_type`、`id_no` 查询，应答同 querywithreg。\n\n"
            )
        for letter, row in method.documents.items():
            parts.append(
                f"文档 {letter}{DOCUMENTS[letter]} {row.chapter} {row.title}，请求：\n\n"
                f"{field_table(method.request(letter))}\n"
            )
            reply = method.response(letter)
            parts.append(f"应答：\n\n{field_table(reply)}\n" if reply else "应答：文档没有列出。\n\n")
    return "".join(parts)


# --- dictionaries ---

LONG = {
    "departments": "departments.md",
    "insurance_regions": "insurance-regions.md",
    "ret_codes": "codes.md",
    "methods": "methods.md",
}
"""Dictionaries that have a page of their own."""


def dictionary_page(name: str) -> str:
    """Where in docs/reference a dictionary stands."""
    return LONG.get(name) or f"dictionaries.md#{slug(_heading(name))}"


def _heading(name: str) -> str:
    return f"{codes_command.TITLES[name][0]} {name}"


def dictionary_counts() -> str:
    """All dictionaries with their sizes."""
    rows = [
        (f"[{title}]({dictionary_page(name)})", code(name), str(len(specification.dictionary(name))), where)
        for name, (title, where) in codes_command.TITLES.items()
    ]
    return table(("字典", "`vcchk codes … --in`", "条数", "文档 B 中的位置"), rows)


HEADINGS = {  # of the columns beside code and name
    "name_a": "文档 A 的名称",
    "name_b": "文档 B 的名称",
    "description_a": "文档 A 的描述",
    "description_b": "文档 B 的描述",
    "level": "科室级别",
    "level1_code": "第一级编码",
    "level1_name": "第一级名称",
    "level2_code": "第二级编码",
    "note": "说明",
    "where": "出处",
}


def dictionary_table(name: str) -> str:
    """One dictionary whole: code and name, then every other column that the documents print."""
    book = dictionaries.load(name)
    more = [n for n, column in enumerate(book.columns) if n and column in HEADINGS]
    rows = [(code(row[0]), book.names[row[0]], *(row[n] for n in more)) for row in book.rows]
    return table(("代码", "名称", *(HEADINGS[book.columns[n]] for n in more)), rows)


def short_dictionaries() -> str:
    """The dictionaries without a page of their own."""
    return "".join(
        f"## {_heading(name)}\n\n文档 B {where}。\n\n{dictionary_table(name)}\n"
        for name, (_, where) in codes_command.TITLES.items()
        if name not in LONG
    )


# --- the sandbox ---


def magic_people() -> str:
    """The magic people: whom to ask for each error."""
    rows = [(code(one.number), code(one.id_no), one.user_name, one.effect) for one in magic.PEOPLE]
    return table(("编号", "证件号（id_type 01）", "姓名", "平台的回答"), rows)


def control_orders() -> str:
    """The orders of ``/_sandbox``."""
    rows = [(code(name), "GET、POST" if name in READING else "POST", orders.MANUAL[name]) for name in ORDERS]
    return table(("命令", "用", "作用"), rows)


# --- the command line ---

SUBCOMMANDS = {"wire": ("capture", "infer", "probe", "show")}


def commands() -> str:
    """Every command on a line."""
    return table(
        ("命令", "作用"),
        [(f"[`vcchk {name}`](#{slug(f'vcchk {name}')})", text) for name, (_, text) in cli.COMMANDS.items()],
    )


def command_sections() -> str:
    """What each command prints for ``--help``."""
    parts = []
    for name in cli.COMMANDS:
        words = [[name], *([name, more] for more in SUBCOMMANDS.get(name, ()))]
        parts.append(f"## vcchk {name}\n\n" + "\n".join(fence("text", command_help(one)) for one in words) + "\n")
    return "".join(parts)


def command_help(words: list[str]) -> str:
    """The output of ``vcchk … --help`` in a terminal of 100 columns."""
    printed = io.StringIO()
    with (
        contextlib.redirect_stdout(printed),
        mock.patch.dict(os.environ, {"COLUMNS": "100"}),
        contextlib.suppress(SystemExit),
    ):
        cli.main([*words, "--help"])
    return printed.getvalue()
