"""The words after build_dll.py."""

from __future__ import annotations

import pytest

from native.buildkit import commands, progress, testing, venv


@pytest.mark.parametrize("question", ["-h", "--help"])
@pytest.mark.parametrize("command", sorted(commands.COMMANDS))
def test_a_question_for_help_does_no_work(
    command: str, question: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`screenshots --help` once deleted the pictures, `test --help` built everything first."""

    def work(*_: object) -> None:
        pytest.fail("it began to work")

    for module, name in [(progress, "run"), (progress, "run_lanes"), (testing.shutil, "rmtree"), (testing, "_in_venv")]:
        monkeypatch.setattr(module, name, work)
    monkeypatch.setattr(venv, "stamp", lambda: type("Stamp", (), {"fresh": True}))
    monkeypatch.setattr(venv, "enter", lambda *_: None)
    try:
        code: object = commands.main([command, question])
    except SystemExit as ended:  # argparse's way
        code = ended.code
    assert code == 0
    assert command in capsys.readouterr().out


def test_the_usage_names_every_command() -> None:
    assert sorted(line.split()[0] for line in commands.USAGE.splitlines()[2:]) == sorted(commands.COMMANDS)


@pytest.mark.parametrize("command", ["build", "demo", "docs", "openssl", "release", "sign"])
def test_a_word_too_many_is_refused(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(venv, "enter", lambda *_: None)
    monkeypatch.setattr(progress, "run", lambda *_: pytest.fail("it began to work"))
    with pytest.raises(SystemExit) as ended:
        commands.main([command, "--nonsense"])
    assert ended.value.code == 2
    assert f"build_dll.py {command}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("biuld", "build_dll.py: there is no command biuld (did you mean build?); see build_dll.py --help"),
        (
            "build --agian",
            "there is no --agian (did you mean --again?); see build_dll.py build --help",
        ),
        ("build --aga", "there is no --aga (did you mean --again?)"),
        ("sign --pkcs", "--pkcs12"),
        ("demo --target=linx", "linx"),
    ],
)
def test_a_slip_is_one_sentence_and_nothing_is_abbreviated(
    words: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(venv, "stamp", lambda: type("Stamp", (), {"fresh": True}))
    monkeypatch.setattr(venv, "enter", lambda *_: None)
    monkeypatch.setattr(progress, "run", lambda *_: pytest.fail("it began to work"))
    try:
        code: object = commands.main(words.split())
    except SystemExit as ended:
        code = ended.code
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err
