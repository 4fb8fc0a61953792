"""Method names (接口名称(method)字典): documents A and B, appendix 2, B 2.1.

One row a code, in the document's order; the last column holds the pinyin initials of the name (made with pypinyin).
"""

COLUMNS = ("method", "name_a", "name_b", "initials")

ROWS = (
    ("ehc.ehealthcode.verify", "电子健康卡二维码验证", "多码融合码二维码验证", "dzjkkewmyz"),
    ("ehc.ehealthcard.regquery", "查询（注册）电子健康卡信息", "", "cxzcdzjkkxx"),
    (
        "ehc.ehealthcard.querywithreg",
        "实名注册电子健康卡并获取二维码",
        "实名注册多码融合码并获取二维码",
        "smzcdzjkkbhqewm",
    ),
    ("ehc.ehealthcard.register", "实名注册电子健康卡", "", "smzcdzjkk"),
    ("ehc.ehealthcard.alterlink", "更换绑定关联实体卡", "更换绑定关联实体卡", "ghbdglstk"),
    ("ehc.ehealthcard.alterinfo", "修改电子健康卡个人信息", "修改多码融合码个人信息", "xgdzjkkgrxx"),
    ("ehc.ehealthcard.close", "注销电子健康卡", "注销多码融合码", "zxdzjkk"),
    ("ehc.ehealthcard.authurl", "生成用卡授权链接", "生成用卡授权链接", "scyksqlj"),
    ("ehc.ehealthcard.auth.query", "查询用户用卡授权结果", "查询用户用卡授权结果", "cxyhyksqjg"),
    ("ehc.ehealthcard.", "", "多码融合码消息推送", "dmrhmxxts"),
)

NAMES = {row[0]: row[1] or row[2] for row in ROWS}
