"""What stands around the platform: guards, control namespace, faults, console and profiles over real HTTP."""

from __future__ import annotations

import http.client
import re
import socket
import time

import pytest
import requests

from tests.sandbox.conftest import as_text, authorisation, in_clear, registration, verification
from tests.sandbox.independent import His, serial
from vcchk.base.errors import SENTENCES
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox
from vcchk.wire import codec

REGQUERY = "ehc.ehealthcard.regquery"
WHO = {"id_type": "01", "id_no": DEMO.people[0].id_no}
PAGES = ["/console", "/console/people", "/console/people/1/print", "/console/authorisations", "/console/faults",
         "/console/clock", "/console/applications", "/console/data", "/console/statistics",
         "/_sandbox/traffic"]  # fmt: skip


# --- guards ---


@pytest.mark.parametrize("path", ["/ehcService/gateway.do", "/_sandbox/reset", "/console"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1"])
def test_a_foreign_host_header_is_refused(server, control, path, host):
    for method in (requests.get, requests.post):
        answer = method(server.base_url + path, headers={"Host": host}, timeout=60)
        assert answer.status_code == 421
    assert control.last()["http"] == 421


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_local_host_headers_are_served(server, name):
    headers = {"Host": f"{name}:{server.port}"}
    assert requests.get(server.base_url + "/console", headers=headers, timeout=60).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_foreign_page_cannot_post(server, his, origin):
    biz = authorisation()
    url = his.call("ehc.ehealthcard.authurl", biz).biz["ehealth_authurl"]
    for target in (url + "/approve", server.base_url + "/_sandbox/reset", server.gateway_url):
        assert requests.post(target, headers={"Origin": origin}, timeout=60).status_code == 403
    assert his.call("ehc.ehealthcard.auth.query", biz).biz["auth_status"] == "ing"


def test_nesting_without_end_is_no_order(server, capfd):
    deep = b'{"a":' + b"[" * 100_000
    answer = requests.post(
        server.base_url + "/_sandbox/clock", data=deep, headers={"Content-Type": "application/json"}, timeout=5
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "报文应为 JSON 对象")
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("since", ["9" * 5000, "-1", "٣", "x", ""])
def test_rows_since_a_number_that_is_none(server, since):
    answer = requests.get(server.base_url + "/console/calls/new", params={"since": since}, timeout=60)
    assert (answer.status_code, "since" in answer.json()) == (200, True)


@pytest.mark.parametrize("path", ["/console/people/{}", "/console/people/{}/codes", "/console/calls/{}"])
def test_a_number_that_no_row_can_have(server, path, capfd):
    answer = requests.get(server.base_url + path.format("9" * 20), timeout=60)
    assert answer.status_code == 404
    assert "Traceback" not in "".join(capfd.readouterr())


def test_control_takes_json_only(server):
    answer = requests.post(server.base_url + "/_sandbox/reset", data={"seed": "0"}, timeout=60)
    assert answer.status_code == 415
    assert requests.get(server.base_url + "/_sandbox/reset", timeout=60).status_code == 405
    assert requests.post(server.base_url + "/_sandbox/nothing", json={}, timeout=60).status_code == 404


def test_it_listens_on_loopback_alone():
    sandbox = Sandbox()
    for host in ("0.0.0.0", "192.0.2.1", ""):
        with pytest.raises(ValueError, match="loopback"):
            Server(sandbox, host=host)


# --- control ---


def test_reset_forgets_everything(his, control, newcomer):
    biz = registration(newcomer)
    assert his.call("ehc.ehealthcard.querywithreg", biz).code == "0000"
    control("clock", advance=1000)
    control("options", authorisation_seconds=5)
    control("reset")
    assert his.call(REGQUERY, {"id_type": newcomer.id_type, "id_no": newcomer.id_no}).code == "3001"
    assert control("clock")["shift"] == 0
    assert control("options")["authorisation_seconds"] == 60
    control("reset", seed=False)
    assert his.post(his.envelope(REGQUERY, WHO)).json()["ret_code"] == "1008"


def test_seed_adds_people_applications_and_terminals(server, control):
    control("seed", people=[{"id_no": "350299198001010011", "user_name": "新来者", "registered": True}],
            apps=[{"app_id": "APPX", "key": "KEYX", "methods": [REGQUERY]}],
            terminals=[{"app_id": "APPX", "term_id": "T1"}])  # fmt: skip
    his = His(server.gateway_url, "APPX", "KEYX", "T1")
    assert his.call(REGQUERY, {"id_type": "01", "id_no": "350299198001010011"}).biz["user_name"] == "新来者"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("options", {"nothing": 1}),
        ("options", {"authorisation_seconds": "60"}),
        ("options", {"voucher_charset": "latin-1"}),
        ("options", {"voucher_code": "-2"}),
        ("faults", {"kind": "magic", "value": 1}),
        ("faults", {"kind": "code", "value": 5}),
        ("faults", {"kind": "drop", "value": "sometimes"}),
        ("faults", {"kind": "code", "value": "1001", "count": 0}),
        ("clock", {"shift": "soon"}),
        ("approve", {"out_authorize_no": "never"}),
        ("approve", {"out_authorize_no": "never", "decision": "maybe"}),
        ("voucher", {"id_no": "nobody"}),
        ("code", {"id_no": "nobody"}),
        ("seed", {"people": [{"user_name": "x"}]}),
        ("seed", {"people": 5}),
    ],
)
def test_bad_orders_are_reported(server, control, name, body):
    answer = requests.post(f"{server.base_url}/_sandbox/{name}", json=body, timeout=60)
    assert (answer.status_code, answer.json()["ok"]) == (400, False)
    assert answer.json()["error"]


