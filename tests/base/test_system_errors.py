"""What the system refuses is told in Chinese: the words of each real refusal, and that nothing goes round them."""

from __future__ import annotations

import ast
import builtins
import errno
import fcntl
import http.client
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from vcchk.base.system_errors import NAMES, RESOLVER, SQLITE, WINDOWS, reason

ROOT = Path(__file__).parents[2]
ONE_PLACE = ROOT / "vcchk" / "base" / "system_errors.py"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LONGEST = 20

Refusal = Callable[[Path], object]


def full(_folder: Path) -> None:
    with open("/dev/full", "wb", buffering=0) as device:
        device.write(b"x")


def no_program(folder: Path) -> None:
    (folder / "text").write_text("text")
    subprocess.run([folder / "text"], check=False)


def running(folder: Path) -> None:
    program = shutil.copy("/bin/sleep", folder / "program")
    with subprocess.Popen([program, "60"]) as process:
        try:
            open(program, "r+b")  # noqa: SIM115 - refused
        finally:
            process.kill()


def locked(folder: Path) -> None:
    with open(folder / "lock", "wb") as first, open(folder / "lock", "wb") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)


def loop(folder: Path) -> None:
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "loop").read_bytes()


def pipe_without_reader(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    os.open(folder / "pipe", os.O_WRONLY | os.O_NONBLOCK)


def closed_pipe(_folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        os.write(writing, b"x")
    finally:
        os.close(writing)


def port_twice(_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.socket() as second:
        second.bind(first.getsockname())


def nobody_listens(_folder: Path) -> None:
    with socket.socket() as bound, socket.socket() as other:
        bound.bind(("127.0.0.1", 0))
        other.connect(bound.getsockname())


def no_answer(_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as one:
        one.settimeout(0.001)
        one.recv(1)


def no_http(_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked = http.client.HTTPConnection(*server.getsockname())
        asked.connect()
        with server.accept()[0] as other:
            asked.request("GET", "/")
            other.recv(1 << 16)
        asked.getresponse()


def foreign_address(_folder: Path) -> None:
    with socket.socket() as one:
        one.bind(("192.0.2.1", 0))  # for documentation (RFC 5737): no machine has it


REAL: dict[str, tuple[Refusal, str]] = {
    "missing": (lambda folder: (folder / "none").read_bytes(), "文件或文件夹不存在"),
    "below a file": (lambda _folder: Path(__file__, "none").read_bytes(), "路径中有一段不是文件夹"),
    "a file to list": (lambda _folder: os.listdir(__file__), "路径中有一段不是文件夹"),
    "a folder": (lambda folder: folder.read_bytes(), "这是文件夹，不是文件"),
    "made twice": (lambda folder: folder.mkdir(), "已有同名的文件或文件夹"),
    "not empty": (lambda _folder: os.rmdir(ROOT), "文件夹不是空的"),
    "no right to run it": (no_program, "没有权限"),
    "full": (full, "磁盘已满"),
    "running": (running, "正被其他程序占用"),
    "locked": (locked, "正被其他程序占用，或暂时不能用"),
    "a long name": (lambda folder: (folder / ("n" * 300)).read_bytes(), "名称过长"),
    "a loop": (loop, "链接绕成了圈"),
    "no link": (lambda _folder: os.readlink(__file__), "名称或参数无效"),
    "memory that is not there": (lambda _folder: Path("/proc/self/mem").read_bytes(), "硬件读写出错"),
    "nobody behind it": (pipe_without_reader, "设备不存在"),
    "a reader that left": (closed_pipe, "对方已关闭"),
    "a port twice": (port_twice, "端口已被占用"),
    "nobody listens": (nobody_listens, "连接被拒绝"),
    "a limit that passed": (no_answer, "超时没有反应"),
    "a server that hangs up": (no_http, "连接被断开"),
    "another machine's address": (foreign_address, "本机没有这个地址"),
    "no host's name": (
        lambda _folder: socket.getaddrinfo("none", 1, flags=socket.AI_NUMERICHOST), "找不到这个主机名",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_what_the_system_refuses(name: str, tmp_path: Path) -> None:
    refusal, words = REAL[name]
    with pytest.raises(OSError) as caught:  # noqa: PT011 - of which kind is what its words tell
        refusal(tmp_path)
    assert reason(caught.value) == words


def unreadable_database(folder: Path) -> None:
    (folder / "a.db").write_text("no database" * 100)
    with closing(sqlite3.connect(folder / "a.db")) as db:
        db.execute("SELECT * FROM sqlite_master")


def locked_database(folder: Path) -> None:
    def opened() -> sqlite3.Connection:
        return sqlite3.connect(folder / "a.db", isolation_level=None, timeout=0)

    with closing(opened()) as first, closing(opened()) as second:
        first.execute("BEGIN EXCLUSIVE")
        second.execute("CREATE TABLE t (x)")


def read_only_database(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "a.db")) as db:
        db.execute("CREATE TABLE t (x)")
    with closing(sqlite3.connect(f"file:{folder / 'a.db'}?mode=ro", uri=True)) as db:
        db.execute("INSERT INTO t VALUES (1)")


def another_database(_folder: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("SELECT * FROM t")


REAL_DATABASES: dict[str, tuple[Refusal, str]] = {
    "a folder": (lambda folder: sqlite3.connect(folder).execute("SELECT 1"), "路径不对，或没有权限"),
    "no database": (unreadable_database, "不是数据库文件"),
    "no such table": (another_database, "内容与本版本不符"),
    "locked": (locked_database, "正被其他程序占用"),
    "read-only": (read_only_database, "文件或所在的文件夹只读"),
}


@pytest.mark.parametrize("name", REAL_DATABASES)
def test_what_sqlite_refuses(name: str, tmp_path: Path) -> None:
    refusal, words = REAL_DATABASES[name]
    with pytest.raises(sqlite3.Error) as caught:
        refusal(tmp_path)
    assert reason(caught.value) == words


class WindowsError(OSError):
    """As Windows' Python has it: errno is what it makes of winerror."""

    winerror: int

    def __init__(self, number: int, text: str, winerror: int) -> None:
        super().__init__(number, text)
        self.winerror = winerror


@pytest.mark.parametrize(
    ("number", "winerror", "words"),
    [
        (errno.EACCES, 5, "没有权限"),
        (errno.EACCES, 32, "正被其他程序占用"),
        (errno.EACCES, 19, "磁盘有写保护"),
        (errno.ENOENT, 53, "找不到存放共享文件夹的电脑"),
        (errno.EINVAL, 123, "名称无效"),
        (errno.EACCES, 10013, "端口被系统保留，或正被其他程序独占"),
        (errno.EINVAL, 4711, "系统错误 4711：Text of Windows."),
        (errno.EACCES, 34, "系统错误 34：Text of Windows."),
    ],
)
def test_of_windows_its_own_number_counts(number: int, winerror: int, words: str) -> None:
    assert reason(WindowsError(number, "Text of Windows.", winerror)) == words


def test_what_no_table_has_can_be_looked_up() -> None:
    assert reason(OSError(errno.ENOTRECOVERABLE, "State not recoverable")) == (
        f"系统错误 {errno.ENOTRECOVERABLE}：State not recoverable"
    )
    assert reason(OSError("应答不是模拟平台的")) == "应答不是模拟平台的"
    assert reason(OSError()) == "OSError"


def test_every_name_is_one_of_the_system() -> None:
    assert {name for name in NAMES if not hasattr(errno, name)} == set()


@pytest.mark.parametrize("table", [NAMES, WINDOWS, RESOLVER, SQLITE])
def test_the_words_are_short_and_chinese(table: dict[object, str]) -> None:
    for words in table.values():
        assert CHINESE.match(words)
        assert not re.search("[A-Za-z。！]", words)
        assert len(words) <= LONGEST


# --- nothing goes round it ---

_LIBRARIES = ("sqlite3", "socket", "ssl", "zlib", "zipfile", "json", "requests", "binascii")
_OF_THE_SYSTEM = (OSError, sqlite3.Error, UnicodeError)
_QUOTE = "系统的原话"
"""A sentence that says so may quote the system: what a library lacks is in no table."""


def is_of_the_system(kind: ast.expr | None) -> bool:
    """Tell whether an except clause catches what carries the system's or a library's English text."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    for one in kinds:
        if isinstance(one, ast.Name):
            caught = getattr(builtins, one.id, None)
            if isinstance(caught, type) and issubclass(caught, _OF_THE_SYSTEM):
                return True
        if isinstance(one, ast.Attribute) and ast.unparse(one.value) in _LIBRARIES:
            return True
    return False


def says_it_as_it_is(value: ast.expr, name: str) -> bool:
    """Tell whether ``value`` is the exception ``name`` or its text."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in ("str", "repr"):
        return any(says_it_as_it_is(argument, name) for argument in value.args)
    if isinstance(value, (ast.Subscript, ast.Attribute)):
        part = value.attr if isinstance(value, ast.Attribute) else "text"
        return part not in ("filename", "filename2", "errno", "winerror") and says_it_as_it_is(value.value, name)
    return isinstance(value, ast.Name) and value.id == name


def english_sentences(tree: ast.AST) -> Iterator[int]:
    """Give the lines where a Chinese sentence takes in the text of what the system refused."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "strerror" and ast.unparse(node.value) != "os":
            yield node.lineno
        if not isinstance(node, ast.ExceptHandler) or node.name is None or not is_of_the_system(node.type):
            continue
        for sentence in ast.walk(node):
            if not isinstance(sentence, ast.JoinedStr):
                continue
            text = "".join(str(part.value) for part in sentence.values if isinstance(part, ast.Constant))
            holes = [part.value for part in sentence.values if isinstance(part, ast.FormattedValue)]
            is_ours = CHINESE.search(text) and _QUOTE not in text
            if is_ours and any(says_it_as_it_is(hole, node.name) for hole in holes):
                yield sentence.lineno


def test_no_sentence_has_the_systems_own_text() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / "vcchk").rglob("*.py")
        if path != ONE_PLACE
        for line in english_sentences(ast.parse(path.read_text("utf-8")))
    ]
    assert found == [], "use vcchk.base.system_errors.reason"


@pytest.mark.parametrize(
    "hole",
    ["error.strerror", "error", "error!s", "str(error)", "str(error)[:80]", "error.args[0]", "error.reason"],
)
def test_such_a_sentence_would_be_seen(hole: str) -> None:
    text = f"try:\n    work()\nexcept (KeyError, PermissionError) as error:\n    print(f'写不了：{{{hole}}}')\n"
    assert set(english_sentences(ast.parse(text))) == {4}


@pytest.mark.parametrize("hole", ["error.filename", "reason(error)", "other"])
def test_a_good_sentence_is_left_alone(hole: str) -> None:
    text = f"try:\n    work()\nexcept OSError as error:\n    print(f'写不了：{{{hole}}}')\n"
    assert list(english_sentences(ast.parse(text))) == []


def test_it_is_imported_by_who_needs_it_alone() -> None:
    """What a first call imports, without an error: none of it."""
    told = "import sys, vcchk.transaction.sequence; print('vcchk.base.system_errors' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout == "False\n", done.stderr
