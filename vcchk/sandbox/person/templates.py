"""The authorisation page, made for a phone; works without JavaScript, and with it shows at once what became of it."""

TEMPLATES = {
    "person_card": """{% from "widgets" import left %}
<div class="card" data-key="card" data-version="{{ version }}"><h1>用卡授权</h1>
{% if view.status == "succ" %}<p class="good big">✓ 授权成功</p><p>请回到窗口或自助机继续办理。</p>
{% elif view.status == "cancel" %}<p class="big">已取消</p><p>没有授权。需要时请在窗口或自助机上重新获取二维码。</p>
{% elif view.status == "fail" %}<p class="bad big">{{ view.label }}</p><p>请在窗口或自助机上重新获取二维码。</p>
{% endif %}
<dl><dt>状态</dt><dd id="status" data-status="{{ view.status }}">{{ view.label }}</dd>
<dt>诊疗环节</dt><dd>{{ treatment or "未说明" }}</dd>
<dt>科室</dt><dd>{{ office or "未说明" }}</dd>
<dt>申请终端</dt><dd>{{ view.row["term_id"] }}</dd>
{% if view.status == "ing" %}<dt>剩余时间</dt><dd>{{ left(view.seconds_left, is_running) }}</dd>{% endif %}</dl>
{% if view.status == "ing" %}
<form method="post" action="/auth/{{ view.row['token'] }}/approve">
<p><label for="card">以谁的电子健康卡授权</label><select name="card_id" id="card">
{% for c in choices if not c.magic %}<option value="{{ c.card_id }}">{{ c.name }} {{ c.id_no }}</option>{% endfor %}
<optgroup label="魔法人员">{% for c in choices if c.magic %}
<option value="{{ c.card_id }}">{{ c.magic }}</option>{% endfor %}</optgroup>
</select></p>
<button id="approve">确认授权</button></form>
<form method="post" action="/auth/{{ view.row['token'] }}/cancel">
<button class="plain" id="cancel">取消</button></form>{% endif %}</div>""",
    "person_gone": """<div class="card" data-key="card"><h1 class="bad">授权链接无效</h1>
<p>请重新扫描窗口或自助机上的二维码。</p></div>""",
    "person": """{% extends "layout" %}
{% block title %}用卡授权{% endblock %}
{% block head %}{% if view and view.status == "ing" %}
<noscript><meta http-equiv="refresh" content="{{ view.seconds_left|round(0, 'ceil')|int + 1 }}"></noscript>
{% endif %}{% endblock %}
{% block top %}<header><b>电子健康卡</b></header>{% endblock %}
{% block main %}
{% if not view %}<div class="phone">{% include "person_gone" %}</div>
{% else %}<div class="phone" data-live="/auth/{{ view.row['token'] }}/now">{{ card|safe }}</div>
<p id="live" class="soft" role="status"></p>{% endif %}{% endblock %}
{% block foot %}{% if view %}<script>{{ script|safe }}</script>{% endif %}{% endblock %}""",
}
