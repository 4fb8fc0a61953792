"""A key with what nobody sees at its ends is used as it is given, and named where it may be the cause."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.http_peer import ScriptedPlatform
from tests.transaction.conftest import Till, signed
from vcchk.sandbox.seed import DEMO

PADDED = [
    DEMO.key + "   ",
    DEMO.key + "\r\n",
    "\ufeff" + DEMO.key,
    DEMO.key + "\u200b",
    " " + DEMO.key,
    DEMO.key + "\u00a0",
]


@pytest.mark.parametrize("key", PADDED)
def test_our_own_9003_names_it(make_till: Callable[..., Till], platform: ScriptedPlatform, key: str) -> None:
    till = make_till("[wire]\nverify_reply = strict\n")
    platform.answer = lambda _body: signed()
    code, out = till.call("ehc.ehealthcard.regquery", {"id_type": "01", "id_no": "110000190001010018"}, key=key)
    assert code in ("9003", "9007")
    assert "key 首尾有空白" in out
    assert "key 首尾有空白" in till.log_text()
    assert key.strip() not in out


@pytest.mark.slow
def test_the_platforms_9003_names_it(make_till: Callable[..., Till], platform: ScriptedPlatform) -> None:
    till = make_till("")
    platform.answer = lambda _body: signed(ret_code="9003", ret_msg="验签失败", key=DEMO.key + " ")
    code, out = till.call(
        "ehc.ehealthcard.regquery", {"id_type": "01", "id_no": "110000190001010018"}, key=DEMO.key + " "
    )
    assert code == "9003"
    assert "key 首尾有空白" in out


@pytest.mark.slow
def test_a_clean_key_is_not_named(make_till: Callable[..., Till], platform: ScriptedPlatform) -> None:
    till = make_till("")
    platform.answer = lambda _body: signed(ret_code="9003", ret_msg="验签失败")
    code, out = till.call("ehc.ehealthcard.regquery", {"id_type": "01", "id_no": "110000190001010018"})
    assert code == "9003"
    assert "首尾" not in out + till.log_text()


def test_a_padded_key_that_is_right_works(make_till: Callable[..., Till], platform: ScriptedPlatform) -> None:
    till = make_till("[wire]\nverify_reply = strict\n")
    platform.answer = lambda _body: signed(key=DEMO.key + " ")
    code, _out = till.call(
        "ehc.ehealthcard.regquery", {"id_type": "01", "id_no": "110000190001010018"}, key=DEMO.key + " "
    )
    assert code == "00"
    assert "key 首尾有空白" in till.log_text()
