"""vcchk journal, call and doctor: the real commands against the sandbox as a process of its own."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
import zipfile
from contextlib import closing

import pytest

from tests.http_peer import ScriptedPlatform
from tests.records.conftest import PERSON, REGISTER, Site
from vcchk.records import journal
from vcchk.sandbox.seed import DEMO
from vcchk.settings import parse_settings

pytestmark = pytest.mark.slow


def age(site: Site, row: int, seconds: int) -> None:
    """Let a row have begun so much earlier."""
    with closing(sqlite3.connect(site.state / journal.FILE)) as db, db:
        db.execute("UPDATE call SET begun = begun - ? WHERE id = ?", (seconds, row))


# --- call ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_call_shows_what_the_his_would_get(site: Site, url: str, encoding: str) -> None:
    biz = {"id_type": "01", "id_no": PERSON.id_no, "user_name": PERSON.user_name}
    name = site.in_data("ehc.ehealthcard.regquery", biz, encoding=encoding)
    done = site.run("call", name, "--url", url, "--out", "out.bin")
    assert done.returncode == 0, done.stderr
    assert "返回码  00" in done.stdout
    assert f'"user_name":"{PERSON.user_name}"' in done.stdout
    out = (site.folder / "out.bin").read_bytes()
    assert json.loads(out.decode("gb18030" if encoding == "gb18030" else "utf-8"))["id_no"] == PERSON.id_no


def test_call_tells_a_failure(site: Site, url: str) -> None:
    done = site.run("call", site.in_data("ehc.ehealthcard.nothing", {}), "--url", url)
    assert done.returncode == 1
    assert "返回码  1005" in done.stdout
    assert re.search(r"OutData .+\[1005\]", done.stdout)
    assert site.run("call", "missing.json", "--url", url).returncode == 2


# --- journal ---


def test_journal_lists_shows_and_opens(site: Site) -> None:
    made = site.journal()
    made.close(made.begin(REGISTER, ("out_register_no", "N1"), "35020010001", "张* 110***2X", "platform"), "00")
    made.doubt(made.begin(REGISTER, ("out_register_no", "N2"), "35020010001", "李*", "platform"), "8001")
    row = made.begin(REGISTER, ("out_register_no", "N3"), "35020010001", "王*", "platform")
    assert made.keep_reply(row, '{"user_name":"王五"}')
    made.close(row, "9008")
    listed = site.run("journal").stdout
    assert [word in listed for word in ("N1", "N2", "N3", "成功", "状态未知 8001", "失败 9008", "切勿直接重做")] == [
        True
    ] * 7
    doubtful = site.run("journal", "--open").stdout
    assert "N2" in doubtful
    assert "没有收到可信的应答" in doubtful  # one that came with a wrong signature is in doubt, too
    assert "N1" not in doubtful
    assert "N3" not in doubtful
    found = json.loads(site.run("journal", "--json", "--limit", "1").stdout)
    assert [(r["serial"], r["state"]) for r in found] == [("N3", "失败 9008")]
    printed = site.run("journal", "show", str(row))
    assert "N3" in printed.stdout
    assert "王五" not in printed.stdout
    assert site.run("journal", "show", str(row), "--reply").stdout.strip() == '{"user_name":"王五"}'
    assert site.run("journal", "show", "1", "--reply").returncode == 1
    assert site.run("journal", "show", "99").returncode == 1
    assert site.run("journal", "show").returncode == 2


def test_journal_since(site: Site) -> None:
    assert site.run("journal").returncode == 0, "no journal yet is no error"
    made = site.journal()
    row = made.begin(REGISTER, ("out_register_no", "OLD"), "1", "", "h")
    age(site, row, 3 * 86400)
    made.begin(REGISTER, ("out_register_no", "NEW"), "1", "", "h")
    for text, old in (
        ("2d", False),
        ("4d", True),
        ("1h", False),
        ("2020-01-01", True),
        (time.strftime("%Y-%m-%d"), False),
    ):
        listed = site.run("journal", "--since", text).stdout
        assert "NEW" in listed
        assert ("OLD" in listed) is old, text
    assert site.run("journal", "--since", "soon").returncode == 2


# --- doctor ---


def findings(site: Site, *arguments: str) -> dict[str, list[dict[str, str]]]:
    done = site.run("doctor", "--json", *arguments)
    found: dict[str, list[dict[str, str]]] = {}
    for row in json.loads(done.stdout):
        found.setdefault(row["check"], []).append(row)
    levels = {row["level"] for rows in found.values() for row in rows}
    assert levels <= {"ok", "warn", "fail"}
    assert done.returncode == (1 if "fail" in levels else 0)
    assert all(row["advice"] for rows in found.values() for row in rows if row["level"] != "ok")
    return found


def test_a_healthy_site(site: Site, url: str) -> None:
    name = site.in_data("ehc.ehealthcard.register", {})
    found = findings(site, "--url", url, "--indata", name)
    assert {row["level"] for rows in found.values() for row in rows} == {"ok"}, found
    local = "运行环境 加密组件 文件完整 设置文件 报文规则 应用密钥 文件夹 交易流水 代码页 串口 扩展屏 标签打印机 扫码枪"
    assert list(found) == [*local.split(), "DNS", "TCP", "TLS", "平台应答", "应答验签", "时钟"]
    assert found["应答验签"][0]["text"] == "平台应答的签名相符"


def test_ciphers_without_openssl_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from vcchk.crypto import engine
    from vcchk.doctor import machine

    monkeypatch.setattr(engine, "openssl", lambda name: None if name.startswith("SM4") else engine.fallback(name))
    (found,) = machine.ciphers(parse_settings(""))
    assert found.level == "warn"
    assert "SM4-ECB" in found.text
    assert "AES" not in found.text


def test_the_text_form_has_one_line_a_finding(site: Site) -> None:
    done = site.run("doctor")
    lines = done.stdout.splitlines()
    assert all(re.match(r"(ok  |warn|fail)  \S", line) for line in lines)
    assert any("请加 --url" in line for line in lines)


def test_slips_of_the_ini_and_what_was_meant(site: Site) -> None:
    wire = "[wire]\nprofile = nowhere\nkey = plain\n"
    site.ini(f"[gateway]\ntimout = 3\nprofile = x\n[gatewey]\n{wire}[journal]\nenabled = no\n")
    found = findings(site)
    slips = " ".join(row["text"] for row in found["设置文件"])
    assert re.search(r"VirtualCardChk.ini 第 \d 行：\[gateway\] timout 不是已知的设置项，是不是想写 timeout？", slips)
    assert "profile 属于 [wire]" in slips
    assert "是不是想写 [gateway]？" in slips
    assert found["报文规则"][0]["level"] == "fail"
    assert "secret set" in found["应用密钥"][0]["advice"]
    assert found["交易流水"][0]["level"] == "warn"


def test_a_slip_in_a_profile_is_reported_with_its_line(site: Site, url: str) -> None:
    site.ini(
        "[wire]\nprofile = city\n[profile:city]\nkey_sufix = K\n"
        "[profile:unused]\nbase = vendor\norder = fixed\nQk1pR3Q9PQ==\n"
    )
    found = findings(site)
    slips = [row["text"] for row in found["设置文件"]]
    assert re.fullmatch(
        r"VirtualCardChk.ini 第 \d 行：\[profile:city\] 的这一项不是已知的设置项，是不是想写 key_suffix？", slips[0]
    )
    assert re.fullmatch(r"VirtualCardChk.ini 第 \d+ 行：\[profile:unused\] 的这一项不是已知的设置项", slips[1])
    assert found["报文规则"][0]["text"] == slips[0]
    done = site.run("call", site.in_data(REGISTER, {}), "--url", url)
    assert f"{slips[0]}[9002]" in done.stdout
    written = "".join(path.read_text("utf-8") for path in site.folder.rglob("*.log"))
    assert written.count(f"设置：{slips[1]}") >= 1


def test_devices(site: Site) -> None:
    site.ini("[screen]\ndriver = tjd\n[printer]\ndriver = tspl\nport = /dev/nowhere\n[scanner]\ndriver = honeywell\n")
    found = findings(site)
    assert [found[n][0]["level"] for n in ("扩展屏", "标签打印机", "扫码枪")] == ["fail"] * 3
    assert "本机串口" in found["标签打印机"][0]["advice"]


def test_a_verify_that_nobody_reads_a_code_for(site: Site) -> None:
    """Document B's verify has no ehealth_code (4.2.1): without a scanner the platform can only refuse it."""
    name = site.in_data("ehc.ehealthcode.verify", {"IsMultiCode": "1", "ECUrl": "http://127.0.0.1/ec"})
    rows = findings(site, "--indata", name)["扫码枪"]
    assert [row["level"] for row in rows] == ["ok", "warn"]
    assert "没有设置扫码枪" in rows[1]["text"]
    assert "[scanner] driver" in rows[1]["advice"]
    assert "只读医保电子凭证" in rows[1]["advice"]
    name = site.in_data("ehc.ehealthcode.verify", {"ehealth_code": "A" * 64 + ":1"})
    assert [row["level"] for row in findings(site, "--indata", name)["扫码枪"]] == ["ok"]


