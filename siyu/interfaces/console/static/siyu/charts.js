/* Draws what charts.py built: [data-chart="name"] takes its figure from the data block #charts. */
(function () {
  "use strict";
  var block = document.getElementById("charts");
  if (!block || !window.Plotly) return;
  var page = JSON.parse(block.textContent);
  function template() {
    return page.templates[getComputedStyle(document.documentElement).colorScheme === "dark" ? "siyu_dark" : "siyu"];
  }
  var drawn = [];
  document.querySelectorAll("[data-chart]").forEach(function (element) {
    var figure = page.figures[element.dataset.chart];
    if (!figure) return;
    figure.layout.template = template();
    figure.layout.autosize = true;
    Plotly.newPlot(element, figure.data, figure.layout, { displayModeBar: false, responsive: true }).then(function () {
      drawn.push(element);
      element.on("plotly_click", function (event) {
        var link = event.points[0].customdata && event.points[0].customdata[1];
        if (link) window.location.href = link;
      });
    });
  });
  document.addEventListener("siyu:theme", function () {
    drawn.forEach(function (element) { Plotly.relayout(element, { template: template() }); });
  });
})();
