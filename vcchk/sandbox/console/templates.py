"""The console's pages."""

TEMPLATES = {
    "calls": """{% extends "layout" %}{% block title %}调用 · 模拟平台{% endblock %}
{% block main %}<h1>平台看到的调用</h1>
<div class="card"><p class="soft">地址 <code>{{ url }}</code>；个人信息已隐去。{{ total }} 条，最新的在上面。</p>
<table><tr><th>序号</th><th>时间</th><th>接口</th><th>规则</th><th>签名</th><th>加密</th><th>返回码</th><th>耗时</th><th></th></tr>
{% for c in calls %}<tr><td>{{ c.number }}</td><td>{{ c.time }}</td><td><code>{{ c.method or "—" }}</code></td>
<td>{{ c.profile }}</td>
<td>{{ c.sign_type }} <span class="tag {{ {'held': 'good', 'wrong': 'bad', 'missing': 'bad'}.get(c.signature, '') }}">
{{ {'held': '正确', 'wrong': '错误', 'missing': '缺少'}.get(c.signature, '未验') }}</span></td>
<td>{{ c.enc_type }}</td>
<td><span class="tag {{ 'good' if c.ret_code in ('0000', '0') else 'bad' }}">{{ c.ret_code or c.http }}</span></td>
<td>{{ c.ms }} ms</td><td><a href="/console/calls/{{ c.number }}">详情</a></td></tr>
{% else %}<tr><td colspan="9" class="soft">还没有调用。</td></tr>{% endfor %}</table></div>{% endblock %}""",
    "one_call": """{% extends "layout" %}{% block title %}调用详情 · 模拟平台{% endblock %}
{% block main %}{% if not call %}<h1>没有这次调用</h1>{% else %}<h1>第 {{ call.number }} 次调用</h1>
<div class="card"><dl>
<dt>时间</dt><dd>{{ call.time }}</dd><dt>接口</dt><dd><code>{{ call.method }}</code></dd>
<dt>返回码</dt><dd>{{ call.ret_code or call.http }} {{ call.cause }}</dd>
<dt>终端</dt><dd>{{ call.term_id }}</dd><dt>流水号</dt><dd>{{ call.serial }}</dd>
<dt>规则</dt><dd>{{ call.profile }}，签名 {{ call.sign_type }}（{{ call.signature or "未验" }}），
加密 {{ call.enc_type }}</dd>
<dt>耗时</dt><dd>{{ call.ms }} ms</dd></dl></div>
{% if call.diagnosis %}<h2>验签诊断</h2><div class="card">{% for line in call.diagnosis %}<p><code>{{ line }}</code></p>
{% endfor %}</div>{% endif %}
{% if call.findings %}<h2>与文档不符之处（不影响办理）</h2><div class="card"><ul>
{% for line in call.findings %}<li>{{ line }}</li>{% endfor %}</ul></div>{% endif %}
<h2>请求业务数据</h2><div class="card"><pre>{{ call.request or "（无）" }}</pre></div>
<h2>应答业务数据</h2><div class="card"><pre>{{ call.reply or "（无）" }}</pre></div>{% endif %}{% endblock %}""",
    "people": """{% extends "layout" %}{% block title %}人员与卡 · 模拟平台{% endblock %}
{% block main %}<h1>人员与卡</h1>
{% if minted and minted.error %}<div class="notice bad">{{ minted.error }}</div>
{% elif minted and minted.code %}<div class="card" id="minted"><h2>{{ minted.kind }}</h2>{{ qr|safe }}
<p><code id="code">{{ minted.code }}</code></p></div>{% endif %}
<div class="card"><table><tr><th>#</th><th>姓名</th><th>证件</th><th>手机</th><th>民族</th><th>健康卡</th>
<th>关联卡</th><th>模拟手机出示</th></tr>
{% for p in people %}<tr><td>{{ p.person }}</td><td>{{ p.user_name }}</td><td>{{ p.id_kind }}<br>{{ p.id_no }}</td>
<td>{{ p.mobile_phone }}</td><td>{{ p.nation }}</td>
<td><span class="tag {{ {'open': 'good', 'closed': 'bad'}.get(p.status, '') }}">
{{ {'open': '有效', 'closed': '已注销'}.get(p.status, '未注册') }}</span><br><code>{{ p.card }}</code></td>
<td>{% for l in p.links %}{{ l }}<br>{% endfor %}</td>
<td><form class="row" method="post" action="/console/people/{{ p.person }}/code">
<select name="kind">{% for k, name in kinds.items() %}<option value="{{ k }}">{{ name }}</option>{% endfor %}</select>
<button>出码</button></form></td></tr>{% endfor %}</table></div>{% endblock %}""",
    "authorisations": """{% extends "layout" %}{% block title %}授权 · 模拟平台{% endblock %}
{% block main %}<h1>用卡授权</h1><div class="card">
<table><tr><th>流水号</th><th>终端</th><th>诊疗环节</th><th>发起</th><th>到期</th><th>状态</th><th></th></tr>
{% for a in rows %}<tr><td>{{ a.serial }}</td><td>{{ a.term_id }}</td><td>{{ a.treatment }}</td>
<td>{{ a.opened|moment }}</td><td>{{ a.expires|moment }}</td>
<td><span class="tag {{ {'succ': 'good', 'fail': 'bad', 'cancel': 'warn'}.get(a.status, '') }}">
{{ a.words }}</span></td>
<td>{% if a.status == "ing" %}<a href="/auth/{{ a.token }}">打开授权页</a>{% endif %}</td></tr>
{% else %}<tr><td colspan="7" class="soft">还没有授权。</td></tr>{% endfor %}</table></div>{% endblock %}""",
    "statistics": """{% extends "layout" %}{% block title %}用卡统计 · 模拟平台{% endblock %}
{% block main %}<h1>用卡统计</h1>{% for title, rows in tables.items() %}<h2>{{ title }}</h2><div class="card"><table>
{% for name, uses in rows %}<tr><td style="width:32%">{{ name }}</td><td style="width:80px">{{ uses }} 次</td>
<td><div class="bar" style="width:{{ (uses * 100 / rows[0][1])|round(1) }}%"></div></td></tr>
{% else %}<tr><td class="soft">还没有用卡记录。</td></tr>{% endfor %}</table></div>{% endfor %}{% endblock %}""",
}
