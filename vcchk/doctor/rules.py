"""What this machine has found out of its platforms' rules: confirmed with which proof, or refused with what.

A query of doctor's own obeys the limits of first contact: for a platform that is not confirmed it is one message more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from vcchk.doctor.finding import OK, WARN, Finding
from vcchk.records import sealing
from vcchk.records.rules_file import AMBIGUITY, AMBIGUITY_SEEN, RulesFile, all_rules
from vcchk.settings import Settings, places
from vcchk.wire import canonical
from vcchk.wire.message import Message
from vcchk.wire.profile import CHOICES, Profile
from vcchk.wire.profile_help import described, section
from vcchk.wire.site_profile import AUTO, fixed_settings, from_file_values, resolve_profile

CHECK = "报文规则"
REFUSALS_WARN = 3
"""Refusals in a row by a confirmed platform that are worth a warning."""
_MOMENT = "%Y%m%d%H%M%S"


def platform_rules(settings: Settings) -> Iterator[Finding]:
    """One finding a platform with which ``[wire] profile = auto`` has exchanged messages."""
    if settings.wire.profile != AUTO:
        return
    fixed = fixed_settings(settings.profiles)
    platforms = list(all_rules(places.state_folder(settings)))
    for known in platforms:
        profile = from_file_values(known, fixed)
        yield _confirmed(known, profile) if profile is not None else _unconfirmed(known)
        if known.get(AMBIGUITY):
            yield _ambiguity(known, profile)
    if not platforms:
        yield Finding(check=CHECK, level=OK, text="还没有与平台通信过；首次交易时自动确认")


def _place(known: dict[str, str]) -> str:
    """Return which platform and application a file is about (Chinese)."""
    return f"{known.get('address', '')} 应用 {known.get('app_id', '')}"


def _confirmed(known: dict[str, str], profile: Profile) -> Finding:
    place = _place(known)
    try:
        moment = time.strftime("%Y-%m-%d %H:%M", time.strptime(known["confirmed"], _MOMENT))
    except ValueError:
        moment = known["confirmed"]
    proof = f"{moment} 首次被接受，应答验签通过 {known.get('verified', '0')} 次以上"
    refused = known.get("refused_since", "0")
    if refused.isdigit() and int(refused) >= REFUSALS_WARN:
        return Finding(
            check=CHECK,
            level=WARN,
            text=f"{place}：{described(profile)}（{proof}），最近连续 {refused} 次被拒绝",
            advice="请核对密钥；密钥无误请执行 vcchk wire probe 重新查找",
        )
    lines = [line for line in section(profile.replace(name="site")) if not line.startswith(";")]
    pinned = "；".join(["[wire]", "profile = site", *lines])
    return Finding(
        check=CHECK, level=OK, text=f"{place}：{described(profile)}（{proof}）", advice=f"固定到 INI：{pinned}"
    )


def _unconfirmed(known: dict[str, str]) -> Finding:
    tried = [part for part in known.get("tried", "").split("；") if part]
    text = f"{_place(known)}：尚未确认"
    if tried:
        text += f"，已被拒绝：{'；'.join(tried)}"
    return Finding(
        check=CHECK,
        level=WARN if tried else OK,
        text=text,
        advice="请核对密钥（key）；密钥无误请执行 vcchk wire probe，或用旧 DLL 的报文执行 vcchk wire infer"
        if tried
        else "",
    )


def _ambiguity(known: dict[str, str], profile: Profile | None) -> Finding:
    """A request that was 9003 held what two rules for the signature treat differently."""
    text = f"{_place(known)}：{_moment(known.get(AMBIGUITY_SEEN, ''))}被 9003 拒绝的请求，业务数据有{known[AMBIGUITY]}"
    if profile is None:
        return Finding(check=CHECK, level=OK, text=f"{text}；biz_signed = as_is 与 canonical 在此不同，两种都会试")
    other = next(value for value in CHOICES["biz_signed"] if value != profile.biz_signed)
    return Finding(
        check=CHECK,
        level=WARN,
        text=f"{text}；签名规则 biz_signed = as_is 与 canonical 在此不同",
        advice=f"没有这些数据的请求若能通过，请在 [profile:auto] 写 biz_signed = {other} 再试",
    )


def request_differences(request: Message) -> Iterator[Finding]:
    """Tell where a request's signature depends on ``biz_signed``: the harmless query of doctor's own cannot show it."""
    ambiguity = canonical.differences(request.biz_text)
    if ambiguity:
        text = f"该请求的业务数据有{ambiguity}：签名规则 biz_signed = as_is 与 canonical 在此不同"
        yield Finding(check=CHECK, level=OK, text=text, advice="平台若以 9003 拒绝它，密钥无误请核对 biz_signed")


def _moment(text: str) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M ", time.strptime(text, _MOMENT))
    except ValueError:
        return ""


class QueryRules:
    """The rules for doctor's own query to one platform, and whether it may be sent."""

    def __init__(self, settings: Settings, url: str, app_id: str) -> None:
        name, folder = settings.wire.profile, places.state_folder(settings)
        profiles = sealing.reveal_profiles(settings.profiles, folder, name)
        self.profile = resolve_profile(name, profiles)
        self._rules: RulesFile | None = None
        self._known: dict[str, str] = {}
        self.may_ask = True
        if name != AUTO or not settings.wire.calibrate:
            return
        rules = RulesFile(folder, url, app_id)
        try:
            self._known = rules.load()
        except OSError:
            return
        confirmed = from_file_values(self._known, fixed_settings(profiles))
        if confirmed is not None:
            self.profile = confirmed
            return
        self._rules = rules
        self.may_ask = self._refused_today() < settings.wire.calibrate_day

    def _refused_today(self) -> int:
        count = self._known.get("refused", "")
        return int(count) if self._known.get("day") == time.strftime("%Y%m%d") and count.isdigit() else 0

    def refused(self) -> None:
        """The query was refused for its signature or cipher: one of the day's."""
        if self._rules is None:
            return
        try:
            if self._rules.acquire(1.0):
                self._known = self._rules.load()
                more = {"day": time.strftime("%Y%m%d"), "refused": str(self._refused_today() + 1)}
                self._rules.save(self._known | more)
        except OSError:
            pass
        finally:
            self._rules.release()
