/* Small conveniences; no page needs them to be read. */
(function () {
  "use strict";
  /* What is sent is sent once: a second tap on the same button finds it asleep. */
  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented || event.target.matches("[hx-post], [data-again]")) return;
    window.setTimeout(function () {
      event.target.querySelectorAll("button").forEach(function (one) { one.disabled = true; });
    }, 0);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form button[disabled]:not([data-off])").forEach(function (one) { one.disabled = false; });
  });
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-submit-on-change]");
    if (form) form.requestSubmit();
  });
  /* Inside WeChat its bridge opens the wallet; whatever it answers, the order's page knows what came. */
  var wallet = document.querySelector("[data-wallet]");
  function open() {
    window.WeixinJSBridge.invoke("getBrandWCPayRequest", JSON.parse(wallet.dataset.wallet), function () { window.location = wallet.href; });
  }
  if (wallet) {
    if (window.WeixinJSBridge) open();
    else document.addEventListener("WeixinJSBridgeReady", open);
  }
  /* A browser that can is asked whether it shows messages, once somebody has pressed the button; what it answers is posted
     like any form. An older promise of it goes first: it may be another member's. */
  var push = document.querySelector("[data-push]");
  function promised(registration) {
    return registration.pushManager.getSubscription().then(function (old) { return old && old.unsubscribe(); }).then(function () {
      return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: push.dataset.push });
    });
  }
  if (push && "serviceWorker" in navigator && "PushManager" in window && window.isSecureContext) {
    push.parentNode.hidden = false;
    push.addEventListener("submit", function (event) {
      event.preventDefault();
      Notification.requestPermission().then(function () { return navigator.serviceWorker.ready; }).then(promised).then(function (made) {
        push.elements.subscription.value = JSON.stringify(made);
        push.submit();
      }).catch(function () { push.querySelector("[role=alert]").hidden = false; });
    });
  }
  if ("serviceWorker" in navigator && window.isSecureContext) navigator.serviceWorker.register("/m/worker.js", { scope: "/m/" });
})();
