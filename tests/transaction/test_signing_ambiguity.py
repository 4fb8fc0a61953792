"""A 9003 to business data that two rules sign differently: the log names them, doctor shows it afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.http_peer import ScriptedPlatform
from tests.transaction.conftest import Till, signed
from vcchk.doctor.rules import platform_rules
from vcchk.settings import Settings, parse_settings

METHOD = "ehc.ehealthcard.regquery"
CLEAN = {"id_no": "110000190001010018", "id_type": "01"}
PARTED = {"amount": 12.5, **CLEAN, "note": ""}


@pytest.mark.parametrize(("biz", "is_named"), [(CLEAN, False), (PARTED, True)])
@pytest.mark.parametrize("profile", ["auto", "xiamen"])
def test_the_log_names_what_parts(
    make_till: Callable[..., Till], platform: ScriptedPlatform, profile: str, biz: dict[str, object], is_named: bool
) -> None:
    till = make_till(f"[wire]\nprofile = {profile}\n")
    settings = parse_settings(f"[log]\nfolder = {till.folder}\n[wire]\nprofile = {profile}\n")
    platform.answer = lambda _body: signed()
    assert till.call(METHOD, CLEAN)[0] == "00"
    platform.answer = lambda _body: signed(ret_code="9003", ret_msg="验签失败")
    assert till.call(METHOD, biz)[0] == "9003"
    assert ("业务数据有数字、空值：签名规则 biz_signed" in till.log_text()) is is_named
    platform.answer = lambda _body: signed()
    assert till.call(METHOD, CLEAN)[0] == "00"
    assert _shown(settings) == (is_named and profile == "auto")
    assert till.call(METHOD, PARTED)[0] == "00"
    assert not _shown(settings)


def _shown(settings: Settings) -> bool:
    return any("as_is" in finding.text for finding in platform_rules(settings))
