"""Whether a reply is the voucher service's own, or comes from something in front of it. No I/O.

The service answers ``{"code":0,"message":"成功","orgId":"…","data":…}``; a gateway's ``{"code":504,"msg":"…"}`` looks
much like it, while the service behind may have used up the patient's one-time code.
"""

from __future__ import annotations

from vcchk.wire.provenance import is_http_failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

ENVELOPE = ("message", "data", "orgId", "transType", "appId", "encType", "signType", "encData", "signData")
"""Members of the service's replies besides ``code``, in both forms that were seen."""


def may_name_a_patient(reply: Mapping[str, Any]) -> bool:
    """Tell whether a reply's ``message`` may be about a patient: that of a gateway, with a code of HTTP's, is not."""
    code = str(reply.get("code", "")).strip()
    return not is_http_failure(code) or any(name in reply for name in ENVELOPE if name != "message")


def is_the_services(status: int, reply: Mapping[str, Any]) -> bool:
    """Tell whether a reply is the service's own. ``status``: HTTP's; ``reply``: its members.

    Codes from 400 to 599 are HTTP's, whoever sends them: even the service itself would not know what became of the
    call. Its own refusals are negative and have a ``message``; a success brings ``data``.
    """
    if status >= 500 or "code" not in reply:
        return False
    code = str(reply["code"]).strip()
    if is_http_failure(code):
        return False
    known = [name for name in ENVELOPE if name in reply]
    if len(known) >= 2:
        return code != "0" or reply.get("data") not in (None, "")
    if code == "0":
        return reply.get("data") not in (None, "")
    return code.startswith("-") and known == ["message"]
