"use strict";
const all=(css,root=document)=>[...root.querySelectorAll(css)];
function made(html){
  const t=document.createElement("template");
  t.innerHTML=html.trim();
  return t.content.firstElementChild;
}
all("[data-js]").forEach(e=>e.hidden=false);

async function copy(button,from){
  const text=from.value??from.textContent;
  let isCopied=true;
  try{await navigator.clipboard.writeText(text)}
  catch{
    from.select?from.select():getSelection().selectAllChildren(from);
    isCopied=document.execCommand("copy");
  }
  const label=button.dataset.label??=button.textContent;
  button.textContent=isCopied?"已复制":"请按 Ctrl+C";
  setTimeout(()=>button.textContent=label,1500);
}
async function load(button){
  const got=await(await fetch(button.dataset.load)).json(),area=document.getElementById("copied-text");
  document.getElementById("copied").hidden=false;
  document.getElementById("copied-note").textContent=got.note??got.error;
  area.value=got.text;
  if(got.text)await copy(button,area);
}
function pause(button){
  const box=document.getElementById(button.dataset.pause),on=!("paused" in box.dataset);
  on?box.dataset.paused="":delete box.dataset.paused;
  button.setAttribute("aria-pressed",on);button.textContent=on?"继续":"暂停";
  say(on?"已暂停":"");
}
document.addEventListener("click",event=>{
  const button=event.target.closest("[data-copy],[data-load],[data-pause],[data-print]");
  if(!button)return;
  event.preventDefault();
  const to=button.dataset;
  if("print" in to)print();
  else if(to.pause)pause(button);
  else if(to.load)load(button);
  else copy(button,document.getElementById(to.copy));
});

document.addEventListener("change",event=>{
  const field=event.target,most=field.dataset.most;
  if(most)field.setCustomValidity(field.files[0]?.size>most?"文件超过 4 MB，请检查是否选错了文件":"");
});

const ends=new WeakMap();
function tick(){
  for(const e of all("[data-left]")){
    if(e.read!==e.dataset.left){e.read=e.dataset.left;ends.set(e,performance.now()+e.dataset.left*1000)}
    const left=Math.max(0,Math.ceil((ends.get(e)-performance.now())/1000));
    e.textContent=left?left+" 秒":"已到期";
    e.closest(".qr")?.classList.toggle("over",!left);
  }
}
tick();setInterval(tick,250);

function say(text){const e=document.getElementById("live");if(e)e.textContent=text}
function grow(box,got){
  if(!got.html)return;
  all("[data-none]",box).forEach(e=>e.remove());
  box.insertAdjacentHTML("afterbegin",got.html);
  while(box.children.length>got.most)box.lastElementChild.remove();
  box.dataset.since=got.since;
}
function match(box,rows){
  const keys=new Set(rows.map(row=>row.key));
  for(const child of [...box.children])if(!keys.has(child.dataset.key))child.remove();
  let before=null;
  for(const row of rows){
    let child=[...box.children].find(c=>c.dataset.key===row.key);
    if(!child||child.dataset.version!==row.version){
      const fresh=made(row.html);
      child?child.replaceWith(fresh):before?before.after(fresh):box.prepend(fresh);
      all("[data-js]",fresh).forEach(e=>e.hidden=false);
      child=fresh;
    }else if(row.left!==null)all("[data-left]",child).forEach(e=>e.dataset.left=row.left);
    before=child;
  }
  tick();
}
async function watch(box){
  let wasLost=false;
  for(;;){
    await new Promise(done=>setTimeout(done,1000));
    if(document.hidden||"paused" in box.dataset)continue;
    const url=box.dataset.live+("since" in box.dataset?"&since="+box.dataset.since:"");
    try{
      const answer=await fetch(url);
      if(!answer.ok)throw answer.status;
      const got=await answer.json();
      if("paused" in box.dataset)continue;
      got.rows?match(box,got.rows):grow(box,got);
      if(wasLost)say("");
      wasLost=false;
    }catch{wasLost=true;say("模拟平台没有应答，恢复后自动继续")}
  }
}
all("[data-live]").forEach(watch);
