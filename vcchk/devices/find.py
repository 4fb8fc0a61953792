"""Which device is on a port, and at which baud rate: asked with questions that change nothing.

Only on a port that a person named: what is on the others (a PIN pad, a card reader) may take a question for an order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from vcchk.base.errors import DeviceError
from vcchk.devices import step
from vcchk.devices.port import Port
from vcchk.devices.printer import drivers as printers
from vcchk.devices.printer.drivers import PrinterDriver
from vcchk.devices.scanner import families, framing
from vcchk.devices.screen import drivers as screens
from vcchk.devices.step import Probe

BAUDS = (9600, 115200, 38400, 19200, 57600, 4800)
"""The usual one of most devices first."""
HARMLESS_FIRST = ("escpos", "tspl", "cpcl", "zpl")
"""The printers' languages, the question first that harms least where it is not understood: DLE EOT prints nothing
anywhere, ~HS would stand on an ESC/POS printer's next line. Languages that are not named here are asked last."""
ANSWER_SECONDS = 0.4
LISTEN_SECONDS = 6.0
MIN_TEXT_LENGTH = 4
"""Characters of a scanned text below which a wrong baud rate may look right."""


@dataclass(frozen=True, kw_only=True)
class FoundDevice:
    """A device: its driver, its baud rate (0: the port has none) and its driver's own INI keys."""

    driver: str
    baud: int
    options: Mapping[str, str] = field(default_factory=dict)

    def ini_lines(self, kind: str, port: str) -> list[str]:
        """Return the lines of the INI that use it."""
        baud = [f"baud = {self.baud}"] if self.baud else []
        options = [f"{name} = {value}" for name, value in self.options.items()]
        return [f"[{kind}]", f"driver = {self.driver}", f"port = {port}", *baud, *options]


Question = tuple[str, Mapping[str, str], Callable[[Port], None]]
"""Driver, its INI keys, and what asks: raises DeviceError when the device is another one."""


def questions(kind: str) -> Iterator[Question]:
    """Return what is asked on a port, in order."""
    if kind == "printer":
        for name in (*HARMLESS_FIRST, *(name for name in printers.DRIVERS if name not in HARMLESS_FIRST)):
            driver = printers.load(name)
            if driver.queries():
                yield name, {}, partial(_ask_printer, driver)
        return
    for name, probes in _probes(kind):
        for probe in probes:
            yield name, probe.options, partial(step.run, steps=(probe.step,), seconds=ANSWER_SECONDS)


def _probes(kind: str) -> Iterator[tuple[str, tuple[Probe, ...]]]:
    if kind == "scanner":
        for name, family in families.FAMILIES.items():
            yield name, family.probes
        return
    for name in screens.DRIVERS:
        driver = screens.load(name)
        if isinstance(driver, screens.LineDriver):
            yield name, driver.PROBES


def _ask_printer(driver: PrinterDriver, line: Port) -> None:
    """Ask for the state, twice: a byte by chance is not the same both times."""
    states = []
    for _ in range(2):
        replies = []
        line.flush_input()
        for question in driver.queries():
            line.write(question.send, ANSWER_SECONDS)
            if question.complete is not None:
                replies.append(line.read_until(question.complete, ANSWER_SECONDS))
                if not question.complete(replies[-1]):
                    raise DeviceError("no_answer")
        states.append(driver.state(replies))
    if states[0] != states[1]:
        raise DeviceError("bad_reply")


def bauds(port: str) -> tuple[int, ...]:
    """Return the rates to try on a port; (0,) for one that has none."""
    return (0,) if port.lower().startswith("socket:") else BAUDS


def find(kind: str, port: str, folder: str, report: Callable[[str], None]) -> FoundDevice | None:
    """Return the device of ``kind`` on ``port``, None when nothing answers. ``report`` is told each rate (Chinese).

    Raises DeviceError ``open_failed`` or ``busy``.
    """
    for baud in bauds(port):
        report(f"试 {port}" + (f"，波特率 {baud}" if baud else ""))
        with Port(port, baud=baud or BAUDS[0], folder=folder) as line:
            for name, options, ask in questions(kind):
                try:
                    line.open()  # an error closes it
                    ask(line)
                except DeviceError as error:
                    if error.name in ("open_failed", "busy"):
                        raise
                    continue
                return FoundDevice(driver=name, baud=baud, options=options)
    return None


def listen(port: str, folder: str, report: Callable[[str], None]) -> FoundDevice | None:
    """Return at which rate codes arrive on ``port`` that a person shows to the scanner, None when none does."""
    for baud in bauds(port):
        report(f"请反复对着扫码枪出示一个码（波特率 {baud}，{LISTEN_SECONDS:g} 秒）")
        with Port(port, baud=baud or BAUDS[0], folder=folder) as line:
            framer = framing.Framer("gap", 0.1, False)
            until = time.monotonic() + LISTEN_SECONDS
            while time.monotonic() < until:
                data = line.read_now()
                code = framer.pause(time.monotonic())
                if data:
                    framer.feed(data, time.monotonic())
                elif (
                    code is not None and len(code) >= MIN_TEXT_LENGTH and code.isascii() and code.decode().isprintable()
                ):
                    return FoundDevice(driver="continuous", baud=baud)
                time.sleep(0.02)
    return None
