"""How likely each possible set of wire rules is while a platform's are being searched for (Bayes' rule).

A hypothesis is a profile (a candidate) and a habit of refusing. Each reply multiplies a hypothesis's weight by how
likely such a platform would have answered so. What is sent next is the message that most of the weight would accept.
Candidates that write the same bytes are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from vcchk.base.errors import VcchkError
from vcchk.base.record import Record
from vcchk.wire import ciphers, codec, names
from vcchk.wire.inference import refusal
from vcchk.wire.inference.candidates import Candidate, candidates
from vcchk.wire.inference.refusal import Observation
from vcchk.wire.profile import Profile
from vcchk.wire.signing import Signature

UNLIKELY = 1e-3
"""How likely a platform answers otherwise than its habit says. Not 0: one odd reply rules nothing out for good."""

# How a platform says that it cannot open or verify: cipher first and told apart; the signature's code for both (a
# platform that verifies first and one that has a single code look alike); the cipher's code for both.
TOLD_APART = "told_apart"
ONE_CODE = "one_code"
CIPHERS_CODE = "ciphers_code"
HABITS = {TOLD_APART: 0.5, ONE_CODE: 0.47, CIPHERS_CODE: 0.03}

Hypothesis = tuple[int, str]
"""A candidate's number, and a habit."""


class Request(Record):
    """The caller's own request, which every message of a search carries."""

    _secret = ("fields", "biz_text", "key")
    fields: Mapping[str, str]
    biz_text: str
    key: str


class Sent(Record):
    """One message as it went out."""

    _secret = ("body",)
    profile: Profile
    body: bytes


class Verdict(Record):
    """How far a platform with some profile can read a message, part by part.

    ``cipher``: it can be decrypted; ``same``: to the very text that was sent. ``signs_cipher``: such a platform signs
    the ciphertext.
    """

    names: bool = True
    sign_type: bool = True
    enc_type: bool = True
    cipher: bool = True
    same: bool = True
    signature: bool = True
    signs_cipher: bool = False

    @property
    def is_accepted(self) -> bool:
        return self.names and self.sign_type and self.enc_type and self.cipher and self.same and self.signature


def seal(profile: Profile, request: Request) -> Sent:
    """Return the request in ``profile``. Raises as `codec.seal_request`."""
    return Sent(profile=profile, body=codec.seal_request(profile, request.fields, request.biz_text, request.key).body)


def kind_of(request: Request, fixed: Mapping[str, str]) -> str:
    """Return AES, DES or SM4, or "" for messages in clear."""
    kind = fixed.get("enc_type", request.fields.get("enc_type", "")).partition("/")[0].strip().upper()
    return "" if kind in ciphers.PLAIN else kind


