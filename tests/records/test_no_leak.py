"""Keys and people in every place a caller can put them; then log, journal, errors and the sandbox's log are searched.

The calls go through the boundary (bytes in, bytes out) as a HIS's do, to the sandbox as a process of its own, to
servers that throw the request back at us, and to nobody. Everything written under the state folder is searched in
every spelling that a byte-wise search could miss: UTF-8, GBK, UTF-16, \\uXXXX, percent, base64.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.records.conftest import ROOT, environment
from vcchk.boundary.abi import Boundary
from vcchk.records import log, masking
from vcchk.records.masking import fields
from vcchk.sandbox.seed import DEMO
from vcchk.settings import parse_settings
from vcchk.transaction.sequence import Transactions

pytestmark = pytest.mark.slow

KEY = "PLANTKEY0123456789ABCDEF01234567"
ID_NO = "350299197707070072"
PHONE = "13977776666"
LANDLINE = "0592-7654321"
NAME = "司徒泄露"
ADDRESS = "示例市演示区泄露路77号7室"
UNIT = "泄露测试公司"
PHOTO = base64.b64encode(bytes(range(7, 255)) * 3).decode()
CODE = "7C6CB2B57E8E905C5EF59A063515F655D8A17ACD312DD76A206CB2B57E8E9077:1:::00000001077"
VOUCHER = "350000leak8ag0h4m1l0g1n6k1p7"
CARD = "D77351286677"
PLANTED = {
    "key": KEY,
    "id_no": ID_NO,
    "mobile_phone": PHONE,
    "telephone": LANDLINE,
    "user_name": NAME,
    "address": ADDRESS,
    "work_unit": UNIT,
    "photo_info": PHOTO,
    "ehealth_code": CODE,
    "EcQrCode": VOUCHER,
    "card_no": CARD,
}
PEOPLE = {name: value for name, value in PLANTED.items() if name != "key"}
METHODS = (
    "ehc.ehealthcard.querywithreg",
    "ehc.ehealthcard.register",
    "ehc.ehealthcode.verify",
    "ehc.ehealthcard.regquery",
    "ehc.ehealthcard.alterinfo",
    "ehc.ehealthcard.alterlink",
    "ehc.ehealthcard.authurl",
    "ehc.ehealthcard.auth.query",
    "ehc.ehealthcard.close",
    "ehc.ehealthcard.push",
)


def spellings(value: str) -> set[bytes]:
    found = {value.encode("utf-8"), value.encode("gb18030"), value.encode("utf-16-le"), quote(value).encode()}
    escaped = json.dumps(value)[1:-1]
    found |= {escaped.encode(), escaped.upper().replace("\\U", "\\u").encode(), repr(value)[1:-1].encode()}
    found |= {value.encode("utf-8").decode("latin-1").encode("utf-8"), value.encode("utf-8").hex().encode()}
    return found | {base64.b64encode(value.encode("utf-8")).rstrip(b"=")[:-1]}


PART = {"id_no": 12, "mobile_phone": 9, "telephone": 9, "key": 16, "EcQrCode": 16, "card_no": 9, "address": 8}
"""So many characters of a value in a row are a leak, too: a text that was cut before it was masked."""


def parts(name: str, value: str) -> set[bytes]:
    size = PART.get(name, min(len(value), 40))
    return {value[at : at + size].encode("utf-8") for at in range(len(value) - size + 1)}


SPELLINGS = {name: spellings(value) | parts(name, value) for name, value in PLANTED.items()}


def leaks(data: bytes, where: str) -> list[str]:
    return [f"{name} in {where}" for name, forms in SPELLINGS.items() if any(form in data for form in forms)]


def leaks_under(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found += leaks(path.read_bytes(), path.name)
            found += leaks(path.name.encode(), "a file's name")
    return found


# --- platforms ---


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("platform")
    path = folder / "sandbox.log"
    running = subprocess.Popen(
        [sys.executable, "-m", "vcchk", "sandbox", "--port", "0", "--db", str(folder / "p.db"), "--log", str(path)],
        stdout=subprocess.PIPE, stderr=(folder / "stderr").open("wb"), text=True, env=environment(), cwd=ROOT,
    )  # fmt: skip
    assert running.stdout is not None
    try:
        line = running.stdout.readline()
        assert line.startswith("ready ")
        yield line.removeprefix("ready ").strip(), path
    finally:
        running.terminate()
        running.wait(10)


def _http(body: bytes, status: str = "200 OK", extra: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body


def _talking(request: bytes) -> bytes:
    """A platform whose sentence is about the person."""
    sentence = f"{NAME}（{ID_NO}，{PHONE}）住{ADDRESS}，卡{CARD}已办理，key={KEY}"
    return _http(json.dumps({"ret_code": "9999", "ret_msg": sentence, "sign": "00", "biz_content": PEOPLE}).encode())


ECHOES = {
    "body": lambda request: _http(request.partition(b"\r\n\r\n")[2]),
    "html": lambda request: _http(b"<html>" + request + b"</html>", "500 Oops"),
    "header": lambda request: _http(b"{}", extra=f"X-{quote(NAME)}: {ID_NO} {PHONE}\r\n"),
    "status": lambda request: _http(b"", f"777 {ID_NO} {PHONE}"),
    "redirect": lambda request: _http(
        b"", "302 Found", f"Location: http://portal.example/{ID_NO}?k={KEY}&p={PHONE}\r\n"
    ),
    "cut": lambda request: _http(json.dumps(PEOPLE).encode())[:-20],
    "garbage": lambda request: request[::-1],
    "nothing": lambda request: b"",
    "talking": _talking,
    "broken json": lambda request: _http(json.dumps(PEOPLE, ensure_ascii=False).encode()[:-1]),
}


@contextlib.contextmanager
def echo(kind: str) -> Iterator[str]:
    """A server on loopback that answers each connection once and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer, contextlib.suppress(OSError):
                    peer.settimeout(60)
                    request = b""
                    while b"\r\n\r\n" not in request:
                        request += peer.recv(65536)
                    head, _, body = request.partition(b"\r\n\r\n")
                    size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                    while len(body) < size:
                        body += peer.recv(65536)
                    peer.sendall(ECHOES[kind](head + b"\r\n\r\n" + body))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/ehcService/gateway.do"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


