"""The sandbox's pages: its name, its menu and what its look adds to the common one; each service adds its templates."""

from __future__ import annotations

from vcchk.web.pages import Pages

STYLE = """
[hidden]{display:none!important}
header{padding:8px 22px;gap:2px 6px}
header b{font-size:16px;margin-right:14px}
header b a{padding:0;border:0;color:#fff}
header>a{font-size:15px;padding:4px 9px;border:0;border-radius:7px}
header>a:hover{background:rgba(255,255,255,.16)}header>a.here{background:#fff;color:var(--dark)}
main{margin:20px auto;padding:0 20px}
h1{margin:0 0 12px}h2{margin:0 0 10px}p{margin:0 0 10px}p:last-child{margin-bottom:0}
.card{padding:16px 20px;margin-bottom:16px}.card:not(.actions)>*+*{margin-top:10px}
li,dd{overflow-wrap:anywhere}td{overflow-wrap:break-word}
.strip{border-radius:8px;background:#fdf2dc;color:#6d4900;padding:6px 22px;font-size:14px}
.head{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;margin-bottom:12px}
.head h1,.head h2{margin:0 auto 0 0}
.grid{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,270px),1fr));margin-bottom:16px}
.grid>.card{margin:0}
.fields{display:grid;gap:12px 18px;grid-template-columns:repeat(auto-fill,minmax(min(100%,230px),1fr));
align-items:start;margin-bottom:14px}
.field label{display:block;margin-bottom:3px;
font-size:14px;color:var(--soft)}.field input,.field select,.field textarea{width:100%}
.field code{font-size:12px}.field .help{font-size:13px;color:var(--soft);margin:3px 0 0}
.wide{grid-column:1/-1}
.field .error{font-size:14px;color:var(--bad);margin:3px 0 0}
.field.wrong input,.field.wrong select{border-color:var(--bad)}
input,select,textarea,button,.button{padding:6px 12px;border-radius:8px;font-size:15px}
button,.button{padding:6px 16px;line-height:1.5;white-space:nowrap}
.small{padding:2px 10px;font-size:14px}
button.bad,.button.bad{background:#fbe7e7;color:var(--bad)}button.bad:hover{background:#f6d3d3}
textarea{font:13px/1.5 Consolas,Menlo,"DejaVu Sans Mono",monospace;width:100%;border:1px solid #b8ccd1;resize:vertical;
word-break:break-all;background:#fbfdfd}
pre{background:#f6fafa;border:1px solid var(--line);border-radius:8px;padding:10px 12px;max-height:420px;overflow:auto}
pre:focus-visible{outline-offset:-2px}
table{font-size:14px}th,td{padding:6px 8px}td code{word-break:normal}td .tag+.tag{margin-left:4px}
tbody tr:hover{background:#f7fbfb}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.tag{padding:0 8px;font-size:13px}
.actions{display:flex;flex-wrap:wrap;gap:8px;align-items:center}
.actions form,td form{margin:0;display:inline-flex;gap:6px;flex-wrap:wrap;align-items:center}
mark{background:#ffd9a8;color:inherit;border-radius:3px}
.halves{grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr))}.share{width:45%;vertical-align:middle}.unseen{position:absolute;left:-9999px}
.qr{text-align:center}.qr svg{width:min(100%,220px);height:auto;display:block;margin:0 auto 8px}
.qr.over svg{opacity:.12}
.qr .copy{justify-content:center}
.left{font-weight:700;font-variant-numeric:tabular-nums}
summary{cursor:pointer;color:var(--dark)}details>*:not(summary),.field+p,details+p{margin-top:10px}
.copy{display:flex;gap:8px;align-items:center;flex-wrap:wrap}.copy code{flex:0 1 auto}
dl{gap:5px 18px}
.counts{display:grid;gap:6px 18px;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));margin:0;padding:0;
list-style:none}.counts b{margin-left:8px}label.line{display:block}h3{font-size:15px;margin:14px 0 6px}
a{color:var(--dark)}header a{color:#e6fbfd}
@media(max-width:600px){header{padding:8px 14px}main{padding:0 12px;margin:14px auto}.card{padding:14px}
dl{grid-template-columns:minmax(4em,max-content) 1fr;gap:5px 12px}dt{max-width:7.5em}
.wide-only{display:none}header>a{padding:3px 7px}}
@media print{.qr svg{width:55mm}
header,.strip,.screen{display:none!important}body{background:#fff}.card{box-shadow:none;break-inside:avoid}
main{margin:0;max-width:none;padding:0}}
"""

MENU = (
    ("/console", "报文"),
    ("/console/people", "人员与卡"),
    ("/console/authorisations", "授权"),
    ("/console/faults", "故障"),
    ("/console/clock", "时钟"),
    ("/console/applications", "应用与终端"),
    ("/console/data", "数据"),
    ("/console/statistics", "用卡统计"),
)
"""Path and title of each entry."""

MAX_UPLOAD = 4 << 20
"""Bytes of a form or file that a page takes; more is answered 413."""

PAGES = Pages("电子健康卡模拟平台", MENU, STYLE)
