// What the pages can do beyond reading: filter and sort tables, find a unit, compare two. All of it is optional; without
// this file every figure is still on a page.
"use strict";

const reformScorecards = (() => {
  const english = document.documentElement.lang === "en";
  const words = english
    ? { filter: "Filter by name", sort: "sort" }
    : { filter: "Lọc theo tên", sort: "sắp xếp" };

  // "Hà Nội" is found by "ha noi" too: people often type without marks.
  const plain = (text) =>
    text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase().trim();

  function filterBox(before, rows, nameOf) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "search";
    label.className = "filter";
    label.append(`${words.filter}: `, input);
    before.before(label);
    const names = rows.map((row) => [row, plain(nameOf(row))]);
    input.addEventListener("input", () => {
      const wanted = plain(input.value);
      for (const [row, name] of names) row.hidden = !name.includes(wanted);
      if (wanted) for (const closed of document.querySelectorAll("[data-find] details")) closed.open = true;
    });
  }

  // "−0,54" and "43.91‡" and "12/34" are read as numbers; a dash sorts last.
  function sortKey(cell, kind) {
    const text = cell.textContent.trim();
    if (kind === "t") return text;
    const found = text.replace("−", "-").match(/-?[\d.,]+/);
    if (!found) return null;
    const digits = english ? found[0].replace(/,/g, "") : found[0].replace(/\./g, "").replace(",", ".");
    return Number.parseFloat(digits);
  }

  function sortable(table) {
    const collator = new Intl.Collator(english ? "en" : "vi");
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, place) => {
      if (!head.dataset.sort) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const keyed = [...table.tBodies[0].rows].map((row) => [sortKey(row.cells[place], head.dataset.sort), row]);
        keyed.sort(([a], [b]) => {
          if (a === null || b === null) return (a === null) - (b === null);
          const order = typeof a === "string" ? collator.compare(a, b) : a - b;
          return down ? -order : order;
        });
        table.tBodies[0].append(...keyed.map(([, row]) => row));
      });
    });
  }

  // ---- compare -------------------------------------------------------------------------------------------------
  const units = new Map();
  let indicators = {};
  const number = (text) => (text === null ? "–" : english ? text : text.replace(".", ","));

  function cell(tag, text, className) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    if (tag === "th") made.scope = className === "row" ? "row" : "col";
    return made;
  }

  function figureCell(unit, [code, year, , value, rank, outOf, signs], root, word) {
    const made = cell("td", "", "n");
    const link = cell("a", number(value), "v");
    link.href = `${root}../trail/${document.documentElement.lang}/${unit}/${indicators[code].index}.html#${code}-${year}`;
    made.append(link, `${signs} `);
    if (rank) made.append(cell("span", `(${word} ${rank}${outOf ? `/${outOf}` : ""})`, "quiet nowrap"));
    return made;
  }

  // The newest year in which both have a figure of the indicator on the same map.
  function pairs(first, second) {
    const known = new Map(second.figures.map((figure) => [figure.slice(0, 3).join("|"), figure]));
    const newest = new Map();
    for (const figure of first.figures) {
      const other = known.get(figure.slice(0, 3).join("|"));
      if (!other || figure[3] === null || other[3] === null) continue;
      const before = newest.get(`${figure[0]}|${figure[2]}`);
      if (!before || before[0][1] < figure[1]) newest.set(`${figure[0]}|${figure[2]}`, [figure, other]);
    }
    return Object.keys(indicators).flatMap((code) =>
      ["2025", "published"].map((map) => newest.get(`${code}|${map}`)).filter(Boolean).slice(0, 1));
  }

  function compare(form, place) {
    const [one, two] = [...form.querySelectorAll("select")].map((select) => units.get(select.value));
    if (!one || !two) return;
    place.replaceChildren();
    if (one.code === two.code) return void place.append(cell("p", place.dataset.same));
    // Provinces and ministries are measured by different sets of criteria under one name.
    if (one.kind !== two.kind) return void place.append(cell("p", place.dataset.kinds));
    const found = pairs(one, two);
    if (!found.length) return void place.append(cell("p", place.dataset.none));
    const table = document.createElement("table");
    const lang = document.documentElement.lang;
    const head = table.createTHead().insertRow();
    head.append(cell("th", place.dataset.indicator), cell("th", place.dataset.year), cell("th", one[lang], "n"),
      cell("th", two[lang], "n"), cell("th", place.dataset.difference, "n"));
    const body = table.createTBody();
    for (const [a, b] of found) {
      const row = body.insertRow();
      const digits = (a[3].split(".")[1] || "").length;
      const difference = (Number(a[3]) - Number(b[3])).toFixed(digits).replace("-", "−");
      row.append(cell("th", indicators[a[0]][lang], "row"),
        cell("td", `${a[1]} · ${place.dataset[a[2] === "2025" ? "mapPresent" : "mapPublished"]}`),
        figureCell(one.code, a, form.dataset.root, place.dataset.rank),
        figureCell(two.code, b, form.dataset.root, place.dataset.rank), cell("td", number(difference), "n"));
    }
    place.append(table);
  }

  function comparing(form) {
    const place = document.getElementById("comparison");
    const selects = [...form.querySelectorAll("select")];
    const wanted = new URLSearchParams(location.hash.slice(1));
    selects[1].selectedIndex = Math.min(1, selects[1].length - 1);
    selects.forEach((select, at) => {
      const code = wanted.get(["a", "b"][at]);
      if ([...select.options].some((option) => option.value === code)) select.value = code;
      const load = () => {
        history.replaceState(null, "", `#a=${selects[0].value}&b=${selects[1].value}`);
        if (units.has(select.value)) return compare(form, place);
        const script = document.createElement("script");
        script.src = `${form.dataset.root}assets/units/${encodeURIComponent(select.value)}.js`;
        script.addEventListener("load", () => compare(form, place));
        document.head.append(script);
      };
      select.addEventListener("change", load);
      load();
    });
    form.hidden = false;
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const table of document.querySelectorAll("table[data-filter]")) {
      const rows = [...table.tBodies[0].rows];
      if (rows.length > 10) filterBox(table, rows, (row) => row.querySelector("th").textContent);
      sortable(table);
    }
    for (const part of document.querySelectorAll("[data-find]")) {
      filterBox(part.querySelector("h3"), [...part.querySelectorAll("li")], (item) => item.textContent);
    }
    for (const form of document.querySelectorAll("[data-compare]")) comparing(form);
  });

  return { take: (unit) => units.set(unit.code, unit), names: (all) => { indicators = all; } };
})();
