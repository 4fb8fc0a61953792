"""Settings of many windows: shared files, sections for one computer, variables in paths, slips told in place."""

from __future__ import annotations

import _socket
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from vcchk.devices import options, registry
from vcchk.doctor import equipment
from vcchk.records import sealing
from vcchk.settings import ini_edit, load_settings, parse_settings, places, shared
from vcchk.settings.ini_edit import set_key
from vcchk.settings.loading import matches
from vcchk.settings.sealable import SEALABLE
from vcchk.wire.profile import Profile
from vcchk.wire.site_profile import resolve_profile


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    """A window's own file, whose state folder is there."""
    (tmp_path / "state").mkdir()
    (tmp_path / "share").mkdir()
    path = tmp_path / "VirtualCardChk.ini"
    path.write_text(LOCAL.format(folder=tmp_path), "utf-8")
    return path


LOCAL = "[include]\nfile = {folder}/share/common.ini\n[log]\nfolder = {folder}/state\n"


def test_shared_files_come_first_in_their_order_and_the_local_one_wins(ini: Path) -> None:
    share = ini.parent / "share"
    (share / "a.ini").write_text(
        "[gateway]\ntimeout = 1\nidle = 1\nproxy = http://a:1\n[wire]\nprofile = 我市\n", "gb18030"
    )
    (share / "b.ini").write_text("[gateway]\ntimeout = 2\nidle = 2\n[profile:我市]\nbase = xiamen\n", "utf-16")
    ini.write_text("[include]\nfile = share/a.ini，share/b.ini\n[gateway]\ntimeout = 3\n", "utf-8")
    loaded = load_settings(str(ini))
    assert loaded.warnings == ()
    assert (loaded.gateway.timeout, loaded.gateway.idle, loaded.gateway.proxy) == (3.0, 2.0, "http://a:1")
    assert (loaded.wire.profile, loaded.profiles) == ("我市", {"我市": {"base": "xiamen"}})
    ini.write_text("[include]\nfile = share/a.ini\nfile = share/b.ini\n", "utf-8")
    assert load_settings(str(ini)).gateway.timeout == 2.0


def test_the_last_good_copy_serves_while_the_share_is_away(ini: Path) -> None:
    common = ini.parent / "share" / "common.ini"
    common.write_text("[gateway]\ntimeout = 7\n", "utf-8")
    assert load_settings(str(ini)).gateway.timeout == 7.0
    (copy,) = (ini.parent / "state").glob("include-*.ini")
    assert copy.stat().st_mode & 0o777 == 0o600
    os.utime(copy, (time.time() - 7200, time.time() - 7200))
    common.rename(common.with_suffix(".away"))
    loaded = load_settings(str(ini))
    assert loaded.gateway.timeout == 7.0
    (warning,) = loaded.warnings
    assert str(common) in warning
    assert "2 小时前的副本" in warning
    common.write_text("", "utf-8")
    assert load_settings(str(ini)).gateway.timeout == 7.0, "an empty file is not a good one"
    common.write_text("[gateway]\ntimeout = 8\n", "utf-8")
    loaded = load_settings(str(ini))
    assert (loaded.gateway.timeout, loaded.warnings) == (8.0, ())
    assert "timeout = 8" in copy.read_text("utf-8")


def test_a_share_that_was_never_read_is_reported(ini: Path) -> None:
    (warning,) = load_settings(str(ini)).warnings
    assert "没有副本" in warning


