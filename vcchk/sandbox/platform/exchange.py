"""One exchange, bytes to bytes: open by the profile's rules, check who is calling, carry out, seal by the same rules.

What is checked, in this order (codes of appendix 1): 8003 empty and 9008 unreadable message, 1001 app_id, 1002 term_id,
1003 version, 1004 and 1005 method, 1007 sign_type, 1006 enc_type, 1008 application, 1009 terminal, 1010 permission,
9007 cipher, 9003 signature, 9001 business fields; then the method's own rules.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vcchk import specification
from vcchk.base.encoding import declared_encoding
from vcchk.base.errors import PLATFORM_SUCCESS, SENTENCES, VcchkError
from vcchk.sandbox import magic
from vcchk.sandbox.platform import diagnosis, dialect, fault_effects, rules, state
from vcchk.sandbox.platform.call import PlatformCall, Refusal
from vcchk.sandbox.platform.dialect import PLAIN, Dialect
from vcchk.sandbox.platform.outcome import UNKNOWN, ExchangeEnded, Outcome, RequestOrigin
from vcchk.sandbox.platform.urls import PROFILES_FOLDER
from vcchk.wire import ciphers, clock, codec, signing
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import Profile
from vcchk.wire.signing import Signature

if TYPE_CHECKING:
    from vcchk.sandbox.platform.diagnosis import Diagnosis
    from vcchk.sandbox.seen_call import SeenCall
    from vcchk.sandbox.service import Sandbox


RET_MSG_LENGTH = 200
"""Characters of ret_msg (document A, 公共响应参数)."""


@dataclass
class _Exchange:
    """What is known so far about one request; becomes a row of the calls seen.

    ``faults``: what is to go wrong (kind → value), ``fault_origin``: by whose order, for the record.
    """

    profile: Profile
    fields: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    signature: str = ""
    request: str = ""
    serial: str = ""
    cause: str = ""
    diagnosis: Diagnosis | None = None
    faults: dict[str, Any] = field(default_factory=dict)
    fault_origin: str = "ordered"
    dialect: Dialect = PLAIN


@dataclass(frozen=True)
class _Result:
    """What became of a request: the platform's code, sentence and business JSON ("" for none).

    ``outcome``: given instead where a fault ended the exchange; it has no code then.
    """

    code: str
    message: str = ""
    biz_text: str = ""
    outcome: Outcome | None = None


def answer(sandbox: Sandbox, profile: Profile, body: bytes, origin: RequestOrigin = UNKNOWN) -> Outcome:
    """Answer one request of a profile. Never raises; the call is noted with what was seen."""
    started = time.perf_counter()
    known = _Exchange(profile)
    result = _process(sandbox, body, origin, known)
    outcome = result.outcome or _sealed(sandbox, known, result)
    ms = (time.perf_counter() - started) * 1000
    outcome.number = _note(sandbox, known, result, outcome, body, origin, ms).number
    return outcome


def _process(sandbox: Sandbox, body: bytes, origin: RequestOrigin, known: _Exchange) -> _Result:
    """Read, check and carry out one request; every way in which that ends is a result."""
    try:
        raw = _read(sandbox, body, origin, known)
        if sandbox.faults.any:
            known.faults = sandbox.faults.next(known.fields.get("method", ""))
            fault_effects.before(known.faults, known.fault_origin)
        reply = _carry_out(sandbox, raw, known)
    except ExchangeEnded as ended:
        known.cause = ended.cause
        return _Result("", outcome=ended.outcome)
    except Refusal as refusal:
        code = known.dialect.code_of(refusal.code)
        known.cause = known.cause or refusal.message
        if code in ("9003", "9007") and known.dialect is not PLAIN:
            dialect.count_bad(sandbox.store, known.fields.get("app_id", "").strip())
        return _Result(code, refusal.message if code == refusal.code else SENTENCES[code])
    except UnicodeEncodeError:  # half a surrogate pair, which no database can hold
        known.cause = "a lone surrogate"
        return _Result("9001", "请求参数有误：含有不完整的字符")
    except Exception as error:  # a defect of the sandbox must not read as success
        known.cause = f"{type(error).__name__} in the sandbox"
        return _Result("8009", SENTENCES["8009"])
    text = json.dumps(reply, ensure_ascii=False, separators=(",", ":")) if reply else ""
    return _Result(PLATFORM_SUCCESS, SENTENCES[PLATFORM_SUCCESS], text)


def _note(
    sandbox: Sandbox,
    known: _Exchange,
    result: _Result,
    outcome: Outcome,
    body: bytes,
    origin: RequestOrigin,
    ms: float,
) -> SeenCall:
    """Remember the call as what it turned out to be."""
    fields = known.fields
    return sandbox.calls.note(
        method=fields.get("method", ""),
        app_id=fields.get("app_id", ""),
        term_id=fields.get("term_id", ""),
        profile=known.profile.name,
        sign_type=fields.get("sign_type", ""),
        enc_type=fields.get("enc_type", ""),
        signature=known.signature,
        ret_code=result.code,
        cause=known.cause,
        serial=known.serial,
        ms=ms,
        http=0 if outcome.is_dropped else outcome.status,
        request=known.request,
        reply=result.biz_text,
        envelope=dict(fields),
        diagnosis=known.diagnosis,
        path=origin.path,
        content_type=origin.content_type,
        body=body,
        reply_type=outcome.content_type,
        reply_body=outcome.body,
        rules=known.profile,
        key=known.key,
        replay_of=origin.replay_of,
    )


def _read(sandbox: Sandbox, body: bytes, origin: RequestOrigin, known: _Exchange) -> codec.Raw:
    """Read a request by the rules of its address, or by its application's own."""
    declared = declared_encoding(origin.content_type)
    try:
        raw = codec.read(known.profile, body, reply=False, declared=declared)
        with sandbox.store.reading() as db:
            known.dialect = dialect.find(db, dialect.app_id_of(raw))
        own = sandbox.profiles.get(known.dialect.profile)
        if own is not None and not origin.path.startswith(PROFILES_FOLDER):
            raw = codec.read(own, body, reply=False, declared=declared)
            known.profile = own
    except VcchkError as error:
        known.cause = error.cause
        raise Refusal("8003" if error.code == "9004" else "9008") from None
    known.fields = raw.fields
    return raw


