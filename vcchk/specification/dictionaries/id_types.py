"""Identity document types (证件类型字典): documents A and B, appendix 2, B 2.2.

One row a code, in the document's order; the last column holds the pinyin initials of the name (made with pypinyin).
"""

COLUMNS = ("code", "name", "initials")

ROWS = (
    ("01", "居民身份证", "jmsfz"),
    ("02", "居民户口簿", "jmhkb"),
    ("03", "护照", "hz"),
    ("04", "军官证", "jgz"),
    ("05", "驾驶证", "jsz"),
    ("06", "港澳居民来往内地通行证", "gajmlwndtxz"),
    ("07", "台湾居民来往内地通行证", "twjmlwndtxz"),
    ("08", "出生医学证明", "csyxzm"),
    ("A1", "港澳居民居住证", "gajmjzz"),
    ("A2", "台湾居民居住证", "twjmjzz"),
    ("A3", "外国人永久居留证", "wgryjjlz"),
    ("99", "其他法定有效证件", "qtfdyxzj"),
)

NAMES = {row[0]: row[1] for row in ROWS}
