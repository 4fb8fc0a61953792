"""``vcchk codes``: by code, name and pinyin initials, over every dictionary."""

from __future__ import annotations

import pytest

from vcchk import specification
from vcchk.cli.commands import codes
from vcchk.cli.main import main


@pytest.mark.parametrize(
    ("word", "row"),
    [
        ("01101", ["用码业务类型", "附录2.9", "01101", "挂号"]),
        ("xhnk", ["标准科室", "附录2.6", "0302", "消化内科专业"]),
        ("XHNK", ["标准科室", "附录2.6", "0302", "消化内科专业"]),
        ("厦门", ["统筹区", "附录2.8", "350200", "厦门市"]),
        ("jmsfz", ["证件类型", "附录2.2", "01", "居民身份证"]),
        ("2001", ["返回码", "附录1", "2001", "电子健康卡二维码已过期"]),
        ("querywithreg", ["接口名称", "附录2.1", "ehc.ehealthcard.querywithreg", "实名注册电子健康卡并获取二维码"]),
        ("畲族", ["民族", "附录2.3", "22", "畲族"]),
        ("010105", ["诊疗环节", "附录2.5", "010105", "收费"]),
        ("社保卡", ["卡类型", "附录2.7", "01", "社保卡"]),
        ("市民卡", ["卡类型", "4.1.1、4.2.2、4.3.1、4.7.2", "04", "市民卡（经信局）、异地社保卡"]),
        ("未说明", ["性别", "附录2.4", "9", "未说明性别"]),
    ],
)
def test_found(capsys: pytest.CaptureFixture[str], word: str, row: list[str]) -> None:
    assert main(["codes", word]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["字典", "出处", "代码", "名称"]
    assert row in lines[1:]


def test_one_dictionary_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codes", "gh", "--in", "business_types"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert lines
    assert all(line.startswith("用码业务类型") for line in lines)


def test_nothing_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codes", "没有这个词"]) == 1
    assert "没有找到" in capsys.readouterr().err


def test_every_dictionary_has_a_title() -> None:
    from vcchk.specification.dictionaries import DICTIONARIES

    assert tuple(codes.TITLES) == DICTIONARIES
    assert specification.search("") == []