def test_a_server_that_does_not_answer_holds_the_start_for_a_moment_only(
    ini: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = ini.parent / "share" / "common.ini"
    common.write_text("[gateway]\ntimeout = 7\n", "utf-8")
    load_settings(str(ini))
    common.unlink()
    os.mkfifo(common)  # opening it waits for a writer
    monkeypatch.setattr(shared, "WAIT_SECONDS", 0.05)
    loaded = load_settings(str(ini))
    assert loaded.gateway.timeout == 7.0
    assert "没有回应" in loaded.warnings[0]
    os.close(os.open(common, os.O_WRONLY))  # lets the thread end


def test_files_of_one_server_are_asked_at_once(ini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one is given out only after the first one was, and the other way round: in turn neither would come."""
    names = ("a", "b")
    for name in names:
        os.mkfifo(ini.parent / "share" / name)
    ini.write_text(f"[include]\nfile = share/a, share/b\n[log]\nfolder = {ini.parent}/state\n", "utf-8")
    monkeypatch.setattr(shared, "WAIT_SECONDS", 30)

    def give_out() -> None:
        pipes = [(ini.parent / "share" / name).open("wb", buffering=0) for name in names]  # each waits for its reader
        for pipe in reversed(pipes):
            with pipe:
                pipe.write(b"[gateway]\ntimeout = 7\n")

    server = threading.Thread(target=give_out)
    server.start()
    loaded = load_settings(str(ini))
    server.join(60)
    assert (loaded.gateway.timeout, loaded.warnings) == (7.0, ())


def test_the_first_start_of_all_keeps_a_copy(ini: Path) -> None:
    common = ini.parent / "share" / "common.ini"
    common.write_text("[gateway]\ntimeout = 7\n", "utf-8")
    state = ini.parent / "not yet" / "state"
    ini.write_text(LOCAL.format(folder=ini.parent).replace(f"{ini.parent}/state", str(state)), "utf-8")
    assert load_settings(str(ini)).gateway.timeout == 7.0
    assert not state.exists()
    start = "from vcchk.transaction.sequence import Transactions; Transactions.from_ini()"
    subprocess.run([sys.executable, "-c", start], env=os.environ | {"VCCHK_INI": str(ini)}, timeout=60, check=True)
    common.unlink()
    assert load_settings(str(ini)).gateway.timeout == 7.0
    assert state.stat().st_mode & 0o777 == 0o700


def test_an_included_file_includes_no_others(ini: Path) -> None:
    (ini.parent / "share" / "common.ini").write_text("[include]\nfile = other.ini\n[log]\nlevel = warn\n", "utf-8")
    loaded = load_settings(str(ini))
    assert loaded.log.level == "warn"
    assert "不能再有 [include]" in loaded.warnings[0]


def test_a_slip_in_a_shared_file_names_that_file(ini: Path) -> None:
    common = ini.parent / "share" / "common.ini"
    common.write_text("[log]\nlevle = warn\n", "utf-8")
    (warning,) = load_settings(str(ini)).warnings
    assert warning == f"{common} 第 2 行：[log] levle 不是已知的设置项，是不是想写 level？"


COMPUTERS = """[printer]
port = COM1
copies = 1
[printer@窗口*]
port = COM2
copies = 2
[printer@PC-017]
port = COM7
[scanner@pc-0??]
baud = 115200
[log@OTHER]
level = error
[include@OTHER]
file = nowhere.ini
"""


@pytest.mark.parametrize(
    ("name", "printer_port", "copies", "baud"),
    [("PC-017", "COM7", 1, 115200), ("pc-018", "COM1", 1, 115200), ("窗口3", "COM2", 2, 9600), ("X", "COM1", 1, 9600)],
)
def test_sections_for_one_computer_and_for_a_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, printer_port: str, copies: int, baud: int
) -> None:
    monkeypatch.setattr(places, "computer_name", lambda: name)
    path = tmp_path / "VirtualCardChk.ini"
    path.write_text(COMPUTERS, "utf-8")
    loaded = load_settings(str(path))
    assert loaded.warnings == ()
    assert (loaded.printer.port, loaded.printer.copies, loaded.scanner.baud) == (printer_port, copies, baud)
    assert loaded.log.level == "info"


@pytest.mark.parametrize(
    ("short", "whole", "pattern"),
    [
        ("内科门诊收费窗", "内科门诊收费窗口三号机", "内科门诊收费窗口三号机"),
        ("内科门诊收费窗", "内科门诊收费窗口三号机", "内科门诊收费窗"),
        ("PC-CHUANGKOU-00", "PC-ChuangKou-0017", "pc-chuangkou-0017"),
        ("pc-017.hospital.local", "pc-017.hospital.local", "PC-017"),
        ("", "PC-017", "PC-017"),
    ],
)
def test_a_name_that_windows_has_cut_and_one_with_its_domain(
    monkeypatch: pytest.MonkeyPatch, short: str, whole: str, pattern: str
) -> None:
    monkeypatch.setattr(places, "computer_name", lambda: short)
    monkeypatch.setattr(_socket, "gethostname", lambda: whole)
    assert parse_settings(f"[log@{pattern}]\nlevel = error\n[log]\nlevel = warn\n").log.level == "error"
    assert parse_settings("[log@PC-018]\nlevel = error\n[log]\nlevel = warn\n").log.level == "warn"


def test_the_local_file_wins_over_a_shared_section_for_this_computer(ini: Path) -> None:
    name = places.computer_name()
    (ini.parent / "share" / "common.ini").write_text(f"[log@{name}]\nlevel = warn\ndays = 5\n", "utf-8")
    with ini.open("a", encoding="utf-8") as file:
        file.write("level = error\n")
    loaded = load_settings(str(ini))
    assert (loaded.log.level, loaded.log.days) == ("error", 5)


def test_slips_for_other_computers_are_reported_here_too() -> None:
    loaded = parse_settings("[log@OTHER]\nlevel = loud\ndyas = 3\n[prnter@OTHER]\n")
    assert [warning.split("：")[0] for warning in loaded.warnings] == ["第 2 行", "第 3 行", "第 4 行"]
    assert "[log@other] dyas 不是已知的设置项，是不是想写 days？" in loaded.warnings[1]


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("", "", True),
        ("", "a", False),
        ("a*b*c", "aXbc", True),
        ("*" * 40 + "x", "PC-" + "0" * 60, False),
        ("b*", "", False),
        ("*", "", True),
        ("pc-*", "pc-1", True),
        ("pc-?", "pc-", False),
        ("*口*", "窗口3", True),
        ("pc", "pc1", False),
    ],
)
def test_patterns(pattern: str, name: str, fits: bool) -> None:
    assert matches(pattern, name) is fits


@pytest.mark.parametrize(
    ("line", "value", "expected"),
    [
        ("folder = %VCCHK_TEST%/logs", "/srv/data/logs", ""),
        ("folder = /srv/%VCCHK_TEST%%VCCHK_TEST%", "/srv//srv/data/srv/data", ""),
        ("folder = %NOWHERE%/logs", "", "本机没有环境变量 %NOWHERE%"),
        ("folder = /srv/50% and 60%/x", "/srv/50% and 60%/x", ""),
        ("folder = /srv/100%", "/srv/100%", ""),
        ("folder = /srv/%%x", "/srv/%%x", ""),
    ],
)
def test_variables_in_paths(monkeypatch: pytest.MonkeyPatch, line: str, value: str, expected: str) -> None:
    monkeypatch.setenv("VCCHK_TEST", "/srv/data")
    loaded = parse_settings(f"[log]\n{line}\n")
    assert loaded.log.folder == value
    assert [expected in warning for warning in loaded.warnings] == ([True] if expected else [])


def test_variables_in_a_driver_s_path_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCCHK_TEST", "/srv/data")
    loaded = parse_settings(
        "[gateway]\nproxy = http://u:%VCCHK_TEST%@h:1\n[screen]\ndriver = file\nfile = %VCCHK_TEST%/a.png\n"
    )
    assert loaded.gateway.proxy == "http://u:%VCCHK_TEST%@h:1"
    values, warnings = options.read(registry.load("screen", "file").OPTIONS, loaded.screen)
    assert (values["file"], warnings) == ("/srv/data/a.png", [])


def test_a_driver_misspelt_and_a_driver_s_key_misspelt() -> None:
    loaded = parse_settings("[screen]\ndrivr = tjc\nport = COM3\n", "x/VirtualCardChk.ini")
    assert loaded.warnings == (
        "VirtualCardChk.ini 第 2 行：[screen] drivr 不是已知的设置项，也没有填写 driver，是不是想写 driver？",
    )
    loaded = parse_settings("[screen]\ndriver = tjc\npgae = main\nverify = maybe\n", "VirtualCardChk.ini")
    assert loaded.warnings == ()
    _, warnings = options.read(registry.load("screen", "tjc").OPTIONS, loaded.screen)
    assert [warning.partition("：")[0] for warning in warnings] == [
        "VirtualCardChk.ini 第 4 行",
        "VirtualCardChk.ini 第 3 行",
    ]
    assert "pgae 不是该型号的设置项，是不是想写 page？" in warnings[1]


@pytest.mark.parametrize(
    ("kind", "driver", "slip", "meant"),
    [
        ("printer", "tspl", "prot", "port"),
        ("printer", "zpl", "widht_mm", "width_mm"),
        ("printer", "tspl", "copys", "copies"),
        ("screen", "dwin", "sceonds", "seconds"),
        ("screen", "tjc", "verfy", "verify"),
        ("scanner", "newland", "scna", "scan"),
    ],
)
def test_a_key_of_every_device_misspelt_beside_a_driver(kind: str, driver: str, slip: str, meant: str) -> None:
    loaded = parse_settings(f"[{kind}]\ndriver = {driver}\n{slip} = 1\n", "VirtualCardChk.ini")
    (found,) = [f.text for f in equipment.devices(loaded) if "不是该型号" in f.text]
    assert found == f"[{kind}] VirtualCardChk.ini 第 3 行：{slip} 不是该型号的设置项，是不是想写 {meant}？"


@pytest.mark.parametrize("text", ["yes", "on", "true", "stric", "1"])
def test_a_slip_never_switches_a_check_off(text: str) -> None:
    loaded = parse_settings(f"[wire]\nverify_reply = {text}\n[gateway]\nverify = {text}x\n[abi]\nstrict = {text}x\n")
    assert (loaded.wire.verify_reply, loaded.gateway.verify, loaded.abi.strict) == ("strict", True, True)
    assert len(loaded.warnings) == 3


def secret(ini: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vcchk", "secret", *arguments], env={**os.environ, "VCCHK_INI": str(ini)},
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def test_a_key_of_this_machine_s_own(ini: Path) -> None:
    ini.write_text(f"[log]\nfolder = {ini.parent}/state\n", "utf-8")
    before = ini.read_bytes()
    key = ini.parent / "key.txt"
    key.write_bytes(b"\xef\xbb\xbf0123456789ABCDEF\r\n\r\n")
    done = secret(ini, "set", "--from-file", str(key))
    assert (done.returncode, done.stderr) == (0, "")
    assert "0123456789ABCDEF" not in done.stdout
    assert ini.read_bytes() == before
    loaded = load_settings(str(ini))
    assert sealing.reveal(loaded.wire.key, f"{ini.parent}/state") == "0123456789ABCDEF"
    assert "可以解开" in secret(ini, "check").stdout
    ini.write_text(before.decode() + "[wire]\nkey = of the file\n", "utf-8")
    assert load_settings(str(ini)).wire.key == "of the file"
    assert "以那里的为准" in secret(ini, "set", "--from-file", str(key)).stderr


def test_a_shared_file_sets_in_vain_what_c_code_reads(ini: Path) -> None:
    """The shim knows the plain section of the window's own INI alone, so to show another value would be a lie."""
    common = ini.parent / "share" / "common.ini"
    common.write_text("[abi]\nqrflow_convention = stdcall\nrare = escape\n", "utf-8")
    name = places.computer_name()
    with ini.open("a", encoding="utf-8") as file:
        file.write(f"[abi@{name}]\nqrflow_convention = stdcall\n")
    loaded = load_settings(str(ini))
    assert (loaded.abi.qrflow_convention, loaded.abi.rare) == ("cdecl", "escape")
    assert loaded.warnings == (
        f"{common} 第 2 行：[abi] qrflow_convention 没有起作用：只能写在 VirtualCardChk.ini 的 [abi] 里",
        f"VirtualCardChk.ini 第 6 行：[abi@{name.lower()}] qrflow_convention 没有起作用："
        "只能写在 VirtualCardChk.ini 的 [abi] 里",
    )
    ini.write_text("[abi]\nqrflow_convention = stdcall\n", "utf-8")
    assert load_settings(str(ini)).abi.qrflow_convention == "stdcall"


@pytest.mark.parametrize("gap", [bytes(4), bytes(4096)])
def test_a_shared_file_that_is_being_copied_does_not_count(ini: Path, gap: bytes) -> None:
    """Windows gives a file its size first; until the copy has ended zeros stand where text will be."""
    common = ini.parent / "share" / "common.ini"
    common.write_bytes(b"[gateway]\ntimeout = 7\nidle = 3\n")
    load_settings(str(ini))
    for half in (b"[gateway]\ntimeout = 9\n" + gap, "[gateway]\ntimeout = 9\n".encode("utf-16") + gap):
        common.write_bytes(half)
        loaded = load_settings(str(ini))
        assert (loaded.gateway.timeout, loaded.gateway.idle) == (7.0, 3.0)
        (warning,) = loaded.warnings
        assert "文件只写了一半" in warning


@pytest.mark.parametrize(
    "path", ["VirtualCardChk.ini", "share", "share/common.ini", "{folder}/share/../VirtualCardChk.ini"]
)
def test_a_file_that_includes_itself_and_what_is_no_file(ini: Path, path: str) -> None:
    text = f"[include]\nfile = {path.format(folder=ini.parent)}\n[gateway]\nidle = 3\n"
    ini.write_text(text, "utf-8")
    (ini.parent / "share" / "common.ini").write_text(f"[include]\nfile = {ini}\n[gateway]\nidle = 2\n", "utf-8")
    loaded = load_settings(str(ini))
    assert loaded.gateway.idle == 3.0
    assert len(loaded.warnings) == 1


def test_of_two_groups_the_later_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "computer_name", lambda: "PC-017")
    text = "[log@pc-017]\ndays = 1\n[log@PC*]\ndays = 2\nlevel = warn\n[log@*]\ndays = 3\nlevel = error\n"
    loaded = parse_settings(text)
    assert (loaded.log.days, loaded.log.level, loaded.warnings) == (1, "error", ())


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            "[profile:我市@PC-017]\nbase = xiamen\n",
            "第 1 行：[profile:我市@PC-017] 没有起作用：报文规则不能按电脑名分开写",
        ),
        (
            "[gateway]\nallow_hosts = ，\n",
            "第 2 行：[gateway] allow_hosts 的值无效（逗号之间没有内容），已按默认值处理",
        ),
        (
            "[printer]\nmask_name = ye\n",
            "第 2 行：[printer] mask_name 的值无效（只能是 yes 或 no），已按最严格的 yes 处理",
        ),
        (
            "[log]\nfolder = %VCCHK_EMPTY%/log\n",
            "第 2 行：[log] folder 的值无效（本机没有环境变量 %VCCHK_EMPTY%），已按默认值处理",
        ),
    ],
)
def test_slips_that_would_open_a_door(monkeypatch: pytest.MonkeyPatch, text: str, warning: str) -> None:
    monkeypatch.setenv("VCCHK_EMPTY", "")
    assert parse_settings(text).warnings == (warning,)


