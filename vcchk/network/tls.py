"""TLS for the gateway: contexts by the settings, and the cause of a failed handshake as a kind of fault.

Imported by the first https call alone: `ssl` costs more than all the rest of a call. Verification is on by default,
with certifi's CA list and the machine's own store on Windows, or the site's ``[gateway] ca_bundle`` in their place.
"""

from __future__ import annotations

import _ssl
import errno
import os
import socket
import ssl
import sys
from time import localtime, strftime

from vcchk.network import certificates
from vcchk.network.fault import Fault
from vcchk.network.url import is_listed
from vcchk.settings import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vcchk.network.deadline import Deadline
    from vcchk.network.url import Target
    from vcchk.settings import GatewaySettings

# OpenSSL's own list, at level 1 (80 bits). Python's narrower one has no RSA key exchange, which is all that older IIS
# and some domestic load balancers offer, and the DLL must not be stricter than the one it replaces.
_CIPHERS = "DEFAULT:@SECLEVEL=1:!aNULL:!eNULL"
# Without DHE: OpenSSL refuses its keys under 1024 bits at every level, and who has those (JDK 7) has RSA, too.
_LEGACY_CIPHERS = "DEFAULT:@SECLEVEL=0:!aNULL:!eNULL:!kDHE"

_TICKET_SECONDS = 1.0  # to wait for a server to refuse us, or go on, that asked for a certificate and got none

# X509_V_ERR_* of OpenSSL's verify(1) to our kinds.
_VERIFY_KINDS = {
    2: "tls_unknown_ca",
    9: "tls_not_yet",
    10: "tls_expired",
    11: "tls_not_yet",
    12: "tls_expired",
    18: "tls_self_signed",
    19: "tls_unknown_ca",
    20: "tls_unknown_ca",
    21: "tls_unknown_ca",
    62: "tls_wrong_host",
    64: "tls_wrong_host",
    66: "tls_short_key",
    67: "tls_short_key",
    68: "tls_old_digest",
}

# Reasons of OpenSSL's errors during a handshake to our kinds. An ALERT is the peer's view of us.
_REASON_KINDS = {
    "UNSUPPORTED_PROTOCOL": "tls_old",
    "VERSION_TOO_LOW": "tls_old",
    "WRONG_SSL_VERSION": "tls_old",
    "TLSV1_ALERT_PROTOCOL_VERSION": "tls_version_refused",
    "NO_PROTOCOLS_AVAILABLE": "tls_version_refused",
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": "tls_renegotiation",
    "DH_KEY_TOO_SMALL": "tls_short_dh",
    "EE_KEY_TOO_SMALL": "tls_short_key",
    "CA_KEY_TOO_SMALL": "tls_short_key",
    "CA_MD_TOO_WEAK": "tls_old_digest",
    "LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED": "tls_old_digest",
    "WRONG_SIGNATURE_TYPE": "tls_old_digest",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "tls_no_cipher",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": "tls_no_cipher",
    "NO_CIPHERS_AVAILABLE": "tls_no_cipher",
    "TLSV1_UNRECOGNIZED_NAME": "tls_wrong_name",
    "SSLV3_ALERT_UNRECOGNIZED_NAME": "tls_wrong_name",
    "TLSV1_ALERT_UNRECOGNIZED_NAME": "tls_wrong_name",
}

# Alerts by which a server refuses our certificate, or the lack of one (RFC 8446 section 6.2), by OpenSSL's names.
_CERTIFICATE_ALERTS = frozenset(
    {
        "SSLV3_ALERT_NO_CERTIFICATE",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_ACCESS_DENIED",
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    }
)

_TLS_RECORDS = b"\x14\x15\x16\x17\x18"  # first byte of a record: RFC 8446 section 5.1, and heartbeat
_TLCP_VERSION = b"\x01\x01"  # GB/T 38636-2020 section 6.3.2.1
_HEADER = 256  # SSL3_RT_HEADER: the five bytes in front of a record
_HANDSHAKE = 22
_CERTIFICATE = 11
_CERTIFICATE_REQUEST = 13


