"""Sealing on Linux: key file, damage, races; the INI's key set and used. (DPAPI: tests/records/test_windows.py.)"""

from __future__ import annotations

import codecs
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.piped import piped
from tests.records.conftest import environment
from vcchk.cli.commands import secret as command
from vcchk.doctor import machine
from vcchk.doctor.rules import QueryRules
from vcchk.network.deadline import Deadline
from vcchk.records import log, masking, sealing
from vcchk.settings import ini, ini_edit, load_settings
from vcchk.transaction.calibration import Calibration
from vcchk.transaction.call import PlatformReply
from vcchk.transaction.channel import Channel
from vcchk.wire import message
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import Profile

KEY = "TESTKEY0123456789ABCDEF012345678"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "state")


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 4096, 100000])
def test_round_trip(folder: str, size: int) -> None:
    data = os.urandom(size)
    sealed = sealing.seal(data, folder)
    assert sealing.unseal(sealed, folder) == data
    assert size < 15 or data not in sealed
    assert sealed != sealing.seal(data, folder), "the same value is never sealed alike"


def test_the_key_file_is_the_owners_alone(folder: str) -> None:
    sealing.seal(b"x", folder)
    assert os.stat(os.path.join(folder, sealing.FILE)).st_mode & 0o777 == 0o600
    assert os.stat(folder).st_mode & 0o777 == 0o700
    assert os.listdir(folder) == [sealing.FILE]


def test_damage_and_other_machines_are_reported(folder: str, tmp_path: Path) -> None:
    sealed = sealing.seal(b"value", folder)
    for broken in (sealed[:-1], sealed[:5], b"", b"V2" + sealed[2:], b"V1D" + sealed[3:], sealed[:-1] + b"\0\0"):
        with pytest.raises(sealing.SealError):
            sealing.unseal(broken, folder)
    for at in range(3, len(sealed)):
        with pytest.raises(sealing.SealError):
            sealing.unseal(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], folder)
    with pytest.raises(sealing.SealError, match="vcchk secret set"):
        sealing.unseal(sealed, str(tmp_path / "other"))
    sealing.seal(b"x", str(tmp_path / "another"))
    with pytest.raises(sealing.SealError):
        sealing.unseal(sealed, str(tmp_path / "another"))
    Path(folder, sealing.FILE).write_bytes(b"short")
    with pytest.raises(sealing.SealError, match="已损坏"):
        sealing.seal(b"x", folder)


def test_processes_that_race_for_the_key_file_agree(folder: str) -> None:
    code = "import sys; from vcchk.records import sealing; print(sealing.protect('v', sys.argv[1]))"
    racers = [
        subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE, text=True, env=environment())
        for _ in range(4)
    ]
    for racer in racers:
        value = racer.communicate(timeout=60)[0].strip()
        assert sealing.reveal(value, folder) == "v"
    assert os.listdir(folder) == [sealing.FILE]


def test_plain_values_pass_and_are_guarded(folder: str) -> None:
    assert sealing.reveal(KEY, folder) == KEY
    assert masking.mask_text(f"[{KEY}]") == "[***]"
    for bad in ("sealed:", "sealed:%%%", "sealed:AAAA"):
        with pytest.raises(sealing.SealError):
            sealing.reveal(bad, folder)


INI = (
    "; 设置\r\n[gateway]\r\ntimeout = 9\r\n[Wire]\r\n; key = 说明\r\nprofile = xiamen\r\nKEY=old\r\n[log]\r\ndays=3\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
def test_the_ini_keeps_its_encoding_and_other_lines(encoding: str) -> None:
    data = INI.encode(encoding)
    if encoding == "utf-16-be":
        data = codecs.BOM_UTF16_BE + data
    changed = ini_edit.set_key(data, "wire", "key", "sealed:AAAA")
    assert ini.decode(changed) == INI.replace("KEY=old", "key = sealed:AAAA")
    assert changed[:3] == data[:3]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[wire]\r\nkey = v\r\n"),
        ("[log]\ndays=3\n", "[log]\ndays=3\n[wire]\nkey = v\n"),
        ("[wire]\nprofile=a\n", "[wire]\nkey = v\nprofile=a\n"),
        ("[wire]", "[wire]\r\nkey = v\r\n"),
        ("[other]\nkey=mine\n[wire]\n", "[other]\nkey=mine\n[wire]\nkey = v\n"),
        ("[profile:Wire]\n[WIRE]\n", "[profile:Wire]\n[WIRE]\nkey = v\n"),
    ],
)
def test_the_key_is_put_where_it_belongs(before: str, after: str) -> None:
    assert ini.decode(ini_edit.set_key(before.encode(), "wire", "key", "v")).replace("\r\n", "\n") == after.replace(
        "\r\n", "\n"
    )


