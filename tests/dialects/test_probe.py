"""Probing the real sandbox that speaks other dialects: only on 9003, at most one a second and forty in all."""

import time

import pytest

from vcchk.dialects import probe
from vcchk.dialects.probe import MOST, Prober, candidates, query
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox
from vcchk.wire import codec
from vcchk.wire.families import BUILTIN
from vcchk.wire.inference.signature import SUFFIXES
from vcchk.wire.site_profile import resolve_profile

XIAMEN = BUILTIN["xiamen"]
SECTIONS = {
    "lower": {"hash_case": "lower", "key_suffix": "K"},
    "cbc": {"base": "ehui", "sm4_mode": "cbc", "sm4_encoding": "hex"},
    "odd": {"key_suffix": "&nobody=K"},
}


@pytest.fixture
def platform():
    made = []

    def start(name: str) -> Server:
        server = Server(Sandbox(sections=SECTIONS, default_profile=name, write=lambda _line: None)).start()
        made.append(server)
        return server

    yield start
    for server in made:
        server.stop()


def run(server: Server, enc_type: str, key: str = DEMO.key) -> tuple[probe.Outcome, list[str]]:
    said: list[str] = []
    fields, biz = query(DEMO.app_id, DEMO.term_id, "X.M.0.1", "SM3", enc_type)
    return Prober(server.gateway_url, key, True, said.append).run(XIAMEN, fields, biz), said


@pytest.mark.parametrize("name", ["ehui", "lower", "gotool"])
def test_a_signature_rule_is_found(platform, monkeypatch, name: str) -> None:
    monkeypatch.setattr(probe, "PAUSE", 0.0)
    server = platform(name)
    outcome, said = run(server, "Plain")
    assert outcome.tries <= MOST
    assert len(said) == outcome.tries
    assert "9003" in said[0]
    fields, biz = query(DEMO.app_id, DEMO.term_id, "X.M.0.1", "SM3", "Plain")
    drawn = resolve_profile(name, SECTIONS)
    assert (
        codec.seal_request(outcome.profile, fields, biz, DEMO.key).body
        == codec.seal_request(drawn, fields, biz, DEMO.key).body
    )
    assert not any(DEMO.key in line for line in said)


def test_the_cipher_after_the_signature(platform, monkeypatch) -> None:
    monkeypatch.setattr(probe, "PAUSE", 0.0)
    outcome, _ = run(platform("cbc"), "SM4")
    assert (outcome.profile.key_suffix, outcome.profile.sm4_mode) == ("&key=K", "cbc")
    assert outcome.tries <= MOST


def test_nothing_is_tried_when_the_signature_is_not_the_matter(platform) -> None:
    outcome, said = run(platform("xiamen"), "SM4")
    assert outcome.tries == len(said) == 1
    assert outcome.profile == XIAMEN
    assert "未作尝试" in outcome.sentence


def test_unknown_dialect_ends_at_forty(platform, monkeypatch) -> None:
    monkeypatch.setattr(probe, "PAUSE", 0.0)
    outcome, said = run(platform("odd"), "Plain")
    assert outcome.profile is None
    assert outcome.tries == len(said) <= MOST
    assert outcome.tries > 20


def test_wrong_key_finds_nothing(platform, monkeypatch) -> None:
    monkeypatch.setattr(probe, "PAUSE", 0.0)
    outcome, _ = run(platform("xiamen"), "Plain", key="WRONG")
    assert outcome.profile is None
    assert outcome.tries <= MOST


def test_one_a_second(platform) -> None:
    begin = time.monotonic()
    outcome, _ = run(platform("ehui"), "Plain")
    assert outcome.tries >= 3
    assert time.monotonic() - begin >= outcome.tries - 1


def test_no_platform() -> None:
    fields, biz = query(DEMO.app_id, DEMO.term_id, "X.M.0.1", "SM3", "SM4")
    outcome = Prober("http://127.0.0.1:9/x", DEMO.key, True, lambda _line: None).run(XIAMEN, fields, biz)
    assert (outcome.profile, outcome.tries) == (None, 1)
    assert "没有可读的应答" in outcome.sentence


def test_the_query_is_harmless() -> None:
    fields, biz = query("A", "T", "V", "SM3", "SM4")
    assert fields["method"] == "ehc.ehealthcard.auth.query"
    assert "VCCHKPROBE" in biz


def test_candidates_cover_the_tables_signature_rows() -> None:
    found = list(candidates(XIAMEN))
    assert {one.key_suffix for one in found} == set(SUFFIXES)
    assert {one.signed for one in found} == {"clear", "cipher", "business", "text"}
    assert {(one.sign_names, one.naming) for one in found} == {
        (s, n) for s in ("sign", "digest") for n in ("snake", "camel")
    }
