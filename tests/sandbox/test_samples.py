"""The documents' own samples (3.2), byte for byte: a fresh sandbox gives what is printed below them."""

from __future__ import annotations

import json

import pytest

from tests.package.conftest import Till
from tests.specification import printed


@pytest.mark.parametrize("document", ["A", "B"])
@pytest.mark.parametrize("encoding", ["gb18030", "gbk"])
def test_the_sample_request_gets_the_sample_reply(tmp_path, control, document, encoding):
    request, reply = printed.sample(document)
    code, out = Till(tmp_path, control.gateway_url, "").raw(request, encoding)
    assert code == "00", out
    assert json.loads(out) == json.loads(reply)
    seen = control.last()
    assert (seen["ret_code"], seen["signature"], seen["method"]) == ("0000", "held", json.loads(request)["method"])


def test_the_samples_differ_in_the_methods_name_alone():
    (a, _), (b, _) = printed.sample("A"), printed.sample("B")
    assert a.replace('"ehc.ehealthcode.verify"', '"ehealthcode.verify"') == b
    assert json.loads(a)["app_id"].startswith("1BQA")


def test_the_samples_code_is_refused_once_its_card_is_closed(tmp_path, control):
    request, reply = printed.sample("A")
    control("close", id_no=json.loads(reply)["id_no"])
    assert Till(tmp_path, control.gateway_url, "").raw(request)[0] == "2002"


def test_export_and_import_keep_the_sample(tmp_path, control):
    control.restore(control.export())
    assert Till(tmp_path, control.gateway_url, "").raw(printed.sample("B")[0])[0] == "00"
