"""TLS for the gateway: one context per settings, and the cause of a failed handshake as a kind of fault.

Imported by the first https call alone: `ssl` costs more than all the rest of a call. Verification is on by default,
with certifi's CA list and the machine's own store on Windows, or the site's ``[gateway] ca_bundle`` in their place.
"""

from __future__ import annotations

import errno
import os
import ssl
import sys
from time import localtime, strftime

from vcchk.network.fault import Fault
from vcchk.settings import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

    from vcchk.network.deadline import Deadline

# X509_V_ERR_* of OpenSSL's verify(1) to our kinds.
_VERIFY_KINDS = {
    9: "tls_not_yet",
    10: "tls_expired",
    11: "tls_not_yet",
    12: "tls_expired",
    18: "tls_self_signed",
    19: "tls_unknown_ca",
    20: "tls_unknown_ca",
    21: "tls_unknown_ca",
    2: "tls_unknown_ca",
    62: "tls_wrong_host",
    64: "tls_wrong_host",
    66: "tls_weak",
    67: "tls_weak",
    68: "tls_weak",
}

# Reasons of OpenSSL's errors during a handshake to our kinds. The peer's alerts carry its view of us.
_REASON_KINDS = {
    "UNSUPPORTED_PROTOCOL": "tls_old",
    "TLSV1_ALERT_PROTOCOL_VERSION": "tls_old",
    "NO_PROTOCOLS_AVAILABLE": "tls_old",
    "VERSION_TOO_LOW": "tls_old",
    "WRONG_SSL_VERSION": "tls_old",
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": "tls_old",
    "WRONG_VERSION_NUMBER": "tls_not_tls",
    "HTTP_REQUEST": "tls_not_tls",
    "PACKET_LENGTH_TOO_LONG": "tls_not_tls",
    "RECORD_LAYER_FAILURE": "tls_not_tls",
    "UNKNOWN_PROTOCOL": "tls_not_tls",
    "DH_KEY_TOO_SMALL": "tls_weak",
    "EE_KEY_TOO_SMALL": "tls_weak",
    "CA_KEY_TOO_SMALL": "tls_weak",
    "CA_MD_TOO_WEAK": "tls_weak",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "tls_no_cipher",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": "tls_no_cipher",
    "NO_CIPHERS_AVAILABLE": "tls_no_cipher",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "tls_client_cert",
    "TLSV1_UNRECOGNIZED_NAME": "tls_wrong_name",
    "SSLV3_ALERT_UNRECOGNIZED_NAME": "tls_wrong_name",
    "TLSV1_ALERT_UNRECOGNIZED_NAME": "tls_wrong_name",
}


def kind_while_reading(error: OSError) -> str:
    """Return the kind of a TLS error that comes with the reply's first bytes, ``""`` for one that means damage.

    In TLS 1.3 a server refuses a missing client certificate only after the client has finished, so the refusal
    arrives where the reply is awaited. By RFC 8446 section 4.4.2.4 no request was read then.
    """
    kind = _REASON_KINDS.get(getattr(error, "reason", "") or "", "")
    return kind if kind == "tls_client_cert" else ""


def fault_of(error: OSError) -> Fault:
    """Return the fault that a failed handshake is."""
    detail = f"{type(error).__name__} {error}"
    if isinstance(error, TimeoutError):
        return Fault("tls_timeout", "tls", detail)
    if isinstance(error, ssl.SSLCertVerificationError):
        kind = _VERIFY_KINDS.get(error.verify_code, "tls_unverified")
        return Fault(kind, "tls", detail, today=strftime("%Y-%m-%d %H:%M", localtime()), why=error.verify_message)
    reason = getattr(error, "reason", None)
    if reason in _REASON_KINDS:
        return Fault(_REASON_KINDS[reason], "tls", detail)
    gone = isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError))
    if gone or error.errno == errno.ENOTCONN:
        return Fault("tls_reset", "tls", detail)
    return Fault("tls_failed", "tls", detail)


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


class Client:
    """Makes TLS connections with one context, so that sessions can be resumed.

    ``verify`` False checks neither chain nor name. ``ca_bundle``: a file whose certificates alone are trusted,
    relative to the DLL's folder. Raises Fault ``ca_bundle`` when it cannot be read.
    """

    def __init__(self, verify: bool, ca_bundle: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # OpenSSL's own list and level. Python's narrower one has no RSA key exchange, which is all that older IIS and
        # some domestic load balancers offer, and the DLL must not be stricter than the one it replaces.
        context.set_ciphers("DEFAULT:@SECLEVEL=1:!aNULL:!eNULL")
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif ca_bundle:
            _load(context, ca_bundle if os.path.isabs(ca_bundle) else os.path.join(places.home(), ca_bundle))
            # A site's file often holds the platform's own certificate or an intermediate one, not the root.
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        else:
            context.load_verify_locations(cadata=ca_data().decode("ascii"))
            _load_machine_store(context)
        self.context = context
        self._sessions: dict[str, ssl.SSLSession] = {}

    def wrap(self, sock: socket, host: str, deadline: Deadline) -> ssl.SSLSocket:
        """Return ``sock`` secured; resumes the last session with ``host``. Raises Fault; ``sock`` is closed then."""
        secured = None
        try:
            secured = self.context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            session = self._sessions.get(host)
            if session is not None:
                secured.session = session
            left = deadline.left()
            if not left:
                raise TimeoutError("no time left")
            secured.settimeout(left)
            secured.do_handshake()
        except OSError as error:
            (secured or sock).close()
            self._sessions.pop(host, None)
            raise fault_of(error) from error
        return secured

    def remember(self, sock: socket, host: str) -> None:
        """Keep the session of ``sock`` for the next connection; TLS 1.3 sends it with or after the first reply."""
        if isinstance(sock, ssl.SSLSocket) and sock.session is not None:
            self._sessions[host] = sock.session