def test_calls_can_be_asked_for_by_method_and_number(his, control):
    his.call(REGQUERY, WHO)
    first = control.last()["number"]
    his.call("ehc.ehealthcode.verify", verification("x"))
    his.call(REGQUERY, WHO)
    assert [c["method"] for c in control("traffic", since=first)["calls"]] == ["ehc.ehealthcode.verify", REGQUERY]
    assert len(control("traffic", method="ehealthcode.verify")["calls"]) == 1


# --- faults ---


@pytest.mark.slow
def test_fault_delay(his, control):
    control("faults", kind="delay", value=0.4)
    started = time.monotonic()
    assert his.call(REGQUERY, WHO).code == "0000"
    assert time.monotonic() - started >= 0.4


@pytest.mark.parametrize(("when", "is_done"), [("before", False), ("after", True)])
def test_fault_drop(his, control, newcomer, when, is_done):
    control("faults", kind="drop", value=when)
    with pytest.raises(requests.ConnectionError):
        his.call("ehc.ehealthcard.querywithreg", registration(newcomer))
    found = his.call(REGQUERY, {"id_type": newcomer.id_type, "id_no": newcomer.id_no})
    assert found.code == ("0000" if is_done else "3001")


def test_fault_status_empty_and_unsigned(his, control):
    control("faults", kind="status", value=503)
    assert his.post(his.envelope(REGQUERY, WHO)).status_code == 503
    control("faults", kind="empty", value=True)
    assert his.post(his.envelope(REGQUERY, WHO)).content == b""
    control("faults", kind="unsigned", value=True)
    reply = his.call(REGQUERY, WHO, enc_type="Plain")
    assert (reply.code, reply.is_signed) == ("0000", False)
    assert control("faults")["waiting"] == []


def test_faults_of_one_method_leave_others_alone(his, control):
    control("faults", kind="code", value="9999", method="ehc.ehealthcode.verify")
    assert his.call(REGQUERY, WHO).code == "0000"
    assert his.call("ehealthcode.verify", verification("x")).code == "9999"


# --- profiles ---


@pytest.mark.parametrize("name", ["xiamen", "sichuan", "vendor", "payment", "gateway", "ehui", "gotool", "mycity"])
@pytest.mark.parametrize("enc_type", ["Plain", "AES", "DES"])
def test_every_profile_on_its_own_path(server, control, name, enc_type):
    """Here the wire core plays both roles; `independent` covers xiamen."""
    profile = server.sandbox.profiles[name]
    fields = {"app_id": DEMO.app_id, "method": REGQUERY, "term_id": DEMO.term_id, "version": "X.M.0.1",
              "timestamp": "20260101080000", "sign_type": "SM3", "enc_type": enc_type}  # fmt: skip
    sealed = codec.seal_request(profile, fields, as_text(WHO), DEMO.key)
    url = codec.address(f"{server.base_url}/profiles/{name}/gateway.do", sealed.path)
    answer = requests.post(url, data=sealed.body, headers={"Content-Type": sealed.content_type}, timeout=60)
    opened = codec.open(profile, answer.content, DEMO.key)
    assert (opened.ret_code, opened.signature) == ("0000", "held")
    assert opened.biz["id_no"] == WHO["id_no"]
    assert control.last()["profile"] == name
    assert (b'"code":"10"' in answer.content) is (name == "sichuan")


def test_a_profile_that_does_not_exist(server):
    answer = requests.post(server.base_url + "/profiles/nowhere/gateway.do", data=b"{}", timeout=60)
    assert (answer.status_code, "xiamen" in answer.text) == (404, True)


