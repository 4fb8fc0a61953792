"""``vcchk sandbox code|clock|voucher|approve``: orders to a sandbox that runs, without curl."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator

import pytest

from vcchk.cli.commands import sandbox as command
from vcchk.cli.commands._sandbox_orders import NAMES, UsageError, read_fields
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
    assert command.main(["code", "nobody", "--port", port]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 4
    assert "没有模拟平台" in said.err


def test_how_words_become_fields() -> None:
    arguments = [
        "--id-no",
        ID_NO,
        "--seconds=60",
        "--present",
        "--id-type",
        "01",
        "--shift",
        "-5.5",
        "--clear",
        "false",
    ]
    assert read_fields(arguments) == {
        "id_no": ID_NO, "seconds": 60, "present": True, "id_type": "01", "shift": -5.5, "clear": False,
    }  # fmt: skip
    with pytest.raises(UsageError):
        read_fields(["id_no"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("code --port", "端口号"), ("code --port abc", "端口号"), ("code --port -5", "端口号"),
        ("code --port 99999", "端口号"), ("code --port 1.5", "端口号"), ("code --secnds 60", "--seconds"),
        ("voucher --present --idno 1", "--id-no"), ("clock --advanced 1", "--advance"), ("approve -x", "看不懂 -x"),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_read(arguments: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(arguments.split()) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("order", NAMES)
def test_the_names_are_the_manual_s(order: str) -> None:
    """The order's manual is its docstring; ``id_type`` stands with ``id_no``."""
    manual = ORDERS[order].__doc__ or ""
    assert [name for name in NAMES[order] if name != "id_type" and f"``{name}``" not in manual] == []


@pytest.mark.parametrize("order", NAMES)
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
