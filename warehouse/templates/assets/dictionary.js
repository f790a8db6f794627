// The search of the data dictionary: shows the rows that hold every word typed, with or without Vietnamese marks.
"use strict";

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();

const box = document.getElementById("search");
const counted = document.getElementById("found");
const tables = [...document.querySelectorAll("section[data-table]")].map((section) => ({
  section,
  link: document.querySelector(`#contents a[href="#${section.id}"]`),
  title: plain(section.dataset.table + " " + section.querySelector(".about p").textContent),
  about: plain(section.dataset.table + " " + section.querySelector(".about").textContent),
  rows: [...section.querySelectorAll("tbody tr[id]")].map((row) => ({ row, text: plain(row.textContent) })),
}));

function search() {
  const words = plain(box.value).split(/\s+/).filter(Boolean);
  const holds = (text) => words.every((word) => text.includes(word));
  let columns = 0;
  for (const { section, link, title, about, rows } of tables) {
    const whole = holds(title);
    let shown = 0;
    for (const { row, text } of rows) {
      row.hidden = !(whole || holds(section.dataset.table + " " + text));
      shown += row.hidden ? 0 : 1;
    }
    section.hidden = shown === 0 && !holds(about);
    if (link) link.parentElement.hidden = section.hidden;
    columns += shown;
  }
  counted.textContent = words.length ? counted.dataset.words.replace("%", columns) : "";
}

box.closest("form").addEventListener("submit", (event) => event.preventDefault());
box.addEventListener("input", search);
box.closest("form").hidden = false;
if (location.hash === "" && new URLSearchParams(location.search).has("q")) {
  box.value = new URLSearchParams(location.search).get("q");
  search();
}
