"""Sexes (性别编码, GB 2261): documents A and B, appendix 2, B 2.4.

One row a code, in the document's order; the last column holds the pinyin initials of the name (made with pypinyin).
"""

COLUMNS = ("code", "name", "initials")

ROWS = (
    ("0", "未知性别", "wzxb"),
    ("1", "男", "n"),
    ("2", "女", "n"),
    ("5", "女性改(变)为男性", "nxgbwnx"),
    ("6", "男性改(变)为女性", "nxgbwnx"),
    ("9", "未说明性别", "wsmxb"),
)

NAMES = {row[0]: row[1] for row in ROWS}
