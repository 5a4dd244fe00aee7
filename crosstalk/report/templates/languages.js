// A language's row and column of the matrix, as two tables that sort, with their intervals drawn.
function languageTables(box, data) {
  const { cells, languages } = data, count = languages.length, part = box.querySelector(".language");
  const select = part.querySelector("select"), tables = [...part.querySelectorAll("table")];
  const ends = { interference: ["ci_low", "ci_high"], dilution: ["dilution_low", "dilution_high"], conflict: ["conflict_low", "conflict_high"] };

  function number(name, at) {
    const value = cells[name][at], [low, high] = ends[name].map((end) => cells[end][at]);
    if (value === null) return element("td", {}, "–");
    const link = element("a", { class: "from", href: part.dataset.href, tabindex: name === "interference" ? 0 : -1 }, `${signed(value)}\u00a0%`);
    const cell = element("td", { class: "number", "data-sort": value }, link);
    if (low !== null && high !== null) {
      cell.dataset.bounds = `${low} ${high}`;
      cell.append(element("small", {}, `${signed(low)} to ${signed(high)}\u00a0%`));
    }
    return cell;
  }

  function line(name, other, at) {
    const where = JSON.stringify({ [name]: languages[other].code });
    const row = element("tr", {}, element("th", { scope: "row", "data-where": where }, languages[other].name));
    row.append(...data.parts.map((each) => number(each, at)));
    row.append(element("td", { class: "number", "data-sort": data.seeds[at] }, data.seeds[at] || "–"));
    row.append(element("td", {}, data.predicted[at] ? "predicted" : "measured"));
    if (data.predicted[at]) row.dataset.predicted = "";
    if (data.run[at] >= 0) row.dataset.run = data.run[at];
    return row;
  }

  function fill(table, name, mine, at, title) {
    const others = languages.map((_, place) => place).filter((place) => cells.interference[at(place)] !== null);
    others.sort((a, b) => cells.interference[at(a)] - cells.interference[at(b)]);
    table.caption.textContent = title;
    table.dataset.where = JSON.stringify(mine);
    table.tBodies[0].replaceChildren(...others.map((other) => line(name, other, at(other))));
    for (const head of table.tHead.rows[0].cells) head.removeAttribute("aria-sort");
    table.tHead.rows[0].cells[1].setAttribute("aria-sort", "ascending");
    drawIntervals(table);
  }

  function choose(place) {
    select.value = String(place);
    const { name, code } = languages[place];
    part.classList.add("chosen");
    fill(tables[0], "added_language", { language: code }, (other) => place * count + other, `What other languages do to ${name} (its row)`);
    fill(tables[1], "language", { added_language: code }, (other) => other * count + place, `What ${name} does to other languages (its column)`);
  }

  tables.forEach(sortable);
  select.addEventListener("change", () => { if (select.value) choose(Number(select.value)); else part.classList.remove("chosen"); });
  return { choose };
}
