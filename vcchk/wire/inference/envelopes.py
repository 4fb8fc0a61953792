"""The envelopes of all families, and which of them a captured message is in, by the names of its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vcchk.base.encoding import decode
from vcchk.base.errors import RemoteProtocolError
from vcchk.wire import codec, names
from vcchk.wire.families import BUILTIN
from vcchk.wire.inference.inferred import Alternative, InferenceError
from vcchk.wire.profile import CHOICES, Profile

FIELDS = ("sign_names", "naming", "names", "reply_names", "clear_name", "unsigned", "members")
"""What a family's envelope is made of."""


def envelopes() -> list[Profile]:
    """Return a profile for each set of names: the card platform's four spellings first, then each family's."""
    card = BUILTIN["xiamen"]
    spellings = [card.replace(sign_names=s, naming=n) for s in ("sign", "digest") for n in ("snake", "camel")]
    found: dict[tuple[str, ...], Profile] = {}
    for profile in (*spellings, *BUILTIN.values()):
        found.setdefault(tuple(getattr(profile, key) for key in FIELDS), profile)
    return list(found.values())


def members(body: bytes) -> tuple[dict[str, Any], bool]:
    """Return the members of a request and whether they were a form's. Raises InferenceError when it is neither."""
    for form in (False, True):
        profile = Profile(name="site", content_type="form" if form else "application/json")
        try:
            whole = codec.members(profile, decode(body).text, False)
        except RemoteProtocolError:
            continue
        if len(whole) > 1:
            return whole, form
    raise InferenceError("抓取的内容既不是 JSON 对象，也不是表单：请给出报文体本身，或 vcchk wire capture 的文件")


def of_request(whole: Mapping[str, Any], wanted: Iterable[str], *, is_form: bool) -> list[Alternative]:
    """Return the envelopes that have a name for each of ``wanted`` (document A's) in the message.

    Raises InferenceError when none has.
    """
    found = []
    for profile in envelopes():
        to_wire = names.to_wire(profile)
        biz_name = to_wire["biz_content"] if to_wire["biz_content"] in whole else profile.clear_name
        if biz_name in whole and all(to_wire[name] in whole for name in ("sign", *wanted)):
            own = {key: getattr(profile, key) for key in FIELDS}
            found += [own | {"biz_form": form} for form in _forms(whole[biz_name], profile, is_form=is_form)]
    if not found:
        present = "、".join(sorted(whole))
        raise InferenceError(
            f"字段名不符合任何已知写法（应有 sign 或 digest、biz_content 或 bizContent 等）；报文中有：{present}"
        )
    return found


def _forms(biz: Any, family: Profile, *, is_form: bool) -> list[str]:
    """Return how business data in clear may travel; ciphertext and forms do not show it: the family's way is first."""
    if isinstance(biz, dict):
        return ["object"]
    if not is_form and isinstance(biz, str) and biz.lstrip().startswith("{"):
        return ["text"]
    return sorted(CHOICES["biz_form"], key=lambda form: form != family.biz_form)


def of_reply(whole: Mapping[str, Any]) -> list[Profile]:
    """Return the profiles, one a set of names, whose replies have these names for code and text; best known first."""
    found = []
    for profile in envelopes():
        to_wire = names.to_wire(profile)
        if to_wire["ret_code"] in whole and to_wire["ret_msg"] in whole:
            found.append(profile)
    return sorted(found, key=lambda profile: -len(whole.keys() & set(names.to_wire(profile).values())))
