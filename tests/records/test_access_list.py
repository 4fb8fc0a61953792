"""Access lists of Windows, as text: where one differs from that of our folder. (Wine keeps none.)"""

from __future__ import annotations

import pytest

from vcchk.records.access_list import differences, lacks_rights, repair_command
from vcchk.records.folder import SDDL

OURS = "(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;AU)"
INHERITED = "D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)"
"""What Windows gives a folder below %ProgramData% (documented default of that folder)."""


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (SDDL, []),
        (f"O:BAG:SYD:PAI{OURS}", []),
        (f"D:PAI{OURS}(A;OICIIO;GA;;;CO)", []),
        (f"D:PAI{OURS}(D;;FA;;;BG)", []),
        ("D:PAI(A;OICI;FA;;;SY)(A;OICI;GA;;;BA)(A;OICI;FA;;;AU)", []),
        ("D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFWFXSDDC;;;AU)", []),
        (INHERITED, ["Users 组多出权限", "已登录用户缺少权限"]),
        (f"D:PAI{OURS}(A;OICI;FA;;;WD)", ["所有人多出权限"]),
        (f"D:PAI{OURS}(A;OICI;0x1200a9;;;S-1-5-21-1-2-3-1001)", ["S-1-5-21-1-2-3-1001多出权限"]),
        ("D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;AU)", ["已登录用户缺少权限"]),
        ("D:P", ["SYSTEM缺少权限", "管理员缺少权限", "已登录用户缺少权限"]),
        ("", ["SYSTEM缺少权限", "管理员缺少权限", "已登录用户缺少权限"]),
    ],
)
def test_differences(found: str, wanted: list[str]) -> None:
    assert differences(found) == wanted


def test_the_command_that_mends_it() -> None:
    assert repair_command("C:\\ProgramData\\vcchk") == (
        'icacls "C:\\ProgramData\\vcchk" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F'
        " *S-1-5-11:(OI)(CI)M /T"
    )


def test_an_inherited_list_is_mended_and_a_wider_one_stays() -> None:
    inherited = "D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLC;;;BU)"
    assert lacks_rights(inherited)
    assert not lacks_rights(SDDL)
    assert not lacks_rights("D:(A;OICI;FA;;;WD)")
