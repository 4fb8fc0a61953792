"""doctor's row about who reads the code of a verify that has none."""

from __future__ import annotations

import json

import pytest

from vcchk.doctor import equipment
from vcchk.settings import ScannerSettings, Settings
from vcchk.wire import message

VERIFY = "ehc.ehealthcode.verify"


@pytest.mark.parametrize(
    ("method", "biz", "scanner", "parts"),
    [
        (VERIFY, {"ehealth_code": "C:1"}, {}, []),
        ("ehc.ehealthcard.regquery", {}, {}, []),
        (VERIFY, {"ehealth_code": ""}, {"driver": "continuous"}, []),
        (VERIFY, {"ehealth_code": ""}, {}, ["没有设置扫码枪"]),
        (VERIFY, {"ehealth_code": ""}, {"driver": "continuous", "scan": "never"}, ["scan = never"]),
        (VERIFY, {"ehealth_code": "", "ECUrl": "http://127.0.0.1/"}, {}, ["没有设置扫码枪", "只读医保电子凭证"]),
    ],
)
def test_a_verify_without_a_code(method: str, biz: dict[str, str], scanner: dict[str, str], parts: list[str]) -> None:
    request = message.parse(json.dumps({"method": method, "biz_content": biz}))
    found = list(equipment.code_reader(Settings(scanner=ScannerSettings(**scanner)), request))
    assert len(found) == bool(parts)
    for part in parts:
        assert part in found[0].text + found[0].advice
