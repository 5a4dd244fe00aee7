"use strict";

function percent(value, digits = 2) {
  return value === null || value === undefined ? "–"
    : `${(100 * value).toFixed(digits).replace(/^-(?=[0.]+$)/, "").replace("-", "−")}`;
}

function signed(value) {
  const text = percent(value);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

function fixed(value, digits = 3) {
  return value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");
}

const SVG = new DOMParser().parseFromString("<svg/>", "text/html").querySelector("svg").namespaceURI;

// An element with attributes and children; text is never read as HTML.
function element(name, attributes = {}, ...children) {
  const svg = ["svg", "line", "rect", "circle"].includes(name);
  const made = svg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
