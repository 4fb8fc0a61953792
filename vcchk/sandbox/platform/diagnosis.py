"""Why a signature is wrong: the text that should have been signed, and which other rule the caller followed.

The first question of every integrator. Only the signature travels, not the text that the caller signed; so plausible
rules (the variant table of docs/wire.md), keys and spellings of biz_content are tried until one gives the signature.
Everything returned is masked.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vcchk.base.errors import VcchkError
from vcchk.records import masking
from vcchk.wire import codec, names, signing
from vcchk.wire.signing import Signature, Unsigned

if TYPE_CHECKING:
    from vcchk.wire.codec import Opened, Raw
    from vcchk.wire.profile import Profile

# field of a profile: (Chinese label, values to try)
TRIED: dict[str, tuple[str, tuple[str, ...]]] = {
    "key_suffix": ("密钥后缀", ("key=K", "&key=K", "K", "&app_secret=K", "&app_key=K", "&secret=K")),
    "order": ("字段顺序", ("ordinal", "caseless", "fixed")),
    "signed": ("签名内容", ("clear", "cipher", "business", "text")),
    "empty": ("空值", ("skip", "keep")),
    "charset": ("签名文本编码", ("utf-8", "gbk")),
}
_DIGESTS = {32: ("MD5",), 64: ("SM3", "SHA-256")}
EXCERPT_CHARACTERS = 24
"""Characters of an excerpt before and after the place where two texts begin to differ."""


@dataclass(frozen=True)
class Difference:
    """Where two canonical texts begin to differ.

    ``at``: character, from 1; ``ours``/``theirs``: excerpts in clear, key masked.
    """

    at: int
    ours: str
    theirs: str


@dataclass(frozen=True)
class Diagnosis:
    """Why a signature does not hold. ``lines``: Chinese text, masked; ``difference``: when the caller's rule is known
    and its text is another one."""

    lines: tuple[str, ...]
    difference: Difference | None = None


@dataclass(frozen=True)
class _Suspects:
    """What callers are known to mistake for the right thing: other ``profiles``, ``keys`` with their Chinese names."""

    profiles: tuple[Profile, ...]
    keys: tuple[tuple[str, str], ...]


class _Attempt:
    """One way to sign the same message: ``labels`` say in what it differs from the platform's own."""

    def __init__(self, profile: Profile, biz_text: str, key: str, labels: tuple[str, ...]) -> None:
        self.profile, self.biz_text, self.key, self.labels = profile, biz_text, key, labels


def explain(
    profile: Profile, raw: Raw, opened: Opened, key: str, *, profiles: Iterable[Profile], other_keys: Iterable[str]
) -> Diagnosis:
    """Say why a signature is missing or wrong. ``profiles``: rules that the caller may have followed instead;
    ``other_keys``: of other applications."""
    masking.remember(raw.fields, opened.biz if isinstance(opened.biz, dict) else {})
    suspects = _Suspects(tuple(profiles), tuple(_keys(raw.fields.get("app_id", ""), key, other_keys)))
    lines: list[str] = []
    try:
        difference = _explain(profile, raw, opened, key, suspects, lines.append)
    finally:
        masking.forget()
    return Diagnosis(tuple(lines), difference)


def _explain(
    profile: Profile, raw: Raw, opened: Opened, key: str, suspects: _Suspects, say: Callable[[str], None]
) -> Difference | None:
    sign_name = names.to_wire(profile)["sign"]
    received = raw.wire.get(sign_name, "")
    message = codec.unsigned(profile, raw, opened.biz_text)
    own = signing.text(profile, message, "***")
    say(f"待签文本（规则 {profile.name}，密钥与个人信息已隐去）：{masking.mask_text(own)}")
    if opened.signature == Signature.MISSING:
        say(f"请求中没有 {sign_name}，或其值为空。")
        return None
    say(f"收到的 {sign_name} 有 {len(received)} 个字符。")
    found = _find(_attempts(profile, opened.biz_text, key, suspects), message, received)
    if found is None:
        say("没有一种已知规则能得到这个签名：最可能是密钥不同，其次是签名之后报文又被改动。")
        return None
    attempt, digest = found
    labels = list(attempt.labels)
    try:
        if signing.hash_name(profile, raw.fields.get("sign_type", "")) != digest:
            labels.append(f"摘要算法 {digest}")
    except VcchkError:
        labels.append(f"摘要算法 {digest}")
    cased = received.upper() if profile.hash_case == "upper" else received.lower()
    if received != cased:
        labels.append("签名十六进制的大小写")
    say(f"对方签名用的是：{'；'.join(labels) or '同一规则'}。")
    other = signing.text(attempt.profile, message.replace(biz_text=attempt.biz_text), "***")
    if own == other:
        say("两边的待签文本相同，差别在密钥、编码、摘要算法或大小写。")
        return None
    masked = _first_difference(masking.mask_text(own), masking.mask_text(other))
    if masked is None:
        say("两边的待签文本只在被隐去的值中不同。")
    else:
        say(f"待签文本从第 {masked.at} 个字符起不同：平台「…{masked.ours}…」，对方「…{masked.theirs}…」")
    return _first_difference(own, other)


