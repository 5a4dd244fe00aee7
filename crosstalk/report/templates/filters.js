// One row of controls above the tables of a section: text to find, values to keep, intervals to draw.
const TOLD = { split: "Split", tier: "Tier" };

function told(part) {
  return part.dataset.where ? JSON.parse(part.dataset.where) : {};
}

// What can be chosen between in a table: title -> values, from what its parts say of themselves and from marked columns.
function choices(table) {
  const found = new Map();
  const add = (title, value) => { if (value) found.set(title, (found.get(title) ?? new Set()).add(value)); };
  for (const part of [table, ...table.tHead.rows[0].cells, ...[...table.tBodies[0].rows].map((row) => row.cells[0])]) {
    const where = told(part);
    for (const [key, title] of Object.entries(TOLD)) add(title, where[key]);
  }
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (head.hasAttribute("data-by")) for (const row of table.tBodies[0].rows) add(head.textContent, row.cells[column].textContent);
  });
  return found;
}

function filterable(section) {
  const tables = [...section.querySelectorAll("table")].filter((table) => !table.closest("figure")), found = new Map();
  for (const table of tables) {
    for (const [title, values] of choices(table)) found.set(title, new Set([...(found.get(title) ?? []), ...values]));
  }
  const rows = tables.flatMap((table) => [...table.tBodies[0].rows]);
  const drawn = section.querySelector("[data-bounds], [data-null]") !== null;
  const several = [...found].filter(([, values]) => values.size > 1);
  if (!tables.length || (rows.length < 6 && !several.length && !drawn)) return;

  const bar = element("form", { class: "filters", role: "search", "aria-label": `Filter the tables of ${section.querySelector("h2, h3").textContent}` });
  const text = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  bar.append(element("label", {}, "Find ", text));
  const chosen = new Map(several.map(([title, values]) => {
    const every = element("option", { value: "" }, "every"), options = [...values].map((value) => element("option", { value }, value.replace("_", "-")));
    const select = element("select", {}, every, ...options);
    bar.append(element("label", {}, `${title} `, select));
    return [title, select];
  }));
  const draw = element("input", { type: "checkbox" });
  if (drawn) bar.append(element("label", {}, draw, " Draw intervals"));
  const count = element("output", {});
  bar.append(count);

  const kept = (where) => Object.entries(TOLD).every(([key, title]) => {
    const value = chosen.get(title)?.value;
    return !value || where[key] === undefined || where[key] === value;
  });
  const keep = (table) => {
    const heads = [...table.tHead.rows[0].cells], whole = kept(told(table)), wanted = text.value.trim().toLocaleLowerCase();
    let shown = 0;
    table.closest(".scroll").hidden = !whole;
    const columns = heads.map((head) => !kept(told(head)));
    heads.forEach((head, at) => { head.hidden = columns[at]; });
    for (const row of table.tBodies[0].rows) {
      const named = heads.every((head, at) => {
        const value = head.hasAttribute("data-by") && chosen.get(head.textContent)?.value;
        return !value || row.cells[at].textContent === value;
      });
      row.hidden = !(kept(told(row.cells[0])) && named && row.textContent.toLocaleLowerCase().includes(wanted));
      if (!row.hidden && whole) shown += 1;
      columns.forEach((gone, at) => { row.cells[at].hidden = gone; });
    }
    return shown;
  };
  const update = () => {
    const shown = tables.reduce((sum, table) => sum + keep(table), 0);
    if (shown !== rows.length) for (const fold of section.querySelectorAll("details")) fold.open = true;
    count.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} rows`;
  };
  bar.addEventListener("submit", (event) => event.preventDefault());
  bar.addEventListener("input", update);
  draw.addEventListener("change", () => {
    for (const table of tables) (draw.checked ? drawIntervals : eraseIntervals)(table);
  });
  const first = tables[0].closest("details") ?? tables[0].closest(".scroll");
  first.before(bar);
}
