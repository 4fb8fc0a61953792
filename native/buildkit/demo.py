"""The demonstration: a real host program, the built DLL, a platform that checks everything, and a table of both sides.

The dist folder is first copied to a path with a blank and Chinese characters, as a hospital may have it; the host
knows the DLL by LoadLibrary and GetProcAddress alone and speaks GBK, as Delphi and PowerBuilder programs do.
"""

from __future__ import annotations

import json
import shutil
import time
import unicodedata
from pathlib import Path
from typing import Any

from . import demo_visit, places, progress, steps, targets
from .progress import BuildStep
from .targets import Target

HEADINGS = ["step", "returned", "ms", "what came back (masked)", "signature", "cipher", "platform"]
WIDTHS = [20, 8, 8, 66, 9, 9, 8]


class DemoRow:
    """One line of the table; `wrong` says why the step was not as expected, empty when it was."""

    def __init__(self, cells: list[str], wrong: str = "") -> None:
        self.cells = cells
        self.wrong = wrong


def main(name: str | None) -> int:
    """Build what is missing, run the visit, print the table; 0 only when every step was as expected."""
    from . import demo_programs

    if name:
        target = targets.pick([name])[0]
    elif targets.on_windows():
        target = targets.pick(targets.default())[0]
    else:
        target = steps.win32_or_else()
    steps.build([target])
    progress.run([BuildStep("Host program", lambda: demo_programs.build_host(target).name)])
    with demo_programs.SandboxProgram(places.CACHE / "demo.db") as sandbox:
        progress.line(f"\nPlatform: {sandbox.url}")
        progress.line(
            f"Host: a {target.bits}-bit {'Windows' if target.windows else 'Linux'} program; it loads {target.dll}\n"
        )
        _print(HEADINGS)
        _print(["─" * width for width in WIDTHS])
        with demo_programs.HostProgram(target, demo_programs.build_host(target), _copied(target)) as host:
            rows = [*_transactions(sandbox, host), *_devices(host)]
            host.ask("memory")  # still alive and sane after all of it
    wrong = [row for row in rows if row.wrong]
    for row in wrong:
        progress.line(f"NOT as expected: {row.cells[0]}: {row.wrong}")
    progress.line(f"\n{len(rows) - len(wrong)} of {len(rows)} steps as expected.")
    return 1 if wrong else 0


def _copied(target: Target) -> Path:
    """Copy dist/<target> to a folder that is named as a hospital's may be; returns the DLL's path."""
    folder = places.CACHE / "demo" / "门诊 窗口1"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(target.dist, folder)
    return folder / target.dll


def _transactions(sandbox: Any, host: Any) -> list[DemoRow]:
    """The visit's steps; returns their rows."""
    visit, rows = demo_visit.DemoVisit(), []
    for step in demo_visit.STEPS:
        if step.before == "approve":
            sandbox.approve(visit.authorise_url)
        for left in range(step.repeats, 0, -1):
            row = _transaction(step, visit, sandbox, host)
            if not row.wrong or left == 1:
                break
            time.sleep(0.5)
        _print(row.cells)
        rows.append(row)
    return rows


def _transaction(step: demo_visit.VisitStep, visit: demo_visit.DemoVisit, sandbox: Any, host: Any) -> DemoRow:
    from vcchk.records import masking

    answer = host.ask("trans", sandbox.url.encode().hex(), demo_visit.in_data(step, visit).encode("gb18030").hex())
    out = bytes.fromhex(answer["out"]).decode("gb18030", "replace")
    seen = sandbox.last_call()
    wrong = _fault(step, visit, answer, out, seen)
    masked = masking.mask_json(out) if out.startswith("{") else masking.mask_text(out)
    cells = [step.title, answer["ret"], f"{answer['ms']:.1f}", masked, seen.get("signature", "?"),
             f"{step.sign_type}/{seen.get('enc_type') or 'Plain'}", seen.get("ret_code", "?")]  # fmt: skip
    return DemoRow(cells, wrong)


def _fault(
    step: demo_visit.VisitStep, visit: demo_visit.DemoVisit, answer: dict[str, Any], out: str, seen: dict[str, Any]
) -> str:
    """Why a transaction is not as expected, or ""."""
    if answer["ret"] != step.code:
        return f"returned {answer['ret']}, not {step.code}"
    if not (answer["guard"] and answer["tail"]):
        return "bytes behind the reply's end were touched"
    platform = ("0000" if step.code == "00" else step.code, "held", step.method, step.enc_type)
    saw = (seen.get("ret_code"), seen.get("signature"), seen.get("method"), seen.get("enc_type"))
    if saw != platform:
        return f"the platform saw {saw}, not {platform}"
    if step.code != "00":
        return "" if out.endswith(f"[{step.code}]") else "the message does not end in its code"
    try:
        right = step.check(visit, json.loads(out))
    except (ValueError, LookupError, TypeError) as error:
        return f"the reply cannot be used: {type(error).__name__} {error}"
    return "" if right else "the reply's fields are not what they should be"


def _devices(host: Any) -> list[DemoRow]:
    """The three other functions. No device is set up and no voucher was scanned: the truthful answer is a failure."""
    from vcchk.base.errors import DEVICE_CODES, SENTENCES, device_sentence

    label = [text.encode("gb18030").hex() for text in ("0" * 64 + ":1", "D0000001", "演示")]
    asked = [
        ("扩展屏显示", "Set_QRflow_Mode", ["qrflow", "1"], ("absent",)),
        ("打印标签", "EhealthID_Print", ["print", *label], ("absent",)),
        ("自动填值", "SetEcQrcode", ["autofill"], ("voucher_none", "autofill_off")),
    ]
    rows = []
    for title, function, command, names in asked:
        answer = host.ask(*command)
        message = bytes.fromhex(answer.get("out") or "").decode("gb18030", "replace")
        expected = [DEVICE_CODES[name][0] for name in names]
        wrong = "" if answer["ret"] in expected else f"{function} returned {answer['ret']}, not {expected}"
        sentence = message or device_sentence(answer["ret"])
        said = f"{function}: {sentence or SENTENCES['9999']}"
        rows.append(DemoRow([title, str(answer["ret"]), f"{answer['ms']:.1f}", said, "-", "-", "-"], wrong))
        _print(rows[-1].cells)
    return rows


def _print(cells: list[str]) -> None:
    progress.line("  ".join(_fitted(text, width) for text, width in zip(cells, WIDTHS, strict=True)).rstrip())


def _fitted(text: str, width: int) -> str:
    """`text` cut or padded to `width` columns; a Chinese character takes two."""
    columns, kept = 0, ""
    for character in text:
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns > width:
            return _fitted(kept[:-2], width - 1) + "…" if len(kept) > 2 else kept
        kept += character
    return kept + " " * (width - columns)
