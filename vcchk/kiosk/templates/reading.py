"""How a patient is read. The pages that wait ask by script, and reload themselves where there is none."""

# Goes on when the step of this visit is over; ``status`` is a read only.
_WAITING = """<noscript><meta http-equiv="refresh" content="1"></noscript>
<script>
(function ask() {
  setTimeout(function () {
    fetch("{{ visit.path('status') }}").then(function (r) {
      if (r.status === 404) { location.reload(); }
      return r.json();
    }).then(function (a) {
      if (a.done) { location.replace(a.next || location.href); } else { ask(); }
    }).catch(function () { document.getElementById("say").textContent = "终端没有应答，正在重试"; ask(); });
  }, 400);
}());
</script>"""

TEMPLATES = {
    "card": """{% extends "step" %}{% block what %}读卡方式{% endblock %}
{% block panel %}<h1>请选择读卡方式</h1><div class="tiles">
<a class="tile first" id="ehealth" href="{{ visit.path('ways') }}">{{ card }}<small>微信、支付宝里的二维码</small></a>
<a class="tile" id="chip" href="{{ visit.path('chip') }}">芯片卡<small>社保卡、市民卡</small></a></div>
<div class="actions"><a class="button plain" href="/at/{{ visit.place.key }}">返回</a></div>{% endblock %}""",
    "ways": """{% extends "step" %}{% block what %}{{ card }}{% endblock %}
{% block panel %}<h1>{{ card }}</h1>
{% if notice %}<p class="notice bad" id="notice" role="alert">{{ notice }}</p>{% endif %}
<div class="tiles"><form method="post" action="{{ visit.path('authorise') }}"><button class="tile first"
id="authorise">主扫
<small>用手机扫屏幕上的二维码</small></button></form>
<form method="post" action="{{ visit.path('scan') }}"><button class="tile" id="scan">被扫
<small>出示手机上的二维码</small></button></form></div>
<div class="actions"><a class="button plain" id="back" href="{{ visit.path('card') }}">返回</a>
{% if visit.trace.has_calls %}<a class="button plain" id="diagram" href="{{ visit.path('diagram') }}">时序图</a>
{% endif %}</div>{% endblock %}""",
    "authorise": """{% extends "step" %}{% block what %}主扫{% endblock %}
{% block head %}<noscript><meta http-equiv="refresh" content="2;url={{ visit.path('authorise') }}?again=1"></noscript>
{% endblock %}
{% block panel %}<div class="countdown" id="timer" role="timer"><span
id="countdown">{{ authorisation.seconds_left|round(0, 'ceil')|int }}</span> 秒</div>
<div id="ask"><h1 class="counted">请用微信或支付宝扫码授权</h1>
<p class="lead">扫码后在手机上点击“确认授权”</p><div class="qr" id="qr">{{ qr|safe }}</div>
<p class="say bad" id="message" role="status">{{ message }}</p>
{% if authorisation.note %}<p class="soft" id="note">{{ authorisation.note }}</p>{% endif %}
<form method="post" action="{{ visit.path('authorise/leave') }}" id="leave" class="actions">
<input type="hidden" name="why" id="why" value=""><button class="plain" id="cancel">取消</button></form></div>
<div id="entered" hidden><p class="done" id="success" role="status">✓ {{ card }}授权成功</p>
<p class="lead">正在进入“{{ visit.function.title }}”…</p></div>
<script>
(function () {
  var byId = document.getElementById.bind(document), over = false;
  var ends = Date.now() + {{ (authorisation.seconds_left * 1000)|int }};
  setInterval(function () {
    var left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    byId("countdown").textContent = left;
    if (left === 0 && !over) { over = true; byId("why").value = "expired"; byId("leave").submit(); }
  }, 200);
  function ask() {
    setTimeout(function () {
      if (over) { return; }
      fetch("{{ visit.path('authorise/status') }}").then(function (r) { return r.json(); }).then(function (a) {
        if (over) { return; }
        if (a.next) {
          over = true;
          if (a.status !== "succ") { location.replace(a.next); return; }
          byId("ask").hidden = byId("timer").hidden = true; byId("entered").hidden = false;
          setTimeout(function () { location.replace(a.next); }, 800);
          return;
        }
        byId("message").textContent = a.message;
        if (a.status === "ing") { ask(); }
      }).catch(function () { byId("message").textContent = "终端没有应答，正在重试"; ask(); });
    }, {{ poll * 1000 }});
  }
  ask();
}());
</script>{% endblock %}""",
    "scan": """{% extends "step" %}{% block what %}被扫{% endblock %}
{% block panel %}<h1>请将二维码对准扫码口</h1>
{% if visit.problem %}<p class="notice bad" id="notice" role="alert">{{ visit.problem }}</p>{% endif %}
{% if is_waiting %}<div class="wait"><i></i><span id="say" role="status">请出示二维码，正在等待扫码…</span></div>
<form method="post" action="{{ visit.path('scan/cancel') }}" class="actions"><button class="plain" id="cancel">取消
</button></form>
"""
    + _WAITING
    + """
{% elif by_library %}<form method="post" action="{{ visit.path('scan') }}" class="actions">
<button id="again" autofocus>重新扫码</button><a class="button plain" id="back" href="{{ visit.path('ways') }}">返回
</a>
<a class="button plain" href="{{ visit.path('diagram') }}">时序图</a></form>
{% else %}<form method="post" action="{{ visit.path('scan/code') }}"><div class="field"><label
for="code">扫码枪读到的内容</label>
<input name="code" id="code" autofocus autocomplete="off" spellcheck="false" maxlength="512"></div>
<div class="actions"><button id="send">确定</button>
<a class="button plain" id="back" href="{{ visit.path('ways') }}">返回</a>
{% if visit.problem %}<a class="button plain" href="{{ visit.path('diagram') }}">时序图</a>{% endif %}</div></form>
{% endif %}
{% endblock %}""",
    "busy": """{% extends "step" %}{% block what %}请稍候{% endblock %}
{% block panel %}<h1>请稍候</h1><div class="wait"><i></i><span id="say" role="status">{{ label }}…</span></div>
"""
    + _WAITING
    + """{% endblock %}""",
    "reader": """{% extends "step" %}{% block what %}读卡{% endblock %}
{% block panel %}<h1>{{ title }}</h1><p class="lead">模拟读卡器：点一下，就是把这张卡放到读卡器上。</p>
{% for reader, cards in readers %}<div class="reader"><h2>{{ reader.title }}</h2><form method="post" class="tiles">
<input type="hidden" name="reader" value="{{ reader.key }}">
{% for number, who in cards %}<button class="tile low" name="person" value="{{ number }}"
id="{{ reader.key }}-{{ number }}">{{ who }}</button>{% endfor %}</form></div>{% endfor %}
<div class="actions"><a class="button plain" href="{% if back %}{{ visit.path(back) }}
{% else %}/at/{{ visit.place.key }}{% endif %}">返回</a></div>
{% endblock %}""",
    "form": """{% extends "step" %}{% block what %}填写信息{% endblock %}
{% block panel %}<h1>还没有{{ card }}，请补充信息</h1>
<dl>{% for label, value in rows %}<dt>{{ label }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
<form method="post"><div class="field"><label for="mobile_phone">手机号码（必填）</label>
<input name="mobile_phone" id="mobile_phone" type="tel" inputmode="tel" autocomplete="off"
maxlength="20" required autofocus
value="{{ typed.mobile_phone }}">{% if wrong %}<p class="bad" id="notice" role="alert">{{ wrong }}</p>{% endif %}</div>
{% if asks_address %}<div class="field"><label for="address">居住地址（可不填）</label>
<input name="address" id="address" autocomplete="off" maxlength="200" value="{{ typed.address }}"></div>{% endif %}
<div class="actions"><button id="send">确认{{ visit.place.verb }}</button>
<a class="button plain" href="{{ visit.path('register') }}">返回</a></div></form>{% endblock %}""",
    # 交易状态未知: the library's words for "sent, and nobody knows what became of it".
    "failed": """{% extends "step" %}
{% block what %}{{ "不知道有没有办成" if "交易状态未知" in problem else "没有办成" }}{% endblock %}
{% block panel %}<h1>{{ self.what() }}</h1><p class="notice bad" id="notice" role="alert">{{ problem }}</p>
<div class="actions"><a class="button" href="/at/{{ visit.place.key }}">返回首页</a>
<a class="button plain" id="again"
href="{{ visit.path('register' if visit.reading.document else 'card') }}">重新读卡</a>
<a class="button plain" href="{{ visit.path('diagram') }}">时序图</a></div>{% endblock %}""",
    "none": """{% extends "step" %}{% block what %}没有档案{% endblock %}
{% block panel %}<h1>院内没有这张卡的档案</h1>
<p class="notice bad" id="notice" role="alert">{% if visit.place.registers %}
请先{{ visit.place.verb }}{{ card }}，院内会同时建档。
{% else %}
本处不支持办理，请患者前往收费窗口或自助终端办理。{% endif %}</p>
<div class="actions">{% if visit.place.registers %}<a class="button" id="register" href="{{ visit.path('register') }}">
{{ visit.place.verb }}{{ card }}</a>{% endif %}
<a class="button plain" href="{{ visit.path('card') }}">返回</a>
<a class="button plain" href="{{ visit.path('diagram') }}">时序图</a></div>{% endblock %}""",
}
