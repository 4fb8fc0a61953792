"""院内建档: who is found by what, what is linked, and what never is."""

from __future__ import annotations

import pytest

from vcchk.kiosk.archive import ArchiveError, Identity, PatientArchive
from vcchk.kiosk.choices import Application, Choices
from vcchk.kiosk.terminal import Terminal
from vcchk.kiosk.web import create_app

NOW = "20260101080000"
REPLY = {
    "mindex_id": "M" * 64, "ehealth_card_id": "E" * 64, "id_type": "01", "id_no": "350299198503120012",
    "user_name": "陈小明", "user_sex": "1", "mobile_phone": "13900000001", "card_type": "01", "card_no": "D6351280",
    "card_list": [{"card_type": "01", "card_no": "D6351280"}, {"card_type": "05", "card_no": "3502000000000001"}],
}  # fmt: skip
CARD, INSURANCE = "社保卡号", "社会保险号"


@pytest.fixture
def archive():
    return PatientArchive()


def resolve(archive, reply, number=CARD, create=True):
    return archive.resolve(Identity.of(reply), number, create=create, now=NOW)


def test_created_with_everything_linked(archive):
    found = resolve(archive, REPLY)
    assert found.by == "created"
    patient = found.patient
    assert (patient.number, patient.ehealth_card_id, patient.mindex_id) == ("P000001", "E" * 64, "M" * 64)
    assert patient.cards == (("01", "D6351280"), ("05", "3502000000000001"))
    assert (patient.user_name, patient.opened_at) == ("陈小明", NOW)


def test_the_sentence_says_what_was_linked(archive):
    voucher = {name: REPLY[name] for name in ("id_type", "id_no", "user_name", "user_sex")} | {"card_type": "A2"}
    assert resolve(PatientArchive(), REPLY).sentence == "院内没有档案，已自动建档并关联卡 ID、主索引 ID、卡号"
    assert resolve(archive, voucher).sentence == (
        "院内没有档案，已自动建档；平台没有返回卡 ID、主索引 ID 和卡号，没有关联"
    )
    assert resolve(archive, voucher).sentence == "按证件号码找到"
    assert resolve(archive, REPLY).sentence == "按证件号码找到，已关联卡 ID、主索引 ID、卡号"
    assert resolve(archive, REPLY).sentence == "按卡 ID（ehealth_card_id）找到"
    more = {**REPLY, "mindex_id": "", "card_list": [{"card_type": "04", "card_no": "S1"}]}
    found = resolve(archive, more)
    assert found.sentence == "按卡 ID（ehealth_card_id）找到，已关联卡号"
    assert found.patient.mindex_id == "M" * 64


def test_nobody_is_no_patient(archive):
    with pytest.raises(ArchiveError, match="请患者重新出示"):
        resolve(archive, {"card_type": "A2", "user_name": "陈小明"})
    assert archive.all() == []


def test_by_ehealth_card_id_before_anything_else(archive):
    first = resolve(archive, {**REPLY, "card_no": "", "card_list": []}).patient
    archive.resolve(
        Identity(cards=(("01", "D6351280"),)), CARD, create=True, now=NOW
    )  # the card lies in another archive
    found = resolve(archive, REPLY)
    assert (found.by, found.patient.patient) == ("ehealth_card_id", first.patient)
    assert found.patient.cards == (("05", "3502000000000001"),)


@pytest.mark.parametrize("known", [("01", "D6351280"), ("05", "3502000000000001")])
def test_then_by_each_bound_card(archive, known):
    before = archive.resolve(Identity(cards=(known,)), CARD, create=True, now=NOW).patient
    found = resolve(archive, REPLY)
    assert (found.by, found.patient.patient) == ("card", before.patient)
    assert found.patient.ehealth_card_id == "E" * 64
    assert set(found.patient.cards) == {("01", "D6351280"), ("05", "3502000000000001")}


def test_a_number_of_another_type_is_no_match(archive):
    archive.resolve(Identity(cards=(("04", "D6351280"),)), CARD, create=True, now=NOW)
    assert resolve(archive, REPLY).by == "created"


def test_never_a_second_archive_for_the_same_document(archive):
    first = resolve(archive, {**REPLY, "ehealth_card_id": "", "card_no": "", "card_list": None})
    found = resolve(archive, REPLY)
    assert (found.by, found.patient.patient) == ("identity", first.patient.patient)


def test_somebody_elses_card_is_refused(archive):
    archive.resolve(Identity.of({**REPLY, "ehealth_card_id": "F" * 64, "id_no": "350299198503120099"}), CARD,
                    create=True, now=NOW)  # fmt: skip
    with pytest.raises(ArchiveError, match="另一个人的档案（P000001）"):
        resolve(archive, REPLY)
    assert [patient.ehealth_card_id for patient in archive.all()] == ["F" * 64]


def test_optional_creation(archive):
    assert resolve(archive, REPLY, create=False) is None
    assert archive.all() == []
    resolve(archive, REPLY)
    assert resolve(archive, REPLY, create=False).by == "ehealth_card_id"


def test_the_social_security_number_where_the_hospital_uses_it(archive):
    found = resolve(archive, REPLY, INSURANCE)
    assert found.patient.cards[0] == ("01", REPLY["id_no"])
    assert archive.by_card("01", "D6351280") is None


def test_a_changed_setting_finds_the_old_number(archive):
    old = archive.resolve(Identity(cards=(("01", "D6351280"),)), CARD, create=True, now=NOW).patient
    found = resolve(archive, REPLY, INSURANCE)
    assert (found.by, found.patient.patient) == ("card", old.patient)


def test_a_child_without_an_id_card_keeps_the_cards_number(archive):
    found = resolve(archive, {**REPLY, "id_type": "08", "id_no": "P350299201506010040"}, INSURANCE)
    assert found.patient.cards[0] == ("01", "D6351280")


def test_it_is_kept_in_a_file(tmp_path):
    resolve(PatientArchive(str(tmp_path / "a.db")), REPLY)
    again = PatientArchive(str(tmp_path / "a.db"))
    assert [patient.number for patient in again.all()] == ["P000001"]


@pytest.mark.parametrize("listed", [None, "text", [1], [{"card_no": None}], {}])
def test_a_strange_card_list_is_none(listed):
    assert Identity.of({"card_list": listed}).cards == ()


def test_nobody_stands_in_clear_in_a_repr():
    assert "陈小明" not in repr(Identity.of(REPLY))
    assert REPLY["id_no"] not in repr(Identity.of(REPLY))


def test_what_breaks_in_a_page_is_reported_without_its_text(archive, capfd):
    archive.all = lambda: int(REPLY["user_name"])  # ValueError with the name in its text
    app = create_app(Terminal(None, archive, "http://127.0.0.1:1/", Application(), Choices()))
    answer = app.test_client().get("/archive")
    assert (answer.status_code, "终端内部出错" in answer.text) == (500, True)
    said = capfd.readouterr().err
    assert said == "终端页面出错：vcchk_kiosk_views_records_archive，ValueError\n"