def test_a_device_that_is_there(site: Site) -> None:
    master, slave = os.openpty()
    try:
        site.ini(f"[scanner]\ndriver = honeywell\nport = {os.ttyname(slave)}\nprefix = 1\n")
        rows = findings(site)["扫码枪"]
        assert [row["level"] for row in rows] == ["warn", "ok"]
        assert "prefix 不是该型号的设置项" in rows[0]["text"]
    finally:
        os.close(master)
        os.close(slave)


def test_a_state_folder_that_cannot_be_written(site: Site) -> None:
    site.state.write_text("in the way")
    found = findings(site)
    assert found["文件夹"][0]["level"] == "fail"
    assert "[log] folder" in found["文件夹"][0]["advice"]


def test_doubtful_and_damaged_journals(site: Site) -> None:
    made = site.journal()
    row = made.begin(REGISTER, ("out_register_no", "N"), "1", "", "h")
    age(site, row, 3600)
    rows = findings(site)["交易流水"]
    assert "1 笔状态未知" in rows[0]["text"]
    assert "vcchk journal check" in rows[0]["advice"]
    for name in os.listdir(site.state):
        if name.startswith(journal.FILE):
            (site.state / name).write_bytes(b"broken" * 1000)
    assert findings(site)["交易流水"][0]["level"] == "fail"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("missing", "缺少 1 个文件：vcchk_runtime/b.pyd"),
        ("changed", "1 个文件与发布时不同：vcchk_runtime/b.pyd"),
        ("", "2 个文件齐全"),
    ],
)
def test_files_of_the_release(site: Site, damage: str, sentence: str) -> None:
    import hashlib

    (site.folder / "vcchk_runtime").mkdir()
    names = {"VirtualCardChk.dll": b"dll", "vcchk_runtime/b.pyd": b"pyd"}
    sums = []
    for name, data in names.items():
        (site.folder / name).write_bytes(data)
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    # Left out, left out, and edited.
    sums += [f"{'0' * 64}  {name}\n" for name in ("README.txt", "docs/index.html", "examples/FirstCall.bas")]
    (site.folder / "examples").mkdir()
    (site.folder / "examples" / "FirstCall.bas").write_text("mine")
    (site.folder / "SHA256SUMS").write_text("".join(sums), "utf-8")
    if damage == "missing":
        (site.folder / "vcchk_runtime/b.pyd").unlink()
    elif damage:
        (site.folder / "vcchk_runtime/b.pyd").write_bytes(b"other")
    row = findings(site)["文件完整"][0]
    assert sentence in row["text"]
    assert row["level"] == ("fail" if damage else "ok")
    if damage == "missing":
        assert "杀毒软件隔离" in row["advice"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x63\x00", b"0" * 64 + b"  HIS.exe\n"])
def test_a_list_of_somebody_else_says_nothing_of_our_files(site: Site, content: bytes) -> None:
    (site.folder / "SHA256SUMS").write_bytes(content)
    row = findings(site)["文件完整"][0]
    assert "SHA256SUMS 不是 vcchk 的" in row["text"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": "WRONGKEY0123456789ABCDEF01234567", "enc_type": "Plain"}, "9003"),
        ({"key": "WRONGKEY0123456789ABCDEF01234567"}, "9007"),
        ({"app_id": "NOBODY"}, "1008"),
        ({"term_id": "NOWHERE"}, "1009"),
        ({"enc_type": "ROT13"}, "1006"),
    ],
)
def test_what_the_platform_refuses(site: Site, url: str, changes: dict[str, str], code: str) -> None:
    name = site.in_data(REGISTER, {})
    envelope = json.loads((site.folder / name).read_text("utf-8"))
    (site.folder / name).write_text(json.dumps(envelope | changes), "utf-8")
    row = findings(site, "--url", url, "--indata", name)["平台应答"][0]
    assert row["level"] == "fail"
    assert code in row["text"]


