/* Day and night, what htmx refused, and small conveniences. No page needs it to be read. */
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var target = event.target.closest("[data-theme-switch]");
    if (!target) return;
    var root = document.documentElement, night = getComputedStyle(root).colorScheme !== "dark";
    root.removeAttribute("data-theme");
    root.classList.toggle("dark", night);
    document.cookie = "theme=" + (night ? "dark" : "light") + ";path=/;max-age=31536000;samesite=lax";
    document.dispatchEvent(new CustomEvent("siyu:theme"));
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    document.dispatchEvent(new CustomEvent("siyu:theme"));
  });
  var here = document.querySelector(".rail [aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft - (here.parentElement.clientWidth - here.offsetWidth) / 2;
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-submit-on-change]");
    if (form) form.requestSubmit();
  });
  document.addEventListener("submit", function (event) {
    var question = event.target.dataset.ask;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  document.addEventListener("click", function (event) {
    var target = event.target.closest("[data-copy]");
    if (!target || !navigator.clipboard) return;
    navigator.clipboard.writeText(document.getElementById(target.dataset.copy).textContent.trim());
    target.classList.add("done");
  });
  /* An expected no comes as a 4xx with a sentence: show it instead of dropping it. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    var status = event.detail.xhr.status;
    if (status < 400 || status >= 500) return;
    if (event.detail.xhr.getResponseHeader("HX-Redirect")) return;
    event.detail.shouldSwap = false;
    var toast = document.createElement("div");
    toast.className = "toast";
    var holder = document.createElement("div");
    holder.innerHTML = event.detail.serverResponse;
    toast.textContent = holder.textContent.trim().slice(0, 400);
    document.getElementById("toasts").replaceChildren(toast);
    window.setTimeout(function () { toast.remove(); }, 8000);
  });
})();
