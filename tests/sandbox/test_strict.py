"""Strict on both sides: what a row of the documents' tables asks and a request lacks, library and sandbox refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.package.conftest import Till
from tests.sandbox.conftest import registration, verification
from tests.sandbox.independent import serial
from tests.specification import complete
from vcchk import specification
from vcchk.sandbox.magic import PEOPLE
from vcchk.sandbox.seed import DEMO
from vcchk.specification import tables
from vcchk.specification.sections import section_and_page

ENVELOPE = {"app_id": DEMO.app_id, "term_id": DEMO.term_id, "version": "X.M.0.1", "timestamp": complete.TIME,
            "sign_type": "SM3", "enc_type": "SM4"}  # fmt: skip
MAGIC_CODE = "9001"
VERIFY = "ehc.ehealthcode.verify"


@pytest.fixture(scope="module")
def tills(tmp_path_factory: pytest.TempPathFactory, sandbox_server: Any) -> tuple[Till, Till]:
    """A HIS whose library is strict, and one whose library is not."""
    folder: Path = tmp_path_factory.mktemp("tills")
    (folder / "strict").mkdir()
    (folder / "loose").mkdir()
    url = sandbox_server.gateway_url
    return Till(folder / "strict", url, "[abi]\nstrict = yes"), Till(folder / "loose", url, "")


def renewed(biz: dict[str, Any], field: str) -> dict[str, Any]:
    """Return the fields under a fresh serial number, unless that is the broken one; document B's verify, which a HIS
    gives without a code, as the library sends it after a scan."""
    fresh = {n: serial() if n.endswith("_no") and n.startswith("out_") and n != field else v for n, v in biz.items()}
    if "officeId" in biz or "officeName" in biz:
        fresh["ehealth_code"] = complete.VALUES["ehealth_code"]
    return fresh


@pytest.mark.parametrize(("document", "method"), complete.tables())
def test_a_request_that_keeps_its_table_is_no_finding_anywhere(control, tills, document, method):
    control.options(strict=True)
    biz = complete.request(document, method)
    assert specification.check({**ENVELOPE, "method": method}, biz, has_key=True) == []
    for till in tills:
        code, out = till.call(method, renewed(biz, ""))
        assert code != "9001", out


@pytest.mark.slow
@pytest.mark.parametrize(("document", "method"), complete.tables())
def test_both_sides_refuse_every_broken_row(control, tills, document, method):
    control.options(strict=True)
    strict, loose = tills
    for field, rule, biz in complete.broken(document, method):
        sent = renewed(biz, field)
        found = specification.check({**ENVELOPE, "method": method}, sent, has_key=True)
        named = [one for one in found if one.field == field]
        assert named, (field, rule)
        assert named[0].rule == rule
        sentence = named[0].sentence
        before = control.traffic(count=1)
        for till in (strict, loose):
            code, out = till.call(method, sent)
            assert (code, sentence in out) == ("9001", True), (field, rule, out)
        # the strict library sends nothing
        assert len(control.traffic(since=before[0]["number"] if before else 0)) == 1, (field, rule)


COMMON = [field for field in tables.common_request() if field.name not in ("key", "sign", "biz_content")]


@pytest.mark.parametrize("field", COMMON, ids=[field.name for field in COMMON])
def test_both_sides_refuse_a_broken_common_field(control, tills, field):
    """The platform has a code of its own for most of them (1001 to 1007); a time is the tables' alone."""
    control.options(strict=True)
    broken = ["", "9" * ((field.length or 0) + 1), *(["2026-01-01"] if field.name == "timestamp" else [])]
    for value in broken:
        biz = renewed(complete.request("A", VERIFY), "")
        fields = {"method": VERIFY, field.name: value}
        answers = [
            till.call(fields["method"], biz, **{n: v for n, v in fields.items() if n != "method"})[0] for till in tills
        ]
        own = {"1001", "1002", "1003", "1004", "1005", "1006", "1007", "1008", "1009", "9001", "9002"}
        assert set(answers) <= own, (field.name, value, answers)


@pytest.mark.parametrize(("document", "method"), complete.tables())
def test_nothing_of_it_is_refused_unless_asked(control, tills, document, method):
    """A drop-in is never stricter than the original, and nobody knows how strict a platform is."""
    served_anyway = 0
    for field, _, biz in complete.broken(document, method):
        code, _ = tills[1].call(method, renewed(biz, field))
        served_anyway += code != "9001"
    assert served_anyway


def test_document_as_own_sample_is_refused_for_two_fields(control, his):
    """3.2's InData has neither ip_addr nor office_code, which 4.3 does not leave empty; its static code pays."""
    control.options(strict=True)
    biz = verification(control.code(DEMO.people[0].id_no))
    del biz["ip_addr"], biz["office_code"]
    reply = his.call("ehc.ehealthcode.verify", {**biz, "treatment_code": "010105"})
    assert reply.code == "9001"
    assert "ip_addr 不能为空（文档A 4.3 接口请求参数）" in reply.message
    assert "office_code 不能为空（文档A 4.3 接口请求参数）" in reply.message
    assert "static" not in reply.message
    assert section_and_page("A", "4.3 接口请求参数", "ehc.ehealthcode.verify") == ("A 4.3", None)


def test_the_sentence_fits_ret_msg_and_counts_the_rest(control, his):
    control.options(strict=True)
    reply = his.call("ehc.ehealthcard.querywithreg", {"out_register_no": serial()})
    assert reply.code == "9001"
    assert len(reply.message) <= 200
    assert "另有" in reply.message


def test_strict_is_kept_over_a_reset_when_the_sandbox_began_so(tmp_path):
    from vcchk.sandbox.service import Sandbox

    sandbox = Sandbox(strict=True)
    sandbox.options.set({"strict": False})
    sandbox.reset()
    assert sandbox.options.strict is True
    assert Sandbox().options.strict is False


def test_a_magic_person_of_9001_needs_no_strictness(control, his):
    one = next(person for person in PEOPLE if person.number == MAGIC_CODE)
    assert his.call("ehc.ehealthcard.regquery", {"id_type": "01", "id_no": one.id_no}).code == MAGIC_CODE


def test_a_registration_of_document_a_passes_strictly(control, his, newcomer):
    control.options(strict=True)
    assert his.call("ehc.ehealthcard.querywithreg", registration(newcomer)).code == "0000"
