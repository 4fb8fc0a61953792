// What the kiosk's pages do by themselves: every page is whole without it.
(function () {
  "use strict";
  var byId = document.getElementById.bind(document);
  var NO_ANSWER = "终端没有应答，正在重试";

  // A form goes out once, however often its button is pressed.
  var sent = false;
  document.addEventListener("submit", function (e) {
    if (sent) { e.preventDefault(); return; }
    sent = true;
    setTimeout(function () { sent = false; }, 1500);
  });
  addEventListener("pageshow", function () { sent = false; });

  // A page that waits for a step (templates/waiting.html) asks whether it is over.
  function waitFor(status) {
    setTimeout(function () {
      fetch(status).then(function (r) {
        if (r.status === 404) { location.reload(); }
        return r.json();
      }).then(function (a) {
        if (a.done) { location.replace(a.next || location.href); } else { waitFor(status); }
      }).catch(function () { byId("say").textContent = NO_ANSWER; waitFor(status); });
    }, 400);
  }
  var waiting = document.querySelector("[data-wait-for]");
  if (waiting) { waitFor(waiting.dataset.waitFor); }

  // The authorisation (templates/authorise.html) counts down, and asks whether the person has confirmed.
  function authorise(data) {
    var over = false, ends = Date.now() + Number(data.leftMs);
    setInterval(function () {
      var left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
      byId("countdown").textContent = left;
      if (left === 0 && !over) { over = true; byId("why").value = "expired"; byId("leave").submit(); }
    }, 200);
    (function ask() {
      setTimeout(function () {
        if (over) { return; }
        fetch(data.authoriseStatus).then(function (r) { return r.json(); }).then(function (a) {
          if (over) { return; }
          if (a.next) {
            over = true;
            if (a.status !== "succ") { location.replace(a.next); return; }
            byId("ask").hidden = byId("timer").hidden = true;
            byId("entered").hidden = false;
            setTimeout(function () { location.replace(a.next); }, 800);
            return;
          }
          byId("message").textContent = a.message;
          if (a.status === "ing") { ask(); }
        }).catch(function () { byId("message").textContent = NO_ANSWER; ask(); });
      }, Number(data.pollMs));
    }());
  }
  var authorisation = document.querySelector("[data-authorise-status]");
  if (authorisation) { authorise(authorisation.dataset); }
}());
