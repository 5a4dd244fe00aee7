// A number is a link to the files it was read from; here the link opens what is known of that one number.
const known = JSON.parse(document.getElementById("known").textContent);
const panel = document.getElementById("origin");

function whereOf(link) {
  const cell = link.closest("td, th"), table = cell.closest("table"), row = cell.parentElement;
  return { ...told(table), ...told(table.tHead.rows[0].cells[cell.cellIndex]), ...told(row.cells[0]) };
}

function filesOf(source, where) {
  const key = [];
  for (const part of source.split("/")) {
    const name = /^\{(.*)\}$/.exec(part)?.[1];
    if (name !== undefined && where[name] === undefined) break;
    key.push(name === undefined ? part : where[name]);
  }
  const start = key.join("/");
  return known.origins.filter((origin) => origin.key === start || origin.key.startsWith(`${start}/`));
}

function unique(values) {
  return [...new Set(values.filter(Boolean))].join(", ");
}

function tell(link) {
  const cell = link.closest("td, th"), table = cell.closest("table"), where = whereOf(link);
  const found = filesOf(table.dataset.source, where), own = cell.parentElement.dataset.run;
  const runs = own ? [known.runs[own]] : found.map((origin) => [origin.configuration, origin.data, origin.commit]);
  const files = new Map(found.map((origin) => [origin.file, origin.quoted]));
  const note = cell.querySelector("small")?.textContent ?? "", head = table.tHead.rows[0].cells[cell.cellIndex].textContent;
  const lines = [
    ["Number", `${link.textContent}${note ? ` (${note})` : ""}: ${head}, ${cell.parentElement.cells[0].firstChild?.textContent ?? ""}`],
    ["Row", Object.entries(where).map(([name, value]) => `${name} = ${value}`).join(", ")],
    [files.size > 1 ? `${files.size} files, of which this is the mean` : "File", [...files.keys()].join("\n")],
    ["Configuration", unique(runs.map((run) => run[0]))],
    [found.some((origin) => origin.own) ? "Contents of the file" : "Data", unique(runs.map((run) => run[1]))],
    ["Commit", unique(runs.map((run) => run[2]))],
    ["Signature", known.signatures[where.benchmark]?.[where.metric] ?? ""],
  ];
  panel.querySelector("dl").replaceChildren(...lines.filter(([, text]) => text).flatMap(([name, text]) => [
    element("dt", {}, name), element("dd", {}, text),
  ]));
  panel.querySelector("pre").textContent = files.size ? [known.remake, ...files.values()].join(" ") : "";
  panel.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.from");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  tell(link);
});
panel.addEventListener("click", (event) => { if (event.target === panel) panel.close(); });

// One stop of the tabulator for each line; the arrow keys go on from there.
document.addEventListener("keydown", (event) => {
  const link = event.target.closest?.("a.from"), steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  if (!link || !steps[event.key]) return;
  const cell = link.closest("td, th"), rows = [...cell.parentElement.parentElement.rows].filter((row) => !row.hidden);
  let row = rows.indexOf(cell.parentElement), column = cell.cellIndex, next = null;
  do {
    row += steps[event.key][0];
    column += steps[event.key][1];
    next = rows[row]?.cells[column];
  } while (next && (next.hidden || !next.querySelector("a.from")));
  if (!next) return;
  event.preventDefault();
  next.querySelector("a.from").focus();
});
