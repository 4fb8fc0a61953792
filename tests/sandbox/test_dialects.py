"""The sandbox plays any city: an application has a profile and habits, by its address or for itself."""

from __future__ import annotations

import json

import pytest
import requests

from vcchk.sandbox.seed import DEMO, FAMILY_APPS, FamilyApp
from vcchk.wire import codec
from vcchk.wire.families import BUILTIN

WHO = json.dumps({"id_no": DEMO.people[0].id_no, "id_type": "01", "name": "陈小明"}, ensure_ascii=False)
REGQUERY = "ehc.ehealthcard.regquery"


def fields_of(app: FamilyApp, **changes: str) -> dict[str, str]:
    sign_type = "SHA256" if app.profile == "gotool" else "SM3"
    return {"app_id": app.app_id, "method": REGQUERY, "term_id": DEMO.term_id, "version": app.version,
            "timestamp": "20260101080000", "sign_type": sign_type, "enc_type": "SM4"} | changes  # fmt: skip


def ask(url: str, name: str, app: FamilyApp, **changes: str) -> codec.Opened:
    profile = BUILTIN[name]
    fields = fields_of(app, **changes)
    body = codec.seal_request(profile, fields, WHO, app.key).body
    reply = requests.post(url, data=body, timeout=60)
    return codec.open(BUILTIN[app.profile], reply.content, app.key, request=fields)


@pytest.mark.parametrize("app", FAMILY_APPS, ids=lambda app: app.profile)
def test_each_family_has_an_application_at_the_documents_address(server, app: FamilyApp) -> None:
    opened = ask(server.gateway_url, app.profile, app)
    assert (opened.ret_code, opened.signature) == ("0000", "held")
    assert opened.biz["id_no"] == DEMO.people[0].id_no


def test_sichuans_replies_are_what_its_own_client_reads(server, control) -> None:
    app = FAMILY_APPS[-1]
    profile = BUILTIN[app.profile]
    for changes, code in (({}, "10"), ({"method": "ehc.nothing"}, "1005")):
        fields = fields_of(app, **changes)
        body = codec.seal_request(profile, fields, WHO, app.key).body
        wire = requests.post(server.gateway_url, data=body, timeout=60).json()
        assert (wire["code"], bool(wire["message"])) == (code, True)
        assert len(bytes.fromhex(wire["biz_content"])) % 16 == 0
        assert wire["biz_content"]
        # milliseconds from 1970 in UTC
        assert abs(int(wire["timestamp"]) / 1000 - control("clock")["now"]) < 60
    assert not any(finding["field"] == "app_id" for finding in control.last()["findings"])


def test_habits(server, control) -> None:
    app = FAMILY_APPS[0]
    url = server.gateway_url
    assert ask(url, "xiamen", app).ret_code == "9007"
    control("dialect", app_id=app.app_id, one_code=True)
    assert ask(url, "xiamen", app).ret_code == "9003"
    control("dialect", app_id=app.app_id, one_code=False, verifies_first=True, signs_refusals=False)
    refused = ask(url, "xiamen", app)
    assert (refused.ret_code, refused.signature) == ("9003", "missing")
    control("dialect", app_id=app.app_id, refuses_plain=True)
    assert ask(url, "vendor", app, enc_type="Plain").ret_code == "1006"
    assert ask(url, "vendor", app).ret_code == "0000"


def test_an_application_locks_after_bad_messages(server, control) -> None:
    app = FAMILY_APPS[0]
    control("dialect", app_id=app.app_id, locks_after=2)
    assert [ask(server.gateway_url, "xiamen", app).ret_code for _ in range(3)] == ["9007", "9007", "9999"]
    assert ask(server.gateway_url, "vendor", app).ret_code == "9999"
    control("dialect", app_id=app.app_id)
    assert ask(server.gateway_url, "vendor", app).ret_code == "0000"


def test_wrong_orders(control) -> None:
    for order in ({"app_id": "nobody"}, {}, {"app_id": DEMO.app_id, "profile": "paris"}):
        with pytest.raises(Exception, match=r"app_id|报文规则"):
            control("dialect", **order)


def test_the_console_shows_them(server, control) -> None:
    control("dialect", app_id=DEMO.app_id, one_code=True, locks_after=3)
    page = requests.get(f"{server.base_url}/console/applications", timeout=60).text
    assert "<code>gateway</code>" in page
    assert "失败 3 次后锁定" in page
