"""The places of a hospital that the documents draw (2.1 HIS, 2.2 自助终端, 2.3 院内其他系统), as one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """A menu item that needs a patient. ``treatment_code``: 诊疗环节; ``business_type``: of B appendix 2.9."""

    title: str
    treatment_code: str
    business_type: str


@dataclass(frozen=True)
class Place:
    """A place in the hospital where a patient shows a card or a code.

    ``registers``: may register a card here. ``has_screen``: an extension screen shows the patient the code (3.3).
    ``creates``: an archive is created without asking (2.4.1); else creating one is optional (2.3.1).
    ``apply_method``: 2 自助机, 3 窗口 (4.1).
    """

    key: str
    title: str
    note: str
    chapter: str
    functions: tuple[Function, ...]
    office_code: str
    operator_id: str
    operator_name: str
    registers: bool = False
    has_screen: bool = True
    prints: bool = False
    creates: bool = True
    is_kiosk: bool = False

    @property
    def verb(self) -> str:
        """What getting a card is called here."""
        return "领取" if self.is_kiosk else "注册"

    @property
    def apply_method(self) -> str:
        """How a card registered here was applied for."""
        return "2" if self.is_kiosk else "3"


REGISTER = Function("办卡", "000000", "01102")
"""What a visit is for whose only purpose is the card."""

_ROWS = (
    Place("till", "收费窗口", "注册与收费，有扩展屏和标签打印机", "2.1",
          (Function("收费", "010105", "01301"), Function("挂号", "010101", "01101"),
           Function("预缴金充值", "A10101", "01104")),
          "5600", "SF001", "收费员一", registers=True, prints=True),
    Place("window", "其他窗口", "挂号、退款等窗口，不办理注册", "2.1",
          (Function("挂号", "010101", "01101"), Function("退款", "A10102", "01301")),
          "5500", "GH001", "挂号员一"),
    Place("kiosk", "自助机", "患者自己领卡、挂号、缴费、查询", "2.2",
          (Function("挂号", "010101", "01101"), Function("缴费", "010105", "01301"),
           Function("查询", "000000", "01303")),
          "5500", "ZZJ001", "自助机一", registers=True, has_screen=False, prints=True, is_kiosk=True),
    Place("doctor", "医生工作站", "门诊诊断与开方，自动建档", "2.3",
          (Function("诊断", "010102", "01201"), Function("开方", "010106", "01201")),
          "0300", "YS001", "医生一"),
    Place("pharmacy", "药房", "取药，建档可选", "2.3",
          (Function("取药", "010103", "01302"),), "5403", "YF001", "药师一", creates=False),
    Place("laboratory", "检验检查", "检验、检查、影像，建档可选", "2.3",
          (Function("检验", "010104", "01203"), Function("检查", "010104", "01203")),
          "3000", "JY001", "技师一", creates=False),
    Place("ward", "病区", "入院与治疗，建档可选", "2.3",
          (Function("入院登记", "000000", "01103"), Function("治疗", "010107", "01204")),
          "5900", "HS001", "护士一", creates=False),
)  # fmt: skip

PLACES = {place.key: place for place in _ROWS}
