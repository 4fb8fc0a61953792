"""InData of the sandbox's demo application, as a HIS writes it."""

from __future__ import annotations

from typing import Any

from vcchk.sandbox.seed import DEMO


def demo_request(method: str, biz: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A whole request; ``fields`` replace or add to the envelope's."""
    envelope = {
        "app_id": DEMO.app_id, "term_id": DEMO.term_id, "key": DEMO.key, "method": method, "version": "X.M.0.1",
        "timestamp": "20260101080000", "sign_type": "SM3", "enc_type": "SM4", "biz_content": biz,
    }  # fmt: skip
    return envelope | fields