def _carry_out(sandbox: Sandbox, raw: codec.Raw, known: _Exchange) -> dict[str, Any]:
    """Open and check a request, then run its method; returns the reply's business fields. Raises `Refusal`."""
    profile = known.profile
    rule = _check_envelope(sandbox, known)
    known.dialect.check(known.fields.get("enc_type", ""))
    # Who signs the ciphertext need not open it first.
    verifies_now = known.dialect.verifies_first and profile.signed == "cipher"
    if verifies_now and not codec.verify(profile, raw, known.key, raw.biz):
        raise Refusal("9003")
    try:
        opened = codec.unseal(profile, raw, known.key)
    except VcchkError as error:
        known.cause = error.cause
        raise Refusal("9007" if error.code == "9008" else error.code) from None
    known.signature, known.request = opened.signature, opened.biz_text
    if opened.signature != Signature.HELD:
        with sandbox.store.reading() as db:
            other_keys = state.other_keys(db, known.fields["app_id"])
        profiles = (*BUILTIN.values(), *sandbox.profiles.values())
        known.diagnosis = diagnosis.explain(profile, raw, opened, known.key, profiles=profiles, other_keys=other_keys)
        raise Refusal("9003", "" if opened.signature == Signature.WRONG else "没有 sign")
    if (opened.biz is not None and not isinstance(opened.biz, dict)) or (opened.biz is None and opened.biz_text):
        raise Refusal("9001", "biz_content 应为 JSON 对象")
    biz = opened.biz or {}
    serial = specification.serial_number(biz)
    known.serial = serial[1] if serial else ""
    is_magic = _apply_magic(sandbox, biz, known)
    if "code" in known.faults:
        known.cause = f"{known.fault_origin}: ret_code"
        raise Refusal(known.faults["code"])
    if sandbox.options.strict:
        _check_strictly(known.fields, biz)
    call = PlatformCall(sandbox, known.fields["app_id"], known.fields["term_id"], biz)
    reply = rules.carry_out(rule, call, known.faults.get("hold", 0.0))
    # auth.query and a voucher's verify name nobody in the request: who it is about stands in the reply alone.
    if not is_magic and _apply_magic(sandbox, reply, known) and "code" in known.faults:
        known.cause = f"{known.fault_origin}: ret_code"
        raise Refusal(known.faults["code"])
    return reply


