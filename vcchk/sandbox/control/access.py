"""Orders about who may call, and by which rules: applications, terminals, the default profile."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vcchk.sandbox.control import state
from vcchk.sandbox.control.order import Body, OrderError, flag, needed, objects, text, texts, whole
from vcchk.sandbox.platform import dialect as dialects
from vcchk.sandbox.platform.urls import PROFILES_FOLDER

if TYPE_CHECKING:
    from vcchk.sandbox.service import Sandbox

HIDDEN = "***"


def apps(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """List the applications with their terminals and allowed methods; ``clear``: true shows the keys. `seed` adds."""
    is_clear = flag(body, "clear")
    with sandbox.store.reading() as db:
        found = state.apps(db)
    return {"apps": [row if is_clear else {**row, "key": HIDDEN} for row in found]}


def remove(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Remove, all or nothing: ``apps`` [app_id …] with their terminals, ``terminals`` [{app_id, term_id}]."""
    with sandbox.store.transaction() as db:
        for app_id in texts(body, "apps"):
            if not db.execute("DELETE FROM apps WHERE app_id = ?", (app_id,)).rowcount:
                raise OrderError("没有这个应用，请核对 app_id")
            db.execute("DELETE FROM terminals WHERE app_id = ?", (app_id,))
            db.execute("DELETE FROM dialects WHERE app_id = ?", (app_id,))
        for item in objects(body, "terminals"):
            one = (needed(item, "app_id"), needed(item, "term_id"))
            if not db.execute("DELETE FROM terminals WHERE app_id = ? AND term_id = ?", one).rowcount:
                raise OrderError("没有这个终端，请核对 app_id 和 term_id")
    return {}


def dialect(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Let an application's platform speak and behave as in another city: ``app_id``, ``profile`` (a name, "" for what
    its address speaks), ``refuses_plain``, ``signs_refusals``, ``verifies_first``, ``one_code`` (9003 for 9007 too),
    ``locks_after`` bad messages (0: never). What is left out stays; bad messages are counted anew."""
    app_id = needed(body, "app_id")
    changes: dict[str, Any] = {name: flag(body, name) for name in dialects.HABITS if name in body}
    if "profile" in body:
        changes["profile"] = text(body, "profile")
        if changes["profile"] and changes["profile"] not in sandbox.profiles:
            raise OrderError(f"没有这种报文规则，可用：{'、'.join(sandbox.profiles)}")
    if "locks_after" in body:
        changes["locks_after"] = whole(body, "locks_after")
    with sandbox.store.transaction() as db:
        if db.execute("SELECT 1 FROM apps WHERE app_id = ?", (app_id,)).fetchone() is None:
            raise OrderError("没有这个应用，请核对 app_id")
        return asdict(dialects.put(db, app_id, changes))


def profile(sandbox: Sandbox, body: Body) -> dict[str, Any]:
    """Tell the default profile (what /ehcService/ speaks) and the others with their paths; ``name`` sets it."""
    name = text(body, "name")
    if name:
        found = sandbox.profiles.get(name)
        if found is None:
            raise OrderError(f"没有这种报文规则，可用：{'、'.join(sandbox.profiles)}")
        sandbox.default_profile = found
    paths = {known: f"{PROFILES_FOLDER}{known}/gateway.do" for known in sandbox.profiles}
    return {"name": sandbox.default_profile.name, "profiles": paths}
