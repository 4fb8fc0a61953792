"""Synthetic people and codes. The ID numbers have a wrong check digit, so that they can belong to nobody."""

from __future__ import annotations

from typing import Any

VOUCHER = "35020600000000000000000000A1"
HEALTH_CODE = "9F" * 32 + ":0:" + "0a" * 16 + "::35020001001"

# ec.query's data as public callers read it.
HOLDER: dict[str, Any] = {
    "userName": "测试甲",
    "idNo": "350200199001010000",
    "idType": "01",
    "insuOrg": "350200",
    "ecToken": "EC0000000000000000000000000000000000TEST01",
    "ecQrCode": VOUCHER,
    "gender": "1",
    "birthday": "1990-01-01",
    "nationality": "CHN",
    "ecIndexNo": "IX0001",
    "authNo": "AU0001",
    "extra": {"deep": [1, 2]},
}

# A verify's answer of the platform, document B 4.2.2, without the voucher's fields.
CITIZEN: dict[str, Any] = {
    "mindex_id": "AB" * 32,
    "ehealth_card_id": "9F" * 32,
    "xman_id": "X0001",
    "smk_id": "S0001",
    "id_type": "01",
    "id_no": "350200199001010000",
    "user_name": "测试甲",
    "user_sex": "1",
    "mobile_phone": "13000000000",
    "birthday": "19900101",
    "telephone": "0592-0000000",
    "address": "厦门市测试路1号",
    "work_unit": "测试单位",
    "card_type": "01",
    "card_no": "D000001",
}

# InData's biz_content in document B's form (4.2.1), without ECUrl and ehealth_code.
REQUEST: dict[str, Any] = {
    "out_verify_no": "V0001",
    "out_verify_time": "20200608120000",
    "operator_id": "test001",
    "operator_name": "管理员",
    "treatment_code": "010101",
    "orgId": "35020319001",
    "businessType": "01101",
    "businessInfo": "01",
    "officeId": "32760",
    "officeName": "消化内科",
    "IsMultiCode": "1",
}


def success(data: object) -> dict[str, Any]:
    """Return the service's answer around ``data``."""
    return {"code": 0, "message": "成功", "orgId": "35020319001", "data": data}
