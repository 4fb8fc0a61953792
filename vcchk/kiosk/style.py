"""What the terminal's pages add to the common look: targets for fingers, a countdown in the top right corner."""

STYLE = """
header{padding:10px 24px;gap:8px 20px}header a{padding:6px 8px;font-size:17px}
main a:not(.tile,.button){color:var(--dark)}
main{margin:18px auto;padding:0 18px;max-width:1000px}
.where{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center;margin-bottom:12px;color:var(--soft);font-size:16px}
.where b{color:var(--ink);font-size:18px}
.panel{position:relative;padding:26px 30px 28px}
.panel h1{font-size:27px;margin:0 0 6px}.panel h1.counted{padding-right:120px}
.lead{font-size:18px;color:var(--soft);margin:0 0 18px}
.tiles{display:grid;gap:18px;grid-template-columns:repeat(auto-fill,minmax(min(100%,260px),1fr));margin:20px 0 8px}
.tiles form{display:contents}
.tile{display:flex;flex-direction:column;justify-content:center;align-items:flex-start;gap:4px;width:100%;min-height:124px;
padding:18px 24px;border-radius:16px;background:#fff;border:2px solid #b8d6da;color:var(--ink);font-size:24px;
font-weight:600;text-align:left;text-decoration:none;line-height:1.35}
.tile small{font-size:15px;font-weight:400;color:var(--soft)}
.tile:hover{border-color:var(--main);background:#eef8f9}
.tile.first{background:var(--main);border-color:var(--main);color:#fff}.tile.first small{color:#d9f1f3}
.tile.first:hover{background:var(--dark)}
.tile.low{min-height:76px;font-size:19px}
.actions{display:flex;flex-wrap:wrap;gap:14px;align-items:center;margin-top:22px}.actions form{margin:0}
.actions button,.actions .button{min-height:56px;padding:12px 30px;font-size:20px;border-radius:12px;line-height:1.5}
.countdown{position:absolute;top:20px;right:28px;font-size:20px;color:var(--bad)}
.countdown span{font-size:40px;font-weight:700;font-variant-numeric:tabular-nums;line-height:1}
.qr{text-align:center;margin:14px 0}.qr svg{width:min(100%,290px);height:auto}
#leave{justify-content:center;margin-top:6px}
.say{min-height:34px;font-size:21px;margin:6px 0;text-align:center}
.done{font-size:30px;font-weight:700;color:var(--good);margin:0 0 10px}
.two{display:grid;gap:22px 34px;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));margin-top:14px}
.two h2{margin:0 0 8px}.panel dl{font-size:18px;gap:8px 20px}
.field{margin:16px 0}.field label{display:block;font-size:17px;margin-bottom:4px}
.field input,.field select{width:min(560px,100%);min-height:56px;font-size:21px}
.field .help{font-size:15px;color:var(--soft);margin:4px 0 0}
fieldset{border:0;padding:0;margin:18px 0}legend{font-size:17px;padding:0;margin-bottom:4px}
.pick{display:flex;gap:12px;align-items:center;min-height:50px;font-size:18px}
.pick input{width:24px;height:24px;flex:none;margin:0}
.notice{font-size:19px}
.wait{display:flex;gap:18px;align-items:center;font-size:22px;margin:26px 0}
.wait i{width:34px;height:34px;flex:none;border-radius:50%;border:4px solid var(--line);border-top-color:var(--main);
animation:turn 1.1s linear infinite}@keyframes turn{to{transform:rotate(1turn)}}
@media(prefers-reduced-motion:reduce){.wait i{animation:none}}
.reader{border-top:1px solid var(--line);padding-top:14px;margin-top:18px}.reader h2{margin:0}
.reader .tiles{margin:10px 0 0;gap:12px;grid-template-columns:repeat(auto-fill,minmax(min(100%,270px),1fr))}
.diagram{overflow-x:auto;padding:8px 0}.steps{padding-left:26px;font-size:16px}.steps li{margin:4px 0}
.share{width:42%}.n{text-align:right;white-space:nowrap}
@media(max-width:600px){header{padding:8px 14px;gap:2px 10px}header b{width:100%}header a{font-size:16px}
main{padding:0 12px;margin:12px auto}.panel{padding:20px 16px}.panel h1{font-size:23px}
.tile{min-height:96px;font-size:21px}.countdown{top:16px;right:16px}.countdown span{font-size:32px}
.panel dl{grid-template-columns:1fr;gap:2px}
.panel dd{margin-bottom:8px}.actions button,.actions .button,.actions form{width:100%;text-align:center}}
"""