@pytest.mark.parametrize(
    ("kind", "slip", "meant"),
    [("screen", "tjk", "tjc"), ("printer", "tspk", "tspl"), ("scanner", "newlend", "newland")],
)
def test_a_driver_that_is_misspelt_is_reported_with_its_place(kind: str, slip: str, meant: str) -> None:
    loaded = parse_settings(f"[{kind}]\nport = COM3\ndriver = {slip}\n", "VirtualCardChk.ini")
    (found,) = [finding for finding in equipment.devices(loaded) if finding.level != "ok"]
    assert found.text.startswith(f"VirtualCardChk.ini 第 3 行：[{kind}] driver 的值不认识，只能是 ")
    assert found.text.endswith(f"，是不是想写 {meant}？")


def test_the_other_secrets_of_this_machine_s_own(ini: Path) -> None:
    """A secret of the profile in use, whether it is built in, the site's, or still to be found."""
    file = ini.parent / "secret.txt"
    file.write_bytes(b"\xef\xbb\xbfSECOND-SECRET\r\nremark\r\n")
    state = ini.parent / "state"
    for wire, base in (
        ("profile = sichuan\n", {"base": "sichuan"}),
        ("", {}),
        ("profile = 我市\n", {"base": "xiamen"}),
    ):
        text = f"[log]\nfolder = {state}\n[wire]\n{wire}[profile:我市]\nbase = xiamen\n"
        ini.write_text(text, "utf-8")
        done = secret(ini, "set", "cipher_secret", "--from-file", str(file))
        assert (done.returncode, done.stderr) == (0, "")
        assert "SECOND" not in done.stdout
        assert ini.read_text("utf-8") == text
        loaded = load_settings(str(ini))
        found = dict(sealing.reveal_profiles(loaded.profiles, str(state), loaded.wire.profile)[loaded.wire.profile])
        assert found == {**base, "cipher_secret": "SECOND-SECRET"}
        assert resolve_profile(loaded.wire.profile, {loaded.wire.profile: found}).cipher_secret == "SECOND-SECRET"
    ini.write_text(text + "cipher_secret = of the file\n", "utf-8")
    assert load_settings(str(ini)).profiles["我市"]["cipher_secret"] == "of the file"
    assert "以那里的为准" in secret(ini, "set", "cipher_secret", "--from-file", str(file)).stderr
    file.write_bytes(b"no hex")
    done = secret(ini, "set", "sm2_private_key", "--from-file", str(file))
    assert (done.returncode, "no hex" in done.stderr) == (1, False)
    assert not (state / "wire.sm2_private_key").exists()


