"""The command line as a process of its own: what a command alone imports, and where its output goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

VCCHK = [sys.executable, "-m", "vcchk"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    own = {"VCCHK_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | own


def test_a_command_needs_no_other_modules_than_its_own(environment: dict[str, str]) -> None:
    ended = subprocess.run([*VCCHK, "codes", "消化"], capture_output=True, text=True, env=environment, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert "0302" in ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    "arguments",
    [["--help"], [], ["codes", "科"], ["codes", "--help"], ["wire", "show"], ["doctor"], ["scan", "--ports"]],
    ids=" ".join,
)
def test_a_reader_that_goes_away_ends_it_in_silence(
    arguments: list[str], unbuffered: str, environment: dict[str, str]
) -> None:
    environment["PYTHONUNBUFFERED"] = unbuffered
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [*VCCHK, *arguments], stdout=writing, stderr=subprocess.PIPE, text=True, env=environment, timeout=60
        )
    finally:
        os.close(writing)
    assert ended.returncode != 0
    assert "Broken" not in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", [["codes", "消化"], ["doctor"]], ids=["at its end", "at each line"])
def test_a_full_disk_is_reported(arguments: list[str], environment: dict[str, str]) -> None:
    environment.pop("PYTHONUNBUFFERED", None)
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [*VCCHK, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, env=environment, timeout=60
        )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "磁盘空间" in ended.stderr


@pytest.mark.parametrize("port", ["99999", "-5"])
def test_a_port_that_is_none_is_reported(port: str, environment: dict[str, str]) -> None:
    command = [*VCCHK, "sandbox", "--port", port]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert ended.returncode != 0
    assert "0 到 65535" in ended.stderr
    assert "0-65535" not in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("wire capture --upstream http://127.0.0.1:9/ --port 99999", "0 到 65535"),
        ("kiosk --dll x --port 99999", "0 到 65535"),
        ("sandbox --port 0 --log .", "打不开"),
        ("sandbox --port 0 --ini nosuch.ini", "请核对 --ini"),
        ("scan --count -1", "--count"),
    ],
)
def test_arguments_that_cannot_be(arguments: str, sentence: str, environment: dict[str, str]) -> None:
    ended = subprocess.run([*VCCHK, *arguments.split()], capture_output=True, text=True, env=environment, timeout=60)
    assert ended.returncode != 0
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("fleet --json", 2),
        ("fleet nowhere --json", 2),
        ("journal show 1 --json", 1),
        ("journal check --json", 1),
        ("journal --since soon --json", 2),
        ("journal --json", 0),
        ("doctor --nonsense --json", 2),
        ("sandbox clock --advance 1 --port 1 --json", 1),
        ("sandbox clock --advance 1 --port x --json", 2),
        ("setup upgrad --to . --json", 2),
        ("nosuch --json", 2),
    ],
)
def test_json_is_one_document_of_a_refusal_too(arguments: str, code: int, environment: dict[str, str]) -> None:
    ended = subprocess.run([*VCCHK, *arguments.split()], capture_output=True, env=environment, timeout=60)
    found = json.loads(ended.stdout.decode("utf-8"))
    assert ended.returncode == code
    if code:
        assert (found["code"], ended.stderr) == (code, b"")
        assert any("\u4e00" <= character <= "\u9fff" for character in found["error"])
    else:
        assert found == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["secret", "set", "--from-file"],
        ["print", "--preview"],
        ["doctor", "--indata"],
        ["journal", "check", "--indata"],
        ["call", "x.json", "--url", "http://127.0.0.1:1/", "--out"],
        ["call", "x.json", "--url"],
        ["fleet", ".", "--html"],
        ["sandbox", "--port", "0", "--db"],
        ["setup", "install", "--to", ".", "--from"],
    ],
    ids=" ".join,
)
def test_an_empty_file_name_is_not_taken_for_none(
    arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    """A script's variable that is not set: secret would have taken stdin and written the INI, print have printed."""
    ended = subprocess.run(
        [*VCCHK, *arguments, ""], input="k1", capture_output=True, text=True, timeout=60,
        env=environment | {"VCCHK_INI": str(tmp_path / "own.ini")},
    )  # fmt: skip
    assert ended.returncode == 2
    assert f"{arguments[-1]}：是空的" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_a_package_says_to_programmers_is_not_shown(environment: dict[str, str]) -> None:
    """The runtime leaves out what guesses an encoding, of which requests warns in English."""
    words = ["wire", "capture", "--upstream", "http://h/", "--out", "/none/x"]
    program = (
        "import sys; sys.modules |= {'chardet': None, 'charset_normalizer': None}; "
        f"from vcchk.cli.main import run; sys.exit(run({words}))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "/none/x 打不开：文件或文件夹不存在\n")
