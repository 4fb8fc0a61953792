"""`vcchk kiosk` from outside: how it starts, how it does not, without a platform, and in the built runtime."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from native.buildkit import wine
from tests.builds import runnable
from tests.copies import link_or_copy
from tests.deadlines import PATIENCE
from tests.devices.lines import PtyDevice
from tests.faults.badserver import closed_port
from tests.kiosk.process import DIST, FROM_SOURCE, ROOT, hospital, terminal
from tests.sandbox.conftest import Control
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox
from vcchk.specification import METHODS


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return hospital(tmp_path_factory.mktemp("kiosk") / "医院")


def refused(*options):
    done = subprocess.run([*FROM_SOURCE, "kiosk", *options], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def scanned(url, code):
    """Go through 被扫 as a browser without scripts would; returns the last page."""
    visit = requests.post(url + "at/doctor", data={"function": "0"}, timeout=60).url.rsplit("/", 1)[0]
    requests.post(visit + "/scan", timeout=60)
    page = requests.post(visit + "/scan/code", data={"code": code}, timeout=60)
    while page.url.endswith("/busy"):
        page = requests.get(page.url, timeout=60)
    return page


def notice(page):
    found = re.search(r'id="(?:notice|missing)"[^>]*>([^<]*)', page.text)
    return found[1] if found else ""


def test_it_says_what_is_wrong(library, tmp_path):
    dll = ["--dll", str(library)]
    assert "打不开动态库" in refused("--dll", str(tmp_path / "none.so"))
    assert "打不开应用文件" in refused(*dll, "--app", str(tmp_path / "none.json"))
    assert "打不开院内档案" in refused(*dll, "--db", str(tmp_path / "none" / "a.db"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "端口已被占用" in refused(*dll, "--port", str(taken.getsockname()[1]))


def test_without_a_platform(library):
    with terminal(library, "--url", f"http://127.0.0.1:{closed_port()}/ehcService/gateway.do") as url:
        page = scanned(url, "x" * 20)
        assert "[8004]" in notice(page)
        assert "先运行 vcchk sandbox" in notice(page)
        diagram = requests.get(page.url.replace("/scan", "/diagram"), timeout=60)
        assert "不是本机的模拟平台" in notice(diagram)
        assert "VirtualCardTrans ehc.ehealthcode.verify" in diagram.text
        assert "不是本机的模拟平台" in notice(requests.get(url + "statistics", timeout=60))


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_rare_characters_in_both_encodings(tmp_path, encoding):
    library = hospital(tmp_path / "his")
    rare = next(n for n, person in enumerate(DEMO.people) if "䶮" in person.user_name)
    with (
        Server(Sandbox()) as server,
        terminal(library, "--url", server.gateway_url, "--db", str(tmp_path / "a.db"), "--encoding", encoding) as url,
    ):
        visit = requests.post(url + "at/kiosk", data={"function": "register"}, timeout=60).url.rsplit("/", 1)[0]
        requests.post(visit + "/register", data={"reader": "id", "person": rare}, timeout=60)
        page = requests.post(visit + "/register/form", data={"mobile_phone": "13900001234"}, timeout=60)
        assert "电子健康卡注册成功" in page.text
        code = Control(server.base_url)("code", id_no=DEMO.people[rare].id_no, seconds=60)["code"]
        assert "验证成功" in scanned(url, code).text
    with sqlite3.connect(tmp_path / "a.db") as archive:
        assert archive.execute("SELECT user_name FROM patients").fetchall() == [(DEMO.people[rare].user_name,)]


def registered(url, number, reader="id", phone="13900001234"):
    """Fetch a card at the self-service machine; returns the last page."""
    visit = requests.post(url + "at/kiosk", data={"function": "register"}, timeout=60).url.rsplit("/", 1)[0]
    page = requests.post(visit + "/register", data={"reader": reader, "person": number}, timeout=60)
    while page.url.endswith("/busy"):
        page = requests.get(page.url, timeout=60)
    if not page.url.endswith("/register/form"):
        return page
    page = requests.post(visit + "/register/form", data={"mobile_phone": phone}, timeout=60)
    while page.url.endswith("/busy"):
        page = requests.get(page.url, timeout=60)
    return page


def test_two_terminals_at_once_each_show_their_own(library, tmp_path):
    """Twenty visits of two terminals on one sandbox: every diagram has its own patient's exchange, and only that."""
    people = [n for n, person in enumerate(DEMO.people) if person.is_registered and person.id_type == "01"][:2]
    with Server(Sandbox()) as server:
        options = ("--url", server.gateway_url)
        other = hospital(tmp_path / "other")
        with terminal(library, *options) as one, terminal(other, *options) as two, ThreadPoolExecutor(2) as pool:
            visits = [(url, people[n % 2]) for n in range(10) for url in (one, two)]
            pages = list(pool.map(lambda visit: registered(*visit), visits))
            diagrams = [requests.get(page.url.rsplit("/", 1)[0] + "/diagram", timeout=60).text for page in pages]
        calls = Control(server.base_url).traffic(count=1000)
    assert [call["ret_code"] for call in calls] == ["0000"] * 20
    for page, diagram in zip(pages, diagrams, strict=True):
        assert "已有电子健康卡" in page.text
        assert diagram.count("0000，") == 2  # in the picture, and in the list of steps


