"""Private apt lists: Debian's main archive out of a machine's own configuration, and nothing else of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from native.buildkit import apt
from native.buildkit.progress import BuildError


def test_what_another_package_provides_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    states = {"nodejs": "ii ", "npm": "un ", "xvfb": "", "gone": "rc "}
    table = "ii :nodejs-dev, npm (= 10.8.2)\nrc :xvfb, gone\nii :\n"
    monkeypatch.setattr(apt.shell, "output", lambda arguments: states.get(arguments[-1], table))
    assert apt.missing(["nodejs", "npm", "xvfb", "gone"]) == ["xvfb", "gone"]


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(apt, "_codename", lambda: "bookworm")
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_one_line_format_keeps_the_release_and_leaves_security_and_third_parties_out(etc: Path) -> None:
    (etc / "sources.list").write_text(
        "# deb http://commented.invalid/debian bookworm main\n"
        "deb http://mirror.invalid/debian bookworm main contrib\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.invalid/debian bookworm-updates main\n"
        "deb-src http://mirror.invalid/debian bookworm main\n"
        "deb http://mirror.invalid/debian-security bookworm-security main\n",
        "utf-8",
    )
    (etc / "sources.list.d" / "other.list").write_text("deb http://other.invalid/apt nodistro main\n", "utf-8")
    assert apt.main_archive_lines(etc) == [
        "deb http://mirror.invalid/debian bookworm main contrib",
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.invalid/debian bookworm-updates main",
    ]


def test_deb822_format(etc: Path) -> None:
    (etc / "sources.list.d" / "debian.sources").write_text(
        "Types: deb deb-src\n# http://snapshot.invalid/\nURIs: http://mirror.invalid/debian\n"
        "Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: /usr/share/keyrings/debian.gpg\n"
        "\n"
        "Types: deb\nURIs: http://mirror.invalid/debian-security\nSuites: bookworm-security\nComponents: main\n"
        "\n"
        "Types: deb\nURIs: http://mirror.invalid/debian\nSuites: bookworm\nComponents: main\nEnabled: no\n",
        "utf-8",
    )
    assert apt.main_archive_lines(etc) == [
        "deb [signed-by=/usr/share/keyrings/debian.gpg] http://mirror.invalid/debian bookworm main",
        "deb [signed-by=/usr/share/keyrings/debian.gpg] http://mirror.invalid/debian bookworm-updates main",
    ]


def test_a_plan_that_removes_packages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = iter(["Inst wine32\nConf wine32\n", "Remv gcc [12]\nInst wine32\n", ""])
    monkeypatch.setattr(apt.shell, "output", lambda *_, **__: next(plans))
    assert [apt._simulated(["apt-get", "-s"]) for _ in range(3)] == [True, False, False]


def test_what_cannot_be_had_together_is_had_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where npm needs the main archive's libssl3, which Wine has taken, and chromium is in the security archive."""
    by_way = {"": {"chromium"}, "main": {"npm"}}
    done: list[tuple[str, ...]] = []

    def simulated(command: list[str]) -> bool:
        way = "main" if "main" in command else ""
        return set(command[command.index("--no-install-recommends") + 1 :]) <= by_way[way]

    monkeypatch.setattr(apt, "missing", list)
    monkeypatch.setattr(apt, "_may_install", lambda *_: None)
    monkeypatch.setattr(apt, "update", lambda: None)
    monkeypatch.setattr(apt, "_simulated", simulated)
    monkeypatch.setattr(apt, "_WAYS", (("", list), (", of main", lambda: ["main"])))
    monkeypatch.setattr(apt.shell, "output", lambda *_, **__: "i386")
    monkeypatch.setattr(apt.shell, "run", lambda command, **_: done.append(tuple(command)))
    assert apt.install(["npm"], "tests") == "installed npm, of main"
    assert apt.install(["npm", "chromium"], "tests") == "installed npm chromium, one by one"
    assert [(("main" in command), command[-1]) for command in done] == [
        (True, "npm"),
        (True, "npm"),
        (False, "chromium"),
    ]
    with pytest.raises(BuildError, match="gone cannot be installed"):
        apt.install(["npm", "gone"], "tests")
