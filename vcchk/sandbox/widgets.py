"""Parts that many pages are made of: form fields with their errors, texts to copy, countdowns."""

from __future__ import annotations

from vcchk.sandbox.pages import PAGES

TEMPLATES = {
    "widgets": """
{% macro _field(name, label, errors, help, id) %}
<div class="field{{ ' wrong' if errors[name] }}"><label for="{{ id }}">{{ label }}</label>{{ caller() }}
{% if errors[name] %}<p class="error" id="{{ id }}-e">{{ errors[name] }}</p>
{% elif help %}<p class="help">{{ help }}</p>{% endif %}</div>{% endmacro %}
{% macro _marks(name, errors, id) %}id="{{ id }}" name="{{ name }}"
{%- if errors[name] %} aria-invalid="true" aria-describedby="{{ id }}-e" autofocus{% endif %}{% endmacro %}
{% macro entry(name, label, typed={}, errors={}, help="", type="text", id="", step="") %}
{% set id = id or "f-" ~ name %}{% call _field(name, label, errors, help, id) %}
<input type="{{ type }}" {{ _marks(name, errors, id) }} value="{{ typed[name] }}" autocomplete="off"
{%- if step %} step="{{ step }}"{% endif %}>{% endcall %}{% endmacro %}
{% macro choice(name, label, options, typed={}, errors={}, help="", id="", empty=None) %}
{% set id = id or "f-" ~ name %}{% call _field(name, label, errors, help, id) %}
<select {{ _marks(name, errors, id) }}>
{% if empty is not none %}<option value="">{{ empty }}</option>{% endif %}
{% for code, label in options %}
<option value="{{ code }}"{{ " selected" if typed[name] == code }}>{{ label }}</option>{% endfor %}
</select>{% endcall %}{% endmacro %}
{% macro dotted(text) %}{% for part in text.split(".") %}{% if not loop.first %}.<wbr>{% endif %}{{ part }}
{%- endfor %}{% endmacro %}
{% macro copied(id, text) %}<span class="copy"><code id="{{ id }}">{{ text }}</code>
<button type="button" class="plain small" data-copy="{{ id }}" data-js hidden>复制</button></span>{% endmacro %}
{% macro area(id, label, text, button, rows=6) %}
<div class="field"><label for="{{ id }}">{{ label }}</label>
<textarea id="{{ id }}" rows="{{ rows }}" readonly spellcheck="false">{{ text }}</textarea></div>
<p><button type="button" data-copy="{{ id }}" data-js hidden>{{ button }}</button></p>{% endmacro %}
{% macro left(seconds, is_running) %}
{% if seconds <= 0 %}<span class="left bad">已到期</span>
{% else %}<span class="left"{% if is_running %} data-left="{{ seconds|round(2) }}"{% endif %}>
{{- seconds|round(0, "ceil")|int }} 秒</span>{% endif %}{% endmacro %}
""",
}
PAGES.add(TEMPLATES)
