"""doctor's rows about the way to the platform: TLS lowered for a host, a proxy, what a server said instead."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.faults.badserver import BadServer, closed_port, head, replies, response
from tests.faults.certificates import Authority, only_tls10
from vcchk.doctor import log_server, machine, platform
from vcchk.doctor.finding import FAIL, OK, WARN, Finding
from vcchk.settings import GatewaySettings, LogSettings, Settings


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def findings(folder: Path, url: str, **keys: object) -> dict[str, Finding]:
    settings = Settings(gateway=GatewaySettings(**keys), log=LogSettings(folder=str(folder)))
    fields = {
        "app_id": "A",
        "term_id": "T",
        "method": "ehc.ehealthcard.regquery",
        "sign_type": "SM3",
        "enc_type": "SM4",
        "timestamp": "20260101080000",
        "version": "X.M.0.1",
    }
    query = platform.Query(url=url, fields=fields, key="K" * 32)
    found: Iterator[Finding] = platform.network(settings, query)
    return {one.check: one for one in found}


def test_a_host_with_lowered_tls_is_a_warning(tmp_path: Path, authority: Authority) -> None:
    with BadServer(tls=only_tls10(authority.context())) as server:
        refused = findings(tmp_path, server.url, ca_bundle=str(authority.pem))["TLS"]
        lowered = findings(tmp_path, server.url, ca_bundle=str(authority.pem), legacy_tls_hosts=("127.0.0.1",))["TLS"]
    assert refused.level == FAIL
    assert "legacy_tls_hosts" in refused.text
    assert lowered.level == WARN
    assert "legacy_tls_hosts" in lowered.text


@pytest.mark.parametrize(("enough", "level", "text"), [(0, OK, "证书有效"), (10**6, WARN, "天过期")])
def test_the_days_that_a_certificate_has_left(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch, enough: int, level: str, text: str
) -> None:
    monkeypatch.setattr(platform, "CERTIFICATE_DAYS", enough)
    with BadServer(tls=authority.context()) as server:
        row = findings(tmp_path, server.url, ca_bundle=str(authority.pem))["TLS"]
    assert (row.level, text in row.text) == (level, True)


def test_what_the_server_said_is_shown(tmp_path: Path) -> None:
    with BadServer(replies(response(b"<title>Tomcat: no such context</title>", 404))) as server:
        found = findings(tmp_path, server.url)["平台应答"]
    assert found.level == FAIL
    assert "Tomcat: no such context" in found.text


@pytest.mark.slow
def test_a_proxy_that_is_not_there(tmp_path: Path) -> None:
    found = findings(tmp_path, "http://platform.test/", proxy=f"127.0.0.1:{closed_port()}")["平台应答"]
    assert found.level == FAIL
    assert "代理服务器" in found.text


def test_an_address_with_a_slip_is_a_warning(tmp_path: Path) -> None:
    with BadServer() as server:
        found = findings(tmp_path, server.url + "\u200b")["平台地址"]
    assert found.level == WARN
    assert "看不见的字符" in found.text


@pytest.mark.parametrize(
    ("syslog", "levels"), [("", []), ("127.0.0.1:1514", [OK]), ("[::1]", [OK]), ("no.such.host.invalid", [WARN])]
)
def test_the_log_server_s_name(syslog: str, levels: list[str]) -> None:
    found = list(log_server.log_server(Settings(log=LogSettings(syslog=syslog))))
    assert [one.level for one in found] == levels


@pytest.mark.parametrize(
    ("seconds", "level", "text"),
    [(0, OK, "一致"), (600, WARN, "慢 "), (-600, WARN, "快 "), (13 * 3600, FAIL, "慢 ")],
)
def test_the_clock_against_the_platforms(tmp_path: Path, seconds: int, level: str, text: str) -> None:
    date = formatdate(time.time() + seconds, usegmt=True)
    with BadServer(replies(head(Date=date, Content_Length=2) + b"{}")) as server:
        clock = findings(tmp_path, server.url)["时钟"]
    assert clock.level == level
    assert text in clock.text


def test_a_damaged_component_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = machine.runtime(Settings())
    assert row.level == OK
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    (row,) = machine.runtime(Settings())
    assert (row.level, "sqlite3 不能加载" in row.text) == (FAIL, True)
