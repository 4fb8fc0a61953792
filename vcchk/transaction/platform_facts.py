"""What is known of a platform from its own replies: that it signs them, and which of a request's members they repeat.

Nobody could check a city's rules before, so a wrong signature, or a reply that names another method, is only a warning
until one reply of that platform was right. From then on the rule is known to hold here, and a reply that breaks it is
refused. Each fact is an empty file in the state folder, so that it outlives the process and serves every program of
the machine.
"""

from __future__ import annotations

import os

from vcchk.crypto import engine
from vcchk.records.folder import ensure_file, make_subfolder

SIGNS = "signs"
"""A reply's signature has verified."""


class PlatformFacts:
    """Remembers facts by platform; ``platform``: its wire profile and host, as `PlatformReply.platform` has them."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, "verified")
        self._known: set[tuple[str, str]] = set()

    def _path(self, platform: str, fact: str) -> str:
        # Files of version 0.1 are named after the platform alone.
        text = platform if fact == SIGNS else f"{platform} {fact}"
        return os.path.join(self._folder, engine.digest("SHA-256", text.encode()).hex()[:32])

    def knows(self, platform: str, fact: str) -> bool:
        """Tell whether ``fact`` was ever seen of ``platform`` on this machine."""
        if (platform, fact) not in self._known and os.path.exists(self._path(platform, fact)):
            self._known.add((platform, fact))
        return (platform, fact) in self._known

    def remember(self, platform: str, fact: str) -> None:
        """Keep a fact. A folder that cannot be written leaves it to this process's memory."""
        if (platform, fact) in self._known:
            return
        self._known.add((platform, fact))
        try:
            make_subfolder(self._folder)
            ensure_file(self._path(platform, fact))
        except OSError:
            pass
