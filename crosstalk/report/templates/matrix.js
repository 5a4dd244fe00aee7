// The interference matrix: which part of it and which cells are shown, in which order, and what a cell says.
function matrixExplorer(box) {
  const data = JSON.parse(box.querySelector("script").textContent);
  const { cells, languages } = data, count = languages.length, sort = box.querySelector("select[name=order]");
  const which = box.querySelector("select[name=cells]"), everything = box.querySelector("details.everything");
  let part = "interference", order = [], groups = [], colour = null;

  const place = (row, column) => order[row] * count + order[column];
  const shown = (at) => cells[part][at] !== null && (!which?.value || (which.value === "predicted") === Boolean(data.predicted[at]));

  function bounds(name, at, write) {
    const [low, high] = [data.cells[`${name}_low`][at], data.cells[`${name}_high`][at]];
    return low === null || high === null ? "" : ` (${write(low)} to ${write(high)}\u00a0%)`;
  }

  function lines(row, column) {
    const at = place(row, column), one = languages[order[row]], other = languages[order[column]];
    if (order[row] === order[column]) return [one.name, "A language is not added to itself."];
    const found = [`${other.name} added to ${one.name}`];
    if (cells.interference[at] === null) return [...found, "Neither measured nor predicted."];
    const low = cells.ci_low[at], high = cells.ci_high[at], known = low !== null && high !== null;
    const seeds = data.seeds[at] > 1 ? `, mean over ${data.seeds[at]} seeds` : "";
    found.push(`Interference ${percent(cells.interference[at])}\u00a0%${bounds("ci", at, percent)}, `
      + (data.predicted[at] ? "predicted, not measured" : `measured${seeds}`));
    if (known) {
      found.push(`Interval over ${data.intervals[data.interval[at]]}` + (low <= 0 && high >= 0 ? "; it includes 0: not shown" : ""));
    }
    if (cells.dilution[at] !== null) {
      found.push(`= dilution ${percent(cells.dilution[at])}\u00a0%${bounds("dilution", at, percent)}`
        + ` + conflict ${percent(cells.conflict[at])}\u00a0%${bounds("conflict", at, percent)}`);
    }
    if (cells.loss_pair[at] !== null) {
      const half = cells.loss_half[at] === null ? "" : `, with half of each batch ${fixed(cells.loss_half[at])}`;
      found.push(`Loss alone ${fixed(cells.loss_alone[at])}${half}, in the pair ${fixed(cells.loss_pair[at])} nats per masked token`);
    }
    for (const language of [one, other]) found.push(language.facts ? `${language.name}: ${language.facts}` : "");
    return found.filter(Boolean);
  }

  function cell(row, column) {
    const at = place(row, column);
    if (!shown(at)) return null;
    return { ...colour(cells[part][at]), hatched: data.predicted[at], text: percent(cells[part][at], 1) };
  }

  const names = () => order.map((at) => languages[at].name);
  const table = languageTables(box, data);
  const grid = new Grid(box, {
    square: true, rows: names, columns: names, groups: () => groups, cell, lines,
    choose: (row) => table.choose(order[row]),
  });
  const paint = grid.paint.bind(grid);
  grid.paint = () => { colour = diverging(data.reach); paint(); };

  function update() {
    const chosen = data.orders.find((each) => each.key === sort.value) ?? data.orders[0];
    order = chosen.order;
    groups = chosen.groups ? order.map((language) => chosen.groups[language]) : [];
    grid.place = null;
    grid.paint();
    legend(box.querySelector(".scale"), [-1, -0.5, 0, 0.5, 1].map((share) => colour(share * data.reach).fill), [
      `${percent(-data.reach, 1)}\u00a0% or less (harm)`, "0", `${percent(data.reach, 1)}\u00a0% or more (help)`,
    ]);
    tellShown(box);
    if (everything.open) writeOut();
  }

  // All cells as a table, made when it is asked for: what a screen reader walks through.
  function writeOut() {
    const head = element("tr", {}, element("th", { scope: "col" }, "Measured \\ added"), ...names().map((name) => element("th", { scope: "col" }, name)));
    const rows = order.map((_, row) => element("tr", {}, element("th", { scope: "row" }, names()[row]), ...order.map((_, column) => {
      const at = place(row, column);
      return element("td", {}, shown(at) ? percent(cells[part][at]) + (data.predicted[at] ? " p" : "") : "");
    })));
    const title = element("caption", {}, `${part[0].toUpperCase()}${part.slice(1)} in per cent; p: predicted`);
    everything.querySelector(".scroll").replaceChildren(element("table", {}, title, element("thead", {}, head), element("tbody", {}, ...rows)));
  }

  for (const input of box.querySelectorAll("input[type=radio]")) {
    input.addEventListener("change", () => { part = input.value; update(); });
  }
  for (const select of [sort, which].filter(Boolean)) select.addEventListener("change", update);
  everything.addEventListener("toggle", () => { if (everything.open) writeOut(); });
  box.hidden = false;
  update();
}
