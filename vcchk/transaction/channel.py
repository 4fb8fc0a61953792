"""One request's way to the platform and back, by any wire profile."""

from __future__ import annotations

from time import monotonic

from vcchk.base.encoding import declared_encoding
from vcchk.base.errors import RemoteProtocolError
from vcchk.transaction.call import PlatformReply
from vcchk.wire import codec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.network.deadline import Deadline
    from vcchk.network.http1 import Reply
    from vcchk.transaction.call import OngoingCall
    from vcchk.transaction.journaled import JournaledGateway
    from vcchk.wire.message import Message
    from vcchk.wire.profile import Profile

MIN_SECONDS = 1.0
"""What must be left of the call's deadline for one more message."""


class Channel:
    """One request's way to the platform and back, in whichever profile: which, is the calibration's to choose.

    ``last_encodings``: by host, the encoding in which it answered last, which helps to read the next reply.
    """

    def __init__(
        self,
        gateway: JournaledGateway,
        call: OngoingCall,
        url: str,
        request: Message,
        deadline: Deadline,
        last_encodings: dict[str, str],
    ) -> None:
        self.url = url
        self.request = request
        self.deadline = deadline
        self._gateway = gateway
        self._call = call
        self._host = gateway.host(url)
        self._last_encodings = last_encodings
        self._asked_at = 0.0

    def send(self, profile: Profile) -> Reply:
        """Post the request in a profile. Raises VcchkError."""
        request = self.request
        sealed = codec.seal_request(profile, request.fields, request.biz_text, request.key)
        self._call.stage("seal")
        self._asked_at = monotonic()
        return self._gateway.post(
            codec.address(self.url, sealed.path),
            sealed.body,
            sealed.content_type,
            writing=self._call.writing,
            deadline=self.deadline,
        )

    def read(self, profile: Profile, reply: Reply) -> PlatformReply:
        """Open a reply by a profile. Raises VcchkError."""
        declared = declared_encoding(reply.headers.get("content-type", ""))
        last = self._last_encodings.get(self._host, "")
        try:
            raw = codec.read(profile, reply.body, reply=True, declared=declared, last=last)
        except RemoteProtocolError as error:
            raise _with_excerpt(error, reply.body) from error
        if raw.encoding:
            self._last_encodings[self._host] = raw.encoding
        opened = codec.unseal(profile, raw, self.request.key, request=self.request.fields)
        sender = f"{profile.name} {self._host}"
        return PlatformReply(
            profile=profile, sender=sender, status=reply.status, raw=raw, opened=opened, asked_at=self._asked_at
        )

    def ask(self, profile: Profile) -> PlatformReply:
        """Send the request and read the reply in one profile. Raises VcchkError."""
        return self.read(profile, self.send(profile))


def _with_excerpt(error: RemoteProtocolError, body: bytes) -> RemoteProtocolError:
    """Return the error for a reply that is no message, with an excerpt of it for the log."""
    if body.lstrip()[:1] in (b"{", b"["):
        return error
    from vcchk.network import foreign_replies

    return RemoteProtocolError(error.code, error.message, cause=f"{error.cause}: {foreign_replies.excerpt(body)}")
