"""The four functions and their three devices, through the package as the DLL runs it, against the sandbox."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from native.buildkit.demo_visit import NEWCOMER
from tests.deadlines import PATIENCE
from tests.devices import till as tills
from tests.devices.test_label import needs_fonts
from tests.package.conftest import Till, sandbox  # noqa: F401 - the sandbox is a fixture
from vcchk.base.errors import DEVICE_CODES
from vcchk.devices.printer import controller
from vcchk.sandbox.server import Server


class Package:
    """The package as a host program sees it."""

    def __init__(self, till: Till) -> None:
        self.till = till

    def trans(self, in_data: str) -> tuple[str, str]:
        return self.till.raw(in_data)

    def mode(self, mode: int) -> int:
        return self.till.boundary.set_qrflow_mode(mode)

    def label(self, ehealthid: str, card_no: str, name: str) -> int:
        return self.till.boundary.ehealth_id_print(*(text.encode("gb18030") for text in (ehealthid, card_no, name)))


@pytest.mark.slow
@needs_fonts
def test_screen_printer_and_scanner_at_once(tmp_path: Path, sandbox: Server, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(controller, "ASK_AGAIN_SECONDS", 0.05)
    with tills.devices(tmp_path) as plugged:
        names = {name: plugged.link(name) for name in ("screen", "printer", "scanner")}
        till = Till(tmp_path / "state", sandbox.gateway_url, tills.INI.format(font="", **names))
        tills.run(Package(till), plugged, sandbox)
    text = till.log_text()
    assert DEVICE_CODES["paper_out"][2] in text
    assert "打不开" in text
    for secret in ("㼆𠮷", "M0012345678", plugged.code):
        assert secret not in text


def test_set_qrflow_mode_cancels_a_waiting_scan(tmp_path: Path, sandbox: Server) -> None:  # noqa: F811
    with tills.devices(tmp_path) as plugged:
        names = {name: plugged.link(name) for name in ("screen", "printer", "scanner")}
        package = Package(Till(tmp_path / "state", sandbox.gateway_url, tills.INI.format(font="", **names)))
        ended: list[tuple[str, str]] = []
        thread = threading.Thread(target=lambda: ended.append(package.trans(tills.verification())))
        thread.start()
        plugged.scanner.wait_for(lambda data: b"\x16T\r" in data)
        assert package.mode(0) == 0
        thread.join(PATIENCE)
    assert ended == [("9998", DEVICE_CODES["cancelled"][2] + "[9998]")]


@pytest.mark.parametrize("prefix", ["\\000026", "]Q1\\000026", "\ufeff"])
def test_a_wedge_scanners_marks_do_not_reach_the_platform(tmp_path: Path, sandbox: Server, prefix: str) -> None:  # noqa: F811
    package = Package(Till(tmp_path, sandbox.gateway_url, ""))
    number = f"WEDGE{len(prefix)}{ord(prefix[0])}"
    scene = {"operator_id": "9527", "operator_name": "演示员", "treatment_code": "010101", "office_code": "A03"}
    biz = {"out_register_no": number, "out_register_time": "20260101080000", "certificate_mode": "01"}
    method = "ehc.ehealthcard.querywithreg"
    code, out = package.trans(tills.in_data(method, {**biz, "apply_method": "3", **NEWCOMER.fields()}))
    assert code == "00", out
    biz = {"out_verify_no": number, "out_verify_time": "20260101080000", **scene}
    biz["ehealth_code"] = prefix + json.loads(out)["ehealth_code"]
    code, out = package.trans(tills.in_data(tills.VERIFY, biz))
    assert code == "00", out
    assert package.till.log_text().count("ECI 或 BOM") == 1


def test_without_devices_the_functions_say_so(tmp_path: Path, sandbox: Server) -> None:  # noqa: F811
    package = Package(Till(tmp_path, sandbox.gateway_url, ""))
    assert package.mode(1) == package.mode(0) == DEVICE_CODES["absent"][0]
    assert package.label("A:1", "1", "张三") == DEVICE_CODES["absent"][0]
    text = package.till.log_text()
    assert "未配置扩展屏，请在 [screen] 中设置 driver" in text
    assert "未配置标签打印机，请在 [printer] 中设置 driver" in text
