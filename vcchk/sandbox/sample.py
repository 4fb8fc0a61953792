"""The documents' own sample (3.2 of both): its application, terminal, person and codes, as they are printed.

A fresh sandbox knows them, so a HIS that sends the sample request gets the sample reply. Nobody is meant: the ID
number's birthday would be in month 16.
"""

from __future__ import annotations

APP_ID = "1BQA48ETK000A718A8C000001FFAA482"
KEY = "1BQA48ETK001A718A8C00000FE996B9B"
TERM_ID = "35020010001"

PERSON = {
    "id_type": "01",
    "id_no": "350302196716190710",
    "user_name": "李强",
    "user_sex": "1",
    "mobile_phone": "13788888888",
    "birthday": "19681019",
}
_WHO = (PERSON["id_type"], PERSON["id_no"])
CARD_ID = "253C62B5978E905C5EF59A063386F65588A17ACD312DD77A"
CODE_CARD_ID = "206CB2B57E8E905C5EF59A063515F655D8A17XCD312DD76A"
"""What stands for the card in the sample's ehealth_code; the reply's ehealth_card_id is another."""

IDS = {
    ("card", *_WHO): CARD_ID,
    ("mindex", *_WHO): "AFDE3D265D690E49516E892739F60F6C3714B1F54F4A3B45D7C135D8B45B5D14",
    ("xman", *_WHO): "",
    ("smk", *_WHO): "",
}
"""(label, id_type, id_no) → the id that the sample prints; "" where it prints none."""
