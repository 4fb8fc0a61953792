"""Every command of the tutorial is executed, every output that it prints is compared; and the comparison can fail."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from tests.builds import runnable
from tests.docs import tutorial
from tests.docs.tutorial import Shell, Step


def differing(shell: Shell, phone: Any) -> list[tuple[str, str, str]]:
    """Go through the whole document; returns the steps whose output is not the printed one, and both outputs."""
    found = []
    with contextlib.closing(shell):
        for step, actual in tutorial.outputs(tutorial.DOCUMENT.read_text("utf-8"), shell, phone):
            if actual is not None and tutorial.plain(actual) != tutorial.plain(step.printed):
                found.append((step.command or step.does, step.printed, actual))
    return found


@pytest.mark.timeout(180)
def test_the_tutorial(tmp_path: Path, open_page: Any) -> None:
    shell = Shell(tmp_path, runnable("linux").archive)
    assert differing(shell, open_page) == [], "python -m tests.docs.tutorial writes the outputs anew"


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_the_tutorial_by_windows_programs(tmp_path: Path) -> None:
    """What the win32 zip holds prints the same under Wine. A minute, for some twenty starts of Wine."""
    folder = tmp_path / "医院 窗口"
    folder.mkdir()
    shell = tutorial.WindowsShell(folder, runnable("win32").archive)
    assert differing(shell, None) == []


TEXT = """
```console
$ a
1 毫秒
$ b
```
words
<!-- do: x -->
```text
old
```
<!-- do: y -->
"""


def test_steps_and_their_outputs() -> None:
    steps = [Step("a", "", "1 毫秒\n"), Step("b", "", ""), Step(None, "x", "old\n"), Step(None, "y", "")]
    assert tutorial.steps(TEXT) == steps
    assert tutorial.with_outputs(TEXT, [step.printed for step in steps]) == TEXT
    changed = tutorial.with_outputs(TEXT, ["2 秒\n", "3\n", "new\n", ""])
    assert [step.printed for step in tutorial.steps(changed)] == ["2 秒\n", "3\n", "new\n", ""]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("用时    6.5 毫秒\n", "用时    16.25 毫秒\n", True),
        ("返回码  00\n", "返回码  2001\n", False),
        (
            '{"ehealth_authurl":"http://127.0.0.1:1811/auth/a-B_1"}',
            '{"ehealth_authurl":"http://127.0.0.1:1811/auth/c"}',
            True,
        ),
        ('{"user_name":"陈小明"}', '{"user_name":"林雅婷"}', False),
        ("日志    /var/log/vcchk\n", "日志    C:\\ProgramData\\vcchk\n", True),
        ("ok    文件完整    162 个\n", "ok    文件完整    163 个\n", True),
        ("ok    文件完整    162 个\n", "fail  文件完整    162 个\n", False),
        ("ok    应答验签    平台应答的签名相符", "ok    应答验签    没有检查", False),
        ('{"auth_status":"ing"}', '{"auth_status":"succ"}', False),
        ("code  " + "A" * 28 + "\n", "code  " + "B7" * 14 + "\n", True),
    ],
)
def test_what_may_differ(one: str, other: str, alike: bool) -> None:
    assert (tutorial.plain(one) == tutorial.plain(other)) is alike