@given(st.text(alphabet="[]wirekey=;\n a中", max_size=60))
def test_any_ini_then_says_the_key(text: str) -> None:
    changed = ini.decode(ini_edit.set_key(text.encode(), "wire", "key", "sealed:AAAA"))
    assert ("wire", "key", "sealed:AAAA") in [entry[:3] for entry in ini.parse(changed)[0]]


def test_set_and_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "VirtualCardChk.ini"
    path.write_text(f"[log]\nfolder = {tmp_path / 'state'}\n", "utf-8")
    monkeypatch.setenv("VCCHK_INI", str(path))
    monkeypatch.setattr("sys.stdin", piped(KEY + "\n"))
    assert command.main(["set"]) == 0
    assert KEY not in path.read_text("utf-8")
    assert command.main(["check"]) == 0
    out = capsys.readouterr()
    assert "可以解开（32 个字符）" in out.out
    assert KEY not in out.out + out.err
    (tmp_path / "state" / sealing.FILE).unlink()
    assert command.main(["check"]) == 1
    monkeypatch.setattr("sys.stdin", piped("\n"))
    assert command.main(["set"]) == 1


PRIVATE = "c095dc77f47645bf0339cc3ccb29743793710a0ff588f3c9ec3399d364f39ccb"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mianyang", "[wire]\nprofile = mianyang\n"),
        ("City", "[wire]\nprofile = City\n[profile:City]\nbase = sm2\n[profile:old]\ncipher_secret = sealed:AAAA\n"),
        ("auto", ""),
    ],
)
def test_a_profiles_secrets_are_sealed_and_used(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "VirtualCardChk.ini"
    path.write_text(f"[log]\nfolder = {tmp_path / 'state'}\n{text}", "utf-8")
    monkeypatch.setenv("VCCHK_INI", str(path))
    for key, value in (("cipher_secret", KEY), ("sm2_private_key", PRIVATE)):
        monkeypatch.setattr("sys.stdin", piped(value + "\n"))
        assert command.main(["set", key]) == 0
    settings = load_settings(str(path))
    assert settings.warnings == ()
    folder = str(tmp_path / "state")
    calibration = Calibration(settings.wire.replace(calibrate=False), settings.profiles, folder, log.Log(settings))
    (used,) = _spoken_by(calibration)
    base = {"City": "sm2", "auto": "xiamen"}.get(name, name)
    assert used == BUILTIN[base].replace(name=used.name, cipher_secret=KEY, sm2_private_key=PRIVATE)
    assert [f.level for f in machine.ini_file(settings) if f.check == "报文规则"] == ["ok"]
    assert QueryRules(settings, "http://127.0.0.1:9/x", "A").profile == used
    assert command.main(["check"]) == 0
    Path(folder, sealing.FILE).unlink()
    with pytest.raises(
        sealing.SealError, match=rf"\[profile:{name}\] (.*) 解不开，请在本机重新执行 vcchk secret set \1"
    ):
        _spoken_by(Calibration(settings.wire, settings.profiles, folder, log.Log(settings)))
    assert command.main(["check"]) == 1
    assert [f.level for f in machine.ini_file(settings) if f.check == "报文规则"] == ["fail"]
    out = capsys.readouterr()
    for value in (KEY, PRIVATE):
        assert value not in out.out + out.err + path.read_text("utf-8")


def _spoken_by(calibration: Calibration) -> list[Profile]:
    """Return the profile of each message that a call sends."""
    query_rules: list[Profile] = []
    answered = SimpleNamespace(opened=SimpleNamespace(signature="", ret_code="0000"))
    request = message.parse(json.dumps({"app_id": "A", "key": KEY}))

    class Answered(Channel):
        def __init__(self) -> None:
            self.url, self.request, self.deadline = "http://127.0.0.1:9/x", request, Deadline(5.0)

        def ask(self, profile: Profile) -> PlatformReply:
            query_rules.append(profile)
            return answered  # type: ignore[return-value]

    calibration.exchange(Answered())
    return query_rules


def test_a_slip_in_a_secret_is_reported_before_it_is_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "VirtualCardChk.ini"
    path.write_text(f"[log]\nfolder = {tmp_path / 'state'}\n[wire]\nprofile = sm2\n", "utf-8")
    monkeypatch.setenv("VCCHK_INI", str(path))
    before = path.read_bytes()
    monkeypatch.setattr("sys.stdin", piped("xyz\n"))
    assert command.main(["set", "sm2_private_key"]) == 1
    assert "64 位十六进制" in capsys.readouterr().err
    assert path.read_bytes() == before
