"""Places, menus, and the page of a wrong address."""

# A second click on a button that has already sent its form must not do the step twice.
_ONCE = """{% block foot %}<script>
(function () {
  var sent = false;
  document.addEventListener("submit", function (e) {
    if (sent) { e.preventDefault(); return; }
    sent = true;
    setTimeout(function () { sent = false; }, 1500);
  });
  addEventListener("pageshow", function () { sent = false; });
}());
</script>{% endblock %}"""

TEMPLATES = {
    # What every page of a visit has: where it is, and the way back to that place's menu.
    "step": """{% extends "layout" %}{% block title %}{% block what %}{% endblock %} · {{ visit.place.title }}
{% endblock %}
{% block main %}<div class="where"><b>{{ visit.place.title }}</b><span>{{ visit.function.title }}</span>
<a href="/at/{{ visit.place.key }}">返回首页</a></div>
<div class="card panel">{% block panel %}{% endblock %}</div>{% endblock %}"""
    + _ONCE,
    "home": """{% extends "layout" %}{% block main %}<div class="card panel"><h1>这台终端在哪里？</h1>
<p class="lead">每个场所按文档第 2 章办理，全部通过动态库与平台来往。人员均为虚构。</p>
<div class="tiles">{% for p in places %}<a class="tile" href="/at/{{ p.key }}" id="{{ p.key }}">{{ p.title }}
<small>{{ p.note }}</small></a>{% endfor %}</div></div>{% endblock %}""",
    "place": """{% extends "layout" %}{% block title %}{{ place.title }}{% endblock %}
{% block main %}<div class="where"><b>{{ place.title }}</b><span>{{ place.operator_name }}，文档 {{ place.chapter }}
</span>
<a href="/">换一个场所</a></div>
<div class="card panel"><h1>请选择业务</h1><form method="post" class="tiles">
{% macro register() %}<button class="tile {{ 'first' if place.registers }}" name="function" value="register"
id="register">
{{ place.verb }}{{ card }}<small>{% if place.registers %}读身份证、社保卡或市民卡
{%- else %}患者没有{{ card }}{% endif %}</small></button>
{% endmacro %}
{% if place.registers %}{{ register() }}{% endif %}
{% for f in place.functions %}<button class="tile" name="function" value="{{ loop.index0 }}" id="f{{ loop.index0 }}">
{{ f.title }}<small>需要读取患者信息</small></button>{% endfor %}
{% if not place.registers %}{{ register() }}{% endif %}</form></div>{% endblock %}"""
    + _ONCE,
    "refused": """{% extends "step" %}{% block what %}不支持办理{% endblock %}
{% block panel %}<h1>不支持办理</h1><p class="notice bad" id="notice" role="alert">本处不支持办理{{ card }}，
请患者前往收费窗口或自助终端办理。</p>
<div class="actions"><a class="button" href="/at/{{ visit.place.key }}">返回</a>
<a class="button plain" href="{{ visit.path('diagram') }}">时序图</a></div>{% endblock %}""",
    "wrong": """{% extends "layout" %}{% block main %}<div class="card panel"><h1>{{ sentence }}</h1>
<p class="lead">错误号 {{ number }}</p><div class="actions"><a class="button" href="/">回到场所</a></div></div>
{% endblock %}""",
}
