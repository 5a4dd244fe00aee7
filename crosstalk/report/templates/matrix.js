function heatmap(box) {
  const data = JSON.parse(box.querySelector("script").textContent);
  const count = data.languages.length;
  const canvas = box.querySelector("canvas"), scale = box.querySelector(".scale"), detail = box.querySelector(".detail");
  const said = box.querySelector("[aria-live]"), sort = box.querySelector("select");
  const context = canvas.getContext("2d"), picture = document.createElement("canvas");
  let measure = "interference", order = [], groups = [], size = 0, left = 0, top = 0, place = null;

  const style = (name) => getComputedStyle(box).getPropertyValue(name).trim();
  const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const percent = (value, digits = 2) => value === null || value === undefined ? "–"
    : `${(100 * value).toFixed(digits).replace(/^-(?=[0.]+$)/, "").replace("-", "−")}`;
  const nats = (value) => value === null || value === undefined ? "–" : value.toFixed(3);
  const cell = (row, column) => order[row] * count + order[column];
  const letters = () => Math.max(8, Math.min(13, size - 1));

  function colours() {
    const ramp = (...names) => names.map((name) => channels(style(name)));
    const harm = ramp("--zero", "--harm-mid", "--harm"), help = ramp("--zero", "--help-mid", "--help");
    return (value) => {
      const stops = value < 0 ? harm : help, share = 2 * Math.min(1, Math.abs(value) / data.reach);
      const from = share < 1 ? 0 : 1, part = share - from;
      const mixed = stops[from].map((low, at) => low + part * ((stops[from + 1] ?? stops[from])[at] - low));
      return { fill: `rgb(${mixed.map(Math.round).join()})`, dark: 0.3 * mixed[0] + 0.59 * mixed[1] + 0.11 * mixed[2] < 140 };
    };
  }

  function paint() {
    const ratio = window.devicePixelRatio || 1, names = data.languages.map((language) => language.name);
    const widest = (texts) => {
      context.font = `${letters()}px system-ui, sans-serif`;
      return Math.ceil(Math.min(160, Math.max(0, ...texts.map((text) => context.measureText(text).width)))) + 8;
    };
    let right = 0;
    size = 0;
    for (let pass = 0; pass < 2; pass += 1) {  // the letters shrink with the cells, and leave them more room
      left = top = widest(names);
      right = widest(groups);
      size = Math.max(9, Math.min(46, Math.floor((box.clientWidth - left - right) / count)));
    }
    const width = left + size * count + right, height = top + size * count + 2;
    for (const target of [canvas, picture]) {
      target.width = width * ratio;
      target.height = height * ratio;
    }
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const pen = picture.getContext("2d"), colour = colours(), values = data.cells[measure];
    pen.scale(ratio, ratio);
    pen.textBaseline = "middle";
    pen.font = `${letters()}px system-ui, sans-serif`;
    const ink = style("--ink"), soft = style("--soft"), empty = style("--wash"), gap = size > 14 ? 1 : 0;
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1) {
        const at = cell(row, column), value = values[at], x = left + column * size, y = top + row * size;
        const { fill, dark } = value === null ? { fill: empty, dark: false } : colour(value);
        pen.fillStyle = fill;
        pen.fillRect(x, y, size - gap, size - gap);
        if (data.predicted[at]) {
          pen.strokeStyle = `rgba(${dark ? "255,255,255" : "0,0,0"},${size > 20 ? 0.45 : 0.28})`;
          pen.lineWidth = 1;
          pen.beginPath();
          for (let step = size > 20 ? size / 2 : size; step < 2 * size; step += size > 20 ? size / 2 : size) {
            const reach = Math.min(step, size - gap), rest = Math.max(0, step - size + gap);
            pen.moveTo(x + rest, y + reach);
            pen.lineTo(x + reach, y + rest);
          }
          pen.stroke();
        }
        if (value !== null && size >= 32) {
          pen.fillStyle = dark ? "#fff" : "#111";
          pen.textAlign = "center";
          pen.fillText(percent(value, 1), x + size / 2, y + size / 2);
        }
      }
    }
    pen.fillStyle = ink;
    for (let at = 0; at < count; at += 1) {
      const name = names[order[at]], middle = (at + 0.5) * size;
      pen.textAlign = "right";
      pen.fillText(name, left - 5, top + middle, left - 8);
      pen.save();
      pen.translate(left + middle, top - 5);
      pen.rotate(-Math.PI / 2);
      pen.textAlign = "left";
      pen.fillText(name, 0, 0, left - 8);
      pen.restore();
    }
    for (let from = 0; from < groups.length;) {
      let to = from + 1;
      while (to < count && groups[to] === groups[from]) to += 1;
      pen.textAlign = "left";
      pen.fillStyle = soft;
      pen.fillText(groups[from], left + count * size + 6, top + (from + to) * size / 2, right - 8);
      pen.strokeStyle = ink;
      pen.lineWidth = 0.7;
      pen.strokeRect(left + from * size - 0.5, top + from * size - 0.5, (to - from) * size, (to - from) * size);
      from = to;
    }
    show();
    legend(colour);
  }

  function legend(colour) {
    const stops = [-1, -0.5, 0, 0.5, 1].map((share) => colour(share * data.reach).fill);
    scale.querySelector("i").style.background = `linear-gradient(to right, ${stops.join()})`;
    const [low, zero, high] = scale.querySelectorAll("b");
    low.textContent = `${percent(-data.reach, 1)}\u00a0% or less (harm)`;
    zero.textContent = "0";
    high.textContent = `${percent(data.reach, 1)}\u00a0% or more (help)`;
  }

  function lines(row, column) {
    const at = cell(row, column), one = data.languages[order[row]], other = data.languages[order[column]], cells = data.cells;
    if (order[row] === order[column]) return [one.name, "A language is not added to itself."];
    const found = [`${other.name} added to ${one.name}`];
    if (cells.interference[at] === null) return [...found, "Neither measured nor predicted."];
    const low = cells.ci_low[at], high = cells.ci_high[at], known = low !== null && high !== null;
    found.push(`Interference ${percent(cells.interference[at])}\u00a0%`
      + (known ? ` (${percent(low)} to ${percent(high)}\u00a0%)` : "") + (data.predicted[at] ? ", predicted, not measured" : ", measured"));
    if (known) {
      found.push(`Interval over ${data.intervals[data.interval[at]]}` + (low <= 0 && high >= 0 ? "; it includes 0: not shown" : ""));
    }
    if (cells.dilution[at] !== null) {
      const bounds = cells.conflict_low[at] === null ? ""
        : ` (${percent(cells.conflict_low[at])} to ${percent(cells.conflict_high[at])}\u00a0%)`;
      found.push(`= dilution ${percent(cells.dilution[at])}\u00a0% + conflict ${percent(cells.conflict[at])}\u00a0%${bounds}`);
    }
    if (cells.loss_pair[at] !== null) {
      const half = cells.loss_half[at] === null ? "" : `, with half of each batch ${nats(cells.loss_half[at])}`;
      found.push(`Loss alone ${nats(cells.loss_alone[at])}${half}, in the pair ${nats(cells.loss_pair[at])} nats per masked token`);
    }
    for (const language of [one, other]) found.push(language.facts ? `${language.name}: ${language.facts}` : "");
    return found.filter(Boolean);
  }

  function show() {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0);
    detail.hidden = place === null;
    if (place === null) return;
    const ratio = window.devicePixelRatio || 1, [row, column] = place, x = left + column * size, y = top + row * size;
    context.scale(ratio, ratio);
    context.strokeStyle = style("--ink");
    context.lineWidth = 1;
    context.globalAlpha = 0.5;
    context.strokeRect(left - 0.5, y - 0.5, count * size, size);
    context.strokeRect(x - 0.5, top - 0.5, size, count * size);
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.strokeRect(x - 0.5, y - 0.5, size, size);
    const texts = lines(row, column);
    detail.replaceChildren(...texts.map((text, at) => {
      const line = document.createElement(at ? "div" : "strong");
      line.textContent = text;
      return line;
    }));
    const frame = canvas.parentElement, shift = frame.scrollLeft, from = canvas.offsetLeft + x - shift;
    const beyond = from + size + 12 + detail.offsetWidth > box.clientWidth;
    detail.style.left = `${Math.max(0, beyond ? from - detail.offsetWidth - 12 : from + size + 12)}px`;
    detail.style.top = `${frame.offsetTop + y + size + 8}px`;
  }

  function choose(row, column, spoken) {
    place = [Math.max(0, Math.min(count - 1, row)), Math.max(0, Math.min(count - 1, column))];
    show();
    if (spoken) said.textContent = lines(...place).join(". ");
  }

  function rearrange() {
    const chosen = data.orders.find((each) => each.key === sort.value) ?? data.orders[0];
    order = chosen.order;
    groups = chosen.groups ? order.map((language) => chosen.groups[language]) : [];
    place = null;
    paint();
  }

  canvas.addEventListener("pointermove", (event) => {
    const column = Math.floor((event.offsetX - left) / size), row = Math.floor((event.offsetY - top) / size);
    if (row >= 0 && column >= 0 && row < count && column < count) choose(row, column, false);
    else if (place !== null) { place = null; show(); }
  });
  canvas.addEventListener("pointerleave", () => { if (document.activeElement !== canvas) { place = null; show(); } });
  canvas.addEventListener("blur", () => { place = null; show(); });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -count], End: [0, count], PageUp: [-count, 0], PageDown: [count, 0] };
    const move = moves[event.key];
    if (event.key === "Escape") { place = null; show(); }
    if (!move) return;
    event.preventDefault();
    const [row, column] = place ?? [0, 0];
    choose(...(place ? [row + move[0], column + move[1]] : [0, 0]), true);
  });
  for (const input of box.querySelectorAll("input[type=radio]")) {
    input.addEventListener("change", () => { measure = input.value; paint(); });
  }
  sort.addEventListener("change", rearrange);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  box.hidden = false;
  rearrange();
  new ResizeObserver(() => { if (box.clientWidth) paint(); }).observe(box);
}
for (const box of document.querySelectorAll(".heatmap")) heatmap(box);
