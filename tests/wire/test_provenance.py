"""Whose word a reply is, as a table."""

from __future__ import annotations

import pytest

from vcchk.wire.families import BUILTIN
from vcchk.wire.provenance import is_the_platforms

CARD = (
    "ret_code",
    "ret_msg",
    "app_id",
    "method",
    "version",
    "timestamp",
    "sign_type",
    "sign",
    "enc_type",
    "biz_content",
)
OTHER_CITY = ("retCode", "retMsg", "appId", "method", "timestamp", "sign", "bizContent")
CAMEL = BUILTIN["xiamen"].replace(naming="camel")


@pytest.mark.parametrize(
    ("members", "status", "is_verified", "first_contact", "expected"),
    [
        (CARD, 200, True, False, True),
        (CARD, 504, True, False, True),  # the platform itself says 504 and signs it
        (CARD, 200, False, False, True),  # a platform that never signs
        (CARD, 400, False, False, True),
        (CARD, 500, False, False, False),
        (CARD, 599, False, True, False),
        (("ret_code", "ret_msg", "biz_content"), 200, False, False, True),
        (("ret_code", "ret_msg"), 200, False, False, False),
        (("ret_code", "ret_msg"), 200, False, True, False),
        (("ret_code",), 200, False, True, False),
        (("ret_code", "message", "timestamp"), 200, False, False, False),
        (("ret_code", "version", "timestamp"), 200, False, False, False),  # nothing that only a platform says
        (("code", "msg"), 200, False, True, False),
        (("code", "msg", "data"), 200, False, True, False),
        (("code", "message", "timestamp", "data", "version"), 200, False, True, False),
        (("status", "error", "message", "path", "timestamp"), 404, False, True, False),
        ((), 200, False, True, False),
    ],
)
def test_the_card_family(
    members: tuple[str, ...], status: int, is_verified: bool, first_contact: bool, expected: bool
) -> None:
    found = is_the_platforms(
        BUILTIN["xiamen"], is_verified=is_verified, status=status, members=members, first_contact=first_contact
    )
    assert found is expected


def test_another_familys_envelope_counts_during_first_contact_alone() -> None:
    digest = ("ret_code", "ret_msg", "app_id", "method", "digest_type", "digest")
    for first_contact in (True, False):
        found = is_the_platforms(CAMEL, is_verified=False, status=200, members=digest, first_contact=first_contact)
        assert found is first_contact
    assert is_the_platforms(CAMEL, is_verified=False, status=200, members=OTHER_CITY, first_contact=False)
