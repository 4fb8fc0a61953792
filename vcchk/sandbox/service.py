"""One sandbox: its state and its parts, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask import current_app

from vcchk.sandbox import seed
from vcchk.sandbox.calls import Calls
from vcchk.sandbox.clock import Clock
from vcchk.sandbox.context import Context
from vcchk.sandbox.faults import Faults
from vcchk.sandbox.store import wipe
from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import Profile
from vcchk.wire.site_profile import resolve_profile

if TYPE_CHECKING:
    from flask import Flask

DEFAULT_PROFILE = "xiamen"


class Sandbox(Context):
    """One sandbox: rows, clock, options, faults, the calls seen, and the profiles that it speaks.

    ``database``: path of the SQLite file, or ``:memory:``. ``sections``: raw ``[profile:NAME]`` sections of an INI.

    ``default_profile``: what ``/ehcService/gateway.do`` speaks. ``write``: takes log lines (None: no log).
    ``strict``: refuse whatever the documents' tables find (the option of this name).
    """

    def __init__(
        self,
        database: str = ":memory:",
        *,
        reset: bool = False,
        sections: Mapping[str, Mapping[str, str]] | None = None,
        default_profile: str = DEFAULT_PROFILE,
        write: Callable[[str], None] | None = None,
        strict: bool = False,
    ) -> None:
        super().__init__(database, strict=strict)
        self.faults = Faults()
        self.calls = Calls(self.clock, write)
        names = [*BUILTIN, *(sections or {})]
        self.profiles: dict[str, Profile] = {name: resolve_profile(name, sections or {}) for name in names}
        self.default_profile = self._first_profile = resolve_profile(default_profile, sections or {})
        if reset or self.store.is_empty():
            self._renew(with_seed=True)

    def reset(self, *, with_seed: bool = True) -> None:
        """Forget everything: rows, clock, faults, options, calls, profile; seed again unless told not to."""
        self.default_profile = self._first_profile
        self.clock.become(Clock())
        self.options.reset()
        self.faults.clear()
        self.calls.clear()
        self.reader.present(None)
        self._renew(with_seed=with_seed)

    def _renew(self, *, with_seed: bool) -> None:
        """Replace all rows at once: no call in between finds a platform without its applications."""
        with self.store.transaction() as db:
            wipe(db)
            if with_seed:
                seed.fill(db, self.clock.now())

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def attach(app: Flask, sandbox: Sandbox) -> None:
    """Let `current` find the sandbox in requests of this application."""
    app.extensions["vcchk"] = sandbox


def current() -> Sandbox:
    """Return the sandbox of the running request."""
    found: Sandbox = current_app.extensions["vcchk"]
    return found
