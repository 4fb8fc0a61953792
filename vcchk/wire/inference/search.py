"""The search for a platform's rules, one refusal after another, without I/O: what to send next, and what was found.

Whoever sends (the first calls of a site, `vcchk wire probe`) keeps the limits; here nothing is sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from vcchk.wire import names
from vcchk.wire.inference import refusal
from vcchk.wire.inference.belief import Belief, Request, Sent, kind_of
from vcchk.wire.inference.refusal import Observation
from vcchk.wire.profile import Profile

_OTHER_TYPES = {"enc_type": ("SM4", "AES", "DES"), "sign_type": ("SM3", "MD5", "SHA256")}
"""What takes the place of a type that the platform refuses, the likeliest first; never Plain for a cipher."""
Known = tuple[str, int, int, str]
"""A candidate by family and numbers, and a habit."""
MAX_REMEMBERED = 400
"""Hypotheses that are remembered between two calls."""


class Search:
    """One search, over one call or several. ``fixed``: the site's own settings. ``remembered``: `state` of the calls
    before, empty for a first one; another key begins anew.
    """

    def __init__(self, request: Request, fixed: Mapping[str, str], remembered: Mapping[str, str]) -> None:
        self._request = request
        self._fixed = dict(fixed)
        self._types = {name: remembered[name] for name in _OTHER_TYPES if remembered.get(name)}
        self._refused_types: set[tuple[str, str]] = set()
        weights = _read(remembered.get("weights", ""))
        self.belief = self._believe(weights, remembered.get("kind", ""))

    def _believe(self, weights: Mapping[Known, float], kind: str) -> Belief:
        """Return the belief under the present types. ``weights``: of messages of ``kind``, empty when nothing is known.

        For another kind of cipher only what is known of signatures and habits holds.
        """
        fixed = self._fixed | self._types
        if not weights:
            return Belief(self._request, fixed)
        if kind_of(self._request, fixed) == kind:
            return Belief(
                self._request,
                fixed,
                lambda one, habit: weights.get((one.family, one.signature, one.cipher, habit), 0.0),
            )
        by_signature: dict[tuple[str, int, str], float] = {}
        for (family, signature, _, habit), weight in weights.items():
            by_signature[family, signature, habit] = by_signature.get((family, signature, habit), 0.0) + weight
        return Belief(
            self._request,
            fixed,
            lambda one, habit: by_signature.get((one.family, one.signature, habit), 0.0) * one.cipher_share,
        )

    def state(self) -> dict[str, str]:
        """Return what a later call needs: no message, no key, nothing personal."""
        heaviest = sorted(self.belief.weights.items(), key=lambda item: -item[1])[:MAX_REMEMBERED]
        rows = []
        for (number, habit), weight in heaviest:
            one = self.belief.candidates[number]
            rows.append(f"{one.family} {one.signature} {one.cipher} {habit} {weight:.3g}")
        return {"weights": ";".join(rows), "kind": self.belief.kind, **self._types}

    def next(self, sent: Sent, seen: Observation) -> Profile | None:
        """Learn from a refusal; return the profile to send in next, None when nothing is left to try."""
        self.belief.learn(sent, seen)
        name = {refusal.ENC_TYPE: "enc_type", refusal.SIGN_TYPE: "sign_type"}.get(seen.kind, "")
        if name and self._is_named_rightly(sent, name):
            used = self._types.get(name) or self._request.fields.get(name, "")
            self._refused_types.add((name, used.upper()))
            others = [t for t in _OTHER_TYPES[name] if (name, t) not in self._refused_types]
            if not others:
                return None
            weights, kind = _read(self.state()["weights"]), self.belief.kind
            self._types[name] = others[0]
            self.belief = self._believe(weights, kind)
        else:
            self.belief.discard(sent)
        found = self.belief.best()
        return None if found is None else found[0]

    def _is_named_rightly(self, sent: Sent, name: str) -> bool:
        """Tell whether the type itself was refused: its member has the name that the likeliest profile gives it."""
        best = self.belief.best()
        return best is not None and names.to_wire(best[0])[name] == names.to_wire(sent.profile)[name]


def _read(text: str) -> dict[Known, float]:
    """Undo `Search.state`'s weights; a damaged row is left out."""
    found: dict[Known, float] = {}
    for row in text.split(";"):
        try:
            family, signature, cipher, habit, weight = row.split(" ")
            found[family, int(signature), int(cipher), habit] = float(weight)
        except ValueError:
            continue
    return found
