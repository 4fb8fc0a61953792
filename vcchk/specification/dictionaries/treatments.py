"""Treatment steps (诊疗环节编码表): documents A and B, appendix 2, B 2.5.

One row a code, in the document's order; the last column holds the pinyin initials of the name (made with pypinyin).
"""

COLUMNS = ("code", "name", "initials")

ROWS = (
    ("010101", "挂号", "gh"),
    ("010102", "诊断", "zd"),
    ("010103", "取药", "qy"),
    ("010104", "检查", "jc"),
    ("010105", "收费", "sf"),
    ("010106", "开方", "kf"),
    ("010107", "手术", "ss"),
    ("A10101", "充值", "cz"),
    ("A10102", "退款", "tk"),
    ("000000", "其他", "qt"),
)

NAMES = {row[0]: row[1] for row in ROWS}
