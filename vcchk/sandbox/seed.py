"""The demo data: synthetic, the same on every start. Tests and the demo import `DEMO`; the documents' own sample
(`sample`) and `magic.PEOPLE` follow it.

The ID numbers are well-formed but of a region code (350299) that was never given out.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from vcchk.sandbox import magic, sample
from vcchk.sandbox.platform import dialect, state


@dataclass(frozen=True)
class Person:
    """A synthetic person. ``cards``: linked (card_type, card_no). ``is_registered``: has a card from the start."""

    id_type: str
    id_no: str
    user_name: str
    user_sex: str
    mobile_phone: str
    birthday: str
    nation: str = "01"
    address: str = ""
    work_unit: str = ""
    insu_org: str = "350200"
    cards: tuple[tuple[str, str], ...] = ()
    is_registered: bool = True

    def fields(self) -> dict[str, str]:
        """Return the business fields of a registration, serial number and time left out."""
        names = ("id_type", "id_no", "user_name", "user_sex", "mobile_phone", "birthday", "nation", "address",
                 "work_unit")  # fmt: skip
        return {n: v for n in names if (v := getattr(self, n))}


@dataclass(frozen=True)
class Demo:
    """The demo's applications, terminals and people.

    ``app_id``/``key``/``term_id``: may call everything. ``limited_*``: may only query (for 1010).

    ``kiosk_term_id``: a self-service machine of the same application.
    """

    app_id: str = "DEMOAPP0000000000000000000000001"
    key: str = "DEMOKEY0123456789ABCDEF012345678"
    term_id: str = "35020010001"
    kiosk_term_id: str = "35020010002"
    limited_app_id: str = "DEMOAPP0000000000000000000000002"
    limited_key: str = "DEMOKEYABCDEF0123456789012345678"
    limited_term_id: str = "35020020001"
    limited_methods: tuple[str, ...] = ("ehc.ehealthcard.regquery", "ehc.ehealthcard.auth.query")
    org_id: str = "35020319001"
    people: tuple[Person, ...] = field(
        default=(
            Person("01", "350299198503120012", "陈小明", "1", "13900000001", "19850312",
                   address="示例市演示区测试路1号", work_unit="示例软件园",
                   cards=(("01", "D6351280"), ("05", "3502000000000001"))),
            Person("01", "35029919921107002X", "林雅婷", "2", "13900000002", "19921107", cards=(("01", "D6351281"),)),
            Person("01", "350299195810230031", "欧阳建国", "1", "13900000003", "19581023", insu_org="350299"),
            Person("08", "P350299201506010040", "黄乐乐", "1", "13900000004", "20150601"),
            Person("01", "350299197709150052", "畲秀英", "2", "13900000005", "19770915", nation="22",
                   is_registered=False),
            Person("01", "350299199602290062", "吴䶮", "1", "13900000006", "19960229", is_registered=False),
        )
    )  # fmt: skip


DEMO = Demo()


@dataclass(frozen=True)
class FamilyApp:
    """An application whose platform is of another family, with DEMO's terminal. The ids have their families' forms."""

    profile: str
    app_id: str
    key: str
    name: str
    version: str = "X.M.0.1"


FAMILY_APPS = (
    FamilyApp("vendor", "DEMOVENDOR000A0000010000AB000001", "DEMOVENDORKEY0000000000000000001", "示例：同一厂家的规则"),
    FamilyApp("payment", "DEMOPAYMENT00A0000010000AB000002", "DEMOPAYMENTKEY000000000000000001", "示例：支付平台"),
    FamilyApp("gateway", "DEMOGATEWAY00A0000010000AB000003", "DEMOGATEWAYKEY000000000000000001", "示例：网关"),
    FamilyApp("ehui", "DEMOEHUI00000A0000010000AB000004", "DEMOEHUIKEY000000000000000000001", "示例：手机应用"),
    FamilyApp("gotool", "demogotool00000001", "00112233445566778899aabbccddeeff", "示例：另一城市"),
    FamilyApp("sichuan", "9D000000-0000-4000-8000-000000000001", "DEMOSICHUANKEY01", "示例：四川", "V1.1"),
)


def fill(db: sqlite3.Connection, now: float) -> None:
    """Put the demo data into an empty database. ``now``: seconds since 1970, when the cards are opened."""
    db.executemany(
        "INSERT INTO apps VALUES (?, ?, ?, ?)",
        [
            (DEMO.app_id, DEMO.key, "示例医院信息系统", ""),
            (DEMO.limited_app_id, DEMO.limited_key, "示例查询程序", ",".join(DEMO.limited_methods)),
            (sample.APP_ID, sample.KEY, "文档 3.2 的示例", ""),
        ],
    )
    db.executemany(
        "INSERT INTO terminals VALUES (?, ?, ?)",
        [
            (DEMO.app_id, DEMO.term_id, "收费窗口1"),
            (DEMO.app_id, DEMO.kiosk_term_id, "自助机1"),
            (DEMO.limited_app_id, DEMO.limited_term_id, "查询终端"),
            (sample.APP_ID, sample.TERM_ID, "示例终端"),
        ],
    )
    for family in FAMILY_APPS:
        db.execute("INSERT INTO apps VALUES (?, ?, ?, ?)", (family.app_id, family.key, family.name, ""))
        db.execute("INSERT INTO terminals VALUES (?, ?, ?)", (family.app_id, DEMO.term_id, "收费窗口1"))
        dialect.put(db, family.app_id, {"profile": family.profile})
    for person in DEMO.people:
        number = state.add_person(db, person.id_type, person.id_no, person.fields(), person.insu_org)
        if person.is_registered:
            card_id = state.open_card(db, number, person.id_type, person.id_no, "3", "01", now)
            state.add_links(db, card_id, person.cards)
    number = state.add_person(db, sample.PERSON["id_type"], sample.PERSON["id_no"], sample.PERSON)
    state.open_card(db, number, sample.PERSON["id_type"], sample.PERSON["id_no"], "3", "01", now)
    for one in magic.PEOPLE:
        fields = one.fields()
        number = state.add_person(db, fields["id_type"], one.id_no, fields)
        state.open_card(db, number, fields["id_type"], one.id_no, "3", "01", now)
