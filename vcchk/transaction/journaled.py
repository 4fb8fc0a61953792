"""A gateway whose writing posts stand in the journal: for the voucher's service, whose one-time codes a query consumes.

`Exchange` writes its own records, since it knows the platform's rules; here a record is opened before the bytes leave,
and the caller, who alone knows what the HIS is told, ends it.
"""

from __future__ import annotations

from vcchk.network.url import parse_url
from vcchk.records import journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.deadline import Deadline
    from vcchk.network.gateway import Gateway, HttpReply
    from vcchk.records.journal import Journal
    from vcchk.transaction.call import Call


class Recorded:
    """Posts for one call; at most one record, of method ``method``."""

    def __init__(self, gateway: Gateway, records: Journal, call: Call, method: str, term_id: str, person: str) -> None:
        self._gateway = gateway
        self._journal = records
        self._call = call
        self._about = (method, call.serial, term_id, person)
        self.row = journal.NOT_RECORDED

    def post(self, url: str, body: bytes, content_type: str, *, writing: bool, deadline: Deadline) -> HttpReply:
        """`Gateway.post`, recorded before it begins. Raises what that raises."""
        if self.row == journal.NOT_RECORDED:
            self.row = self._journal.begin(*self._about, parse_url(url).host)
        reply = self._gateway.post(url, body, content_type, writing=writing, deadline=deadline)
        self._call.measured(reply.stages)
        return reply

    def end(self, code: str, *, in_doubt: bool = False) -> None:
        """The HIS is told ``code``: close the record, or leave it open when the service may have acted unheard."""
        if self.row == journal.NOT_RECORDED:
            return
        if in_doubt:
            self._journal.doubt(self.row, code)
        else:
            self._journal.close(self.row, code)
        if self._call.row == journal.NOT_RECORDED:
            self._call.row = self.row
