"""What a platform's first success tells besides: the rules that the request alone could not, and the success code.

A reply that cannot be opened, or whose signature does not hold, is settled here, offline: nothing is sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from vcchk.base.errors import PLATFORM_SUCCESS, VcchkError
from vcchk.wire import codec
from vcchk.wire.families import success_codes
from vcchk.wire.inference.belief import Request, seal
from vcchk.wire.inference.refusal import Observation
from vcchk.wire.profile import CHOICES, Profile
from vcchk.wire.signature import Signature

_UNTOLD = ("charset", "biz_signed", "empty")
"""What a request in ASCII, with sorted business data and without empties leaves open."""


def settled(profile: Profile, body: bytes, seen: Observation, request: Request) -> Profile:
    """Return ``profile``, which the platform has accepted, changed so that the reply opens and its signature holds.

    Only dialects that write the same request are looked at; where none fits, ``profile`` stays.
    """
    if seen.code in success_codes(profile.name) and seen.code != PLATFORM_SUCCESS:
        profile = profile.replace(success=seen.code)
    for one in _equals(profile, request):
        for reply_key in (one.sm4_reply_key, *CHOICES["sm4_reply_key"]):
            fitting = one.replace(sm4_reply_key=reply_key)
            if _fits(fitting, body, request):
                return fitting
    return profile


def _equals(profile: Profile, request: Request) -> Iterator[Profile]:
    """Yield ``profile``, and the other dialects whose message is the same to the byte."""
    yield profile
    own = seal(profile, request).body
    for values in product(*(CHOICES[name] for name in _UNTOLD)):
        other = profile.replace(**dict(zip(_UNTOLD, values, strict=True)))
        if other != profile and seal(other, request).body == own:
            yield other


def _fits(profile: Profile, body: bytes, request: Request) -> bool:
    try:
        opened = codec.open(profile, body, request.key, request=request.fields)
    except VcchkError:
        return False
    return opened.signature != Signature.WRONG
