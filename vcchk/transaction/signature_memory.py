"""Whether replies at this site are known to be signed: the memory behind ``[wire] verify_reply = auto``.

Nobody could check a city's signing rule before, so a wrong signature is only a warning until one reply has verified.
From then on the rule is known to hold here, and a missing or wrong signature is 9003. The memory is an empty file a
site in the state folder, so that it outlives the process and serves every program of the machine.
"""

from __future__ import annotations

import os

from vcchk.crypto import engine
from vcchk.records.folder import ensure_file, make_subfolder


class SignatureTrust:
    """Remembers, per site, that a reply's signature has verified."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, "verified")
        self._known: set[str] = set()

    def _path(self, site: str) -> str:
        return os.path.join(self._folder, engine.digest("SHA-256", site.encode()).hex()[:32])

    def known(self, site: str) -> bool:
        """Tell whether a reply of ``site`` (profile and host) has ever verified on this machine."""
        if site not in self._known and os.path.exists(self._path(site)):
            self._known.add(site)
        return site in self._known

    def remember(self, site: str) -> None:
        """A reply of ``site`` has verified. A folder that cannot be written leaves it to this process's memory."""
        if site in self._known:
            return
        self._known.add(site)
        try:
            make_subfolder(self._folder)
            ensure_file(self._path(site))
        except OSError:
            pass