def _check_strictly(fields: Mapping[str, str], biz: Mapping[str, Any]) -> None:
    """Refuse what the documents' tables find, as a client with ``[abi] strict = yes`` would: 9001 with field, rule and
    table of each finding, as many as ret_msg has room for.

    key and sign are no finding here: the signature has held.
    """
    findings = specification.check(fields, biz, has_key=True)
    if findings:
        raise Refusal("9001", _listed([finding.sentence for finding in findings]))


def _listed(sentences: list[str]) -> str:
    """Return sentences in one, those that do not fit counted."""
    listed = sentences[0][:RET_MSG_LENGTH]
    for number, sentence in enumerate(sentences[1:], 1):
        if len(listed) + len(sentence) > RET_MSG_LENGTH - 30:
            return f"{listed}；另有 {len(sentences) - number} 处"
        listed += f"；{sentence}"
    return listed


def _apply_magic(sandbox: Sandbox, biz: Mapping[str, Any], known: _Exchange) -> bool:
    """Do what a magic person stands for; tells whether ``biz`` names one."""
    found = magic.trouble(biz, sandbox.options)
    if found is None:
        return False
    known.faults |= found
    known.fault_origin = "magic person"
    fault_effects.before(found, known.fault_origin)
    return True


def _check_envelope(sandbox: Sandbox, known: _Exchange) -> rules.Rule:
    """Check the envelope and the caller; sets the key as soon as it is known, so that refusals are signed."""
    profile, fields = known.profile, known.fields
    app_id = fields.get("app_id", "").strip()
    if not app_id:
        raise Refusal("1001")
    term_id = fields.get("term_id", "").strip()
    with sandbox.store.reading() as db:
        app = state.app(db, app_id, term_id)
    if app is not None:
        known.key = app["app_key"]
    if not term_id:
        raise Refusal("1002")
    if fields.get("version", "").strip() not in (*sandbox.options.versions, dialect.VERSIONS.get(profile.name)):
        raise Refusal("1003")
    method = fields.get("method", "").strip()
    if not method:
        raise Refusal("1004")
    rule = rules.find(sandbox, method)
    try:
        signing.hash_name(profile, fields.get("sign_type", ""))
        ciphers.choose(profile, fields.get("enc_type", ""))
    except VcchkError as error:
        known.cause = error.message
        raise Refusal(error.code) from None
    if app is None:
        raise Refusal("1008")
    if not app["has_terminal"]:
        raise Refusal("1009")
    allowed = app["methods"]
    if allowed and rules.full_name(method) not in allowed.split(","):
        raise Refusal("1010")
    return rule


def _sealed(sandbox: Sandbox, known: _Exchange, result: _Result) -> Outcome:
    """Seal a reply by the rules of the request, and do to it what was ordered to go wrong.

    Without a known key, or with types unknown, it goes out unsigned.
    """
    profile, biz = known.profile, result.biz_text
    echoed = {n: known.fields[n] for n in ("app_id", "method", "version") if n in known.fields}
    types = {n: known.fields[n] for n in ("sign_type", "enc_type") if n in known.fields}
    fields = {
        "ret_code": result.code,
        "ret_msg": result.message[:RET_MSG_LENGTH],
        **echoed,
        "timestamp": _timestamp(sandbox, profile),
    }
    is_unsigned = "unsigned" in known.faults or (result.code != PLATFORM_SUCCESS and not known.dialect.signs_refusals)
    key = "" if is_unsigned else known.key
    if profile.sign_names == "digest" and key and not biz:
        biz = "{}"  # Sichuan's own client decrypts before it looks at the code, and cannot decrypt nothing
    try:
        sealed = codec.seal_reply(profile, {**fields, **types}, biz, key)
    except VcchkError:  # 1006, 1007: there is no rule to seal by
        sealed = codec.seal_reply(profile, fields, "", "")
    outcome = Outcome(sealed.body, sealed.content_type)
    if known.faults:
        outcome, cause = fault_effects.after(
            profile, outcome, known.faults, known.fault_origin, known.key, known.fields, result.biz_text
        )
        known.cause = cause or known.cause
    return outcome


def _timestamp(sandbox: Sandbox, profile: Profile) -> str:
    """Return the reply's time in the profile's form: milliseconds count from 1970 in UTC, whatever the zone here."""
    if profile.timestamp == "epoch_ms":
        return str(int(sandbox.clock.now() * 1000))
    return clock.stamp(sandbox.clock.stamp(), profile.timestamp)
