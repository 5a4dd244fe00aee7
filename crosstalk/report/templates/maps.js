// Maps of languages (rows) and layers (columns): one of several quantities, rows in one of several orders.
function mapExplorer(box) {
  const data = JSON.parse(box.querySelector("script").textContent);
  const { languages, layers } = data, measure = box.querySelector("select[name=measure]"), sort = box.querySelector("select[name=order]");
  let chosen = data.measures[0], order = [], colour = null;

  function written(each, value) {
    if (value === null) return "–";
    if (each.unit === "share") return `${percent(value, 1)}\u00a0%`;
    if (value === 0) return "0";
    return Math.abs(value) >= 0.01 && Math.abs(value) < 1e4 ? Number(value.toPrecision(3)).toString().replace("-", "−") : value.toExponential(1).replace("-", "−");
  }

  const place = (column) => (data.square ? order[column] : column);
  const at = (row, column) => order[row] * layers.length + place(column);
  const cell = (row, column) => {
    const value = chosen.values[at(row, column)];
    const text = value === null ? "" : written(chosen, value);
    return value === null ? null : { ...colour(value), text: text.length > 6 ? "" : text };
  };
  const lines = (row, column) => [
    `${languages[order[row]]}, ${layers[place(column)].name}`,
    ...data.measures.filter((each) => Boolean(each.diverging) === Boolean(chosen.diverging)).map((each) => `${each.title}: ${written(each, each.values[at(row, column)])}`),
    layers[place(column)].note,
  ].filter(Boolean);

  const reach = () => Math.max(Math.abs(chosen.low), Math.abs(chosen.high));
  const grid = new Grid(box, {
    square: Boolean(data.square), rows: () => order.map((place) => languages[place]), columns: () => layers.map((_, column) => layers[place(column)].name), groups: () => [], cell, lines,
  });
  const paint = grid.paint.bind(grid);
  grid.paint = () => { colour = chosen.diverging ? diverging(reach()) : sequential(chosen.low, chosen.high, chosen.logarithmic); paint(); };

  function ordered() {
    const places = languages.map((_, place) => place);
    if (sort.value === "name") return places.sort((a, b) => languages[a].localeCompare(languages[b]));
    if (sort.value === "similar") return chosen.similar;
    const mean = places.map((place) => {
      const values = chosen.values.slice(place * layers.length, (place + 1) * layers.length).filter((value) => value !== null);
      return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : -Infinity;
    });
    return places.sort((a, b) => mean[b] - mean[a]);
  }

  function update() {
    chosen = data.measures[Number(measure.value)];
    order = ordered();
    grid.place = null;
    grid.paint();
    const [low, high] = chosen.diverging ? [-reach(), reach()] : [chosen.low, chosen.high];
    const between = (share) => (chosen.logarithmic ? low * (high / low) ** share : low + share * (high - low));
    const colours = [0, 0.25, 0.5, 0.75, 1].map((share) => colour(between(share)).fill);
    legend(box.querySelector(".scale"), colours, [0, 0.5, 1].map((share) => written(chosen, between(share))));
    tellShown(box);
    box.querySelector(".meaning").textContent = chosen.meaning;
  }

  for (const select of [measure, sort]) select.addEventListener("change", update);
  update();
}
