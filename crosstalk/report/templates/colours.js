function styled(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Share from 0 to 1 -> the colour there between those that style variables name, and whether it is dark.
function ramp(...names) {
  const stops = names.map((name) => {
    const colour = styled(name);
    return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  });
  return (share) => {
    const place = Math.max(0, Math.min(1, share)) * (stops.length - 1), from = Math.min(stops.length - 2, Math.floor(place));
    const mixed = stops[from].map((low, at) => low + (place - from) * (stops[from + 1][at] - low));
    return { fill: `rgb(${mixed.map(Math.round).join()})`, dark: 0.3 * mixed[0] + 0.59 * mixed[1] + 0.11 * mixed[2] < 140 };
  };
}

// Values from -reach (harm) to reach (help).
function diverging(reach) {
  const harm = ramp("--zero", "--harm-mid", "--harm"), help = ramp("--zero", "--help-mid", "--help");
  return (value) => (value < 0 ? harm : help)(Math.abs(value) / reach);
}

// Values from low to high, evenly or by their logarithms.
function sequential(low, high, logarithmic) {
  const colour = ramp("--low", "--low-mid", "--middle", "--high-mid", "--high"), scale = logarithmic ? Math.log : Number;
  const from = scale(low), width = scale(high) - from || 1;
  return (value) => colour((scale(value) - from) / width);
}

// Writes what the controls of a grid are set to, for paper, which has no controls.
function tellShown(box) {
  const parts = [...box.querySelectorAll(".controls input:checked, .controls select")];
  const told = parts.map((part) => (part.matches("select") ? `${part.labels[0].firstChild.textContent.trim().toLowerCase()} ${part.selectedOptions[0].textContent}` : `show ${part.value}`));
  box.querySelector(".shown").textContent = told.join("; ");
}

// Writes the scale below a grid: colours, and three labels.
function legend(scale, colours, labels) {
  scale.querySelector("i").style.background = `linear-gradient(to right, ${colours.join()})`;
  scale.querySelectorAll("b").forEach((label, at) => { label.textContent = labels[at]; });
}
