"""One sandbox over real HTTP for each test module (by vcchk.testing), whose log is kept for the checks of masking."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.independent import His, serial
from vcchk.sandbox.seed import DEMO, Person
from vcchk.sandbox.server import Server
from vcchk.testing import Control


@pytest.fixture(scope="module")
def log() -> list[str]:
    """The sandbox's log lines."""
    return []


@pytest.fixture(scope="module")
def sandbox_settings(log: list[str]) -> dict[str, Any]:
    return {"write": log.append, "sections": {"mycity": {"base": "ehui", "hash_case": "lower", "key_suffix": "K"}}}


@pytest.fixture
def server(sandbox_server: Server) -> Server:
    return sandbox_server


@pytest.fixture
def control(sandbox: Control) -> Control:
    return sandbox


@pytest.fixture
def his(server, control):
    return His(server.gateway_url, DEMO.app_id, DEMO.key, DEMO.term_id)


@pytest.fixture
def person() -> Person:
    return DEMO.people[0]


@pytest.fixture
def newcomer() -> Person:
    """Somebody without a card."""
    return next(p for p in DEMO.people if not p.is_registered)


def registration(person: Person, **more: Any) -> dict[str, Any]:
    """Return a registration's business fields as document A has them."""
    first = {"out_register_no": serial(), "out_register_time": "20260101080000", "certificate_mode": "01"}
    return {**first, "apply_method": "3", **person.fields(), **more}


def verification(code: str, **more: Any) -> dict[str, Any]:
    """Return a verify's business fields as document A has them."""
    fields = {"ehealth_code": code, "out_verify_no": serial(), "out_verify_time": "20260101080000"}
    scene = {"operator_id": "9527", "operator_name": "管理员", "treatment_code": "010101", "office_code": "0300"}
    return {**fields, **scene, "ip_addr": "192.0.2.7", **more}


def authorisation(**more: Any) -> dict[str, Any]:
    """Return an authurl's business fields as document A has them."""
    return {
        "out_authorize_no": serial(),
        "out_authorize_time": "20260101080000",
        "operator_id": "9527",
        "operator_name": "管理员",
        "treatment_code": "010105",
        "ip_addr": "192.0.2.8",
        "office_code": "0400",
        **more,
    }


def in_clear(text: str) -> list[str]:
    """Return every piece of the demo people's data, and the keys, that a text shows in clear."""
    secrets = [DEMO.key, DEMO.limited_key]
    for one in DEMO.people:
        secrets += [one.id_no, one.user_name, one.mobile_phone, one.address, *(number for _, number in one.cards)]
    return [secret for secret in secrets if secret and secret in text]


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