# --- a HIS that plants ---


class His:
    """Calls as a HIS does, and keeps what our own sentences said."""

    def __init__(self, folder: Path, text: str = "") -> None:
        self.folder = folder
        made = parse_settings(f"[log]\nfolder = {folder}\n[gateway]\ntimeout = 3\nconnect_tries = 0\n{text}", "x.ini")
        written = log.start_log(made)
        self.boundary = Boundary(Transactions(made, written))
        self._pinned = Boundary(Transactions(made.replace(wire=made.wire.replace(profile="xiamen")), written))
        self.said: list[bytes] = []
        self.calls = 0

    def send(
        self, url: str, envelope: Any, *, nation: bool = False, encoding: str = "utf-8", pinned: bool = False
    ) -> str:
        """``pinned``: with a profile in the INI, so that no search begins at a new address."""
        text = envelope if isinstance(envelope, str) else json.dumps(envelope, ensure_ascii=False)
        boundary = self._pinned if pinned else self.boundary
        transact = boundary.nation_ec_trans if nation else boundary.virtual_card_trans
        data = text.encode(encoding, "surrogatepass") if isinstance(text, str) else text
        code, out = transact(url.encode("utf-8"), data)
        self.calls += 1
        if code not in ("00", "0000") and not nation:  # NationEcTrans hands the service's reply on to the letter
            self.said.append(out)
        return code


def request(method: str, app_id: str = DEMO.app_id, key: str = KEY, **more: Any) -> dict[str, Any]:
    serial = "out_" + method.split(".")[2].removeprefix("ehealth") + "_no"
    biz = {**PEOPLE, "id_type": "01", serial: f"20261122{time.perf_counter_ns()}", "ehealth_card_id": CODE[:64]}
    biz["card_list"] = [{"card_type": "01", "card_no": CARD, "user_name": NAME}]  # type: ignore[assignment]
    return {
        "method": method, "app_id": app_id, "term_id": DEMO.term_id, "version": "X.M.0.1", "key": key,
        "timestamp": "20261122000000", "sign_type": "SM3", "enc_type": "SM4", "biz_content": {**biz, **more},
    }  # fmt: skip


