"""Card types (卡类型字典): documents A and B, appendix 2, 卡类型(card_type)字典.

One row a code, in the document's order; the last column holds the pinyin initials of the name (made with pypinyin).
"""

COLUMNS = ("code", "name", "initials")

ROWS = (
    ("01", "社保卡", "sbk"),
    ("05", "健康卡", "jkk"),
)

NAMES = {row[0]: row[1] for row in ROWS}
