// A grid of coloured cells on a canvas, to point at or to walk through with the keyboard: details stand beside the cell and
// are read out. view: rows(), columns(), groups() -> names; cell(row, column) -> {fill, dark, hatched, text} or null;
// lines(row, column) -> texts; choose(row, column) when a cell is clicked; square: rows are columns.
class Grid {
  constructor(box, view) {
    this.box = box;
    this.view = view;
    this.canvas = box.querySelector("canvas");
    this.detail = box.querySelector(".detail");
    this.said = box.querySelector("[aria-live]");
    this.context = this.canvas.getContext("2d");
    this.picture = document.createElement("canvas");
    this.place = null;
    this.listen();
  }

  letters() {
    return Math.max(8, Math.min(13, this.height - 1));
  }

  measure(names, columns, groups) {
    const widest = (texts) => {
      this.context.font = `${this.letters()}px system-ui, sans-serif`;
      return Math.ceil(Math.min(160, Math.max(0, ...texts.map((text) => this.context.measureText(text).width)))) + 8;
    };
    this.height = this.view.square ? 0 : Math.max(11, Math.min(20, Math.floor(900 / names.length)));
    for (let pass = 0; pass < 2; pass += 1) {  // the letters shrink with the cells, and leave them more room
      this.left = widest(names);
      this.top = widest(columns);
      this.right = widest(groups);
      const room = Math.floor((this.box.clientWidth - this.left - this.right) / columns.length);
      this.width = Math.max(this.view.square ? 9 : 5, Math.min(46, room));
      if (this.view.square) this.height = this.width;
    }
  }

  paint() {
    const names = this.view.rows(), columns = this.view.columns(), groups = this.view.groups();
    this.count = [names.length, columns.length];
    this.measure(names, columns, groups);
    this.ratio = document.documentElement.hasAttribute("data-print") ? 3 : window.devicePixelRatio || 1;
    const width = this.left + this.width * columns.length + this.right, height = this.top + this.height * names.length + 2;
    for (const target of [this.canvas, this.picture]) {
      target.width = width * this.ratio;
      target.height = height * this.ratio;
    }
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    const pen = this.picture.getContext("2d");
    pen.scale(this.ratio, this.ratio);
    pen.textBaseline = "middle";
    pen.font = `${this.letters()}px system-ui, sans-serif`;
    this.fill(pen);
    this.label(pen, names, columns);
    if (groups.length) this.frame(pen, groups);
    this.show();
  }

  fill(pen) {
    const { left, top, width, height, view } = this, gap = Math.min(width, height) > 14 ? 1 : 0, empty = styled("--wash");
    for (let row = 0; row < this.count[0]; row += 1) {
      for (let column = 0; column < this.count[1]; column += 1) {
        const cell = view.cell(row, column), x = left + column * width, y = top + row * height;
        pen.fillStyle = cell ? cell.fill : empty;
        pen.fillRect(x, y, width - gap, height - gap);
        if (cell?.hatched) this.hatch(pen, x, y, width - gap, cell.dark);
        if (cell?.text && width >= 32 && height >= 14) {
          pen.fillStyle = cell.dark ? "#fff" : "#111";
          pen.textAlign = "center";
          pen.fillText(cell.text, x + width / 2, y + height / 2, width - gap - 2);
        }
      }
    }
  }

