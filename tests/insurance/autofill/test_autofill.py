"""SetEcQrcode's answers that need no window, and the way ``file`` on the real file system."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tests.deadlines import until
from vcchk.base.errors import DEVICE_CODES
from vcchk.insurance import autofill
from vcchk.insurance.memory import VoucherMemory
from vcchk.records.log import Log
from vcchk.settings import Settings, parse_settings, places

CODE = "3502" + "7" * 26


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return Path(places.state_folder(Settings()))


def scanned(seconds: float = 120) -> VoucherMemory:
    memory = VoucherMemory(seconds)
    assert memory.remember(memory.forget(), CODE)
    return memory


def run(ini: str, memory: VoucherMemory) -> autofill.AutofillOutcome:
    settings = parse_settings("[autofill]\n" + ini)
    assert settings.warnings == ()
    return autofill.run(memory, settings, Log(settings))


def logged(state: Path) -> str:
    return "".join(p.read_text("utf-8") for p in (state / "log").glob("*") if p.is_file())


def row(name: str) -> tuple[int, str]:
    return DEVICE_CODES[name][0], DEVICE_CODES[name][2]


def test_without_a_way_it_says_so_and_keeps_the_code(state: Path) -> None:
    memory = scanned()
    outcome = run("", memory)
    assert (outcome.number, outcome.message) == row("autofill_off")
    assert memory.take().code == CODE


@pytest.mark.skipif(sys.platform == "win32", reason="the ways of Windows work there")
@pytest.mark.parametrize("way", ["keys", "window", "clipboard"])
def test_the_ways_of_windows_say_so_elsewhere(state: Path, way: str) -> None:
    memory = scanned()
    outcome = run(f"way = {way}\nwindow = 医保", memory)
    assert (outcome.number, outcome.message) == row("autofill_windows_only")
    assert memory.take().code == CODE


def test_no_code_expired_and_used_are_three_answers(state: Path) -> None:
    assert run("way = file", VoucherMemory(120)).number == row("voucher_none")[0]
    memory = scanned(seconds=0.01)
    time.sleep(0.02)
    assert run("way = file", memory).number == row("voucher_expired")[0]
    memory = scanned()
    assert run("way = file", memory).number == 0
    assert run("way = file", memory).number == row("voucher_used")[0]
    memory.forget()


def test_file_holds_the_code_alone_for_its_owner_alone(state: Path) -> None:
    memory = scanned()
    outcome = run("way = file", memory)
    file = state / "ecqrcode.txt"
    assert (outcome.number, outcome.message) == (0, "")
    assert file.read_bytes() == CODE.encode()
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in state.iterdir() if p.name.startswith("ecqrcode")] == ["ecqrcode.txt"], "no draft is left"
    memory.forget()
    assert not file.exists(), "the next verify removes it"
    assert CODE not in logged(state)
    assert "SetEcQrcode filled the code" in logged(state)


@pytest.mark.slow
def test_file_goes_after_its_seconds(state: Path) -> None:
    assert run("way = file\nseconds = 1", scanned()).number == 0
    file = state / "ecqrcode.txt"
    until(lambda: not file.exists(), "the end of the file")


def test_a_file_that_somebody_else_wrote_since_stays(state: Path) -> None:
    memory = scanned()
    run("way = file", memory)
    file = state / "ecqrcode.txt"
    other = state / "other"
    other.write_text("another program's code, longer", "ascii")
    os.replace(other, file)
    memory.forget()
    assert file.exists()


def test_file_at_a_chosen_place_with_chinese_and_blanks(state: Path, tmp_path: Path) -> None:
    wanted = tmp_path / "医保 软件" / "码.txt"
    memory = scanned()
    assert run(f"way = file\nfile = {wanted}", memory).number == 0
    assert wanted.read_bytes() == CODE.encode()
    memory.forget()


def test_a_place_that_cannot_be_written(state: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "is a file"
    blocked.write_bytes(b"")
    memory = scanned()
    outcome = run(f"way = file\nfile = {blocked / 'x.txt'}", memory)
    assert (outcome.number, outcome.message) == row("file_unwritable")
    assert memory.take().code == CODE, "it may be tried again"
    assert CODE not in logged(state)


def test_a_defect_of_ours_is_no_success_and_shows_no_code(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(job: autofill.Job) -> None:
        raise ValueError(job.code)

    monkeypatch.setattr("vcchk.insurance.autofill.textfile.fill", broken)
    outcome = run("way = file", scanned())
    assert outcome.number == row("internal")[0]
    assert CODE not in logged(state) + outcome.message
    assert "ValueError" in logged(state)


def test_every_sentence_fits_into_255_bytes_of_either_encoding_and_has_a_number_of_its_own() -> None:
    rows = {n: r for n, r in DEVICE_CODES.items() if n.split("_")[0] in
            ("voucher", "autofill", "window", "input", "control", "button", "clipboard", "file", "fill")}  # fmt: skip
    assert len(rows) == 20
    for name, (number, _code, sentence) in rows.items():
        assert number != 0
        assert max(len(sentence.encode("gb18030")), len(sentence.encode("utf-8"))) <= 255, name
    numbers = [number for number, _, _ in rows.values()]
    sentences = [sentence for _, _, sentence in rows.values()]
    assert len(set(numbers)) == len(numbers)
    assert len(set(sentences)) == len(sentences)
