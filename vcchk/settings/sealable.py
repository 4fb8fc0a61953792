"""The settings that ``vcchk secret set`` seals, in the INI or in a file of this machine's state folder."""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.settings.option import SEALED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vcchk.settings.schema import Settings


class Sealable(Record):
    """One setting. ``title``: Chinese. ``section``: where it stands, "" for the ``[profile:NAME]`` in use."""

    name: str
    title: str
    section: str = ""

    def section_in(self, settings: Settings) -> str:
        """Return the section that the INI has it in."""
        return self.section or f"profile:{settings.wire.profile}"

    def stored(self, settings: Settings) -> str:
        """Return the value as it stands, sealed or in clear, "" for none."""
        if self.section:
            return str(getattr(getattr(settings, self.section), self.name))
        return settings.profiles.get(settings.wire.profile, {}).get(self.name, "")

    def put(self, settings: Settings, value: str) -> Settings:
        """Return ``settings`` with ``value`` in place of what is stored."""
        if self.section:
            section = getattr(settings, self.section).replace(**{self.name: value})
            return settings.replace(**{self.section: section})
        in_use = settings.wire.profile
        base = settings.profiles.get(in_use, {} if in_use == "auto" else {"base": in_use})
        return settings.replace(profiles={**settings.profiles, in_use: {**base, self.name: value}})

    def is_in_clear(self, settings: Settings) -> bool:
        """Tell whether a secret stands there for everybody to read; a proxy without a user is none."""
        value = self.stored(settings)
        return bool(value) and not value.startswith(SEALED) and (self.name != "proxy" or "@" in value)


SEALABLE = {
    row.name: row
    for row in (
        Sealable(name="key", title="应用密钥", section="wire"),
        Sealable(name="cipher_secret", title="加密用的密钥"),
        Sealable(name="sm2_private_key", title="SM2 私钥"),
        Sealable(name="proxy", title="代理服务器", section="gateway"),
    )
}
"""By name. Those of a profile are as `vcchk.wire.profile` marks them."""
