"""The authorisation page, made for a phone; works without JavaScript."""

TEMPLATES = {
    "person": """{% extends "layout" %}
{% block title %}用卡授权{% endblock %}
{% block head %}{% if shown and shown.status == "ing" %}
<meta http-equiv="refresh" content="{{ shown.seconds_left|round(0, 'ceil')|int + 1 }}">{% endif %}{% endblock %}
{% block top %}<header><b>电子健康卡</b></header>{% endblock %}
{% block main %}<div class="phone"><div class="card">
{% if not shown %}<h1 class="bad">授权链接无效</h1><p>请重新扫描窗口或自助机上的二维码。</p>
{% else %}
<h1>用卡授权</h1>
<dl><dt>状态</dt><dd id="status" data-status="{{ shown.status }}">{{ shown.words }}</dd>
<dt>诊疗环节</dt><dd>{{ treatment or "未说明" }}</dd>
<dt>科室</dt><dd>{{ office or "未说明" }}</dd>
<dt>申请终端</dt><dd>{{ shown.row["term_id"] }}</dd></dl>
{% if shown.status == "ing" %}
<form method="post" action="/auth/{{ shown.row['token'] }}/approve">
<p><label>以谁的电子健康卡授权<select name="card_id" id="card">
{% for c in choices %}<option value="{{ c.card_id }}">{{ c.name }} {{ c.id_no }}</option>{% endfor %}
</select></label></p>
<button id="approve">确认授权</button></form>
<form method="post" action="/auth/{{ shown.row['token'] }}/cancel">
<button class="plain" id="cancel">取消</button></form>
<p class="soft">本二维码 {{ shown.seconds_left|round(0, 'ceil')|int }} 秒内有效。</p>
{% elif shown.status == "succ" %}<p class="good big">✓ 授权成功</p><p>请回到窗口或自助机继续办理。</p>
{% elif shown.status == "cancel" %}<p class="big">已取消</p>
{% else %}<p class="bad big">{{ shown.words }}</p><p>请在窗口或自助机上重新获取二维码。</p>{% endif %}
{% endif %}</div></div>{% endblock %}"""
}
