"""Probing platforms of random rules over HTTP: at most forty messages, one a second, and of a harmless query alone."""

from __future__ import annotations

import random

import pytest

from tests.wire.cities import FAMILIES, City, draw
from tests.wire.city_server import CityServer
from vcchk.dialects import probe
from vcchk.network.gateway import Gateway
from vcchk.records.log import Log
from vcchk.settings import parse_settings
from vcchk.wire.families import BUILTIN
from vcchk.wire.inference.belief import Request

pytestmark = pytest.mark.slow


def run(url: str, city: City, key: str = "") -> tuple[probe.ProbeResult, list[str]]:
    lines: list[str] = []
    settings = parse_settings("")
    fields, biz_text = probe.query(city.app_id, "35020010001", "X.M.0.1", city.sign_type, city.enc_type)
    prober = probe.Prober(Gateway(settings.gateway, Log(settings)), url, lines.append)
    request = Request(fields=fields, biz_text=biz_text, key=key or city.key)
    return prober.run(BUILTIN["xiamen"], {}, request), lines


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(probe.time, "sleep", slept.append)
    return slept


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(3))
def test_a_platforms_rules_are_found(pauses, family: str, seed: int) -> None:
    city = draw(random.Random(f"{family} {seed}"), family)
    city.locks_after = 100
    with CityServer([city]) as server:
        outcome, lines = run(server.url_of(0), city)
    assert outcome.profile is not None, lines
    assert outcome.tries == len(lines) == len(city.log) <= probe.MAX_QUERIES
    assert pauses == [probe.PAUSE_SECONDS] * (outcome.tries - 1)
    assert not any(city.key in line for line in lines)


def test_plain_that_is_refused_goes_on_sealed(pauses) -> None:
    city = draw(random.Random(0), "card")
    city.enc_type, city.refuses_plain = "Plain", True
    with CityServer([city]) as server:
        outcome, _ = run(server.url_of(0), city)
    assert outcome.profile is not None
    assert outcome.profile.enc_type in ("SM4", "AES", "DES")


def test_a_wrong_key_ends_within_the_limit_and_is_reported_as_one(pauses) -> None:
    city = draw(random.Random(1), "card")
    city.locks_after = 100
    with CityServer([city]) as server:
        outcome, _ = run(server.url_of(0), city, key="WRONG")
    assert (outcome.profile, outcome.tries <= probe.MAX_QUERIES, city.done) == (None, True, [])
    assert "密钥有误" in outcome.sentence


def test_anything_but_a_refusal_of_the_rules_ends_it(pauses) -> None:
    city = draw(random.Random(2), "card")
    city.app_id = "SOMEBODYELSE"
    with CityServer([city]) as server:
        other = draw(random.Random(2), "card")
        outcome, _ = run(server.url_of(0), other)
    assert (outcome.profile, outcome.code, outcome.tries) == (None, "1008", 1)
    assert "1008" in outcome.sentence


def test_no_platform(pauses) -> None:
    outcome, _ = run("http://127.0.0.1:9/x", draw(random.Random(3), "card"))
    assert (outcome.profile, outcome.tries) == (None, 1)
    assert "没有可读的应答" in outcome.sentence


def test_the_query_is_harmless() -> None:
    fields, biz_text = probe.query("A", "T", "V", "SM3", "SM4")
    assert fields["method"] == "ehc.ehealthcard.auth.query"
    assert "VCCHKPROBE" in biz_text
    assert not biz_text.isascii()