class _Socket(ssl.SSLSocket):
    """A TLS socket that remembers what a handshake's messages have shown (`_note`).

    ``asked``: the server has asked for a certificate of ours. ``first_bytes``: the peer's first five.

    ``certificates``: its Certificate message, until the handshake has succeeded.
    """

    asked = False
    first_bytes = b""
    certificates = b""


def _note(sock: _Socket, direction: str, _version: int, content_type: int, message_type: int, data: bytes) -> None:
    """Keep what a handshake's messages show and `ssl` does not (OpenSSL's message callback, SSL_set_msg_callback(3)).

    Servers refuse a missing certificate in many ways, but all ask for one by the same message.
    """
    if direction != "read":
        return
    if content_type == _HEADER:
        sock.first_bytes = sock.first_bytes or data
    elif content_type == _HANDSHAKE and message_type == _CERTIFICATE_REQUEST:
        sock.asked = True
    elif content_type == _HANDSHAKE and message_type == _CERTIFICATE:
        sock.certificates = data


def refusal_while_reading(sock: Any, error: OSError) -> Fault | None:
    """Return the fault of a TLS error that comes in place of a reply's first bytes on a new connection, else None.

    In TLS 1.3 a server refuses a client's certificate, or the lack of one, only after the client has finished, so the
    alert arrives where the reply is awaited. By RFC 8446 section 4.4.2.4 no request was read then.
    """
    reason = getattr(error, "reason", None) or ""
    asked = getattr(sock, "asked", False)
    if reason in _CERTIFICATE_ALERTS or (asked and reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"):
        return _certificate_fault(sock, error)
    return None


def _certificate_fault(sock: Any, error: OSError) -> Fault:
    kind = "tls_client_cert_refused" if sock.context.has_client_certificate else "tls_client_cert"
    return Fault(kind, "tls", f"{type(error).__name__} {error}")


def ca_data() -> bytes:
    """Return the bundled CA list: certifi's, from a folder or from the runtime's zip; its code is not imported."""
    # importlib.util would be 8 ms of import; in the DLL the finder of the runtime's archives is one of these.
    specs = (finder.find_spec("certifi", None, None) for finder in sys.meta_path)
    spec = next(filter(None, specs), None)
    if spec is None or spec.origin is None:
        raise Fault("ca_list", "tls", "certifi is not installed")
    try:
        path = os.path.join(os.path.dirname(spec.origin), "cacert.pem")
        data: bytes = spec.loader.get_data(path)  # type: ignore[union-attr]
    except OSError as error:
        raise Fault("ca_list", "tls", f"{type(error).__name__} {error}") from error
    return data


def _at_home(path: str) -> str:
    return path if os.path.isabs(path) else os.path.join(places.home(), path)


def _load(context: ssl.SSLContext, path: str) -> None:
    """Trust the certificates of a PEM or DER file. Python reads it: OpenSSL cannot open 中文 paths on Windows."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        if b"-----BEGIN" in data:
            # Remarks between the certificates may be in any encoding.
            context.load_verify_locations(cadata=data.decode("ascii", "ignore"))
        else:
            context.load_verify_locations(cadata=data)
    except (OSError, ValueError) as error:
        raise Fault("ca_bundle", "tls", f"{type(error).__name__} {error}", path=os.path.basename(path)) from error


def _load_machine_store(context: ssl.SSLContext) -> None:
    """Trust what the administrator has put into Windows' root store, too: the replaced DLL's HTTP stack did."""
    if sys.platform == "win32":
        for der, encoding, trust in ssl.enum_certificates("ROOT"):
            if encoding == "x509_asn" and (trust is True or ssl.Purpose.SERVER_AUTH.oid in trust):
                try:
                    context.load_verify_locations(cadata=der)
                except ssl.SSLError:  # one unreadable certificate of the store is no reason to refuse all
                    continue


class _Context(ssl.SSLContext):
    """A TLS context that knows what it was made for.

    ``has_client_certificate``: ``[gateway] client_cert`` is loaded. ``legacy``: the lowered one.

    ``compares_address``: its hosts are addresses, which `certificates.names_address` looks for.
    """

    sslsocket_class = _Socket
    has_client_certificate = False
    legacy = False
    compares_address = False


class Client:
    """Makes TLS connections with few contexts, so that sessions can be resumed.

    ``settings``: the section [gateway]. ``password``: of ``client_key``, in clear; empty for a key without one.
    """

    def __init__(self, settings: GatewaySettings, password: str = "") -> None:
        self._settings = settings
        self._password = password
        self._contexts: dict[tuple[bool, bool], _Context] = {}
        self._sessions: dict[str, ssl.SSLSession] = {}
        self._optional_certificate: set[str] = set()  # hosts that ask for a certificate and do without

    def is_legacy(self, target: Target) -> bool:
        """Tell whether ``target`` stands in ``[gateway] legacy_tls_hosts``."""
        return is_listed(target, self._settings.legacy_tls_hosts)

    def context(self, target: Target) -> _Context:
        """Return the context for ``target``. Raises Fault ``ca_bundle``, ``ca_list``, ``client_cert``.

        ``legacy`` hosts get one that takes TLS 1.0 and 1.1, servers without RFC 5746, short keys and SHA-1, too; IP
        addresses one that leaves the comparison of names to `certificates.names_address`.
        """
        kind = self.is_legacy(target), certificates.address_bytes(target.host) is not None
        context = self._contexts.get(kind)
        if context is None:
            # Of threads that get here together all take the first one's: a session holds for its own context alone.
            context = self._contexts.setdefault(kind, self._make(*kind))
        return context

    def _make(self, legacy: bool, numeric: bool) -> _Context:
        context = _Context(ssl.PROTOCOL_TLS_CLIENT)
        context.legacy = legacy
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED if legacy else ssl.TLSVersion.TLSv1_2
        context.set_ciphers(_LEGACY_CIPHERS if legacy else _CIPHERS)
        if legacy:
            context.options |= 0x4  # SSL_OP_LEGACY_SERVER_CONNECT, which Python 3.11 has no name for
        # ssl's own setter would wrap the callback in enums, a hundred microseconds a handshake.
        _ssl._SSLContext._msg_callback.__set__(context, _note)  # type: ignore[attr-defined]
        ca_bundle = self._settings.ca_bundle
        context.check_hostname = self._settings.verify and not numeric
        context.compares_address = self._settings.verify and numeric
        if not self._settings.verify:
            context.verify_mode = ssl.CERT_NONE
        elif ca_bundle:
            _load(context, _at_home(ca_bundle))
            # A site's file often holds the platform's own certificate or an intermediate one, not the root.
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        else:
            context.load_verify_locations(cadata=ca_data().decode("ascii"))
            _load_machine_store(context)
        if self._settings.client_cert:
            self._load_client_certificate(context)
        return context

    def _load_client_certificate(self, context: _Context) -> None:
        certificate = _at_home(self._settings.client_cert)
        key = _at_home(self._settings.client_key or self._settings.client_cert)

        def password() -> str:
            return self._password  # as a function: without one, OpenSSL would ask on the terminal

        try:
            context.load_cert_chain(certificate, key, password)
        except (OSError, ValueError) as error:
            why = certificates.why_not_loaded(error, certificate, key)
            raise Fault("client_cert", "tls", f"{type(error).__name__} {error}", why=why) from error
        context.has_client_certificate = True

    def wrap(self, sock: socket.socket, target: Target, deadline: Deadline) -> ssl.SSLSocket:
        """Return ``sock`` secured; resumes the last session with the host. Raises Fault; ``sock`` is closed then."""
        host = target.host
        context = self.context(target)
        secured: Any = None  # a _Socket
        try:
            secured = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            session = self._sessions.get(target.host_port)
            if session is not None:
                secured.session = session
            secured.settimeout(_left(deadline))
            secured.do_handshake()
            if context.compares_address and not certificates.names_address(secured.getpeercert() or {}, host):
                raise Fault(
                    "tls_wrong_host",
                    "tls",
                    "address not in certificate",
                    **certificates.described(secured.certificates, host),
                )
            self._wait_for_refusal(secured, target, deadline)
            secured.certificates = b""
        except (OSError, Fault) as error:
            (secured or sock).close()
            self._sessions.pop(target.host_port, None)
            if isinstance(error, Fault):
                raise
            raise _fault_of(error, secured, target) from error
        result: ssl.SSLSocket = secured
        return result

    def _wait_for_refusal(self, secured: ssl.SSLSocket, target: Target, deadline: Deadline) -> None:
        """Before a request leaves, see whether the server does without the certificate that it has asked for.

        JDK and GnuTLS close a TLS 1.3 connection without an alert then, which behind a request would read as "in
        doubt". A server that goes on sends session tickets at once (RFC 8446 section 4.6.1). In TLS 1.2 the server
        refuses within the handshake, so one that has ended needs no wait (RFC 5246 section 7.3).
        """
        asked = getattr(secured, "asked", False) and secured.version() == "TLSv1.3"
        if not asked or target.host_port in self._optional_certificate:
            return
        secured.settimeout(deadline.sooner(_TICKET_SECONDS).left() or 0.001)
        try:
            socket.socket.recv(secured, 1, socket.MSG_PEEK)
        except TimeoutError:
            pass
        secured.settimeout(0)
        try:
            ended = secured.recv(1) == b""
        except ssl.SSLWantReadError:
            ended = False
        if ended:
            raise ssl.SSLEOFError("closed after its request for a certificate")
        self._optional_certificate.add(target.host_port)

    def remember(self, sock: Any, target: Target) -> None:
        """Keep the session of ``sock`` for the next connection; TLS 1.3 sends it with or after the first reply."""
        if isinstance(sock, ssl.SSLSocket) and sock.session is not None:
            self._sessions[target.host_port] = sock.session


def _left(deadline: Deadline) -> float:
    left = deadline.left()
    if not left:
        raise TimeoutError("no time left")
    return left


def is_tlcp(first: bytes) -> bool:
    """Tell whether a peer's first bytes are a record of TLCP (国密 TLS): handshake or alert of version 1.1."""
    return first[:1] in b"\x15\x16" and first[1:3] == _TLCP_VERSION


def _fault_of(error: OSError, secured: Any, target: Target) -> Fault:
    """Return the fault that a failed handshake is."""
    detail = f"{type(error).__name__} {error}"
    first = secured.first_bytes if secured is not None else b""
    if first and (first[:1] not in _TLS_RECORDS or is_tlcp(first)):
        kind = "tlcp" if is_tlcp(first) else "tls_http" if first.startswith(b"HTTP/") else "tls_foreign"
        return Fault(kind, "tls", f"first bytes {first.hex(' ')}")
    if isinstance(error, TimeoutError):
        return Fault("tls_timeout", "tls", detail)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _verification_fault(error, secured, target)
    if secured is not None and (secured.asked or getattr(error, "reason", None) in _CERTIFICATE_ALERTS):
        return _certificate_fault(secured, error)
    kind = _REASON_KINDS.get(getattr(error, "reason", None) or "", "")
    if kind:
        return Fault(kind, "tls", detail, way_out=_way_out(secured, target))
    gone = isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError))
    if gone or error.errno == errno.ENOTCONN:
        return Fault("tls_reset", "tls", detail)
    return Fault("tls_failed", "tls", detail)


def _verification_fault(error: ssl.SSLCertVerificationError, secured: Any, target: Target) -> Fault:
    kind = _VERIFY_KINDS.get(error.verify_code, "tls_unverified")
    found = certificates.described(secured.certificates, target.host)
    if kind == "tls_unknown_ca" and found["certificates"] == 1:
        kind = "tls_incomplete"
    return Fault(
        kind,
        "tls",
        f"{type(error).__name__} {error}",
        today=strftime("%Y-%m-%d %H:%M", localtime()),
        way_out=_way_out(secured, target),
        **found,
    )


def _way_out(secured: Any, target: Target) -> str:
    if secured is not None and secured.context.legacy:
        return "（该主机已在 [gateway] legacy_tls_hosts 中，放宽后仍然不行）"
    return f"；平台在内网而暂时不能升级时，可将 {target.host} 写入 [gateway] legacy_tls_hosts"
