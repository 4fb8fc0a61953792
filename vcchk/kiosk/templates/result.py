"""The function page and the sequence diagram."""

TEMPLATES = {
    "patient": """{% extends "step" %}{% block what %}{{ reading.headline }}{% endblock %}
{% block panel %}<p class="done" id="success" role="status">✓ {{ reading.headline }}</p>
{% for good, text in reading.notes %}<p class="notice {{ '' if good else 'bad' }}" role="alert">{{ text }}</p>
{% endfor %}
{% if reading.waits_for_choice %}<p class="notice" id="ask" role="alert">院内没有这位患者的档案，请提示用户建档。</p>
<form method="post" class="actions"><button name="choice" value="create" id="create">为患者建档</button>
<button class="plain" name="choice" value="decline" id="decline">暂不建档</button></form>{% endif %}
{% if reading.declined %}<p class="notice" id="declined">没有建档：请提示患者到收费窗口或自助终端建档。</p>{% endif %}
<div class="two"><section><h2>{{ visit.function.title }} · 患者</h2>
<dl>{% for label, value in rows %}<dt>{{ label }}</dt><dd>{{ value }}</dd>{% endfor %}</dl></section>
{% if archive %}<section><h2>院内档案</h2><p class="soft" id="by">{{ by }}</p>
<dl>{% for label, value in archive %}<dt>{{ label }}</dt><dd>{{ value }}</dd>{% endfor %}</dl></section>{% endif %}
{% if qr %}<section><h2>{{ card }}静态二维码</h2><div class="qr" id="qr">{{ qr|safe }}</div></section>{% endif %}</div>
<div class="actions"><a class="button {{ 'plain' if reading.waits_for_choice }}" id="finish"
href="/at/{{ visit.place.key }}">完成</a>
{% if can_print %}<form method="post" action="{{ visit.path('print') }}"><button class="plain" id="print">打印标签
</button></form>{% endif %}
{% if can_fill %}<form method="post" action="{{ visit.path('fill') }}"><button class="plain" id="fill">填入医保软件
</button></form>{% endif %}
<a class="button plain" id="diagram" href="{{ visit.path('diagram') }}">时序图</a></div>{% endblock %}""",
    "diagram": """{% extends "step" %}{% block what %}时序图{% endblock %}
{% block panel %}<h1>时序图</h1><p class="lead">按这一次实际发生的步骤画成；时间为终端和平台各自量得，个人信息已隐去。
</p>
{% if missing %}<p class="notice" id="missing">{{ missing }}</p>{% endif %}
<div class="diagram" tabindex="0">{{ picture|safe }}</div>
<details><summary>按文字看（{{ drawn|length }} 步）</summary><ol class="steps">{% for line in drawn %}
<li class="{{ '' if line.is_good else 'bad' }}">{{ actors[line.source] }} → {{ actors[line.target] }}：{{ line.text }}
</li>
{% endfor %}</ol></details>
<div class="actions"><a class="button" href="/at/{{ visit.place.key }}">返回首页</a>
{% if visit.reading.headline %}<a class="button plain" href="{{ visit.path('patient') }}">返回患者</a>{% endif %}</div>
{% endblock %}""",
}
