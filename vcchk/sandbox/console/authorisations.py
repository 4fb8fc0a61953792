"""Authorisations (主扫): those that wait for a decision, decided here in the person's place, and those that ended."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Response, request

from vcchk import specification
from vcchk.records import masking
from vcchk.sandbox.console.errors import missing
from vcchk.sandbox.console.frame import live, redirect_after_post, row, show
from vcchk.sandbox.pages import PAGES
from vcchk.sandbox.person import rules as person_rules
from vcchk.sandbox.person import state as person_state
from vcchk.sandbox.platform.rules import status_of
from vcchk.sandbox.service import Sandbox, current

HERE = "/console/authorisations"
SHOWN = 100
CLASSES = {"ing": "warn", "succ": "good", "fail": "bad", "cancel": ""}
OUTCOMES = {"approve": ("approved", "succ"), "cancel": ("cancelled", "cancel"), "fail": ("failed", "fail")}
"""decision: (notice, auth_status that it leads to)."""
TEMPLATES = {
    "waiting": """{% from "widgets" import left %}
<section class="card" data-key="{{ a.token }}" data-version="{{ a.version }}">
<h2>{{ a.treatment or "未说明诊疗环节" }}，{{ a.office or "未说明科室" }}</h2>
<dl><dt>流水号</dt><dd>{{ a.serial }}</dd><dt>终端</dt><dd>{{ a.term_id }}</dd>
<dt>剩余</dt><dd>{{ left(a.left, a.is_running) }}</dd></dl>
<form method="post" action="/console/authorisations/{{ a.token }}">
<p><label>以谁的电子健康卡 <select name="person">{% for c in choices if not c.magic %}
<option value="{{ c.person }}">{{ c.name }} {{ c.id_no }}</option>{% endfor %}
<optgroup label="魔法人员">{% for c in choices if c.magic %}
<option value="{{ c.person }}">{{ c.magic }}</option>{% endfor %}</optgroup></select></label></p>
<div class="actions"><button name="decision" value="approve">同意</button>
<button name="decision" value="cancel" class="plain">取消</button>
<button name="decision" value="fail" class="bad">置为失败</button>
<a href="/auth/{{ a.token }}">手机页面</a></div></form></section>""",
    "no_waiting": """<p class="card soft" data-key="none" data-version="">没有等待确认的授权。HIS 调用
ehc.ehealthcard.authurl 之后会自动出现在这里。</p>""",
    "ended": """<tr data-key="{{ a.token }}" data-version="{{ a.version }}"><td>{{ a.opened|moment }}</td>
<td>{{ a.serial }}</td><td>{{ a.term_id }}</td><td>{{ a.treatment }}</td><td>{{ a.office }}</td>
<td><span class="tag {{ a.colour }}">{{ a.label }}</span></td><td>{{ a.person }}</td></tr>""",
    "no_ended": """<tr data-key="none" data-version=""><td colspan="7" class="soft">还没有。</td></tr>""",
    "authorisations": """{% extends "console" %}
{% block page %}<div class="head"><h1>等待确认的授权</h1><span id="live" class="soft" role="status"></span></div>
<div class="grid" data-live="/console/authorisations/rows?of=waiting">
{% for r in waiting %}{{ r.html|safe }}{% endfor %}</div>
<h2>已结束的授权</h2><div class="card"><table><thead><tr><th>发起</th><th>流水号</th><th>终端</th><th>诊疗环节</th>
<th>科室</th><th>结果</th><th>授权人</th></tr></thead>
<tbody data-live="/console/authorisations/rows?of=ended">{% for r in ended %}{{ r.html|safe }}{% endfor %}</tbody>
</table></div>{% endblock %}""",
}
PAGES.add(TEMPLATES)
_NEWEST = (
    "SELECT a.*, people.user_name FROM authorisations a LEFT JOIN cards USING (card_id) LEFT JOIN people USING (person)"
    " ORDER BY opened DESC LIMIT ?"
)


def _view(sandbox: Sandbox, found: sqlite3.Row) -> dict[str, Any]:
    now, is_running = sandbox.clock.now(), sandbox.clock.stopped is None
    status, code = status_of(found, now), found["treatment_code"]
    office = found["office_code"]
    is_late = status == "fail" and found["status"] == "ing"
    return {
        "token": found["token"],
        "serial": masking.mask_serial(found["out_authorize_no"]),
        "term_id": found["term_id"],
        "treatment": specification.dictionary("treatments").get(code, masking.mask_text(code)),
        "office": specification.dictionary("departments").get(office, masking.mask_text(office)),
        "opened": found["opened"],
        "left": max(0.0, found["expires"] - now),
        "is_running": is_running,
        "status": status,
        "label": "过期，无人确认" if is_late else person_rules.STATUS_LABELS[status],
        "colour": CLASSES[status],
        "person": masking.mask_value("user_name", found["user_name"] or ""),
        "version": f"{status}{is_late}{is_running}",
    }


def _rows(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of both lists as the script takes them."""
    with sandbox.store.reading() as db:
        found = list(db.execute(_NEWEST, (SHOWN,)))
        choices = person_state.choices(db)
    rows: dict[str, list[dict[str, Any]]] = {"waiting": [], "ended": []}
    for one in (_view(sandbox, each) for each in found):
        of = "waiting" if one["status"] == "ing" else "ended"
        html = PAGES.fragment(of, a=one, choices=choices)
        rows[of].append(row(one["token"], one["version"], html, one["left"]))
    for of, entries in rows.items():
        if not entries:
            entries.append(row("none", "", PAGES.fragment("no_" + of)))
    return rows


def authorisations() -> Response:
    """``/console/authorisations``."""
    found = _rows(current())
    return show("authorisations", HERE, "授权", waiting=found["waiting"], ended=found["ended"])


def rows() -> Response:
    """``/console/authorisations/rows?of=waiting|ended`` for the page's script."""
    found = _rows(current())
    return live(found.get(request.args.get("of", ""), []))


def decide(token: str) -> Response:
    """``POST /console/authorisations/<token>``: ``decision`` approve (with ``person``, a row), cancel or fail."""
    decision, sandbox = request.form.get("decision", "approve"), current()
    if decision not in OUTCOMES:
        return missing("没有这种决定")
    with sandbox.store.reading() as db:
        before, who = person_rules.look(sandbox, db, token), request.form.get("person", "")
        cards = {str(card["person"]): card["card_id"] for card in person_state.choices(db)}
    if decision == "approve" and who not in cards:
        return missing("此人没有有效的电子健康卡，授权没有改变")
    after = person_rules.decide(sandbox, token, decision, cards.get(who, ""))
    if before is None or after is None:
        return missing("没有这笔授权")
    done, status = OUTCOMES[decision]
    if before.status != "ing":
        return redirect_after_post(HERE, done="ended")
    return redirect_after_post(HERE, done=done if after.status == status else "failed")


URLS = (
    (HERE, authorisations, ("GET",)),
    (HERE + "/rows", rows, ("GET",)),
    (HERE + "/<token>", decide, ("POST",)),
)