class Belief:
    """The weights of all hypotheses about one application's requests with one kind of cipher. Not safe for threads.

    ``fixed``: settings that hold for every candidate. ``known``: the weight of a candidate with a habit, where more is
    known than its share.
    """

    def __init__(
        self, request: Request, fixed: Mapping[str, str], known: Callable[[Candidate, str], float] | None = None
    ) -> None:
        self.request = request
        self.kind = kind_of(request, fixed)
        app_id = request.fields.get("app_id", "")
        self.candidates = list(candidates(app_id, request.key, self.kind, dict(fixed)))
        self._bodies: dict[int, bytes] = {}
        self.weights: dict[Hypothesis, float] = {}
        for number, one in enumerate(self.candidates):
            for habit, share in HABITS.items():
                weight = one.weight * share if known is None else known(one, habit)
                if weight:
                    self.weights[number, habit] = weight
        self._normalize()

    # What a reply changes

    def learn(self, sent: Sent, seen: Observation) -> None:
        """Weigh every hypothesis by whether its platform would have answered ``sent`` with ``seen``."""
        remaining = {number for number, _ in self.weights}
        verdicts = {number: self._verdict(self.candidates[number].profile, sent) for number in remaining}
        factors = {
            number: 1.0 if has_the_names(self.candidates[number].profile, seen) else UNLIKELY for number in remaining
        }
        for fitting in self._by_the_reply_itself(sent, seen, [n for n in remaining if factors[n] == 1.0]):
            for number in remaining - fitting:
                factors[number] *= UNLIKELY
        for hypothesis in self.weights:
            number, habit = hypothesis
            self.weights[hypothesis] *= factors[number] * likelihood(verdicts[number], habit, seen.kind)
        self._normalize()

    def discard(self, sent: Sent) -> None:
        """Remove the candidates that would write these bytes: they were refused."""
        self._keep(lambda number: self._body(number) != sent.body)
        self._normalize()

    def _keep(self, is_kept: Callable[[int], bool]) -> None:
        self.weights = {hypothesis: weight for hypothesis, weight in self.weights.items() if is_kept(hypothesis[0])}

    def _normalize(self) -> None:
        whole = sum(self.weights.values())
        if whole:
            self.weights = {pair: weight / whole for pair, weight in self.weights.items() if weight / whole > 1e-9}

    def _by_the_reply_itself(self, sent: Sent, seen: Observation, numbers: Iterable[int]) -> list[set[int]]:
        """Return the candidates by which the reply's own signature holds, and those whose cipher opens its data.

        An empty set says nothing, so it is left out.
        """
        raw = seen.raw
        is_sealed = raw.may_be_encrypted and bool(raw.biz.strip()) and not raw.biz.lstrip().startswith(("{", "["))
        signature = _signature_of(seen)
        if signature and signature == _signature_sent(sent):
            signature = ""  # a reply object that began as a copy of the request
        found = []
        for key in (self.request.key, "null") if signature else ():
            # A platform that has not yet looked up the application signs with Java's null.
            held = {n for n in numbers if self._holds(self.candidates[n].profile, seen, signature, key)}
            if held:
                found.append(held)
                break
        if is_sealed:
            opened = {n for n in numbers if self._opens(self.candidates[n].profile, raw)}
            if opened:
                found.append(opened)
        return found

    def _holds(self, profile: Profile, seen: Observation, signature: str, key: str) -> bool:
        if signature != signature.lower() and profile.hash_case == "lower":
            return False
        if signature != signature.upper() and profile.hash_case == "upper" and len(signature) != 88:
            return False
        try:
            opened = codec.unseal(profile, seen.raw, key, request=self.request.fields)
        except VcchkError:
            return False
        return opened.signature == Signature.HELD

    def _opens(self, profile: Profile, raw: codec.Raw) -> bool:
        try:
            # As a success, since a refusal whose data cannot be read is opened without them.
            codec.unseal(profile, raw.replace(ret_code="0000"), self.request.key, request=self.request.fields)
        except VcchkError:
            return False
        return True

    # What to send next

    def _body(self, number: int) -> bytes:
        """Return the request as the candidate writes it, empty when it cannot."""
        body = self._bodies.get(number)
        if body is None:
            try:
                body = seal(self.candidates[number].profile, self.request).body
            except VcchkError:
                body = b""
            self._bodies[number] = body
        return body

    def best(self) -> tuple[Profile, float] | None:
        """Return the profile whose message most of the weight would accept, with that weight; None without one."""
        weights: dict[bytes, float] = {}
        heaviest: dict[bytes, tuple[float, int]] = {}
        for (number, _), weight in self.weights.items():
            body = self._body(number)
            weights[body] = weights.get(body, 0.0) + weight
            heaviest[body] = max(heaviest.get(body, (0.0, -1)), (weight, number))
        weights.pop(b"", None)
        if not weights:
            return None
        body = max(weights, key=lambda one: weights[one])
        return self.candidates[heaviest[body][1]].profile, weights[body]

    def _verdict(self, profile: Profile, sent: Sent) -> Verdict:
        """Return how far a platform with ``profile`` can read a message: `codec` plays the platform."""
        try:
            raw = codec.read(profile, sent.body, reply=False)
        except VcchkError:
            return Verdict(names=False)
        asked = self.request.fields
        if any(asked.get(name) and not raw.fields.get(name) for name in ("app_id", "term_id", "method")):
            return Verdict(names=False)
        signs_cipher = profile.signed in ("cipher", "text")
        lacks_type = bool(asked.get("sign_type")) and not raw.fields.get("sign_type")
        try:
            opened = codec.unseal(profile, raw, self.request.key)
        except VcchkError as error:
            return Verdict(
                sign_type=error.code != "1007" and not lacks_type,
                enc_type=error.code != "1006",
                cipher=error.code not in ("9007", "9008"),
                signature=signs_cipher and codec.verify(profile, raw, self.request.key, raw.biz),
                signs_cipher=signs_cipher,
            )
        return Verdict(
            sign_type=not lacks_type,
            same=opened.biz_text == self.request.biz_text,
            signature=opened.signature == Signature.HELD,
            signs_cipher=signs_cipher,
        )