def test_a_secret_s_file_that_cannot_be_used_is_reported(ini: Path) -> None:
    ini.write_text(f"[log]\nfolder = {ini.parent}/state\n", "utf-8")
    (ini.parent / "state" / "wire.key").mkdir()
    (ini.parent / "state" / "wire.cipher_secret").write_bytes(b"in clear")
    warnings = load_settings(str(ini)).warnings
    assert [warning.partition("（")[0] for warning in warnings] == [
        "读不出状态文件夹里的 wire.key",
        "wire.cipher_secret 里不是加密的内容，请在本机重新执行 vcchk secret",
    ]


def test_every_secret_of_a_profile_may_be_this_machine_s_own() -> None:
    assert {row.name for row in SEALABLE.values() if not row.section} == {*Profile._secret}
    assert places.MACHINE_FILES.keys() == {"client_key_password", *SEALABLE}


@pytest.mark.parametrize("content", [None, b"", b"\n"])
def test_a_key_file_without_a_key_changes_nothing(ini: Path, content: bytes | None) -> None:
    key = ini.parent / "key.txt"
    if content is not None:
        key.write_bytes(content)
    done = secret(ini, "set", "--from-file", str(key))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert not (ini.parent / "state" / "wire.key").exists()


@pytest.mark.parametrize(
    "text",
    [
        "[gateway]\nidle = 1\n\ufeff[log]\nsyslog = 127.0.0.1:514\n",
        "[log]\n\ufeffsyslog = 127.0.0.1:514\n",
        "【log】\nsyslog＝127.0.0.1:514\n",
        "［LOG］\n＃remark\nsyslog：127.0.0.1:514\n",
        "[log]\nsyslog = “127.0.0.1:514”\n",
        "[gateway]\nidle = 1\n[\0l\0o\0g\0]\0\ns\0y\0slog=127.0.0.1:514\0\n",
        "[log@OTHER、{computer}]\nsyslog = 127.0.0.1:514\n",
        "[ LOG ＠ {computer} ]\nsyslog = 127.0.0.1:514\n",
    ],
)
def test_what_input_methods_and_joined_files_leave_in_a_line(text: str) -> None:
    loaded = parse_settings(text.replace("{computer}", places.computer_name().title()))
    assert loaded.log.syslog == "127.0.0.1:514"
    assert loaded.warnings == ()


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("[log] syslog = 127.0.0.1\n", "第 1 行：] 后面的内容没有起作用，请另起一行"),
        ("[profile:]\nbase = xiamen\n", "第 1 行：[profile:] 的冒号后面缺少名称，这一节没有起作用"),
        ("[gateway]\ntimeout = 1_0\n", "第 2 行：[gateway] timeout 的值无效（应为数字），已按默认值处理"),
        ("[log]\n= 127.0.0.1\n", "第 2 行：= 前面缺少设置项的名称"),
        ("[printer@]\ndriver = tspl\n", "第 1 行：[printer@] 的 @ 后面缺少电脑名，这一节没有起作用"),
        (
            "[gateway]\nidle = 1\n[wire]\n[gateway]\nidle = 2\n",
            "第 5 行：[gateway] idle 在第 2 行已经写过，以第 5 行为准，请删去一处",
        ),
        (
            "[scanner]\ndriver = newland\nbytesize = 9\n",
            "[scanner] bytesize 的值无效（应在 5 到 8 之间），已按默认值处理",
        ),
        (
            "[scanner]\ndriver = newland\nstopbits = 0\n",
            "[scanner] stopbits 的值无效（应在 1 到 2 之间），已按默认值处理",
        ),
        (
            "[printer]\ndriver = tspl\nwidth_mm = 1e9\n",
            "[printer] width_mm 的值无效（应在 1 到 300 之间），已按默认值处理",
        ),
        (
            "[log]\nfolder = %TEMP\\vcchk\n",
            "第 2 行：[log] folder 的值无效（开头的 % 没有写成 %变量%），已按默认值处理",
        ),
        ("[gateway]\ncopies = 2\n", "第 2 行：[gateway] copies 不是已知的设置项，copies 属于 [printer]"),
        ("[gateway]\nzzzzqqqq = 2\n", "第 2 行：[gateway] zzzzqqqq 不是已知的设置项"),
        ("[log]\nfolder = % TEMP %\\x\n", "第 2 行：[log] folder 的值无效（开头的 % 没有写成 %变量%），已按默认值处理"),
    ],
)
def test_slips_that_would_pass_in_silence(text: str, warning: str) -> None:
    (found,) = parse_settings(text).warnings
    assert found.endswith(warning)


