"""The state as a whole and by parts: export and import, people and cards, applications, profile, clock, statistics."""

from __future__ import annotations

import copy
import json
import re
import threading
import time

import pytest
import requests

from tests.sandbox.conftest import as_text, authorisation, in_clear, registration, verification
from tests.sandbox.independent import His, serial
from vcchk.sandbox import magic
from vcchk.sandbox.control.access import apps, remove
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.service import Sandbox
from vcchk.sandbox.store import TABLES
from vcchk.testing import Control, ControlError

REGQUERY = "ehc.ehealthcard.regquery"
QUERYWITHREG = "ehc.ehealthcard.querywithreg"
VERIFY = "ehc.ehealthcode.verify"
AUTHURL = "ehc.ehealthcard.authurl"
PERSON = DEMO.people[0]
WHO = {"id_type": "01", "id_no": PERSON.id_no}
APP = {"app_id": "APPX", "key": "KEYX0123", "name": "某程序", "methods": [REGQUERY]}


@pytest.fixture(scope="module")
def life(sandbox_server):
    """The state of a sandbox in which something of everything has happened."""
    control = Control(sandbox_server.base_url)
    his = His(sandbox_server.gateway_url, DEMO.app_id, DEMO.key, DEMO.term_id)
    newcomer = next(p for p in DEMO.people if not p.is_registered)
    granted, pending = authorisation(), authorisation()
    card = control.code(PERSON.id_no).split(":")[0]
    change = {"ehealth_card_id": card, "mobile_phone": "13900000055", "out_alter_no": serial()}
    for method, biz in (
        (QUERYWITHREG, registration(newcomer, generate_type="dynamic", time_expire="600")),
        (VERIFY, verification(control.code(PERSON.id_no))),
        (AUTHURL, granted),
        (AUTHURL, pending),
        ("ehc.ehealthcard.alterinfo", change),
        ("ehc.ehealthcard.push", {"ehealth_card_id": card, "out_close_no": serial()}),
        (VERIFY, verification(control.voucher(PERSON.id_no), IsMultiCode="1")),
    ):
        assert his.call(method, biz).code == "0000", method
    assert control.approve(granted["out_authorize_no"], id_no=PERSON.id_no) == "succ"
    control.voucher(DEMO.people[1].id_no)
    control.seed(apps=[APP], terminals=[{"app_id": "APPX", "term_id": "T1"}])
    control("close", id_no=DEMO.people[2].id_no)
    control.options(issuer="1", authorisation_seconds=30)
    control.fault("code", "8005", count=7, method=VERIFY)
    control.fault("delay", 1.5)
    control("profile", name="ehui")
    control.clock(advance=86400)
    control.clock(stop=True)
    return control.export()


@pytest.fixture
def lived_in(life, control):
    """A sandbox with that state; returns a copy of it."""
    control.restore(life)
    return copy.deepcopy(life)


def without_clock(state):
    return {name: part for name, part in state.items() if name != "clock"}


def test_the_whole_state_goes_out_and_comes_back(lived_in, control, server):
    assert all(lived_in["tables"][table] for table in TABLES), "the fixture left a table empty"
    control.reset()
    assert without_clock(control.export()) != without_clock(lived_in)
    control.restore(json.loads(json.dumps(lived_in)))
    assert control.export() == lived_in
    answered = control("clock")
    assert (answered["stopped"], round(answered["shift"])) == (True, 86400)
    assert control("profile")["name"] == "ehui"
    assert [fault["value"] for fault in control("faults")["waiting"]] == ["8005", 1.5]


def test_what_came_back_works(lived_in, control, server):
    control.reset()
    control.restore(lived_in)
    control.clear_faults()
    control("profile", name="xiamen")
    his = His(server.gateway_url, DEMO.app_id, DEMO.key, DEMO.term_id)
    used = lived_in["tables"]["serials"]
    assert {row["kind"] for row in used} == {"register", "verify", "authorize", "alter", "push"}
    again = next(row["serial"] for row in used if row["kind"] == "register")
    assert his.call(QUERYWITHREG, registration(PERSON, out_register_no=again)).code == "3002"
    assert his.call(VERIFY, verification(control.code(PERSON.id_no))).biz["mobile_phone"] == "13900000055"
    assert His(server.gateway_url, "APPX", "KEYX0123", "T1").call(REGQUERY, WHO).code == "0000"
    closed = {"id_type": DEMO.people[2].id_type, "id_no": DEMO.people[2].id_no}
    assert his.call(REGQUERY, closed).code == "3001"
    succ = next(row for row in lived_in["tables"]["authorisations"] if row["status"] == "succ")
    asked = {"out_authorize_no": succ["out_authorize_no"]}
    assert his.call("ehc.ehealthcard.auth.query", asked).biz["auth_status"] == "succ"


