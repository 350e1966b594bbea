// What does a person see of a comparison? The sentence, the conditions, what changed, functions that moved, and a flame graph coloured
// by change.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../../analysis/flame.js";
import { duration } from "../../analysis/units.js";
import { signed } from "../../compare/words.js";
import type { DiffPageData, DiffRow, PackedChange } from "../diff-data.js";
import { changeColour, onSchemeChange, recolour } from "./colours.js";
import { byId, foreign, h, write } from "./dom.js";
import { Flame } from "./flame.js";

type Width = "after" | "before";

/** The colour is the frame's change: the flame graph knows it as the number of an element. */
const STEPS = 20;
const stepOf = (change: number): number => Math.round((change / Math.log(2) + 1) * (STEPS / 2));
recolour((step) => changeColour((2 * step) / STEPS - 1));

const data = JSON.parse(byId("data").textContent ?? "") as DiffPageData;

function nodeOf([name, module, before, after, change, children, callers]: PackedChange, width: Width): FlameNode {
  const [file = "", title = ""] = [data.strings[module], data.strings[name]];
  const said = `${duration(before)} before, ${duration(after)} after: ${change === 0 ? "within noise" : signed(after / before - 1)}`;
  return {
    name: title,
    ns: width === "after" ? after : before,
    element: stepOf(change),
    module: file === "" ? said : `${file}: ${said}`,
    callers: callers.map((caller) => data.strings[caller] ?? ""),
    children: children.map((child) => nodeOf(child, width)),
  };
}

function tableRow(row: DiffRow): HTMLElement {
  const changed = row.verdict === "more" || row.verdict === "less";
  const look = changed ? (row.isWorse ? "worse" : "better") : "same";
  return h(
    "tr",
    { class: look },
    h("th", { scope: "row" }, foreign(row.subject)),
    h("td", { class: "figure" }, row.figure),
    h("td", { class: "before" }, row.before),
    h("td", {}, row.after),
    h("td", { class: "change" }, row.change),
    h("td", { class: "range" }, row.range),
    h("td", { class: "words" }, words[row.verdict]),
  );
}

const words: Record<DiffRow["verdict"], string> = {
  more: "more",
  less: "less",
  same: "within noise",
  "not comparable": "not comparable",
};

/** What changed first; the rest on demand. */
function drawTable(all: boolean): void {
  const isShown = (row: DiffRow): boolean =>
    all || ["more", "less"].includes(row.verdict) || row.figure === "CPU/buffer";
  const shown = data.rows.filter(isShown);
  byId("rows").replaceChildren(...shown.map(tableRow));
  const more = data.rows.length - shown.length;
  byId("more").hidden = more === 0;
  write(byId("more"), `Show ${more} more figures`);
}

function drawMovers(): void {
  byId("movers-section").hidden = data.movers.length === 0;
  byId("movers").replaceChildren(
    ...data.movers.map(({ name, module, before, after, change }) =>
      h(
        "tr",
        { class: change > 0 ? "worse" : "better" },
        h("th", { scope: "row" }, foreign(name), h("small", {}, foreign(module))),
        h("td", {}, duration(before)),
        h("td", {}, duration(after)),
        h("td", { class: "change" }, before === 0 ? "new" : after === 0 ? "gone" : signed(after / before - 1)),
      ),
    ),
  );
}

function drawFlame(): void {
  const what = "CPU time per buffer at the sinks";
  const flame = new Flame(nodeOf(data.tree, "after"), what, () => undefined);
  const switches = ["after", "before"] as const;
  for (const width of switches)
    byId(`width-${width}`).addEventListener("click", () => {
      for (const one of switches) byId(`width-${one}`).setAttribute("aria-pressed", String(one === width));
      flame.show(nodeOf(data.tree, width), what);
    });
  byId("search").addEventListener("input", (event) => flame.search((event.target as HTMLInputElement).value));
  byId("reset").addEventListener("click", () => flame.reset());
  addEventListener("resize", () => flame.redraw());
  onSchemeChange(() => {
    drawScale();
    flame.redraw();
  });
}

/** From less to more. */
function drawScale(): void {
  const steps = [-1, -0.5, 0, 0.5, 1].map((change) => {
    const box = h("i", {});
    box.style.setProperty("background", changeColour(change));
    return box;
  });
  byId("scale").replaceChildren(...steps);
}

write(byId("sentence"), data.sentence);
byId("sides").replaceChildren("Before: ", foreign(data.before), ". After: ", foreign(data.after), ".");
byId("notes").replaceChildren(...data.notes.map((note) => h("p", {}, foreign(note))));
byId("gates").replaceChildren(
  ...data.gates.map(({ outcome, text }) => h("li", { class: outcome.replaceAll(" ", "-") }, foreign(text))),
);
byId("more").addEventListener("click", () => drawTable(true));
drawTable(false);
drawMovers();
drawScale();
drawFlame();
document.documentElement.dataset.ready = "true";
