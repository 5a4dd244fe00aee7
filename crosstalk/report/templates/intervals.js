// Draws the numbers of a table that have an interval, each column on its own scale: a line is the interval, a grey band what
// nothing to find would give, a hollow point a prediction.
function drawIntervals(table) {
  const [width, height, edge] = [96, 12, 4], rows = [...table.tBodies[0].rows];
  const ends = (text) => (text ? text.split(" ").map(Number) : []);
  for (let column = 1; column < table.tHead.rows[0].cells.length; column += 1) {
    const cells = rows.map((row) => row.cells[column]).filter((cell) => cell?.dataset.sort !== undefined);
    if (!cells.some((cell) => cell.dataset.bounds || cell.dataset.null)) continue;
    const all = cells.flatMap((cell) => [Number(cell.dataset.sort), ...ends(cell.dataset.bounds), ...ends(cell.dataset.null)]);
    const low = Math.min(...all), high = Math.max(...all);
    const at = (value) => edge + (width - 2 * edge) * (high > low ? (value - low) / (high - low) : 0.5);
    for (const cell of cells) {
      const plot = element("svg", { class: "interval", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
      const rule = (x1, x2, kind) => element("line", { class: kind, x1: at(x1), x2: at(x2), y1: 6, y2: 6 });
      const band = ends(cell.dataset.null), line = ends(cell.dataset.bounds);
      if (band.length) plot.append(rule(...band, "null"));
      if (low < 0 && high > 0) plot.append(element("line", { class: "zero", x1: at(0), x2: at(0), y1: 0, y2: height }));
      if (line.length) plot.append(rule(...line, "bounds"));
      const kind = cell.parentElement.hasAttribute("data-predicted") ? "predicted" : "point";
      plot.append(element("circle", { class: kind, cx: at(Number(cell.dataset.sort)), cy: 6, r: 3 }));
      cell.append(plot);
    }
  }
}

function eraseIntervals(table) {
  for (const plot of table.querySelectorAll("svg.interval")) plot.remove();
}
