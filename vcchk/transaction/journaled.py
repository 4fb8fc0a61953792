"""A gateway whose writing posts stand in the journal: the row is there before the bytes leave.

Whoever posts, the platform's exchange or the voucher's, ends the row, since it alone knows what the HIS gets.
"""

from __future__ import annotations

from vcchk.base.errors import SERIAL_KNOWN
from vcchk.records.journal import NOT_RECORDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.deadline import Deadline
    from vcchk.network.gateway import Gateway
    from vcchk.network.http1 import Reply
    from vcchk.records.journal import Journal
    from vcchk.transaction.call import OngoingCall


class JournaledGateway:
    """Posts for one call; at most one row, of method ``method``.

    ``person``: masked. ``inquiry``: what asking about the call needs (`vcchk.transaction.inquiry`).
    """

    def __init__(
        self,
        gateway: Gateway,
        journal: Journal,
        call: OngoingCall,
        method: str,
        *,
        app_id: str = "",
        term_id: str = "",
        person: str = "",
        inquiry: str = "",
    ) -> None:
        self._gateway = gateway
        self._journal = journal
        self._call = call
        self._about = (method, call.serial, term_id, person)
        self._app_id = app_id
        self._inquiry = inquiry
        self.row = NOT_RECORDED

    def host(self, url: str) -> str:
        """Return what `Gateway.host` does."""
        return self._gateway.host(url)

    def post(self, url: str, body: bytes, content_type: str, *, writing: bool, deadline: Deadline) -> Reply:
        """Do what `Gateway.post` does, recorded before it begins when it writes. Raises what that raises."""
        if writing and self.row == NOT_RECORDED:
            self.row = self._journal.begin(*self._about, self.host(url), self._app_id, self._inquiry)
            if self._call.row == NOT_RECORDED:
                self._call.row = self.row
            self._call.stage("journal")
        reply = self._gateway.post(url, body, content_type, writing=writing, deadline=deadline)
        self._call.add_stages(reply.stages)
        return reply

    def end(self, code: str, *, in_doubt: bool = False) -> None:
        """Close the row with the ``code`` that the HIS gets; in doubt it stays open: the platform may have acted."""
        if self.row == NOT_RECORDED:
            return
        if in_doubt:
            self._journal.doubt(self.row, code)
        else:
            self._journal.close(self.row, code)
            if code == SERIAL_KNOWN:
                self._journal.settle_repeated(self.row)
