// What happens when the report opens? Head and table at once, the flame graph in the next frame, then the keyboard.
// SPDX-License-Identifier: MPL-2.0

import { type PageData, unpackTree } from "../page-data.js";
import { onSchemeChange } from "./colours.js";
import { byId } from "./dom.js";
import { Flame } from "./flame.js";
import { Heat } from "./heat.js";
import { showLatencies } from "./latency-table.js";
import { showSummary } from "./summary-cards.js";
import { ElementsTable } from "./table.js";
import { Waterfalls } from "./waterfall.js";

performance.mark("report-start");
const data = JSON.parse(byId("data").textContent ?? "") as PageData;
const search = byId("search") as HTMLInputElement;

showSummary(data);
const table = new ElementsTable(data, choose);
const heat = new Heat(data);
const waterfalls = new Waterfalls(data);
let flame: Flame | null = null;
let shown: "of-cpu" | "of-wall" = data.cpuNs > 0 ? "of-cpu" : "of-wall";
const quantity = { "of-cpu": "CPU time", "of-wall": "wall time" };
requestAnimationFrame(drawFlame);

function drawFlame(): void {
  showLatencies(data);
  showUsualHeat();
  const first = data.cpuNs > 0 ? data.flame : data.wallFlame;
  byId("flame-empty").hidden = first !== null;
  byId("flame-tools").hidden = first === null;
  byId("flame").hidden = first === null;
  if (first !== null)
    flame = new Flame(unpackTree(data.strings, first), quantity[shown], (element) => table.select(element));
  showClocks();
  // Reading a size makes the browser lay everything out: what is measured is what a person waits for.
  document.documentElement.dataset.height = String(document.documentElement.scrollHeight);
  performance.measure("report-render", "report-start");
  document.documentElement.dataset.ready = "true";
}

/** CPU time or wall time, where there are both. */
function showClocks(): void {
  const trees = { "of-cpu": data.flame, "of-wall": data.wallFlame };
  byId("clock").hidden = data.cpuNs === 0 || data.wallFlame === null;
  for (const id of ["of-cpu", "of-wall"] as const) {
    const tree = trees[id];
    byId(id).addEventListener("click", () => {
      if (tree === null) return;
      shown = id;
      for (const other of Object.keys(trees)) byId(other).setAttribute("aria-pressed", String(other === id));
      const chosen = table.selected;
      flame?.show(unpackTree(data.strings, tree), quantity[id]);
      if (flame?.element !== chosen) choose(chosen);
      else say("");
    });
  }
}

/** Nothing is chosen: the element that the sentence is about, else the costliest one that anything is known of. */
function showUsualHeat(): void {
  if (!heat.show(data.headline.element)) heat.show(data.elements.findIndex((e) => e.heat !== null));
}

/** A row was chosen: -1 takes the choice back. */
function choose(element: number): void {
  if (element < 0) {
    showUsualHeat();
    flame?.reset();
    table.select(-1);
    say("");
    return;
  }
  const drawn = flame?.showElement(element) ?? false;
  if (!drawn) flame?.reset();
  table.select(element);
  heat.show(element);
  say(drawn ? "" : absent(element));
}

function absent(element: number): string {
  const { name = "", cpuNs = 0 } = data.elements[element] ?? {};
  const kind = shown === "of-cpu" ? "CPU sample" : "sample";
  const why = cpuNs > 0 ? `There is no room for the samples of ${name}` : `No ${kind} fell on ${name}`;
  return `${why}, so the graph shows all elements.`;
}

function say(line: string): void {
  byId("flame-note").textContent = line;
}

function escapeOnce(): void {
  if (search.value !== "") {
    search.value = "";
    flame?.search("");
  } else choose(-1);
  search.blur();
}

search.addEventListener("input", () => flame?.search(search.value));
byId("reset").addEventListener("click", () => choose(-1));
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") escapeOnce();
  else if (event.key === "/" && event.target !== search) {
    search.focus();
    event.preventDefault();
  }
});

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== width) flame?.redraw();
  width = innerWidth;
});
onSchemeChange(() => {
  showSummary(data);
  table.repaint();
  heat.repaint();
  waterfalls.repaint();
  flame?.redraw();
});