def test_shared_files_in_one_line_each_in_quotes(ini: Path) -> None:
    for name in ("a", "b"):
        (ini.parent / "share" / f"{name}.ini").write_text(f"[gateway]\ntimeout = {ord(name)}\n", "utf-8")
    ini.write_text('[include]\nfile = "share/a.ini", "share/b.ini"\n', "utf-8")
    loaded = load_settings(str(ini))
    assert (loaded.gateway.timeout, loaded.warnings) == (98.0, ())


@pytest.mark.parametrize("second", ["[wire]\nkey = b\n", "【wire】\nkey＝b\n", "\ufeff[wire]\nkey : b\n"])
def test_a_key_is_set_where_it_is_read(second: str) -> None:
    text = set_key(f"[wire]\nkey = a\n[log]\n{second}".encode(), "wire", "key", "new").decode()
    assert parse_settings(text).wire.key == "new"


def test_a_key_that_is_missing_is_set_in_its_section() -> None:
    text = set_key(b"[wire]\nprofile = xiamen\n[log]\nlevel = info\n", "wire", "key", "new").decode()
    assert text == "[wire]\nkey = new\nprofile = xiamen\n[log]\nlevel = info\n"
    assert set_key(b"[log]\n", "wire", "key", "new") == b"[log]\n[wire]\nkey = new\n"


def test_the_folder_without_a_library_is_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "_home", None)
    monkeypatch.setenv("VCCHK_HOME", str(tmp_path))
    assert places.home() == str(tmp_path)
    monkeypatch.delenv("VCCHK_HOME")
    monkeypatch.chdir(tmp_path)
    assert places.home() == str(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_link_stays_and_a_device_is_written_into(tmp_path: Path) -> None:
    """``--out /dev/full`` as root once made the device of the whole machine a file."""
    (tmp_path / "real.ini").write_bytes(b"[wire]\n")
    (tmp_path / "link.ini").symlink_to("real.ini")
    ini_edit.update(str(tmp_path / "link.ini"), {("wire", "key"): "k"})
    assert (tmp_path / "link.ini").is_symlink()
    assert (tmp_path / "real.ini").read_bytes() == b"[wire]\nkey = k\n"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        ini_edit.write_whole(str(pipe), b"text")
        assert os.read(reading, 9) == b"text"
    finally:
        os.close(reading)
    assert pipe.is_fifo()
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(OSError, match="symbolic links"):
        ini_edit.write_whole(str(tmp_path / "round"), b"")