def every_place(his: His, url: str) -> None:
    """Plant each value into each place of a request, one at a time, beside the person's own fields."""
    for value in PLANTED.values():
        for field in (
            "method",
            "app_id",
            "term_id",
            "version",
            "timestamp",
            "sign_type",
            "enc_type",
            "sign",
            "extra_field",
            value,
        ):
            his.send(url, request(METHODS[1]) | {field: value})
        for field in (
            "out_register_no",
            "out_register_time",
            "id_type",
            "user_sex",
            "operator_name",
            "nation",
            "note",
            value,
        ):
            his.send(url, request(METHODS[1], **{field: value}))
        # A search is a second of computing; what it writes of an address is shown by two values, the rest do without.
        pinned = value not in (KEY, ID_NO)
        for place in ("?q=", "/", "#"):
            his.send(url + place + quote(value), request(METHODS[3]), pinned=pinned)
        his.send(url.replace("http://", f"http://user:{quote(value)[:60]}@"), request(METHODS[3]), pinned=pinned)


def broken_requests(his: His, url: str) -> None:
    """Texts that cannot be read: what is wrong is told without what it holds."""
    whole = json.dumps(request(METHODS[0]), ensure_ascii=False)
    for at in (10, 200, 400, len(whole) // 2, len(whole) - 1):
        his.send(url, whole[:at])
    for text in (
        whole + whole, f"[{whole}]", whole.replace(":", " "), json.dumps(NAME), ID_NO, f"key={KEY}&id_no={ID_NO}",
        whole.replace('"biz_content": {', '"biz_content": [{').replace("}}", "}]}"), "\ufeff" + whole, whole + "\x00",
        json.dumps(request(METHODS[0]) | {"biz_content": json.dumps(PEOPLE)[:-3]}),
        json.dumps(request(METHODS[0]) | {"biz_content": json.dumps(PEOPLE)}), whole.replace('"', "'"),
        json.dumps({KEY: {NAME: ID_NO}}), '{"method":' * 100 + ID_NO,
    ):  # fmt: skip
        his.send(url, text)
    his.send(url, whole, encoding="gb18030")
    for bad in (f"ftp://{PHONE}/{ID_NO}", f"http://{NAME}:{ID_NO}/", f"{ID_NO}", f"http://{KEY}.invalid/{ID_NO}", " "):
        his.send(bad, request(METHODS[1]))


def all_methods(his: His, url: str) -> None:
    for method in METHODS:
        his.send(url, request(method))
        his.send(url, request(method, key=DEMO.key))
        his.send(url, request(method, key=DEMO.key) | {"enc_type": "Plain", "sign_type": "MD5"})


def voucher(his: His, url: str) -> None:
    data = {"orgId": "1", "operatorName": NAME, "operatorId": ID_NO, "note": PHONE, "ecQrCode": VOUCHER}
    for nation in (False, True):
        his.send(url, {"data": data, "orgId": "1", "transType": "ec.query"}, nation=nation)
        his.send(url, {"data": data, "orgId": KEY, "transType": ID_NO}, nation=nation)
    for multi in ("0", "1"):
        his.send(url, request(METHODS[2], ECUrl=url, IsMultiCode=multi, operator_name=NAME, orgId="1"))
        his.send(url, request(METHODS[2], ECUrl=url, IsMultiCode=multi, ehealth_code=VOUCHER, officeName=UNIT))
        for value in (ID_NO, KEY, PHONE, NAME, ADDRESS):
            his.send(url, request(METHODS[2], ECUrl=url, IsMultiCode=multi, ehealth_code=VOUCHER, businessType=value))


def devices(his: His) -> None:
    for arguments in ((CODE, CARD, NAME), (ID_NO, PHONE, KEY), (NAME * 20, "", ""), (None, CARD, NAME)):
        his.boundary.ehealth_id_print(*(a.encode("gb18030") if a else None for a in arguments))
    his.boundary.set_qrflow_mode(7)
    his.boundary.set_qrflow_mode(int(PHONE) % 100)
    his.boundary.set_ec_qrcode()


@pytest.fixture
def his(tmp_path: Path) -> His:
    return His(tmp_path / "state", "[printer]\ndriver = tspl\nport = socket://127.0.0.1:1\n")


def search(his: His, capfd: pytest.CaptureFixture[str], *logs: Path) -> list[str]:
    """Return every leak: our folder, our sentences, both streams, the sandbox's log."""
    found = leaks_under(his.folder)
    for text in his.said:
        # A sentence that came from a platform is its own; these are ours, and our sandbox's.
        found += leaks(text, "OutData: " + text.decode("utf-8", "replace")[:60])
    captured = capfd.readouterr()
    found += leaks((captured.out + captured.err).encode("utf-8", "surrogatepass"), "stdout or stderr")
    for path in logs:
        data = path.read_bytes()
        assert data, f"{path} is empty: nothing was searched"
        found += leaks(data, "the sandbox's log")
    return found


def test_every_place_with_the_sandbox(his: His, sandbox: tuple[str, Path], capfd: pytest.CaptureFixture[str]) -> None:
    url, path = sandbox
    # Wrong keys follow: at a site that is not confirmed they would use up the day's refusals.
    for method in METHODS:
        his.send(url, request(method, key=DEMO.key))
    every_place(his, url)
    broken_requests(his, url)
    all_methods(his, url)
    voucher(his, url.replace("/ehcService/gateway.do", "/localcfc/api/hsecfc/localQrCodeQuery"))
    devices(his)
    assert his.calls > 250
    text = "".join(p.read_text("utf-8") for p in (his.folder / "log").glob("*.log"))
    assert text.count(" CALL ") > 250
    for code in (" 9001 ", " 1004 ", " 1008 ", " 9003 ", " 00 "):
        assert code in text, f"no call ended as {code}: the scenarios miss something"
    assert search(his, capfd, path) == []


@pytest.mark.parametrize("kind", ECHOES)
def test_platforms_that_throw_it_back(his: His, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    with echo(kind) as url:
        for method in METHODS[:4]:
            his.send(url, request(method))
            his.send(url, request(method) | {"enc_type": "Plain"})
        voucher(his, url)
    if kind == "talking":
        his.said.clear()  # the platform's own sentence reaches the HIS as it is; log and journal are searched
    assert search(his, capfd) == []


def test_nobody_answers(his: His, capfd: pytest.CaptureFixture[str]) -> None:
    for url in ("http://127.0.0.1:1/x", f"http://127.0.0.1:1/{ID_NO}?key={KEY}", f"http://name.invalid/{quote(NAME)}"):
        for method in METHODS[:4]:
            his.send(url, request(method))
    assert search(his, capfd) == []


def test_a_reply_that_does_not_fit_is_kept_sealed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    his = His(tmp_path / "state", "[wire]\nverify_reply = off\n")
    reply = {"ret_code": "0000", "ret_msg": "ok", "biz_content": PEOPLE | {"more": "x" * 3000}}
    ECHOES["long"] = lambda request: _http(json.dumps(reply, ensure_ascii=False).encode())
    try:
        with echo("long") as url:
            assert his.send(url, request(METHODS[1])) == "9008"
    finally:
        del ECHOES["long"]
    assert (his.folder / "journal.sqlite3").exists()
    assert search(his, capfd) == []


def test_scanned_codes(tmp_path: Path, sandbox: tuple[str, Path], capfd: pytest.CaptureFixture[str]) -> None:
    master, slave = os.openpty()
    his = His(
        tmp_path / "state",
        f"[scanner]\ndriver = continuous\nport = {os.ttyname(slave)}\nseconds = 1\nscan = always\n",
    )
    try:
        for scanned in (CODE, VOUCHER, ID_NO, NAME, ""):
            typist = threading.Timer(0.3, os.write, (master, scanned.encode("gb18030") + b"\r"))
            typist.start()
            his.send(sandbox[0], request(METHODS[2], ehealth_code=""))
            typist.join()
    finally:
        os.close(master)
        os.close(slave)
    assert his.calls == 5
    assert search(his, capfd, sandbox[1]) == []


def test_this_search_finds_what_is_not_masked(
    his: His, sandbox: tuple[str, Path], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With masking switched off the same scenarios leak, and the search above sees it."""
    for net in ("mask_forms", "replace_known", "_stars"):
        monkeypatch.setattr(masking, net, lambda text: text)
    monkeypatch.setattr(masking, "holds_id_number", lambda text, at: False)
    for kind in fields.HIDE:
        monkeypatch.setitem(fields.HIDE, kind, str)
    every_place(his, sandbox[0])
    found = search(his, capfd)
    assert {leak.partition(" in ")[0] for leak in found} >= {"key", "id_no", "mobile_phone", "user_name", "address"}
    assert {leak.partition(" in ")[2] for leak in found} >= {"journal.sqlite3-wal", time.strftime("vcchk-%Y%m%d.log")}
