"""Runs docs/tutorial.zh-CN.md: its commands in a shell, in a folder like a vendor's, against a real sandbox.

``python -m tests.docs.tutorial`` writes the outputs anew; test_tutorial.py compares. A ```` ```console ```` block holds
lines ``$ command`` and their output; ``<!-- do: … -->`` is what a person does in between (`Person`), and a
```` ```text ```` block right behind it what that person then reads.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import subprocess
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from native.buildkit import places, targets, wine

DOCUMENT = places.ROOT / "docs" / "tutorial.zh-CN.md"
PORT = 1811
SECONDS = 60

_STEP = re.compile(
    r"^```console\n(?P<console>.*?)^```$|^<!-- do: (?P<do>.+?) -->\n(?:```text\n(?P<read>.*?)^```$)?",
    re.DOTALL | re.MULTILINE,
)


class Step(NamedTuple):
    """``command``: of the shell, or None for what a person ``does``. ``printed``: the output in the document."""

    command: str | None
    does: str
    printed: str


def steps(text: str) -> list[Step]:
    """Return what the tutorial has people do, in order."""
    found = []
    for match in _STEP.finditer(text):
        if match["do"]:
            found.append(Step(None, match["do"], match["read"] or ""))
            continue
        parts = re.split(r"^\$ (.*)\n", match["console"], flags=re.MULTILINE)
        assert parts[0] == "", f"output before any command: {parts[0]}"
        found += [Step(command, "", displayed) for command, displayed in zip(parts[1::2], parts[2::2], strict=True)]
    return found


def with_outputs(text: str, outputs: list[str]) -> str:
    """Return the document with these outputs, one a step."""
    left = list(zip(steps(text), outputs, strict=True))

    def block(match: re.Match[str]) -> str:
        if match["do"]:
            _, output = left.pop(0)
            return match[0] if match["read"] is None else f"<!-- do: {match['do']} -->\n```text\n{output}```"
        made = ""
        for _ in re.findall(r"^\$ ", match["console"], flags=re.MULTILINE):
            step, output = left.pop(0)
            made += f"$ {step.command}\n{output}"
        return f"```console\n{made}```"

    return _STEP.sub(block, text)


# What differs from run to run or from machine to machine: (pattern, what stands for it).
_VARIABLE = (
    (r"\d+(\.\d+)? 毫秒", "N 毫秒"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"),
    (r"/auth/[\w-]+", "/auth/TOKEN"),
    (r"(:0:)[0-9A-F]{32}(::)", r"\1TOKEN\2"),
    (r'("EcQrCode": ?")[0-9A-Z]{28}(")', r"\1VOUCHER\2"),
    (r"(?m)^(code +)[0-9A-Z]{28}$", r"\1VOUCHER"),
    (r"(?m)^((?:now|shift|expires|stamp) +)\S+", r"\1N"),
    (r'("ecToken":")\w+', r"\1TOKEN"),
    (r"(_no=)\d{20,}", r"\1SERIAL"),
    (r"(?m)^(日志 +).*", r"\1FOLDER"),
    (r"(?m)^ok +文件签名 .*\n", ""),  # of Windows alone
    (r"(?m)^(?:ok|warn) +设置文件 .*", "设置文件 …"),  # a hospital has one, a vendor who begins has not
    (r"(?m)^(ok +(?:运行环境|文件完整|设置文件|文件夹|串口|代码页|DNS|TCP) +).*", r"\1…"),
    (r" +", " "),
)


def plain(text: str) -> str:
    """Return an output with what varies taken out, as two runs are compared."""
    for pattern, stands in _VARIABLE:
        text = re.sub(pattern, stands, text)
    return text


class Shell:
    """A vendor's folder: the unpacked zip and nothing else, and commands with the sandbox's port put in."""

    def __init__(self, folder: Path, archive: Path) -> None:
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(folder)
            self.folder = folder / zipped.namelist()[0].split("/")[0]
        for path in [self.folder / "vcchk", self.folder / "examples" / "firstcall"]:
            if path.is_file():
                path.chmod(0o755)  # as unzip has it
        self._state = folder / "state"
        self._sandbox: subprocess.Popen[str] | None = None
        self.port = 0
        self.code = ""

    def environment(self) -> dict[str, str]:
        """No proxy, an own place for log and journal, our folder and this Python first on PATH."""
        names = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        path = os.pathsep.join([str(self.folder), str(places.VENV_PYTHON.parent), os.environ["PATH"]])
        return {**names, "PATH": path, "XDG_STATE_HOME": str(self._state), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

    def run(self, command: str) -> str:
        """Run a command to its end and return what a terminal shows; ``vcchk sandbox`` goes on in the background."""
        if command == "vcchk sandbox":
            return self._start([str(self.folder / "vcchk")])
        return self._shown(self._terminal(self._filled(command)))

    def _filled(self, command: str) -> str:
        """The command with this run's port and code."""
        filled = command.replace(f"127.0.0.1:{PORT}/", f"127.0.0.1:{self.port}/").replace("CODE", self.code)
        if filled.startswith("vcchk sandbox "):
            filled += f" --port {self.port}"
        path = self.folder / "examples" / "indata" / "verify-voucher.json"
        if path.name in command:
            path.write_text(path.read_text("utf-8").replace(f":{PORT}/", f":{self.port}/"), "utf-8")
        return filled.replace("examples\\", "examples/")

    def _terminal(self, command: str) -> str:
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            ["bash", "-c", command], cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL, stdout=theirs,
            stderr=theirs,
        ) as running:  # fmt: skip
            os.close(theirs)
            data = b""
            with contextlib.suppress(OSError):  # EIO: the other end is closed
                while more := os.read(ours, 65536):
                    data += more
            os.close(ours)
            running.wait(SECONDS)
        return data.decode("utf-8")

    def _shown(self, printed: str) -> str:
        """What the document prints of it: its own port and folders; the newest code is kept."""
        displayed = printed.replace("\r\n", "\n").replace(str(self._state), "/var/log")
        displayed = re.sub(rf":{self.port}\b", f":{PORT}", displayed.replace(str(self.folder), "/opt/vcchk"))
        if found := re.search(r"^code +(\S+)$", displayed, flags=re.MULTILINE):
            self.code = found[1]
        return displayed if not displayed or displayed.endswith("\n") else displayed + "\n"

    def _start(self, program: list[str]) -> str:
        self._sandbox = subprocess.Popen(
            [*program, "sandbox", "--port", "0"], cwd=self.folder, env=self.environment(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self._sandbox.stdout is not None
        line = self._sandbox.stdout.readline()
        found = re.search(r":(\d+)/", line)
        assert found, line
        self.port = int(found[1])
        return line.replace(f":{self.port}/", f":{PORT}/")

    def ask(self, path: str, body: bytes | None = None) -> str:
        """GET or POST at the sandbox; returns the answer's text."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"http://127.0.0.1:{self.port}{path}", body, timeout=60) as reply:
            return str(reply.read().decode())

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox is not None:
            self._sandbox.terminate()
            self._sandbox.wait(10)
            assert self._sandbox.stdout is not None
            self._sandbox.stdout.close()


class WindowsShell(Shell):
    """The same with the win32 zip: its programs run under Wine.

    `run` returns None for the list of the journal, whose columns are cut to a terminal's width on Windows.
    """

    def __init__(self, folder: Path, archive: Path) -> None:
        super().__init__(folder, archive)
        (self.folder / "VirtualCardChk.ini").write_text(f"[log]\nfolder = {wine.windows_path(self._state)}\n", "utf-8")

    def environment(self) -> dict[str, str]:
        """What Wine needs besides."""
        return {**super().environment(), **wine.environment()}

    def run(self, command: str) -> str | None:  # type: ignore[override]
        """Run a Windows program as cmd.exe would."""
        if command == "vcchk sandbox":
            return self._start([*wine.prefixed(), str(self.folder / "vcchk.exe")])
        program, *arguments = shlex.split(self._filled(command))
        if arguments[:1] == ["journal"]:
            return None
        done = subprocess.run(
            [*wine.prefixed(), str(self.folder / f"{program}.exe"), *arguments], cwd=self.folder,
            env=self.environment(),
            timeout=SECONDS, stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip
        return self._shown("".join(data.decode("gbk") for data in (done.stdout, done.stderr)))


class Person:
    """What a person does between the commands; the words of ``<!-- do: … -->`` begin with a method's name."""

    def __init__(self, shell: Shell, open_page: Any = None) -> None:
        """``open_page``: opens a browser's window of phone size; without one the page's form is sent by hand."""
        self._shell, self._open_page = shell, open_page

    def do(self, arguments: str) -> str:
        """Do it; returns what the person reads then, "" for nothing."""
        act = {
            "diagnosis": self._diagnosis,
            "use the last code": lambda: "",
            "approve on the phone page": self._approve,
        }
        name = max((name for name in act if arguments.startswith(name)), key=len)
        return act[name](*arguments.removeprefix(name).split())

    def _diagnosis(self) -> str:
        """What the console's page of the newest call says under 验签诊断."""
        newest = json.loads(self._shell.ask("/_sandbox/traffic?count=1"))["calls"][0]
        page = self._shell.ask(f"/console/calls/{newest['number']}")
        section = page.split("<h2>验签诊断</h2>", 1)[1].split("</section>", 1)[0]
        items = re.findall(r"<li>(.*?)</li>", section, re.DOTALL)
        displayed = "".join(f"{_unescaped(item)}\n" for item in items)
        assert displayed == "".join(f"{line}\n" for line in newest["diagnosis"])
        return displayed

    def _approve(self) -> str:
        waiting = json.loads(self._shell.ask("/_sandbox/authorisations?count=1"))["authorisations"][0]
        url = f"/auth/{waiting['token']}"
        if self._open_page is None:
            card = re.search(r'<option value="([0-9A-F]{64})">陈', self._shell.ask(url))
            assert card
            assert "授权成功" in self._shell.ask(f"{url}/approve", f"card_id={card[1]}".encode())
            return ""
        page = self._open_page(f"http://127.0.0.1:{self._shell.port}{url}", phone=True)
        card = page.locator("option", has_text="陈").first.get_attribute("value")
        page.get_by_label("以谁的电子健康卡授权").select_option(card)
        page.get_by_role("button", name="确认授权").click()
        page.get_by_text("授权成功").first.wait_for()
        return ""


def _unescaped(html: str) -> str:
    import html as entities

    return entities.unescape(re.sub(r"<[^>]+>", "", html)).strip()


def outputs(text: str, one: Shell, open_page: Any = None) -> Iterator[tuple[Step, str | None]]:
    """Go through the tutorial; yields each step with what it really shows, None for what this shell does not run."""
    person = Person(one, open_page)
    for step in steps(text):
        yield step, one.run(step.command) if step.command is not None else person.do(step.does)


def main() -> None:
    import sys
    import tempfile

    archive = Path(sys.argv[1]) if sys.argv[1:] else targets.TABLE["linux"].archive
    text = DOCUMENT.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Shell(Path(folder), archive)) as one:
        displayed = [output or "" for _, output in outputs(text, one)]
    if [plain(output) for output in displayed] != [plain(step.printed) for step in steps(text)]:
        DOCUMENT.write_text(with_outputs(text, displayed), "utf-8")


if __name__ == "__main__":
    main()