def likelihood(verdict: Verdict, habit: str, kind: str) -> float:
    """Return how likely a platform with this ``verdict`` on a message and this ``habit`` answers with ``kind``."""
    if verdict.is_accepted:
        # The caller may use a type that this platform does not take, however well it is written.
        return {refusal.ACCEPTED: 1.0, refusal.ENC_TYPE: 0.1, refusal.SIGN_TYPE: 0.1}.get(kind, UNLIKELY)
    if kind == refusal.ACCEPTED:
        return UNLIKELY
    if not verdict.names:
        return {refusal.NAMES: 0.6, refusal.SIGNATURE: 0.2, refusal.CIPHER: 0.05}.get(kind, 0.15)
    if kind == refusal.NAMES:
        return UNLIKELY
    if kind in (refusal.SIGN_TYPE, refusal.ENC_TYPE):
        is_wrong = not (verdict.sign_type if kind == refusal.SIGN_TYPE else verdict.enc_type)
        return 0.6 if is_wrong else 0.1
    if not verdict.sign_type or not verdict.enc_type:
        return 0.5
    return _of_signature_and_cipher(verdict, habit, is_signature=kind == refusal.SIGNATURE)


def _of_signature_and_cipher(verdict: Verdict, habit: str, *, is_signature: bool) -> float:
    if habit != TOLD_APART:
        return 1.0 if is_signature == (habit == ONE_CODE) else UNLIKELY
    if not verdict.cipher:
        # Who signs the ciphertext can verify before he opens.
        if verdict.signs_cipher and not verdict.signature:
            return 0.5
        return UNLIKELY if is_signature else 1.0
    if not verdict.same:
        return 0.7 if is_signature else 0.3
    return 1.0 if is_signature else UNLIKELY


_DISTINCTIVE = ("app_id", "sign", "sign_type", "enc_type")


def has_the_names(profile: Profile, seen: Observation) -> bool:
    """Tell whether a reply's members have the names that this profile's platform would use."""
    to_wire = names.to_wire(profile)
    if to_wire["ret_code"] not in seen.whole or to_wire["ret_msg"] not in seen.whole:
        return False
    inner = {wire: names.REPLY_ALIASES.get(wire, "") for wire in seen.whole}
    return all(to_wire[name] == wire for wire, name in inner.items() if name in _DISTINCTIVE)


def _signature_of(seen: Observation) -> str:
    name = next((wire for wire in seen.raw.wire if names.REPLY_ALIASES.get(wire) == "sign"), "")
    signature = seen.raw.wire.get(name, "")
    return "" if signature == "null" else signature


def _signature_sent(sent: Sent) -> str:
    try:
        raw = codec.read(sent.profile, sent.body, reply=False)
    except VcchkError:
        return ""
    return raw.wire.get(names.to_wire(sent.profile)["sign"], "")
