for (const table of document.querySelectorAll("table")) if (!table.closest("figure")) sortable(table);
for (const section of document.querySelectorAll("main section:not(:has(section))")) filterable(section);
for (const box of document.querySelectorAll(".heatmap.matrix")) matrixExplorer(box);
// Maps wait until they are nearly in sight, or printed.
const waiting = new Set(document.querySelectorAll(".heatmap.map"));
const near = new IntersectionObserver((seen) => seen.filter((each) => each.isIntersecting).forEach((each) => begin(each.target)), { rootMargin: "800px" });

function begin(box) {
  if (!waiting.delete(box)) return;
  near.unobserve(box);
  mapExplorer(box);
}

for (const box of waiting) {
  box.hidden = false;
  near.observe(box);
  box.addEventListener("focusin", () => begin(box));
}
window.addEventListener("beforeprint", () => waiting.forEach(begin));