# --- console ---


@pytest.mark.parametrize("path", PAGES)
def test_pages_show_nobody_in_clear(server, his, control, path):
    card = his.call(REGQUERY, WHO).biz["ehealth_card_id"]
    his.call("ehc.ehealthcode.verify", verification(card + ":1"))
    his.call("ehc.ehealthcard.authurl", authorisation())
    page = requests.get(server.base_url + path, timeout=60)
    assert page.status_code == 200
    assert in_clear(page.text) == []
    assert card not in page.text
    outside = re.sub(r"https?://(127\.0\.0\.1:\d+|www\.w3\.org/2000/svg)", "", page.text)
    assert "http://" not in outside
    assert "https://" not in outside


def test_hostile_text_is_escaped(server, his, control):
    his.call("ehc.ehealthcode.verify", verification("<script>alert(1)</script>", treatment_code="<b>x</b>"))
    number = control.last()["number"]
    page = requests.get(f"{server.base_url}/console/calls/{number}", timeout=60)
    assert "<script>alert" not in page.text
    assert "<b>x" not in page.text
    assert requests.get(f"{server.base_url}/console/calls/999999", timeout=60).status_code == 404


@pytest.mark.parametrize("kind", ["static", "dynamic", "voucher"])
def test_console_shows_codes_that_work(server, his, control, kind):
    url = f"{server.base_url}/console/people/1"
    if kind == "static":
        page = requests.get(url, timeout=60)
    else:
        page = requests.post(url + "/code", {"kind": kind}, timeout=60)
    code = re.search(f'<code id="code-{kind}">([^<]+)</code>', page.text)
    assert code
    assert "<svg" in page.text
    reply = his.call("ehc.ehealthcode.verify", verification(code[1], IsMultiCode="1"))
    assert (reply.code, reply.biz["user_name"]) == ("0000", DEMO.people[0].user_name)


@pytest.mark.parametrize(
    ("person", "kind", "status", "sentence"),
    [
        (5, "dynamic", 400, "没有有效的电子健康卡"),
        (999, "voucher", 404, "没有此人"),
        (1, "magic", 404, "没有这种码"),
    ],
)
def test_console_tells_why_there_is_no_code(server, control, person, kind, status, sentence):
    page = requests.post(f"{server.base_url}/console/people/{person}/code", data={"kind": kind}, timeout=60)
    assert (page.status_code, sentence in page.text) == (status, True)


# --- the server ---


def test_one_connection_carries_many_calls(server, his, control):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for _ in range(20):
        body = as_text(his.envelope(REGQUERY, WHO)).encode()
        connection.request("POST", "/ehcService/gateway.do", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert b'"ret_code":"0000"' in answer.read()
        assert answer.getheader("Connection", "").lower() != "close"


def test_state_survives_a_restart_and_reset_wipes_it(tmp_path):
    path = str(tmp_path / "kept.db")
    newcomer = DEMO.people[4]
    for reset, expected in ((False, "0000"), (False, "3002"), (True, "0000")):
        with Server(Sandbox(path, reset=reset)) as running:
            his = His(running.gateway_url, DEMO.app_id, DEMO.key, DEMO.term_id)
            biz = registration(newcomer, out_register_no="SAME")
            assert his.call("ehc.ehealthcard.querywithreg", biz).code == expected
    assert (tmp_path / "kept.db").stat().st_size > 0


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
def test_ipv6_loopback():
    with Server(Sandbox(), host="::1") as running:
        his = His(running.gateway_url, DEMO.app_id, DEMO.key, DEMO.term_id)
        assert his.call(REGQUERY, WHO).code == "0000"
        url = his.call("ehc.ehealthcard.authurl", authorisation(out_authorize_no=serial())).biz["ehealth_authurl"]
        assert url.startswith("http://[::1]:")
        assert requests.get(url, timeout=60).status_code == 200


def test_a_name_shown_on_request_is_not_the_pages_title(server, control):
    name = DEMO.people[0].user_name
    text = requests.get(f"{server.base_url}/console/people/1?show=1", timeout=60).text
    title, rest = re.search(r"<title>(.*?)</title>(.*)", text, re.DOTALL).groups()
    assert name in rest
    assert name not in title


def test_the_list_of_calls_says_what_each_code_means(his, server, control):
    one = control.magic("2001")
    assert his.call("ehc.ehealthcard.regquery", {"id_type": "01", "id_no": one}).code == "2001"
    page = requests.get(f"{server.base_url}/console", timeout=60).text
    assert SENTENCES["2001"] in page
    assert SENTENCES["0000"] not in page
