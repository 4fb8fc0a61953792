"""The archive, the statistics, the settings."""

TEMPLATES = {
    "archive": """{% extends "layout" %}{% block title %}院内档案{% endblock %}
{% block main %}<div class="card panel"><h1>院内档案</h1><p class="lead">最新的在上面；个人信息已隐去。</p>
<table><thead><tr><th>档案号</th><th>姓名</th><th>证件号</th><th>卡 ID</th><th>主索引 ID</th><th>关联卡号</th></tr>
</thead><tbody>
{% for r in rows %}<tr><td>{{ r.number }}</td><td>{{ r.name }}</td><td>{{ r.id_no }}</td><td>{{ r.card_id }}</td>
<td>{{ r.mindex_id }}</td><td>{% for c in r.cards %}{{ c }}<br>{% endfor %}</td></tr>
{% else %}<tr><td colspan="6" class="soft">还没有档案。</td></tr>{% endfor %}</tbody></table></div>{% endblock %}""",
    "statistics": """{% extends "layout" %}{% block title %}监测分析统计{% endblock %}
{% block main %}<div class="card panel"><h1>监测分析统计</h1>
{% if missing %}<p class="notice" id="missing" role="alert">{{ missing }}</p>{% else %}
<p class="lead">平台记录的用卡（被扫、主扫授权、医保电子凭证），按操作员、诊疗环节和科室。</p>{% endif %}
{% for title, rows in tables.items() %}<h2>{{ title }}</h2><table><tbody>
{% for name, uses in rows %}<tr><td>{{ name }}</td><td class="n">{{ uses }} 次</td><td class="share">
<div class="bar" style="width:{{ (uses * 100 / rows[0][1])|round(1) }}%"></div></td></tr>
{% else %}<tr><td class="soft">还没有用卡记录。</td></tr>{% endfor %}</tbody></table>{% endfor %}</div>
{% endblock %}""",
    "settings": """{% extends "layout" %}{% block title %}设置{% endblock %}
{% block main %}<div class="card panel"><h1>设置</h1>
{% if wrong %}<p class="notice bad" id="notice" role="alert">{{ wrong }}</p>{% endif %}
{% if is_saved %}<p class="notice" id="saved" role="status">已保存，从下一次办理起生效。</p>{% endif %}
<form method="post">
{% macro pick(key, legend, table) %}<fieldset><legend>{{ legend }}</legend>{% for value, label in table.items() %}
<label class="pick"><input type="radio" name="{{ key }}" value="{{ value }}" {{ 'checked' if choices[key] == value }}>
<span>{{ label }}</span></label>{% endfor %}</fieldset>{% endmacro %}
{{ pick("name", "卡的名称（决定用哪份文档的字段）", names) }}
{{ pick("card_number", "社保卡用户在院内用哪个号", numbers) }}
{{ pick("source", "被扫时由谁读码", sources) }}
<div class="field"><label for="ec_url">医保电子凭证请求地址（ECUrl，多码融合码用；可不填）</label>
<input name="ec_url" id="ec_url" value="{{ choices.ec_url }}" autocomplete="off"></div>
<div class="field"><label for="org_id">机构 id（orgId）</label>
<input name="org_id" id="org_id" value="{{ choices.org_id }}" autocomplete="off"></div>
<div class="actions"><button id="save">保存</button></div></form>
<h2>本机</h2><dl><dt>动态库</dt><dd><code>{{ library }}</code></dd><dt>平台地址</dt><dd><code>{{ url }}</code></dd>
</dl></div>{% endblock %}""",
}
