// Maps of languages (rows) and layers (columns): one of several quantities, rows in one of several orders.
function mapExplorer(box) {
  const data = JSON.parse(box.querySelector("script").textContent);
  const { languages, layers } = data, measure = box.querySelector("select[name=measure]"), sort = box.querySelector("select[name=order]");
  let chosen = data.measures[0], order = [], colour = null;

  function written(each, value) {
    if (value === null) return "–";
    if (each.unit === "share") return `${percent(value, 1)}\u00a0%`;
    return Math.abs(value) >= 0.01 && Math.abs(value) < 1e4 ? Number(value.toPrecision(3)).toString() : value.toExponential(1).replace("-", "−");
  }

  const at = (row, column) => order[row] * layers.length + column;
  const cell = (row, column) => {
    const value = chosen.values[at(row, column)];
    return value === null ? null : { ...colour(value), text: "" };
  };
  const lines = (row, column) => [
    `${languages[order[row]]}, ${layers[column].name}`,
    ...data.measures.map((each) => `${each.title}: ${written(each, each.values[at(row, column)])}`),
    layers[column].note,
  ].filter(Boolean);

  const grid = new Grid(box, {
    square: false, rows: () => order.map((place) => languages[place]), columns: () => layers.map((layer) => layer.name), groups: () => [], cell, lines,
  });
  const paint = grid.paint.bind(grid);
  grid.paint = () => { colour = sequential(chosen.low, chosen.high, chosen.logarithmic); paint(); };

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
    const { low, high, logarithmic } = chosen, middle = logarithmic ? Math.sqrt(low * high) : (low + high) / 2;
    const shares = [0, 0.25, 0.5, 0.75, 1].map((share) => (logarithmic ? low * (high / low) ** share : low + share * (high - low)));
    legend(box.querySelector(".scale"), shares.map((value) => colour(value).fill), [low, middle, high].map((value) => written(chosen, value)));
    box.querySelector(".meaning").textContent = chosen.meaning;
  }

  for (const select of [measure, sort]) select.addEventListener("change", update);
  update();
}