  hatch(pen, x, y, size, dark) {
    const wide = size > 20, step = wide ? size / 2 : size;
    pen.strokeStyle = `rgba(${dark ? "255,255,255" : "0,0,0"},${wide ? 0.45 : 0.28})`;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let at = step; at < 2 * size; at += step) {
      const reach = Math.min(at, size), rest = Math.max(0, at - size);
      pen.moveTo(x + rest, y + reach);
      pen.lineTo(x + reach, y + rest);
    }
    pen.stroke();
  }

  label(pen, names, columns) {
    const { left, top, width, height } = this, every = Math.ceil(9 / width);
    pen.fillStyle = styled("--ink");
    pen.textAlign = "right";
    names.forEach((name, at) => pen.fillText(name, left - 5, top + (at + 0.5) * height, left - 8));
    pen.textAlign = "left";
    columns.forEach((name, at) => {
      if (at % every) return;
      pen.save();
      pen.translate(left + (at + 0.5) * width, top - 5);
      pen.rotate(-Math.PI / 2);
      pen.fillText(name, 0, 0, top - 8);
      pen.restore();
    });
  }

  frame(pen, groups) {
    const { left, top, width, count } = this;
    pen.textAlign = "left";
    pen.lineWidth = 0.7;
    for (let from = 0; from < groups.length;) {
      let to = from + 1;
      while (to < groups.length && groups[to] === groups[from]) to += 1;
      pen.fillStyle = styled("--soft");
      pen.fillText(groups[from], left + count[1] * width + 6, top + (from + to) * width / 2, this.right - 8);
      pen.strokeStyle = styled("--ink");
      pen.strokeRect(left + from * width - 0.5, top + from * width - 0.5, (to - from) * width, (to - from) * width);
      from = to;
    }
  }

  show() {
    const { context, canvas, detail, place, left, top, width, height } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.picture, 0, 0);
    detail.hidden = place === null;
    if (place === null) return;
    const [row, column] = place, x = left + column * width, y = top + row * height;
    context.scale(this.ratio, this.ratio);
    context.strokeStyle = styled("--ink");
    context.lineWidth = 1;
    context.globalAlpha = 0.5;
    context.strokeRect(left - 0.5, y - 0.5, this.count[1] * width, height);
    context.strokeRect(x - 0.5, top - 0.5, width, this.count[0] * height);
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.strokeRect(x - 0.5, y - 0.5, width, height);
    detail.replaceChildren(...this.view.lines(row, column).map((text, at) => element(at ? "div" : "strong", {}, text)));
    const frame = canvas.parentElement, from = canvas.offsetLeft + x - frame.scrollLeft;
    const beyond = from + width + 12 + detail.offsetWidth > this.box.clientWidth;
    detail.style.left = `${Math.max(0, beyond ? from - detail.offsetWidth - 12 : from + width + 12)}px`;
    detail.style.top = `${frame.offsetTop + y + height + 8}px`;
  }

  clear() {
    if (this.place === null) return;
    this.place = null;
    this.show();
  }

  move(row, column, spoken) {
    this.place = [row, column].map((at, axis) => Math.max(0, Math.min(this.count[axis] - 1, at)));
    this.show();
    if (spoken) this.said.textContent = this.view.lines(...this.place).join(". ");
  }

  under(event) {
    const column = Math.floor((event.offsetX - this.left) / this.width), row = Math.floor((event.offsetY - this.top) / this.height);
    return row >= 0 && column >= 0 && row < this.count[0] && column < this.count[1] ? [row, column] : null;
  }

  listen() {
    const { canvas, view } = this;
    canvas.addEventListener("pointermove", (event) => {
      const place = this.under(event);
      if (place) this.move(...place, false);
      else this.clear();
    });
    canvas.addEventListener("pointerleave", () => { if (document.activeElement !== canvas) this.clear(); });
    canvas.addEventListener("blur", () => this.clear());
    canvas.addEventListener("click", (event) => {
      const place = this.under(event);
      if (place && view.choose) view.choose(...place);
    });
    canvas.addEventListener("keydown", (event) => this.press(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    for (const name of ["beforeprint", "afterprint"]) window.addEventListener(name, () => this.paint());
    new ResizeObserver(() => { if (this.box.clientWidth) this.paint(); }).observe(this.box);
  }

  press(event) {
    const [rows, columns] = this.count;
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -columns], End: [0, columns], PageUp: [-rows, 0], PageDown: [rows, 0] };
    const step = moves[event.key];
    if (event.key === "Escape") this.clear();
    if (event.key === "Enter" && this.place && this.view.choose) this.view.choose(...this.place);
    if (!step) return;
    event.preventDefault();
    this.move(...(this.place ?? [-step[0], -step[1]]).map((at, axis) => at + step[axis]), true);
  }
}

// Canvases are painted in light colours for paper, before anything else hears of printing.
window.addEventListener("beforeprint", () => document.documentElement.setAttribute("data-print", ""));
window.addEventListener("afterprint", () => document.documentElement.removeAttribute("data-print"));
