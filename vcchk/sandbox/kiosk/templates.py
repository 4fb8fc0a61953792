"""The kiosk's pages. Without JavaScript the code's page reloads itself every two seconds instead of asking."""

TEMPLATES = {
    "kiosk_menu": """{% extends "layout" %}{% block title %}自助机{% endblock %}
{% block main %}<div class="card kiosk"><h1>请选择读卡方式</h1>
<div class="choices"><a href="/kiosk/ways" id="ehealth">电子健康卡</a><span title="模拟机没有读卡器">芯片卡</span></div>
<p class="soft">模拟自助机：演示文档对自助机的要求。</p></div>{% endblock %}""",
    "kiosk_ways": """{% extends "layout" %}{% block title %}自助机{% endblock %}
{% block main %}<div class="card kiosk"><h1>电子健康卡</h1>
{% if notice %}<div class="notice bad" id="notice">{{ notice }}</div>{% endif %}
<form method="post" action="/kiosk/show" id="main_scan"></form>
<div class="choices"><a href="#" id="show" onclick="document.getElementById('main_scan').submit();return false">主扫<br>
<small>用手机扫屏幕</small></a><a href="/kiosk/scan" id="scan">被扫<br><small>出示手机二维码</small></a></div>
<noscript><button form="main_scan">主扫</button></noscript>
<a class="button plain" href="/kiosk">返回</a></div>{% endblock %}""",
    "kiosk_show": """{% extends "layout" %}{% block title %}自助机 · 主扫{% endblock %}
{% block head %}<noscript><meta http-equiv="refresh" content="2"></noscript>{% endblock %}
{% block main %}<div class="card kiosk"><div class="countdown"><span id="countdown">{{ left }}</span> 秒</div>
<h1>请用微信或支付宝扫码授权</h1>{{ qr|safe }}
<p id="message" class="big {{ 'bad' if message else '' }}">{{ message }}</p>
<a class="button plain" href="/kiosk/ways" id="cancel">取消</a></div>
<script>
(function () {
  var ends = Date.now() + {{ left }} * 1000, shown = document.getElementById("countdown");
  var message = document.getElementById("message"), gone = false;
  function go(where) { if (!gone) { gone = true; location.replace(where); } }
  setInterval(function () {
    var left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    shown.textContent = left;
    if (left === 0) { go("/kiosk/ways?notice=expired"); }
  }, 200);
  setInterval(function () {
    fetch("/kiosk/show/{{ serial }}/status").then(function (r) { return r.json(); }).then(function (a) {
      ends = Math.min(ends, Date.now() + a.seconds_left * 1000);
      if (a.auth_status === "succ") { go("/kiosk/show/{{ serial }}/done"); return; }
      message.textContent = a.message; message.className = "big" + (a.message ? " bad" : "");
    }).catch(function () { message.textContent = "网络异常，正在重试"; });
  }, {{ poll }} * 1000);
}());
</script>{% endblock %}""",
    "kiosk_scan": """{% extends "layout" %}{% block title %}自助机 · 被扫{% endblock %}
{% block main %}<div class="card kiosk"><h1>请将二维码对准扫码口</h1>
{% if notice %}<div class="notice bad" id="notice">{{ notice }}</div>{% endif %}
<form method="post" action="/kiosk/scan"><p><input name="code" id="code" autofocus autocomplete="off" maxlength="256"
placeholder="扫码枪读到的内容"></p><button id="send">确定</button>
<a class="button plain" href="/kiosk/ways">返回</a></form>
</div>{% endblock %}""",
    "kiosk_person": """{% extends "layout" %}{% block title %}自助机 · 病人信息{% endblock %}
{% block main %}<div class="card kiosk"><p class="good big" id="success">✓ {{ title }}</p>
<dl style="max-width:460px;margin:24px auto">{% for label, value in rows %}<dt>{{ label }}</dt><dd>{{ value }}</dd>
{% endfor %}</dl><a class="button" href="/kiosk">完成</a></div>{% endblock %}""",
}