def first(table, **changes):
    """Return a change: the first row of a table with other values (a name with None as value leaves)."""

    def change(state):
        for name, value in changes.items():
            if value is ...:
                del state["tables"][table][0][name]
            else:
                state["tables"][table][0][name] = value

    return change


def part(name, value):
    return lambda state: state.__setitem__(name, value)


def twice(table):
    return lambda state: state["tables"][table].append(dict(state["tables"][table][0]))


BROKEN = {
    "another format": (part("format", "something"), "不是模拟平台"),
    "a later version": (part("version", 4), "只认版本 3"),
    "the version as text": (part("version", "3"), "只认版本 3"),
    "a part missing": (lambda state: state.pop("options"), "options"),
    "a part too many": (part("extra", 1), "extra"),
    "a table missing": (lambda state: state["tables"].pop("links"), "tables"),
    "a table too many": (lambda state: state["tables"].__setitem__("x", []), "tables"),
    "a table that is none": (lambda state: state["tables"].__setitem__("uses", {}), "uses"),
    "a row that is none": (lambda state: state["tables"].__setitem__("uses", [[]]), "uses 第 1 行"),
    "a column missing": (first("people", user_name=...), "people 第 1 行"),
    "a column too many": (first("apps", secret="x"), "apps 第 1 行"),
    "a number as text": (first("codes", expires="soon"), "expires"),
    "text as a number": (first("people", id_no=5), "id_no"),
    "true as a number": (first("uses", at=True), "at"),
    "null where there is a value": (first("people", user_name=None), "user_name"),
    "half a surrogate pair": (first("people", user_name="\ud800"), "存不下"),
    "a number too large": (first("uses", use=2**70), "存不下"),
    "a key twice": (twice("apps"), "不一致"),
    "a serial number twice": (twice("serials"), "不一致"),
    "a state that there is not": (first("cards", status="lost"), "不一致"),
    "an outcome that there is not": (first("authorisations", status="perhaps"), "不一致"),
    "a card of nobody": (first("cards", person=99999), "cards"),
    "a link to no card": (first("links", card_id="0" * 64), "links"),
    "a use of nobody": (first("uses", person=99999), "uses"),
    "a terminal of no application": (first("terminals", app_id="nobody"), "terminals"),
    "a card id that is another's": (first("people", id_no="350299198503120099"), "card_id"),
    "an unknown option": (lambda state: state["options"].__setitem__("x", 1), "options"),
    "an option missing": (lambda state: state["options"].pop("issuer"), "options"),
    "a bad option": (lambda state: state["options"].__setitem__("voucher_data", "x"), "options"),
    "a bad fault": (part("faults", [{"kind": "code", "value": "0000", "count": 1, "method": ""}]), "faults"),
    "faults that are none": (part("faults", 5), "faults"),
    "a fault without count": (part("faults", [{"kind": "empty", "value": True, "method": ""}]), "faults"),
    "a bad clock": (part("clock", {"shift": "1h", "stopped": None}), "clock"),
    "a clock beyond all time": (part("clock", {"shift": 1e30, "stopped": None}), "clock"),
    "a stopped clock with a shift beyond all time": (part("clock", {"shift": 1e308, "stopped": 1.0}), "clock"),
    "a fault of no method": (part("faults", [{"kind": "empty", "value": True, "count": 1, "method": []}]), "method"),
    "a fault of no kind": (part("faults", [{"kind": [], "value": True, "count": 1, "method": ""}]), "没有这种故障"),
    "an issuer that fits no code": (lambda state: state["options"].__setitem__("issuer", "9" * 65), "issuer"),
    "no version at all": (lambda state: state["options"].__setitem__("versions", []), "versions"),
    "no such profile": (part("profile", "nowhere"), "报文规则"),
    "a profile that is no name": (part("profile", []), "报文规则"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_state_is_refused_in_words_and_changes_nothing(lived_in, control, name):
    change, sentence = BROKEN[name]
    change(lived_in)
    control.fault("code", "9999")
    before = control.export()
    seen = len(control.traffic())
    with pytest.raises(ControlError, match=sentence) as refused:
        control.restore(lived_in)
    assert refused.value.status == 400
    assert not re.search("[a-z]+( [a-z]+)+", refused.value.error)
    assert control.export() == before
    assert len(control.traffic()) == seen


def test_a_reset_leaves_no_moment_without_the_demo_data(his, control):
    codes = []

    def ask():
        own = His(his.url, DEMO.app_id, DEMO.key, DEMO.term_id)
        while not over.is_set():
            codes.append(own.call(REGQUERY, WHO).code)

    over = threading.Event()
    asking = threading.Thread(target=ask)
    asking.start()
    for _ in range(40):
        control.reset()
    over.set()
    asking.join()
    assert len(codes) > 20
    assert set(codes) == {"0000"}


def test_a_database_whose_applications_were_removed_starts_as_it_is(tmp_path):
    path = str(tmp_path / "platform.db")
    for _ in range(2):
        sandbox = Sandbox(path)
        remove(sandbox, {"apps": [row["app_id"] for row in apps(sandbox, {})["apps"]]})
        sandbox.close()
    sandbox = Sandbox(path)
    assert apps(sandbox, {})["apps"] == []
    sandbox.close()


def test_far_times_and_long_codes_break_no_page(lived_in, control, server):
    card = next(row for row in lived_in["tables"]["cards"] if row["person"] == 1)
    lived_in["tables"]["codes"] = [
        {"token": "T" * 5000, "card_id": card["card_id"], "expires": 1e300},
        {"token": "U", "card_id": card["card_id"], "expires": -1e300},
    ]
    control.restore(lived_in)
    pages = {path: requests.get(server.base_url + path, timeout=60) for path in ("/console/clock", "/console/people/1")}
    assert {page.status_code for page in pages.values()} == {200}
    assert "很久以后" in pages["/console/clock"].text
    assert "画不成二维码" in pages["/console/people/1"].text


@pytest.mark.parametrize("state", [None, [], "text", 5, {}])
def test_what_is_no_state_at_all(control, state):
    with pytest.raises(ControlError, match="状态"):
        control.restore(state)
    with pytest.raises(ControlError, match="缺少 state"):
        control("import")


def test_not_a_number_is_refused(control, server):
    state = json.dumps(control.export()).replace('"shift": 0.0', '"shift": NaN')
    assert "NaN" in state
    body = f'{{"state": {state}}}'.encode()
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{server.base_url}/_sandbox/import", data=body, headers=headers, timeout=60)
    assert (answer.status_code, "clock" in answer.json()["error"]) == (400, True)


def test_a_state_larger_than_a_call_may_be(control):
    people = [{"id_no": f"3502991985031{n:05d}", "user_name": "大", "photo_info": "A" * 500_000} for n in range(20)]
    control.seed(people=people[:4])
    state = control.export()
    row = state["tables"]["people"][-1]
    state["tables"]["people"] += [{**row, "person": 900 + n, "id_no": p["id_no"]} for n, p in enumerate(people[4:])]
    assert len(json.dumps(state)) > 8 << 20
    control.restore(state)
    assert len(control("people", query="大")["people"]) == 20


def test_export_needs_a_post(server):
    assert requests.get(f"{server.base_url}/_sandbox/export", timeout=60).status_code == 405


# --- people and cards ---


def test_people_are_found_by_what_is_known_of_them(control):
    def found(query, **more):
        return [row["id_no"] for row in control("people", query=query, clear=True, **more)["people"]]

    card = control.code(PERSON.id_no).split(":")[0]
    for query in (
        PERSON.user_name,
        "小明",
        PERSON.id_no,
        PERSON.id_no[6:14],
        PERSON.mobile_phone,
        card.lower(),
        "D6351280",
    ):
        assert found(query) == [PERSON.id_no], query
    assert found("nobody") == []
    assert len(found("")) == len(DEMO.people) + 1 + len(magic.PEOPLE)  # and the person of the documents' sample
    assert found("", status="none") == [p.id_no for p in DEMO.people if not p.is_registered]
    assert len(found("", count=3)) == 3
    assert in_clear(as_text(control("people"))) == []
    one = control("people", query=PERSON.id_no, clear=True)["people"][0]
    assert (one["ehealth_card_id"], one["cards"][0]["card_no"]) == (card, "D6351280")


def test_a_person_is_added_linked_closed_and_opened_again(his, control):
    who = {"id_type": "01", "id_no": "350299199901010011"}
    added = control.seed(people=[{**who, "user_name": "新人", "registered": True,
                                  "cards": [{"card_type": "05", "card_no": "55"}]}])  # fmt: skip
    assert his.call(REGQUERY, who).biz["card_no"] == "55"
    linked = control("link", person=added[0], card_type="01", card_no="66")["cards"]
    assert [c["card_no"] for c in linked] == ["55", "66"]
    assert control("link", **who, card_type="05", card_no="55", remove=True)["cards"] == linked[1:]
    assert his.call(REGQUERY, who).biz["card_no"] == "66"
    control("close", **who)
    assert his.call(REGQUERY, who).code == "3001"
    card = control("open", **who)["ehealth_card_id"]
    assert his.call(REGQUERY, who).biz["ehealth_card_id"] == card


@pytest.mark.parametrize(
    ("order", "body", "sentence"),
    [
        ("seed", {"people": [{"id_no": PERSON.id_no, "user_name": "x"}]}, "已有相同"),
        ("seed", {"people": [{"id_no": "1", "user_name": "x", "cards": [{"card_type": "1", "card_no": "1"}]}]},
         "先开卡"),
        ("seed", {"people": ["x"]}, "列表"),
        ("seed", {"apps": [{"app_id": "X"}]}, "缺少 key"),
        ("seed", {"apps": [{"app_id": "X", "key": "Y", "methods": "all"}]}, "methods"),
        ("seed", {"terminals": [{"app_id": "nobody", "term_id": "1"}]}, "应用不存在"),
        ("open", WHO, "已经有效"),
        ("open", {"id_no": "nobody"}, "没有这个人"),
        ("close", {"id_no": DEMO.people[4].id_no}, "先开卡"),
        ("link", WHO, "缺少 card_type"),
        ("link", {**WHO, "card_type": "01", "card_no": "none", "remove": True}, "没有关联"),
        ("link", {**WHO, "card_type": "01", "card_no": "none", "remove": "yes"}, "remove"),
        ("people", {"status": "lost"}, "status"),
        ("people", {"count": "many"}, "count"),
        ("remove", {"apps": ["nobody"]}, "没有这个应用"),
        ("remove", {"terminals": [{"app_id": DEMO.app_id, "term_id": "none"}]}, "没有这个终端"),
        ("profile", {"name": "nowhere"}, "xiamen"),
        ("clock", {"set": "yesterday"}, "set"),
        ("clock", {"set": "20261301000000"}, "yyyyMMddHHmmss"),
        ("clock", {"advance": 1e12}, "2100"),
        ("clock", {"stop": "now"}, "stop"),
        ("code", {**WHO, "seconds": "long"}, "seconds"),
        ("traffic", {"count": "x"}, "count"),
        ("traffic", {"clear": "yes"}, "clear"),
        ("options", {"authorisation_seconds": -1}, "authorisation_seconds"),
        ("options", {"versions": [1]}, "versions"),
        ("seed", {"people": [{"id_no": "\ud800", "user_name": "x"}]}, "不完整"),
    ],
)  # fmt: skip
def test_orders_that_cannot_be_carried_out_say_why(control, order, body, sentence):
    before = control.export()
    with pytest.raises(ControlError, match=sentence) as refused:
        control(order, **body)
    assert refused.value.status == 400
    assert control.export() == before


def test_a_seed_is_all_or_nothing(control):
    good = {"id_no": "350299199901010011", "user_name": "新人"}
    with pytest.raises(ControlError):
        control.seed(people=[good, good])
    assert control("people", query="新人")["people"] == []


# --- authorisations ---


def test_pending_authorisations_are_listed_and_cancelled(his, control):
    asked = [authorisation() for _ in range(3)]
    for biz in asked:
        his.call(AUTHURL, biz)
    control.approve(asked[0]["out_authorize_no"])
    pending = control("authorisations", status="ing", clear=True)["authorisations"]
    assert {row["out_authorize_no"] for row in pending} == {biz["out_authorize_no"] for biz in asked[1:]}
    assert all(0 < row["seconds_left"] <= 60 for row in pending)
    assert in_clear(as_text(control("authorisations"))) == []
    assert "管理员" not in as_text(control("authorisations"))
    assert control("cancel", app_id="nobody")["cancelled"] == 0
    assert control("cancel")["cancelled"] == 2
    status = [his.call("ehc.ehealthcard.auth.query", biz).biz["auth_status"] for biz in asked]
    assert status == ["succ", "cancel", "cancel"]
    his.call(AUTHURL, authorisation())
    control.clock(advance=61)
    assert control("cancel")["cancelled"] == 0  # what has run out has failed, and stays so
    assert control("authorisations")["authorisations"][0]["status"] == "fail"


# --- applications, profile ---


def test_applications_and_terminals_come_and_go(server, control):
    his = His(server.gateway_url, "APPX", "KEYX0123", "T1")
    assert his.post(his.envelope(REGQUERY, WHO)).json()["ret_code"] == "1008"
    control.seed(apps=[APP], terminals=[{"app_id": "APPX", "term_id": "T1", "name": "窗口"}])
    assert his.call(REGQUERY, WHO).code == "0000"
    assert his.call(VERIFY, verification("x")).code == "1010"
    listed = next(app for app in control("apps")["apps"] if app["app_id"] == "APPX")
    assert listed.pop("dialect")["profile"] == ""
    assert listed == {**APP, "key": "***", "terminals": [{"term_id": "T1", "name": "窗口"}]}
    assert next(app for app in control("apps", clear=True)["apps"] if app["app_id"] == "APPX")["key"] == "KEYX0123"
    control("remove", terminals=[{"app_id": "APPX", "term_id": "T1"}])
    assert his.call(REGQUERY, WHO).code == "1009"
    control("remove", apps=["APPX"])
    assert his.post(his.envelope(REGQUERY, WHO)).json()["ret_code"] == "1008"
    assert in_clear(as_text(control("apps"))) == []


def test_the_default_profile_is_set_and_reset(his, control):
    answered = control("profile")
    assert (answered["name"], answered["profiles"]["mycity"]) == ("xiamen", "/profiles/mycity/gateway.do")
    assert his.call(REGQUERY, WHO).code == "0000"
    control("profile", name="ehui")
    assert "9003" in his.post(his.envelope(REGQUERY, WHO)).text  # ehui has another name for ret_code
    control.reset()
    assert his.call(REGQUERY, WHO).code == "0000"


# --- the clock ---


def test_the_clock_is_set_stopped_and_runs_on(his, control):
    assert control.clock(set="20270301120000", stop=True) == "20270301120000"
    assert control.clock() == "20270301120000"
    code = control.code(PERSON.id_no, seconds=60)
    time.sleep(0.05)
    assert control("clock")["now"] == control("clock")["now"]
    assert his.call(VERIFY, verification(code)).code == "0000"
    assert control.last()["time"] == "2027-03-01 12:00:00"
    assert control.clock(advance=59) == "20270301120059"
    assert his.call(VERIFY, verification(code)).code == "0000"
    assert control.clock(advance=1) == "20270301120100"
    assert his.call(VERIFY, verification(code)).code == "2001"
    assert control.clock(stop=False)[:12] == "202703011201"
    first = control("clock")["now"]
    time.sleep(0.02)
    assert control("clock")["now"] > first
    assert control.clock(set=86400 * 365)[:4] in ("1970", "1971")
    control.clock(stop=True, shift=0)
    assert abs(control("clock")["now"] - time.time()) < 5
    control.reset()
    assert control("clock")["shift"] == 0
    assert control("clock")["stopped"] is False


# --- 监测分析统计 ---


def test_statistics_count_what_was_recorded(his, control):
    control.clock(set="20270301120000")  # no midnight comes between
    code = control.code(PERSON.id_no)
    for operator, treatment, office in (("A1", "010101", "0300"), ("A1", "010105", "0300"), ("A2", "010101", "")):
        scene = {"operator_id": operator, "treatment_code": treatment, "office_code": office}
        assert his.call(VERIFY, verification(code, **scene)).code == "0000"
    biz = authorisation(operator_id="A2", treatment_code="010101", office_code="0300")
    his.call(AUTHURL, biz)
    control.approve(biz["out_authorize_no"])
    control.clock(advance=86400)
    his.call(VERIFY, verification(control.voucher(PERSON.id_no), IsMultiCode="1", operator_id="A2"))
    answered = control("statistics")
    by = {name: {row["code"]: row["uses"] for row in part["rows"]} for name, part in answered["by"].items()}
    assert answered["total"] == 5
    assert by["operator"] == {"A1": 2, "A2": 3}
    assert by["treatment"] == {"010101": 4, "010105": 1}
    assert by["office"] == {"0300": 4, "": 1}
    assert by["way"] == {"scan": 3, "authorise": 1, "voucher": 1}
    assert by["terminal"] == {DEMO.term_id: 5}
    assert sorted(by["day"].values()) == [1, 4]
    names = {row["code"]: row["name"] for row in answered["by"]["treatment"]["rows"]}
    assert "收费" in names["010105"]
    assert answered["by"]["way"]["rows"][0]["name"] == "被扫"


def test_a_get_tells_and_changes_nothing(server, control):
    before = control.export()
    for order in ("traffic", "people", "options", "faults", "magic", "clock", "authorisations", "apps", "profile",
                  "statistics"):  # fmt: skip
        answer = requests.get(f"{server.base_url}/_sandbox/{order}?clear=1&name=ehui&kind=empty", timeout=60)
        if order == "traffic":
            assert answer.status_code == 400  # its query is read, and ``clear`` is no text
            continue
        assert answer.json()["ok"], order
        assert in_clear(answer.text) == []
    assert control.export() == before
    assert isinstance(control, Control)