def test_a_gateways_words_are_reported_masked(site: Site) -> None:
    answer = json.dumps({"code": 504, "msg": "网关超时，请求人 13812345678"}, ensure_ascii=False).encode()
    with ScriptedPlatform(lambda body: answer, 504) as platform:
        row = findings(site, "--url", platform.url, "--key", DEMO.key)["平台应答"][0]
    assert row["level"] == "fail"
    assert row["text"] == "收到的应答不是平台的报文（HTTP 504，504 网关超时，请求人 138***78）"


def test_without_a_key_nothing_is_asked(site: Site, url: str) -> None:
    row = findings(site, "--url", url)["平台应答"][0]
    assert (row["level"], "没有密钥" in row["text"]) == ("warn", True)


@pytest.mark.parametrize(
    ("address", "check"),
    [
        ("http://127.0.0.1:1/x", "TCP"),
        ("http://name.invalid/x", "DNS"),
        ("ftp://127.0.0.1/x", "平台地址"),
        ("https://127.0.0.1:{port}/x", "TLS"),
    ],
)
def test_the_stage_that_fails_is_named_and_ends_it(site: Site, url: str, address: str, check: str) -> None:
    site.ini("[gateway]\nconnect_timeout = 1.5\n")
    port = url.split(":")[2].split("/")[0]
    found = findings(site, "--url", address.replace("{port}", port), "--key", DEMO.key)
    assert found[check][0]["level"] == "fail"
    assert list(found)[-1] == check


