// What happens when the report opens? Head and table at once, the flame graph in the next frame, then the keyboard.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../../analysis/flame.js";
import { hasIdle, withoutIdle } from "../../analysis/idle-threads.js";
import { type PageStacks, unpackStacks } from "../packed-stacks.js";
import { type PackedNode, unpackTree } from "../packed-tree.js";
import type { PageData } from "../page-data.js";
import { onSchemeChange } from "./colours.js";
import { byId } from "./dom.js";
import { Explorer } from "./explorer.js";
import { Flame } from "./flame.js";
import { Graph } from "./graph.js";
import { Heat } from "./heat.js";
import { showLatencies } from "./latency-table.js";
import { showCapture, showSummary } from "./summary-cards.js";
import { ElementsTable } from "./table.js";
import { Timelines } from "./timeline.js";
import { Views } from "./views.js";
import { Waterfalls } from "./waterfall.js";

performance.mark("report-start");
const data = JSON.parse(byId("data").textContent ?? "") as PageData;
const search = byId("search") as HTMLInputElement;
const hideIdle = byId("hide-idle") as HTMLInputElement;

showCapture(data);
showSummary(data);
const table = new ElementsTable(data, choose);
const heat = new Heat(data);
const waterfalls = new Waterfalls(data);
const graph = new Graph(data, choose);
const views = new Views(
  graph,
  () => redrawFlames(),
  () => explorer.update(),
);
const explorer = new Explorer({
  data: () => data,
  stacks: unpackedStacks,
  absent: () => "There was no room for stacks on this page: make the report of a shorter time.",
  flame: () => flame,
  views: () => views,
  isWall: () => shown === "of-wall",
  showClock: (wall) => showTree(wall ? "of-wall" : "of-cpu"),
  hidesIdle: () => hideIdle.checked,
  chosen: () => table.selected,
  choose,
  target: () => "",
});
let stacks: PageStacks | null = null;
let timelines: Timelines | null = null;
let flame: Flame | null = null;
let shown: "of-cpu" | "of-wall" = data.cpuNs > 0 ? "of-cpu" : "of-wall";
const quantity = { "of-cpu": "CPU time", "of-wall": "wall time" };
requestAnimationFrame(drawFlame);

function drawFlame(): void {
  showLatencies(data);
  showUsualHeat();
  timelines = new Timelines(data);
  const first = data.cpuNs > 0 ? data.flame : data.wallFlame;
  byId("flame-empty").hidden = first !== null;
  byId("flame-tools").hidden = first === null;
  byId("flame").hidden = first === null;
  if (first !== null) flame = new Flame(treeOf(first), quantity[shown], mark);
  showClocks();
  explorer.begin();
  // Reading a size makes the browser lay everything out: what is measured is what a person waits for.
  document.documentElement.dataset.height = String(document.documentElement.scrollHeight);
  performance.measure("report-render", "report-start");
  document.documentElement.dataset.ready = "true";
}

/** CPU time or wall time, where there are both. */
function showClocks(): void {
  byId("clock").hidden = data.cpuNs === 0 || data.wallFlame === null;
  for (const id of ["of-cpu", "of-wall"] as const) byId(id).addEventListener("click", () => showTree(id));
  hideIdle.addEventListener("change", () => showTree(shown));
  offerIdle();
}

function showTree(id: typeof shown): void {
  const tree = id === "of-cpu" ? data.flame : data.wallFlame;
  if (tree === null) return;
  shown = id;
  for (const other of Object.keys(quantity)) byId(other).setAttribute("aria-pressed", String(other === id));
  offerIdle();
  const chosen = table.selected;
  flame?.show(treeOf(tree), quantity[id]);
  if (flame?.element !== chosen) choose(chosen);
  else say("");
  explorer.update();
}

/** Only when they are asked for: most readers look at the graph alone. */
function unpackedStacks(): PageStacks | null {
  if (stacks === null && data.stacks !== null && explorer.needsStacks) stacks = unpackStacks(data.strings, data.stacks);
  return stacks;
}

function redrawFlames(): void {
  flame?.redraw();
  explorer.redraw();
}

/** Of wall time without the threads that only waited, if they are to be hidden. */
function treeOf(packed: PackedNode): FlameNode {
  const tree = unpackTree(data.strings, packed);
  const without = { ...tree, ns: 0, children: [] };
  return shown === "of-wall" && hideIdle.checked ? (withoutIdle(tree) ?? without) : tree;
}

/** The question is there where it changes anything. */
function offerIdle(): void {
  const packed = shown === "of-wall" ? data.wallFlame : null;
  byId("idle").hidden = packed === null || !hasIdle(unpackTree(data.strings, packed));
}

function mark(element: number): void {
  table.select(element);
  graph.select(element);
  explorer.update();
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
    mark(-1);
    say("");
    return;
  }
  const drawn = flame?.showElement(element) ?? false;
  if (!drawn) flame?.reset();
  mark(element);
  heat.show(element);
  say(drawn ? "" : absent(element));
}

function absent(element: number): string {
  const { name = "", cpuNs = 0 } = data.elements[element] ?? {};
  const kind = shown === "of-cpu" ? "CPU sample" : "sample";
  const hidden = shown === "of-wall" && hideIdle.checked;
  const none = hidden ? `In threads that did not only wait no sample fell on ${name}` : `No ${kind} fell on ${name}`;
  const why = cpuNs > 0 ? `There is no room for the samples of ${name}` : none;
  return `${why}, so the flame graph shows all elements.`;
}

function say(line: string): void {
  byId("flame-note").textContent = line;
}

function escapeOnce(): void {
  if (!explorer.escape()) choose(-1);
  if (isField(document.activeElement)) (document.activeElement as HTMLElement).blur();
}

const isField = (target: EventTarget | null): boolean => target instanceof HTMLInputElement && target.type === "search";

byId("reset").addEventListener("click", () => choose(-1));
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") escapeOnce();
  else if (event.key === "/" && !isField(event.target)) {
    search.focus();
    event.preventDefault();
  }
});

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== width) views.redraw();
  width = innerWidth;
});
onSchemeChange(() => {
  showSummary(data);
  table.repaint();
  heat.repaint();
  graph.repaint();
  waterfalls.repaint();
  timelines?.repaint();
  redrawFlames();
});
