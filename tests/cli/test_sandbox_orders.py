"""``vcchk sandbox code|clock|voucher|approve``: orders to a sandbox that runs, without curl."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator

import pytest

from vcchk.cli.commands import sandbox as command
from vcchk.cli.commands._sandbox_orders import NAMES, _line, make_parser
from vcchk.sandbox.control.rules import ORDERS
from vcchk.sandbox.seed import DEMO
from vcchk.sandbox.server import Server
from vcchk.sandbox.service import Sandbox

ID_NO = DEMO.people[0].id_no


@pytest.fixture
def port() -> Iterator[str]:
    server = Server(Sandbox(write=lambda _line: None)).start()
    yield re.search(r":(\d+)/", server.gateway_url)[1]  # type: ignore[index]
    server.stop()


def test_a_code_a_clock_and_a_voucher(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["code", "--id-no", ID_NO, "--seconds", "60", "--port", port]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"code +[0-9A-F]{64}:0:[0-9A-F]{32}::\d+", lines[0])
    assert command.main(["clock", "--advance=120", "--port", port, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shift"] == 120.0
    assert command.main(["voucher", "--id-no", ID_NO, "--present", "--port", port]) == 0
    assert re.match(r"code +[0-9A-Z]{28}\n", capsys.readouterr().out)
    assert command.main(["clock", "--shift", "0", "--port", port, "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_what_the_sandbox_refuses_and_nobody_at_the_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["code", "--id-no", "nobody", "--port", port]) == 1
    assert command.main(["approve", "--out-authorize-no", "20260102030405000002", "--port", port]) == 1
    assert command.main(["code", "--id-no", ID_NO, "--port", "1"]) == 1
    with pytest.raises(SystemExit):
        command.main(["code", "nobody", "--port", port])
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 4
    assert "没有模拟平台" in said.err


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (f"code --id-no {ID_NO} --seconds=60 --id-type 01", {"id_no": ID_NO, "seconds": 60, "id_type": "01"}),
        ("clock --shift -5.5 --stop", {"shift": -5.5, "stop": True}),
        ("clock --set 20260102030405", {"set": "20260102030405"}),
        ("faults --clear false --count 3", {"clear": False, "count": 3}),
        ("dialect --profile=", {"profile": ""}),
        ('remove --apps ["A","B"]', {"apps": ["A", "B"]}),
    ],
)
def test_how_words_become_fields(words: str, fields: dict[str, object]) -> None:
    order, *rest = words.split()
    assert vars(make_parser(order).parse_args(rest)) == {**fields, "port": 1811, "json": False, "quiet": False}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("code --port", "--port"), ("code --port abc", "0 到 65535"), ("code --port -5", "0 到 65535"),
        ("code --port 99999", "0 到 65535"), ("code --port 1.5", "0 到 65535"), ("code --secnds 60", "--seconds"),
        ("voucher --present --idno 1", "--id-no"), ("clock --advanced 1", "--advance"), ("approve -x", "没有选项 -x"),
        ("traffic --jso", "--json"), ("code --seconds 1 --seconds 2", "--seconds 只能写一次"),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_read(arguments: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments.split())
    err = capsys.readouterr().err
    assert (ended.value.code, err.count("\n")) == (2, 1)
    assert said in err


def test_every_order_has_its_names() -> None:
    assert NAMES.keys() == ORDERS.keys()


@pytest.mark.parametrize("order", NAMES)
def test_the_names_are_the_manual_s(order: str) -> None:
    """The order's manual is its docstring; ``id_type`` stands with ``id_no``, the options in a page of their own."""
    manual = ORDERS[order].__doc__ or ""
    names = NAMES[order] if order != "options" else ()
    assert [name for name in names if name != "id_type" and f"``{name}``" not in manual] == []


def test_a_moment_is_printed_as_time_of_day_too(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["clock", "--set", "20260102030405", "--stop", "--port", port]) == 0
    assert re.search(r"^now +\d+\.\d+  2026-01-02 03:04:05$", capsys.readouterr().out, re.MULTILINE)
    assert command.main(["code", "--id-no", ID_NO, "--seconds", "60", "--port", port]) == 0
    assert re.search(r"^expires +\d+\.\d+  2026-01-02 03:05:05$", capsys.readouterr().out, re.MULTILINE)
    assert _line("expires", None) == "null"
    assert _line("expires", 1e300) == "1e+300"


@pytest.mark.parametrize("order", ["code", "voucher", "approve", "clock"])
def test_the_help_of_an_order_is_the_sandbox_s(order: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([order, "--help"])
    assert ended.value.code == 0
    assert f"vcchk sandbox {order} " in capsys.readouterr().out


@pytest.mark.parametrize("answer", [b"SSH-2.0 x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}", b""])
def test_somebody_else_at_the_port(answer: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def once() -> None:
            line, _ = other.accept()
            with line:
                line.recv(65536)
                line.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        assert command.main(["code", "--id-no", ID_NO, "--port", str(other.getsockname()[1])]) == 1
        thread.join(10)
    err = capsys.readouterr().err
    assert "没有模拟平台" in err
    assert err.count("\n") == 1
