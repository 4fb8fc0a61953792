"""What this machine has found out about a platform's wire rules for one application: a file in the state folder.

Lines of ``name = value``, which doctor reads too. Nothing of a message is in it, and no key. A lock file beside it lets
one program at a time search, whichever user runs it.
"""

from __future__ import annotations

import os
import time

from vcchk.crypto import engine
from vcchk.records.file_lock import try_lock
from vcchk.records.folder import ensure_file, make_subfolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = "rules"
AMBIGUITY, AMBIGUITY_SEEN = "parting", "parting_seen"
"""Names in such a file, whose spelling older versions share: what in a request that was refused as wrongly signed two
signature rules sign differently, and when that was."""
_POLL_SECONDS = 0.02


class RulesFile:
    """The file of one platform and one application. ``url``: strUrl, of which a password and the query are left out."""

    def __init__(self, folder: str, url: str, app_id: str) -> None:
        scheme, _, rest = url.partition("?")[0].rpartition("://")
        authority, slash, path = rest.partition("/")
        host = authority.rpartition("@")[2]
        address = f"{scheme}://{host}{slash}{path}"
        # For people to know it again. A path and an id are whatever a caller wrote: they are not repeated whole.
        is_an_id = len(app_id) >= 16 and app_id.isascii() and app_id.isprintable()
        self._about = {
            "address": f"{scheme}://{_shown(host)}",
            "app_id": f"{app_id[:4]}…{app_id[-4:]}" if is_an_id else "…",
        }
        name = engine.digest("SHA-256", f"{address} {app_id}".encode("utf-8", "surrogatepass")).hex()[:32]
        self._path = os.path.join(folder, FOLDER, name)
        self._lock: int | None = None

    def load(self) -> dict[str, str]:
        """Return what is known, empty when nothing is. Raises OSError when the file is there and cannot be read."""
        return _load(self._path)

    def save(self, values: Mapping[str, str]) -> None:
        """Replace what is known. Raises OSError."""
        text = "".join([f"{name} = {value}\n" for name, value in {**self._about, **values}.items()])
        beside = f"{self._path}.{os.getpid()}"
        ensure_file(beside)
        with open(beside, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        os.replace(beside, self._path)

    def acquire(self, seconds: float) -> bool:
        """Become the one who may search, waiting at most ``seconds``; False when another still is. Raises OSError."""
        make_subfolder(os.path.dirname(self._path))
        path = self._path + ".lock"
        ensure_file(path)
        descriptor = os.open(path, os.O_RDWR)
        until = time.monotonic() + seconds
        while not try_lock(descriptor):
            if time.monotonic() >= until:
                os.close(descriptor)
                return False
            time.sleep(_POLL_SECONDS)
        self._lock = descriptor
        return True

    def release(self) -> None:
        """Let others search."""
        descriptor, self._lock = self._lock, None  # before it is closed: from then on the field is the next thread's
        if descriptor is not None:
            os.close(descriptor)


def _shown(host: str) -> str:
    """Return host and port for people; a part that may be somebody's number, name or key is left out.

    By hand: the patterns of `masking` would bring `re` into the first call to a new platform.
    """
    parts = [part if part.isascii() and len(part) <= (6 if part.isdigit() else 15) else "…" for part in host.split(".")]
    return ".".join(parts)


def _load(path: str) -> dict[str, str]:
    try:
        with open(path, "rb") as file:
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, sign, value = line.partition(" = ")
        if sign:
            found[name] = value
    return found


def all_rules(folder: str) -> Iterator[dict[str, str]]:
    """Yield what is known of every platform that this machine knows; a file that cannot be read is left out."""
    try:
        names = sorted(os.listdir(os.path.join(folder, FOLDER)))
    except OSError:
        return
    for name in names:
        if "." in name:
            continue
        try:
            yield _load(os.path.join(folder, FOLDER, name))
        except OSError:
            continue