def common_length(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (ours, theirs) in pairs if ours != theirs), min(len(one), len(other)))


def _first_difference(ours: str, theirs: str) -> Difference | None:
    """Return where two texts begin to differ, None for equal ones."""
    if ours == theirs:
        return None
    at = common_length(ours, theirs)
    start = max(0, at - EXCERPT_CHARACTERS)
    return Difference(at + 1, ours[start : at + EXCERPT_CHARACTERS], theirs[start : at + EXCERPT_CHARACTERS])


def _find(attempts: Iterator[_Attempt], message: Unsigned, received: str) -> tuple[_Attempt, str] | None:
    """Return the first attempt that gives the signature received, with its digest."""
    digests = _DIGESTS.get(len(received), ())
    for attempt in attempts:
        tried = message.replace(biz_text=attempt.biz_text)
        for digest in digests:
            made = signing.sign(attempt.profile, digest, tried, attempt.key)
            if made.upper() == received.upper():
                return attempt, digest
    return None


def _attempts(profile: Profile, biz_text: str, key: str, suspects: _Suspects) -> Iterator[_Attempt]:
    yield _Attempt(profile, biz_text, key, ())
    for text, label in _spellings(biz_text):
        yield _Attempt(profile, text, key, (label,))
    for other_key, label in suspects.keys:
        yield _Attempt(profile, biz_text, other_key, (label,))
    variants = _variants(profile)
    yield from (_changed(profile, changed, biz_text, key) for changed in variants if len(changed) == 1)
    for other in suspects.profiles:
        if other.name != profile.name:
            yield _Attempt(other, biz_text, key, (f"规则 {other.name}（本地址的规则是 {profile.name}）",))
    yield from (_changed(profile, changed, biz_text, key) for changed in variants if len(changed) > 1)


def _changed(profile: Profile, changed: dict[str, str], biz_text: str, key: str) -> _Attempt:
    labels = tuple(f"{TRIED[n][0]} {v}（平台为 {getattr(profile, n)}）" for n, v in changed.items())
    return _Attempt(profile.replace(**changed), biz_text, key, labels)


def _variants(profile: Profile) -> list[dict[str, str]]:
    """Return the changes to a profile, those with fewer changes first."""
    choices = [[(name, value) for value in (getattr(profile, name), *values)] for name, (_, values) in TRIED.items()]
    combined = []
    for pairs in itertools.product(*map(dict.fromkeys, choices)):
        changed = {name: value for name, value in pairs if value != getattr(profile, name)}
        if changed:
            combined.append(changed)
    combined.sort(key=len)
    return combined


def _spellings(biz_text: str) -> Iterator[tuple[str, str]]:
    """Return other texts of the same business JSON: programs often sign one text and send another."""
    try:
        value: Any = json.loads(biz_text)
    except (ValueError, RecursionError):
        return
    compact = (",", ":")
    forms = (
        (json.dumps(value, ensure_ascii=False, separators=compact), "biz_content 去掉空格后的文本"),
        (json.dumps(value, ensure_ascii=False), "biz_content 带空格的文本"),
        (json.dumps(value, separators=compact), "biz_content 用 \\u 转义的文本"),
        (json.dumps(value, ensure_ascii=False, separators=compact, sort_keys=True), "biz_content 按字段名排序后的文本"),
        (json.dumps(biz_text, ensure_ascii=False), "biz_content 作为 JSON 字符串（带引号和转义）的文本"),
        ("", "不含 biz_content"),
    )
    yield from (pair for pair in forms if pair[0] != biz_text)


def _keys(app_id: str, key: str, others: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Return keys that are mistaken for the right one."""
    yield from (
        (k, label) for k, label in ((key.lower(), "密钥写成了小写"), (key.upper(), "密钥写成了大写")) if k != key
    )
    yield "", "密钥为空"
    yield key[:16], "密钥只取了前 16 位"
    yield app_id, "把 app_id 当作密钥"
    for white in (" ", "\n", "\r\n", "\t"):
        yield key + white, "密钥末尾多了空白"
    yield from ((other, "密钥属于另一个应用") for other in others)
