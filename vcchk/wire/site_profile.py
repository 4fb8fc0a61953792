"""The profile that a site's INI asks for, checked value by value."""

from __future__ import annotations

from vcchk.base.encoding import is_hex
from vcchk.base.errors import LocalProtocolError
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import CHOICES, IV_BYTES, PAIRS, Profile, iv_bytes, pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

AUTO = "auto"
"""``[wire] profile``: the library finds the rules itself, starting from `FIRST`."""
FIRST = "xiamen"
_KEYS = tuple(field for field in Profile._fields if field != "name")
_NO_POSITIONS: dict[str, dict[str, str]] = {}


def _wrong(name: str, key: str, value: str, allowed: str) -> LocalProtocolError:
    return LocalProtocolError(
        "9002", f"VirtualCardChk.ini 的 [profile:{name}] 中 {key} = {value} 无效，可用：{allowed}", cause="bad profile"
    )


def _problem(key: str, value: str) -> str:
    """Return the values that ``key`` may hold when ``value`` is none of them, else an empty text."""
    if key in CHOICES:
        return "" if value in CHOICES[key] else "、".join(CHOICES[key])
    if key in IV_BYTES:
        size = IV_BYTES[key]
        try:
            fits = len(iv_bytes(value)) == size
        except ValueError:
            fits = False
        return "" if fits else f"text: 加 {size} 个字符，或 hex: 加 {size * 2} 位十六进制"
    if key in PAIRS:
        try:
            pairs(value)
        except ValueError:
            return "名称=值，多个用逗号分隔"
        return ""
    fits, allowed = {
        "key_suffix": (value.endswith("K"), "key=K、&key=K、K、&app_secret=K（K 代表密钥）"),
        "success": (bool(value), "0000、10、200、0"),
        "sm2_private_key": (not value or (len(value) == 64 and is_hex(value)), "64 位十六进制"),
        "sm2_public_key": (not value or (len(value) in (128, 130) and is_hex(value)), "128 位十六进制，前面可有 04"),
    }.get(key, (True, ""))
    return "" if fits else allowed


_CHANGE = "profile."


def to_file_values(profile: Profile) -> dict[str, str]:
    """Return a confirmed profile as values for its platform's file; secrets stay in the INI alone."""
    base = BUILTIN.get(profile.name, BUILTIN[FIRST])
    own = {name for name in Profile._fields if name not in ("name", *Profile._secret)}
    changes = {
        _CHANGE + name: getattr(profile, name)
        for name in Profile._fields
        if name in own and getattr(profile, name) != getattr(base, name)
    }
    return {"base": base.name, **changes}


def from_file_values(known: Mapping[str, str], fixed: Mapping[str, str]) -> Profile | None:
    """Return the profile that a platform's file confirms, None for none. ``fixed``: what the INI fixes.

    A key or value that this version does not know is a later one's, which this one was put back over.
    """
    base = BUILTIN.get(known.get("base", ""))
    if base is None or not known.get("confirmed"):
        return None
    changes = {name.removeprefix(_CHANGE): value for name, value in known.items() if name.startswith(_CHANGE)}
    are_known = all(key in _KEYS and not _problem(key, value) for key, value in changes.items())
    return base.replace(**changes | dict(fixed)) if are_known else None


def fixed_settings(sections: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return what a site fixes while the rest is found out: the keys of its section ``[profile:auto]``.

    A key that no profile has fixes nothing; `resolve_profile` and `unknown_keys` tell it.
    """
    return {key: value for key, value in sections.get(AUTO, {}).items() if key in _KEYS}


def unknown_keys(sections: Mapping[str, Mapping[str, str]], positions: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return a Chinese sentence for every key of a ``[profile:NAME]`` section that no profile has, used or not.

    ``positions``: file and line by NAME and key.
    """
    return [
        _unknown(name, key, positions)
        for name, section in sections.items()
        for key in section
        if key != "base" and key not in _KEYS
    ]


def _unknown(name: str, key: str, positions: Mapping[str, Mapping[str, str]]) -> str:
    from vcchk.base.nearest import nearest

    position = positions.get(name, {}).get(key, "")
    meant = nearest(key, ("base", *_KEYS))
    if not position:
        return f"VirtualCardChk.ini：[profile:{name}] {key} 不是已知的设置项{meant}"
    # The sentence names the line, not the key: a secret alone on its line passes for a key if it is base64 ending "=".
    return f"{position}：[profile:{name}] 的这一项不是已知的设置项{meant}"


def resolve_profile(
    name: str, sections: Mapping[str, Mapping[str, str]], positions: Mapping[str, Mapping[str, str]] = _NO_POSITIONS
) -> Profile:
    """Return the profile ``name``: the section of that name from the INI, else the built-in one; `AUTO` is `FIRST`.

    ``sections``: the raw ``[profile:NAME]`` sections by NAME; ``positions``: file and line of their keys.
    Raises LocalProtocolError 9002, with a Chinese sentence, for an unknown name, base, key or value.
    """
    section = sections.get(name)
    if section is None:
        found = BUILTIN.get(FIRST if name == AUTO else name)
        if found is None:
            known = "、".join([AUTO, *BUILTIN, *sections])
            raise LocalProtocolError(
                "9002",
                # After a blank somebody may have written a remark, with whatever in it.
                f"VirtualCardChk.ini 的 [wire] profile = {''.join(name.split()[:1])} 没有定义，可用：{known}",
                cause="unknown profile",
            )
        return found
    base = BUILTIN.get(section.get("base", FIRST))
    if base is None:
        raise _wrong(name, "base", section["base"], "、".join(BUILTIN))
    changes = {}
    for key, value in section.items():
        if key == "base":
            continue
        if key not in _KEYS:
            raise LocalProtocolError("9002", _unknown(name, key, positions), cause="unknown profile key")
        allowed = _problem(key, value)
        if allowed:
            quoted = "…" if key in Profile._secret else value
            raise _wrong(name, key, quoted, allowed)
        changes[key] = value
    return base.replace(name=base.name if name == AUTO else name, **changes)