def test_the_report_holds_everything_but_secrets_and_people(site: Site, url: str) -> None:
    gateway = "[gateway]\nproxy =\ntimeout = 9\n"
    site.ini(f"; 联系人 13800138000\n[wire]\nkey = {DEMO.key}\n{gateway}[screen]\npassword = pw-secret\n")
    name = site.in_data("ehc.ehealthcard.regquery", {"id_type": "01", "id_no": PERSON.id_no})
    assert site.run("call", name, "--url", url).returncode == 0
    made = site.journal()
    row = made.begin(REGISTER, ("out_register_no", "N1"), "35020010001", PERSON.user_name + " " + PERSON.id_no, "h")
    made.keep_reply(row, "sealed reply")
    made.close(row, "00")
    day = next((site.state / "log").glob("*.log"))
    with day.open("a", encoding="utf-8") as file:
        file.write(f'an older version wrote {PERSON.id_no} and "user_name":"{PERSON.user_name}"\n')
    done = site.run("doctor", "--report", "诊断.zip", "--url", url, "--indata", name)
    assert "诊断包" in done.stderr
    with zipfile.ZipFile(site.folder / "诊断.zip") as archive:
        names = set(archive.namelist())
        everything = b"".join(archive.read(n) for n in names).decode("utf-8")
        rows = json.loads(archive.read("journal.json"))
        written = archive.read("VirtualCardChk.ini").decode("utf-8")
    assert {"doctor.json", "doctor.txt", "VirtualCardChk.ini", "journal.json", "files.txt", "modules.txt"} < names
    assert f"log/{day.name}" in names
    for value in (DEMO.key, PERSON.id_no, "13800138000", "pw-secret", "sealed reply"):
        assert value not in everything
    assert f'"user_name":"{PERSON.user_name}"' not in everything
    assert rows[0]["serial"] == "N1"
    assert "timeout = 9" in written


def test_a_report_that_cannot_be_written(site: Site) -> None:
    done = site.run("doctor", "--report", "nowhere/x.zip")
    assert done.returncode == 2
    assert "诊断包写不了" in done.stderr


LEAKING_INI = """
; key = SECRETA123
#proxy = http://user:SECRETB@10.0.0.1:8080
[wire]
;key = SECRETC123
  ; 密钥 SECRETD
kye = SECRETE
profile = xiamen ; key SECRETF
key = SECRETG
SECRETH
[gateway]
proxy = http://user:SECRETI@10.0.0.1:8080
proxi = http://user:SECRETJ@10.0.0.1:8080
timeout = SECRETK
timeout = 9
allow_hosts = 10.1.1.1,his.example # SECRETL
[screen]
driver = qrbox
port = socket://user:SECRETM@10.0.0.9:9100
pasword = SECRETN
[wier]
key = SECRETO
[SECRETP
[profile:city]
key_suffix = &key=SECRETQ
sm2_private_key = SECRETR
no_such = SECRETS
ending = SECRETT
SECRETU = 1
[log]
days = 7
"""


def test_the_report_of_a_slip_of_any_kind_holds_no_secret(site: Site) -> None:
    site.ini(LEAKING_INI)
    done = site.run("doctor", "--report")
    (path,) = site.folder.glob("vcchk-report-*.zip")
    assert f"诊断包：{path.name}" in done.stderr
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    found = {name: re.findall("SECRET[A-Z]", text, re.IGNORECASE) for name, text in parts.items()}
    assert {name: sorted(set(sentence)) for name, sentence in found.items() if sentence} == {}
    written = parts["VirtualCardChk.ini"]
    for line in (
        "timeout = 9", "profile = xiamen", "allow_hosts = 10.1.1.1,his.example", "days = 7", "[profile:city]",
        "driver = qrbox", "port = socket://***@10.0.0.9:9100", "timeout = ***（值无效）", "key = ***",
    ):  # fmt: skip
        assert line in written.splitlines(), written
    json.loads(parts["doctor.json"])


def test_the_log_of_such_an_ini_holds_none_either(site: Site) -> None:
    site.ini(LEAKING_INI)
    site.run("doctor")
    text = "".join(day.read_text("utf-8") for day in (site.state / "log").glob("*.log"))
    assert "START settings: " in text
    assert re.findall("SECRET[A-Z]", text, re.IGNORECASE) == []
