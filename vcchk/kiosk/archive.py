"""The hospital's own archive (院内建档) on SQLite: patients, their cards, and how a patient of the platform is found.

2.4.2 of both documents: first by the card's ehealth_card_id, then by each bound card number; who is found by a number
gets ehealth_card_id, mindex_id and card numbers linked; who is not found is created with them.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SOCIAL_CARD = "01"
VOUCHER = "A2"
ID_CARD = "01"
BY_INSURANCE_NUMBER = "社会保险号"

_TABLES = """
CREATE TABLE IF NOT EXISTS patients (patient INTEGER PRIMARY KEY, id_type TEXT, id_no TEXT, user_name TEXT,
  user_sex TEXT, mobile_phone TEXT, birthday TEXT, ehealth_card_id TEXT UNIQUE, mindex_id TEXT, opened_at TEXT);
CREATE TABLE IF NOT EXISTS cards (card_type TEXT, card_no TEXT, patient INTEGER REFERENCES patients,
  PRIMARY KEY (card_type, card_no));
"""
_PERSON = ("id_type", "id_no", "user_name", "user_sex", "mobile_phone", "birthday")


class ArchiveError(Exception):
    """The archive must not be used as found; the text is a Chinese sentence."""


@dataclass(frozen=True)
class Identity:
    """Who the platform says the patient is. ``cards``: (card_type, card_no) pairs, the default one first."""

    id_type: str = ""
    id_no: str = field(default="", repr=False)
    user_name: str = field(default="", repr=False)
    user_sex: str = ""
    mobile_phone: str = field(default="", repr=False)
    birthday: str = field(default="", repr=False)
    ehealth_card_id: str = field(default="", repr=False)
    mindex_id: str = field(default="", repr=False)
    ehealth_code: str = field(default="", repr=False)
    insu_org: str = ""
    is_voucher: bool = False
    cards: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, biz: Mapping[str, Any], known: Mapping[str, str] | None = None) -> Identity:
        """Read a reply of register, verify or auth.query; ``known``: what the hospital knows beside it."""

        def text(name: str) -> str:
            value = biz.get(name)
            return str(value) if value not in (None, "") else (known or {}).get(name, "")

        pairs = [(text("card_type"), text("card_no"))]
        listed = biz.get("card_list")
        for item in listed if isinstance(listed, list) else []:
            if isinstance(item, dict):
                pairs.append((str(item.get("card_type") or ""), str(item.get("card_no") or "")))
        cards = tuple(dict.fromkeys(pair for pair in pairs if pair[1]))
        names = (*_PERSON, "ehealth_card_id", "mindex_id", "ehealth_code")
        read = {name: text(name) for name in names}
        is_voucher = text("card_type") == VOUCHER
        return cls(insu_org=text("insuOrg"), is_voucher=is_voucher, cards=cards, **read)

    def numbers(self, card_number: str) -> tuple[tuple[str, str], ...]:
        """Return the cards as this hospital counts them: a social security card's holder is known by the number of the
        card or, with 社会保险号, by the citizen's own number (2.4.2, last sentence)."""
        if card_number != BY_INSURANCE_NUMBER or self.id_type != ID_CARD or not self.id_no:
            return self.cards
        return tuple((kind, self.id_no if kind == SOCIAL_CARD else number) for kind, number in self.cards)


@dataclass(frozen=True, repr=False)
class Patient:
    """One patient of the archive. ``cards``: (card_type, card_no), oldest link first."""

    patient: int
    id_type: str
    id_no: str
    user_name: str
    user_sex: str
    mobile_phone: str
    birthday: str
    ehealth_card_id: str | None
    mindex_id: str | None
    opened_at: str
    cards: tuple[tuple[str, str], ...] = ()

    @property
    def number(self) -> str:
        """The archive's own number."""
        return f"P{self.patient:06d}"


FOUND_BY = {
    "ehealth_card_id": "按卡 ID（ehealth_card_id）找到",
    "card": "按绑定的卡号找到",
    "identity": "按证件号码找到",
    "created": "院内没有档案，已自动建档",
    "chip": "按芯片卡卡号找到",
}
NOTHING_TO_LINK = "平台没有返回卡 ID、主索引 ID 和卡号，没有关联"


@dataclass(frozen=True)
class FoundPatient:
    """What a search of the archive found.

    ``by``: a key of `FOUND_BY`. ``linked``: what the archive did not have before, in words.
    """

    patient: Patient
    by: str
    linked: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """How the patient was found, and what was really linked."""
        is_new = self.by == "created"
        if self.linked:
            return f"{FOUND_BY[self.by]}{'并' if is_new else '，已'}关联{'、'.join(self.linked)}"
        return FOUND_BY[self.by] + (f"；{NOTHING_TO_LINK}" if is_new else "")


