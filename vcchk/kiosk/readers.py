"""Simulated readers: what an identity card, a social security card or a citizen card gives when it is read.

The people are the sandbox's demo people. A real reader would stand here, and nothing else would change.
"""

from __future__ import annotations

from dataclasses import dataclass

from vcchk.sandbox.seed import DEMO, Person

ID_CARD = "01"


@dataclass(frozen=True)
class CardReader:
    """A simulated reader of one kind of card.

    ``certificate_mode``: 01 身份证实名认证, 02 社保卡实名认证 (4.1). Of a chip card: ``card_type``, and ``number``:
    how numbers begin that the demo data does not give.
    """

    key: str
    title: str
    certificate_mode: str
    card_type: str = ""
    number: str = ""


READERS = {
    reader.key: reader
    for reader in (
        CardReader("id", "身份证", "01"),
        CardReader("social", "社保卡", "02", "01", "D63513"),
        # 02: a citizen card's holder was identified when the card was issued, as a social security card's.
        CardReader("citizen", "市民卡", "02", "04", "S350200"),
    )
}
CHIP_READERS = tuple(reader for reader in READERS.values() if reader.card_type)


@dataclass(frozen=True, repr=False)
class Document:
    """What one reading gave: who, and the number of the chip card ("" for an identity card)."""

    reader: CardReader
    id_type: str
    id_no: str
    user_name: str
    user_sex: str
    birthday: str = ""
    nation: str = ""
    address: str = ""
    card_no: str = ""

    @property
    def cards(self) -> list[dict[str, str]]:
        """The chip card as a card_list."""
        return [{"card_type": self.reader.card_type, "card_no": self.card_no}] if self.card_no else []


def people(reader: CardReader) -> dict[int, Person]:
    """Return whose card can lie on this reader: an identity card has who is old enough for one."""
    return {n: p for n, p in enumerate(DEMO.people) if reader.card_type or p.id_type == ID_CARD}


def read(reader: CardReader, number: int) -> Document | None:
    """Read the card of a person by its number in `people`; None when no card lies there."""
    person = people(reader).get(number)
    if person is None:
        return None
    names = ("id_type", "id_no", "user_name", "user_sex", "birthday", "nation")
    known = {name: getattr(person, name) for name in names}
    address = person.address if not reader.card_type else ""  # only an identity card holds one
    return Document(reader, address=address, card_no=_chip_number(reader, number, person), **known)


def _chip_number(reader: CardReader, number: int, person: Person) -> str:
    """The number the platform knows, where the demo data has one; else one that is told by the person's place."""
    if not reader.card_type:
        return ""
    return dict(person.cards).get(reader.card_type) or f"{reader.number}{number:02d}"
