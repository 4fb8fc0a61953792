"""vcchk.testing as a HIS vendor has it: a project of its own, whose tests are run by pytest."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.sandbox.conftest import authorisation
from vcchk.sandbox.seed import DEMO
from vcchk.testing import Control, ControlError

CONFTEST = 'pytest_plugins = ["vcchk.testing"]\n'
TESTS = """
import json
import os
import subprocess
import sys

import pytest

from vcchk.testing import DEMO, ControlError


def his(sandbox, folder, method, **biz):
    '''The program under test: a process of its own.'''
    asked = {"app_id": DEMO.app_id, "key": DEMO.key, "term_id": DEMO.term_id, "version": "X.M.0.1", "method": method,
             "timestamp": "20260101080000", "sign_type": "SM3", "enc_type": "SM4", "biz_content": biz}
    command = [sys.executable, "-m", "vcchk", "call", "-", "--url", sandbox.gateway_url]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, encoding="utf-8",
                          env={**os.environ, "XDG_STATE_HOME": str(folder), "PYTHONIOENCODING": "utf-8"})
    lines = done.stdout.splitlines()
    return lines[0].split()[1], lines[2].partition(" ")[2]


def test_a_code_that_has_expired(sandbox, tmp_path):
    code = sandbox.code(DEMO.people[0].id_no, seconds=60)
    sandbox.clock(advance=61)
    told, out = his(sandbox, tmp_path, "ehc.ehealthcode.verify", ehealth_code=code, out_verify_no="1")
    assert (told, "[2001]" in out) == ("2001", True)
    assert sandbox.last()["ret_code"] == "2001"
    assert sandbox.last()["signature"] == "held"


def test_nothing_is_left_of_the_test_before(sandbox, tmp_path):
    assert sandbox.traffic() == []
    told, out = his(sandbox, tmp_path, "ehc.ehealthcard.regquery", id_type="01", id_no=DEMO.people[0].id_no)
    assert told == "00"
    assert json.loads(out)["user_name"] == DEMO.people[0].user_name


def test_a_magic_person(sandbox, tmp_path):
    told, _ = his(sandbox, tmp_path, "ehc.ehealthcard.regquery", id_type="01", id_no=sandbox.magic("8005"))
    assert told == "8005"


def test_an_order_that_fails(sandbox):
    with pytest.raises(ControlError, match="没有这个授权"):
        sandbox.approve("never")


def test_that_fails(sandbox):
    assert sandbox.traffic() != []
"""


@pytest.mark.slow
def test_a_vendors_project(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    (tmp_path / "test_his.py").write_text(TESTS, "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        "test_his.py",
    ]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert "4 passed" in done.stdout, done.stdout
    assert "1 failed" in done.stdout
    assert done.returncode == 1


def test_every_method_of_the_client(sandbox, his):
    assert isinstance(sandbox, Control)
    sandbox.seed(people=[{"id_no": "350299199901010011", "user_name": "新人", "registered": True}])
    assert sandbox.code("350299199901010011").split(":")[1] == "1"
    assert len(sandbox.voucher(DEMO.people[0].id_no, present=True)) == 28
    assert sandbox.clock(set="20270101000000", stop=True) == "20270101000000"
    assert sandbox.options(issuer="9")["issuer"] == "9"
    sandbox.fault("code", "9005", count=2)
    asked = authorisation()
    assert his.call("ehc.ehealthcard.authurl", asked).code == "9005"
    sandbox.clear_faults()
    assert his.call("ehc.ehealthcard.authurl", asked).code == "0000"
    assert sandbox.approve(asked["out_authorize_no"], decision="cancel") == "cancel"
    assert [call["ret_code"] for call in sandbox.traffic()] == ["9005", "0000"]
    assert sandbox.last(clear=True)["body"]
    state = sandbox.export()
    sandbox.reset(seed=False)
    assert sandbox("people")["people"] == []
    sandbox.restore(state)
    assert sandbox.export() == state
    with pytest.raises(ControlError) as refused:
        sandbox("nothing")
    assert (refused.value.status, refused.value.order) == (404, "nothing")
