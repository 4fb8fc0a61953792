"""doctor says what was found of a platform's rules, with its proof, and obeys the limits itself."""

from __future__ import annotations

import time
from pathlib import Path

from vcchk.doctor import window
from vcchk.doctor.finding import OK, WARN
from vcchk.doctor.rules import QueryRules, platform_rules, request_differences
from vcchk.records.rules_file import RulesFile
from vcchk.settings import Settings, parse_settings
from vcchk.wire import message
from vcchk.wire.families import BUILTIN
from vcchk.wire.site_profile import resolve_profile, to_file_values

URL = "http://user:secret@127.0.0.1:9/ehcService/gateway.do?token=secret"
APP = "DEMOAPP0000000000000000000000001"


def settings_of(folder: Path, more: str = "") -> Settings:
    return parse_settings(f"[log]\nfolder = {folder}\n{more}")


def keep(folder: Path, **values: str) -> None:
    rules = RulesFile(str(folder), URL, APP)
    assert rules.acquire(1.0)
    rules.save(values)
    rules.release()


def shown(settings: Settings) -> str:
    return str(window.report(settings, [])["dialect"])


def test_nothing_is_known_at_first(tmp_path: Path) -> None:
    (finding,) = platform_rules(settings_of(tmp_path))
    assert (finding.level, "还没有" in finding.text) == (OK, True)


def test_a_confirmed_site_with_its_proof_and_what_pins_it(tmp_path: Path) -> None:
    profile = BUILTIN["payment"].replace(des_encoding="HEX")
    keep(tmp_path, confirmed="20260102030405", verified="10", **to_file_values(profile))
    (finding,) = platform_rules(settings_of(tmp_path))
    assert finding.level == OK
    for part in ("127.0.0.1:9", "payment，des_encoding = HEX", "2026-01-02 03:04", "10 次"):
        assert part in finding.text
    assert "secret" not in finding.text + finding.advice
    assert APP not in finding.text
    pinned = parse_settings("\n".join(finding.advice.removeprefix("固定到 INI：").split("；")))
    assert resolve_profile(pinned.wire.profile, pinned.profiles) == profile.replace(name="site")
    assert QueryRules(settings_of(tmp_path), URL, APP).profile == profile


def test_a_misspelt_key_of_the_ini_leaves_what_was_found(tmp_path: Path) -> None:
    """The settings file's own check tells it; this one broke, and the window's report with it."""
    keep(tmp_path, confirmed="20260102030405", verified="10", **to_file_values(BUILTIN["payment"]))
    settings = settings_of(tmp_path, "[profile:auto]\nkeysuffix = key=K\n")
    (finding,) = platform_rules(settings)
    assert finding.level == OK
    assert shown(settings) == "payment"


def test_the_dialect_is_what_was_found(tmp_path: Path) -> None:
    """With ``profile = auto`` every window of every city was xiamen in the table of fleet."""
    settings = settings_of(tmp_path)
    assert shown(settings) == "auto"
    keep(tmp_path, tried="xiamen → 9003", refused="1")
    assert shown(settings) == "auto"
    keep(tmp_path, confirmed="20260102030405", **to_file_values(BUILTIN["payment"].replace(des_encoding="HEX")))
    assert shown(settings) == "payment，des_encoding = HEX"
    assert shown(settings_of(tmp_path, "[wire]\nprofile = mysite\n[profile:mysite]\nbase = sm2\n")) == "mysite"


def test_a_confirmed_site_that_refuses_points_to_the_probe(tmp_path: Path) -> None:
    keep(tmp_path, confirmed="20260102030405", refused_since="3", **to_file_values(BUILTIN["xiamen"]))
    (finding,) = platform_rules(settings_of(tmp_path))
    assert (finding.level, "wire probe" in finding.advice) == (WARN, True)


def test_what_was_refused_with_what(tmp_path: Path) -> None:
    keep(tmp_path, tried="xiamen → 9003；vendor → 9007", refused="2")
    (finding,) = platform_rules(settings_of(tmp_path))
    assert (finding.level, "vendor → 9007" in finding.text) == (WARN, True)


def test_a_pinned_profile_needs_nothing(tmp_path: Path) -> None:
    keep(tmp_path, tried="xiamen → 9003", refused="1")
    assert list(platform_rules(settings_of(tmp_path, "[wire]\nprofile = xiamen\n"))) == []


def test_doctors_own_query_is_one_of_the_days(tmp_path: Path) -> None:
    keep(tmp_path, day=time.strftime("%Y%m%d"), refused="7")
    query_rules = QueryRules(settings_of(tmp_path), URL, APP)
    assert query_rules.may_ask
    query_rules.refused()
    assert not QueryRules(settings_of(tmp_path), URL, APP).may_ask


def test_a_refused_request_with_numbers_points_to_the_rule_where_two_part(tmp_path: Path) -> None:
    keep(
        tmp_path,
        confirmed="20260102030405",
        parting="数字、空值",
        parting_seen="20260103040506",
        **to_file_values(BUILTIN["xiamen"]),
    )
    _, finding = platform_rules(settings_of(tmp_path))
    assert finding.level == WARN
    for part in ("2026-01-03 04:05", "9003", "业务数据有数字、空值", "as_is 与 canonical"):
        assert part in finding.text
    assert "[profile:auto] 写 biz_signed = canonical" in finding.advice


def test_a_request_whose_signature_depends_on_the_rule() -> None:
    (finding,) = request_differences(message.parse('{"biz_content":{"b":1,"a":""}}'))
    assert "数字、空值、未按名称排序的成员" in finding.text
    assert list(request_differences(message.parse('{"biz_content":{"a":"1","b":{"c":["2"]}}}'))) == []
