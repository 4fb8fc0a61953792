"""What a platform's first success tells beyond the request: rules that the request left open, and the success code.

Where the reply cannot be opened or its signature is wrong, the open rules are tried on it offline: nothing is sent
again.
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
from vcchk.wire.signing import Signature

_LEFT_OPEN = ("charset", "biz_signed", "empty")
"""Rules that make no difference to a request in ASCII whose business data are sorted and have no empty values."""


def completed(profile: Profile, body: bytes, seen: Observation, request: Request) -> Profile:
    """Return ``profile``, which the platform has accepted, changed so that the reply opens and its signature is right.

    Only profiles that write the same request are tried; where none fits, ``profile`` stays.
    """
    if seen.code in success_codes(profile.name) and seen.code != PLATFORM_SUCCESS:
        profile = profile.replace(success=seen.code)
    for candidate in _same_request(profile, request):
        for reply_key in (candidate.sm4_reply_key, *CHOICES["sm4_reply_key"]):
            fitting = candidate.replace(sm4_reply_key=reply_key)
            if _fits(fitting, body, request):
                return fitting
    return profile


def _same_request(profile: Profile, request: Request) -> Iterator[Profile]:
    """Yield ``profile``, and the other profiles whose message is the same to the byte."""
    yield profile
    own = seal(profile, request).body
    for values in product(*(CHOICES[name] for name in _LEFT_OPEN)):
        other = profile.replace(**dict(zip(_LEFT_OPEN, values, strict=True)))
        if other != profile and seal(other, request).body == own:
            yield other


def _fits(profile: Profile, body: bytes, request: Request) -> bool:
    try:
        opened = codec.open(profile, body, request.key, request=request.fields)
    except VcchkError:
        return False
    return opened.signature != Signature.WRONG
