"""How host programs are run here: a folder like a hospital's, the request they send, the answers they write down."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from native.buildkit import places, wine
from native.buildkit.progress import BuildError
from native.buildkit.targets import Target
from tests.copies import link_or_copy
from tests.demo_request import demo_request
from tests.native.conftest import Session
from vcchk.sandbox.seed import DEMO

SOURCES = places.ROOT / "tests" / "hosts" / "programs"
SECONDS = 90
PERSON = DEMO.people[0]
INI = "VirtualCardChk.ini"

T = TypeVar("T")


def missing(what: str) -> None:
    """Skip loudly; tests/conftest.py makes a failure of it where nothing may be missing."""
    pytest.skip(f"LOUD SKIP: {what}")


def need(tool: Callable[..., T], *arguments: Any) -> T:
    """What ``tool`` returns, or a loud skip when the toolchain cannot be had."""
    try:
        return tool(*arguments)
    except BuildError as error:
        missing(str(error))
        raise


def request(method: str = "ehc.ehealthcard.regquery", **biz: str) -> str:
    """InData of a query of the demo's first person; it changes nothing, so it can be sent as often as one likes."""
    who = {"id_type": PERSON.id_type, "id_no": PERSON.id_no, "user_name": PERSON.user_name}
    return json.dumps(demo_request(method, biz or who, sign=""), ensure_ascii=False)


class App:
    """A HIS's own folder with the library in it, and a folder for what is written."""

    def __init__(self, target: Target, folder: Path, state: Path) -> None:
        """Copy dist/ to ``folder``. Files are hard links: replace them, never write into them."""
        self.target, self.folder, self.state = target, folder, state
        self._session = Session(target, folder, state)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(target.dist, folder, copy_function=link_or_copy)
        state.mkdir(parents=True, exist_ok=True)
        (state / "request.gbk").write_bytes(request().encode("gbk"))
        (state / "request.utf8").write_text(request(), "utf-8")

    @property
    def session(self) -> Session:
        """The script host in this folder; its log begins when the App was made."""
        self._session.folder = self.folder
        return self._session

    @property
    def library(self) -> Path:
        return self.folder / self.target.dll

    def path_for(self, path: Path) -> str:
        """How this target's programs call a file."""
        return wine.windows_path(path) if self.target.windows else str(path)

    def ini(self, text: str) -> None:
        """Set the INI's lines."""
        (self.folder / INI).unlink(missing_ok=True)
        (self.folder / INI).write_text(text, "utf-8")

    def put(self, *files: Path) -> None:
        """Copy files beside the library."""
        for file in files:
            shutil.copy2(file, self.folder / file.name)

    def run(
        self,
        command: list[str | Path],
        url: str,
        *more: str,
        encoding: str = "gbk",
        env: dict[str, str] | None = None,
        library: str = "",
        code: int = 0,
        seconds: float = SECONDS,
        **options: Any,
    ) -> dict[str, str]:
        """Run an example program to its end and return its answers, decoded.

        ``command``: the words before its arguments (for Windows targets, a Windows program's). ``encoding``: that of
        the request it reads and of the answers. Fails unless it ends by itself with exit ``code``.
        """
        answers = self.state / "answers"
        answers.unlink(missing_ok=True)
        asked = self.state / ("request.gbk" if encoding == "gbk" else "request.utf8")
        command_line = [str(word) for word in command]
        command_line += [
            library or self.path_for(self.library),
            url,
            self.path_for(asked),
            self.path_for(answers),
            *more,
        ]
        if self.target.windows:
            command_line = [*wine.prefixed(), *command_line]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
        done = subprocess.run(
            command_line, cwd=self.folder, env=self.session.environment(env), timeout=seconds, check=False, **streams
        )
        written = answers.read_bytes() if answers.is_file() else b""
        assert done.returncode == code, (
            done.returncode,
            written.decode(encoding, "replace"),
            self.session.log()[-2000:],
        )
        lines = written.decode(encoding).replace("\r\n", "\n").splitlines()
        return dict(line.split("=", 1) for line in lines)


def check(answers: dict[str, str], prefix: str = "") -> None:
    """Every example makes these calls: what must have come back."""
    found = {name[len(prefix) :]: value for name, value in answers.items() if name.startswith(prefix)}
    assert found["open.code"] == "00", found
    reply = json.loads(found["open.out"])
    assert (reply["user_name"], reply["id_no"]) == (PERSON.user_name, PERSON.id_no)
    assert found["refused.code"] == "1004"
    assert found["refused.out"].endswith("[1004]")
    assert "接口名称" in found["refused.out"]
    assert found["nation.code"] == "9001"
    # Neither a screen nor a printer is set up, and no voucher was scanned: the truthful answer is a failure.
    assert found["screen"] == "9005"
    assert found["print"] == "9005"
    assert int(found["autofill"]) > 0
    assert "自动填值" in found["autofill.out"]
