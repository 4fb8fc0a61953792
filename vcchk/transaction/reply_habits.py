"""What a platform's replies were seen to do: that they are signed, and which of a request's members they repeat.

Nobody could check a city's rules before, so a wrong signature, or a reply that names another method, is only a warning
until one reply of that sender was right. From then on the habit is known to hold, and a reply that breaks it is
refused. Each habit is an empty file in the state folder, so that it outlives the process and serves every program of
the machine.
"""

from __future__ import annotations

import os

from vcchk.crypto import engine
from vcchk.records.folder import ensure_file, make_subfolder

SIGNS = "signs"
"""A reply's signature has verified."""


class ReplyHabits:
    """Remembers habits by sender; ``sender``: wire profile and host, as `PlatformReply.sender` has them."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, "verified")
        self._known: set[tuple[str, str]] = set()

    def _path(self, sender: str, habit: str) -> str:
        # Files of version 0.1 are named after the sender alone.
        text = sender if habit == SIGNS else f"{sender} {habit}"
        return os.path.join(self._folder, engine.digest("SHA-256", text.encode()).hex()[:32])

    def knows(self, sender: str, habit: str) -> bool:
        """Tell whether ``habit`` was ever seen of ``sender`` on this machine."""
        if (sender, habit) not in self._known and os.path.exists(self._path(sender, habit)):
            self._known.add((sender, habit))
        return (sender, habit) in self._known

    def remember(self, sender: str, habit: str) -> None:
        """Keep a habit. A folder that cannot be written leaves it to this process's memory."""
        if (sender, habit) in self._known:
            return
        self._known.add((sender, habit))
        try:
            make_subfolder(self._folder)
            ensure_file(self._path(sender, habit))
        except OSError:
            pass