class PatientArchive:
    """The hospital's own patients (院内档案): who is known, and under which numbers.

    ``path``: an SQLite file, or ``:memory:``. Raises sqlite3.Error when it cannot be opened.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(_TABLES)

    def resolve(self, who: Identity, card_number: str, *, create: bool, now: str) -> FoundPatient | None:
        """Find the patient (or create one, when told to) and link what the platform knows; None: no such patient.

        ``card_number``: a key of `choices.CARD_NUMBERS`. ``now``: yyyyMMddHHmmss. Raises ArchiveError when a card
        number leads to somebody else, and when the platform has named nobody.
        """
        numbers = who.numbers(card_number)
        if not (who.ehealth_card_id or numbers or who.id_no):
            raise ArchiveError("平台没有返回患者的卡 ID、卡号和证件号，不能查找或建立档案，请患者重新出示二维码")
        with self._lock, self._db:
            patient, by = self._find(who, numbers)
            if patient is None:
                if not create:
                    return None
                row = {name: getattr(who, name) for name in _PERSON}
                self._db.execute(
                    f"INSERT INTO patients ({', '.join(_PERSON)}, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                    (*row.values(), now),
                )
                patient, by = self._db.execute("SELECT last_insert_rowid()").fetchone()[0], "created"
            linked = self._link(patient, who, numbers)
            return FoundPatient(self._patient(patient), by, linked)

    def by_card(self, card_type: str, card_no: str) -> Patient | None:
        """Return the patient of a chip card."""
        with self._lock:
            number = self._holder(card_type, card_no)
            return None if number is None else self._patient(number)

    def all(self) -> list[Patient]:
        """Return the newest two hundred patients, the newest first."""
        with self._lock:
            rows = self._db.execute("SELECT patient FROM patients ORDER BY patient DESC LIMIT 200").fetchall()
            return [self._patient(row["patient"]) for row in rows]

    def _find(self, who: Identity, numbers: tuple[tuple[str, str], ...]) -> tuple[int | None, str]:
        if who.ehealth_card_id:
            sql = "SELECT patient FROM patients WHERE ehealth_card_id = ?"
            row = self._db.execute(sql, (who.ehealth_card_id,)).fetchone()
            if row is not None:
                return row["patient"], "ehealth_card_id"
        # A hospital that has changed its setting still has archives under the other number.
        for kind, number in dict.fromkeys((*numbers, *who.cards)):
            holder = self._holder(kind, number)
            if holder is not None:
                self._must_be(holder, who)
                return holder, "card"
        # Not in the documents: without it a patient with another card, or with a voucher, would get a second archive.
        return self._of_document(who.id_type, who.id_no), "identity"

    def _must_be(self, holder: int, who: Identity) -> None:
        patient = self._patient(holder)
        named, filed = (who.id_type, who.id_no), (patient.id_type, patient.id_no)
        if all(named) and all(filed) and named != filed:
            raise ArchiveError(f"该卡号在院内是另一个人的档案（{patient.number}），没有关联，请人工核对")

    def _holder(self, kind: str, number: str) -> int | None:
        sql = "SELECT patient FROM cards WHERE card_type = ? AND card_no = ?"
        row = self._db.execute(sql, (kind, number)).fetchone()
        return None if row is None else int(row["patient"])

    def _of_document(self, id_type: str, id_no: str) -> int | None:
        if not id_no:
            return None
        sql = "SELECT patient FROM patients WHERE id_type = ? AND id_no = ?"
        row = self._db.execute(sql, (id_type, id_no)).fetchone()
        return None if row is None else int(row["patient"])

    def _link(self, patient: int, who: Identity, numbers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
        """Link what the platform has told; returns what is new."""
        known = self._patient(patient)
        linked = []
        for name, label in (("ehealth_card_id", "卡 ID"), ("mindex_id", "主索引 ID")):
            value = getattr(who, name)
            if value and value != getattr(known, name):
                self._db.execute(f"UPDATE patients SET {name} = ? WHERE patient = ?", (value, patient))  # noqa: S608
                linked.append(label)
        # A number that is somebody else's stays theirs.
        rows = [(kind, number, patient) for kind, number in numbers]
        if self._db.executemany("INSERT OR IGNORE INTO cards VALUES (?, ?, ?)", rows).rowcount > 0:
            linked.append("卡号")
        return tuple(linked)

    def _patient(self, number: int) -> Patient:
        row = self._db.execute("SELECT * FROM patients WHERE patient = ?", (number,)).fetchone()
        cards = self._db.execute("SELECT card_type, card_no FROM cards WHERE patient = ? ORDER BY rowid", (number,))
        return Patient(**dict(row), cards=tuple((c["card_type"], c["card_no"]) for c in cards))
