// Below the figure an address names, its cell among its neighbours; without this script a link leads there.
"use strict";
(function () {
  var shown = null;

  function open() {
    if (shown) { shown.remove(); shown = null; }
    document.querySelectorAll(".marked").forEach(function (old) { old.classList.remove("marked"); });
    var row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!row || row.tagName !== "TR") { return; }
    row.classList.add("marked");
    var link = row.querySelector("a.cell");
    var cell = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!cell) { return; }
    cell.classList.add("marked");
    var copy = cell.closest("figure").cloneNode(true);
    copy.removeAttribute("id");
    copy.querySelectorAll("[id]").forEach(function (item) { item.removeAttribute("id"); item.className += " own"; });
    var place = document.createElement("td");
    place.colSpan = row.cells.length;
    place.appendChild(copy);
    shown = document.createElement("tr");
    shown.className = "surroundings";
    shown.appendChild(place);
    row.after(shown);
    var scroll = copy.querySelector(".scroll"), marked = copy.querySelector("td.marked");
    scroll.scrollLeft = marked.offsetLeft - scroll.clientWidth / 2;
    row.scrollIntoView({ block: "center" });
  }

  addEventListener("hashchange", open);
  open();
})();