@pytest.fixture
def document_bs_platform():
    """A platform that keeps to document B: its application may call B's methods, and there is no regquery."""
    with Server(Sandbox()) as server:
        methods = [name for name, method in METHODS.items() if "B" in method.documents]
        app = {"app_id": DEMO.app_id, "key": DEMO.key, "name": "B", "methods": methods}
        Control(server.base_url).seed(apps=[app])
        yield server


@pytest.mark.parametrize("is_known", [True, False])
def test_document_b_without_regquery(library, document_bs_platform, is_known):
    server = document_bs_platform
    number = next(n for n, person in enumerate(DEMO.people) if person.is_registered is is_known)
    with terminal(library, "--url", server.gateway_url, "--name", "多码融合码") as url:
        page = registered(url, number)
        assert "多码融合码注册成功" in page.text, notice(page)
    calls = Control(server.base_url).traffic()
    assert [(call["method"].rpartition(".")[2], call["ret_code"]) for call in calls] == [
        ("regquery", "1010"), ("querywithreg", "0000")]  # fmt: skip
    assert calls[-1]["findings"] == []


@pytest.mark.parametrize(("reader", "method"), [("id", "querywithreg"), ("social", "register")])
def test_document_a_sends_card_list_with_the_method_that_has_it(library, reader, method):
    number = next(n for n, person in enumerate(DEMO.people) if not person.is_registered)
    with Server(Sandbox(strict=True)) as server, terminal(library, "--url", server.gateway_url) as url:
        page = registered(url, number, reader)
        assert "电子健康卡注册成功" in page.text, notice(page)
        last = Control(server.base_url).last()
    assert last["method"] == f"ehc.ehealthcard.{method}"
    assert ("card_list" in last["request"]) is (method == "register")


def test_nobody_shows_a_code(tmp_path):
    with PtyDevice(free=True) as scanner:
        ini = f"[log]\nfolder = {tmp_path}/state\n[scanner]\ndriver = honeywell\nport = {scanner.name}\nseconds = 1\n"
        library = hospital(tmp_path / "his", ini)
        with terminal(library, "--source", "scanner") as url:
            visit = requests.post(url + "at/kiosk", data={"function": "0"}, timeout=60).url.rsplit("/", 1)[0]
            page = requests.post(visit + "/scan", timeout=60)
            assert "正在等待扫码" in page.text
            until = time.monotonic() + PATIENCE
            while "正在等待扫码" in page.text:
                assert time.monotonic() < until
                page = requests.get(visit + "/scan", timeout=60)
            assert "等待扫码超时" in notice(page)
            assert "[8001]" in notice(page)


def test_an_application_of_ones_own(tmp_path, library):
    app = tmp_path / "app.json"
    request = {"app_id": DEMO.app_id, "key": "0" * 32, "term_id": DEMO.term_id, "enc_type": "Plain"}
    app.write_text(json.dumps(request))
    with Server(Sandbox()) as server, terminal(library, "--url", server.gateway_url, "--app", str(app)) as url:
        assert "[9003]" in notice(scanned(url, "x" * 20))


def test_the_built_program_with_the_library_beside_it(tmp_path):
    library = hospital(tmp_path / "his")
    program = (str(library.with_name("vcchk")),)
    with Server(Sandbox()) as server, terminal(library, "--url", server.gateway_url, program=program) as url:
        control = Control(server.base_url)
        page = scanned(url, control("code", id_no=DEMO.people[0].id_no, seconds=60)["code"])
        assert "验证成功" in page.text
        assert control.last()["signature"] == "held"
    done = subprocess.run([program[0], "kiosk", "--dll", str(DIST / "libVirtualCardChk.so")], capture_output=True,
                          text=True, timeout=60)  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{DIST / 'vcchk'} kiosk" in done.stderr


def test_the_windows_program_under_wine(tmp_path):
    target = runnable("win32")
    folder = tmp_path / "his"
    shutil.copytree(target.dist, folder, copy_function=link_or_copy)
    library = folder / target.dll
    program = [*wine.prefixed(), str(folder / "vcchk.exe")]
    environment = {**os.environ, **wine.environment()}
    with Server(Sandbox()) as server:
        options = ("--url", server.gateway_url)
        with terminal(library, *options, program=program, path_for=wine.windows_path, env=environment) as url:
            control = Control(server.base_url)
            page = scanned(url, control("code", id_no=DEMO.people[0].id_no, seconds=60)["code"])
            assert "验证成功" in page.text
            assert control.last()["signature"] == "held"
