// Where in an element does the time go? d3-flame-graph behind one class: zoom, search, breadcrumb, keyboard.
// SPDX-License-Identifier: MPL-2.0

import flamegraph, { type Chart, type Frame, type Tip } from "d3-flame-graph";
import { select } from "d3-selection";
import type { FlameNode } from "../../analysis/flame.js";
import { duration, percent } from "../../analysis/units.js";
import { elementColour, groupColour, hitColour, stepOf } from "./colours.js";
import { byId, foreign, h } from "./dom.js";
import { frameOf, matchedNs, matches, neighbour, samePlace } from "./places.js";
import { hideTip, showTip } from "./tip.js";

const CELL = 20;
/** The chart hides the words of narrower frames, in pixels. */
const LABEL_WIDTH = 35;

export class Flame {
  readonly #box = byId("flame");
  #tree: FlameNode;
  #what: string;
  readonly #zoomed: (element: number) => void;
  #chart: Chart;
  #root: Frame;
  #current: Frame;
  #focus: Frame;
  #term = "";

  constructor(tree: FlameNode, what: string, zoomed: (element: number) => void) {
    this.#tree = tree;
    this.#what = what;
    this.#zoomed = zoomed;
    [this.#chart, this.#root] = this.#draw();
    this.#current = this.#focus = this.#root;
    this.#crumbs();
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    this.#box.addEventListener("focus", () => this.#mark());
    this.#box.addEventListener("blur", () => this.#mark());
  }

  /** Another tree; the search stays, and the place in it as far as the tree has it. */
  show(tree: FlameNode, what: string): void {
    const before = this.#current;
    this.#tree = tree;
    this.#what = what;
    this.#box.replaceChildren();
    [this.#chart, this.#root] = this.#draw();
    this.#zoom(samePlace(this.#root, before));
    this.search(this.#term);
  }

  /** Of the frame that is shown whole, -1 = none. */
  get element(): number {
    return this.#current.data.element;
  }

  /** Somebody looks into it: with the mouse, with the keyboard, or at frames inside of an element. */
  get held(): boolean {
    const inside = (this.#current.parent?.data.element ?? -1) >= 0;
    return inside || this.#box.matches(":hover") || document.activeElement === this.#box;
  }

  /** Shows one element only, with its loop and its own threads; false when the graph has nothing of it. */
  showElement(element: number): boolean {
    const frame = frameOf(this.#root, element);
    if (frame !== null) this.#zoom(frame);
    return frame !== null;
  }

  reset(): void {
    this.#zoom(this.#root);
  }

  search(term: string): void {
    this.#term = term.trim().toLowerCase();
    if (this.#term === "") {
      this.#chart.clear();
      byId("found").textContent = "";
    } else {
      this.#chart.search(this.#term);
      this.#found();
    }
    this.#mark();
  }

  /** After a change of width or colour scheme. */
  redraw(): void {
    this.#chart.width(this.#width()).update();
    this.#dressLabels();
    this.#mark();
  }

  #width(): number {
    return Math.max(200, Math.floor(this.#box.clientWidth));
  }

  #draw(): [Chart, Frame] {
    const chart = flamegraph()
      .width(this.#width())
      .cellHeight(CELL)
      .minFrameSize(1)
      .transitionDuration(0)
      .inverted(true)
      .resetHeightOnZoom(true)
      .getName((frame) => label(frame.data))
      .getValue((value) => ("ns" in value ? value.ns : value.value))
      .sort((a, b) => Number(isRest(a)) - Number(isRest(b)) || b.data.ns - a.data.ns)
      .setColorMapper(colourOf)
      .setSearchMatch((frame, term) => matches(frame.data, term))
      .setSearchHandler(() => undefined) // its sum leaves out what a zoom hides
      .tooltip(tip((frame) => this.#describe(frame)));
    chart.onClick((frame) => this.#arrived(frame));
    const selection = select(this.#box).datum(this.#tree).call(chart);
    this.#dressLabels();
    return [chart, selection.datum() as Frame];
  }

  #zoom(frame: Frame): void {
    this.#chart.zoomTo(frame);
    this.#dressLabels();
  }

  /**
   * Frames too narrow for a word have a box for one all the same: laying out two thousand of them takes most of a drawing. Names
   * that are no symbols are set apart.
   */
  #dressLabels(): void {
    for (const box of this.#box.querySelectorAll("foreignObject")) {
      box.toggleAttribute("data-empty", Number(box.getAttribute("width")) < LABEL_WIDTH);
      box.toggleAttribute("data-given", drawnBy(box.parentElement)?.data.origin !== undefined);
    }
  }

  /** Called by the chart after every zoom, also after one that a click began. */
  #arrived(frame: Frame): void {
    this.#current = this.#focus = frame;
    this.#dressLabels(); // a click zooms without #zoom
    this.#crumbs();
    this.#mark();
    if (this.#term !== "") this.#found();
    this.#zoomed(frame.data.element);
  }

  #crumbs(): void {
    const path: Frame[] = [];
    for (let frame: Frame | null = this.#current; frame !== null; frame = frame.parent) path.unshift(frame);
    const shown = path.length <= 6 ? path : [...path.slice(0, 3), null, ...path.slice(-2)];
    const items = shown.map((frame, i) => {
      if (frame === null) return h("li", {}, "…");
      const button = h("button", { type: "button" }, foreign(frame.data.name));
      if (i === shown.length - 1) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => this.#zoom(frame));
      return h("li", {}, button);
    });
    byId("crumbs").replaceChildren(...items);
    byId("reset").hidden = this.#current === this.#root;
  }

  /** Of what is shown, in its own quantity. */
  #found(): void {
    const { data } = this.#current;
    const ns = matchedNs(data, this.#term);
    const share = `${duration(ns)}, ${percent(ns / Math.max(1, data.ns))} of the ${this.#what}`;
    const here = this.#current === this.#root ? "" : " shown";
    byId("found").textContent = ns === 0 ? `no frame matches${here && " here"}` : share + here;
  }

  #describe(frame: Frame): HTMLElement {
    const { name, module, ns, callers, children, origin, inferredNs = 0 } = frame.data;
    const self = ns - children.reduce((sum, child) => sum + child.ns, 0);
    const facts = `${duration(ns)} · ${percent(ns / Math.max(1, this.#tree.ns))} of all ${this.#what} · self ${duration(self)}`;
    const title = h("strong", {}, foreign(name));
    const above =
      callers.length === 0
        ? null
        : h("p", {}, `called through ${callers.length} frames: `, foreign(callers.join(" › ")));
    const doubt = `${percent(inferredNs / Math.max(1, ns))} of it in stacks with an inferred caller: code without unwind data`;
    const file = module === "" ? null : h("p", {}, foreign(module));
    const named = origin === undefined ? null : h("p", {}, namedAfter[origin]);
    return h("div", {}, title, named, file, h("p", {}, facts), inferredNs > 0 ? h("p", {}, doubt) : null, above);
  }

  #onKey(event: KeyboardEvent): void {
    const next = neighbour(this.#focus, this.#current, event.key);
    if (event.key === "Enter") this.#zoom(this.#focus);
    else if (event.key === "Backspace" && this.#current.parent !== null) this.#zoom(this.#current.parent);
    else if (next !== undefined) {
      this.#focus = next;
      this.#mark();
    } else return;
    event.preventDefault();
  }

  /** The chart redraws its groups; the mark of the keyboard's place is ours to keep. */
  #mark(): void {
    const active = document.activeElement === this.#box;
    for (const group of this.#box.querySelectorAll("g.frame")) {
      const here = active && drawnBy(group) === this.#focus;
      group.toggleAttribute("data-focus", here);
    }
    byId("reading").replaceChildren(active ? this.#describe(this.#focus) : "");
  }
}

/** Where a name is from that is no symbol. */
const namedAfter = {
  type: "named after its class: no debug symbols",
  role: "named after what it was seen to do",
};

/** The frame that the chart drew as this group. */
const drawnBy = (group: Element | null) => (group as (Element & { __data__?: Frame }) | null)?.__data__;

/** What was pruned stands behind what was not. */
const isRest = (frame: Frame): boolean => frame.data.name.startsWith("(other: ") && frame.children === undefined;

const label = ({ name, callers }: FlameNode): string => (callers.length === 0 ? name : `⋯ ${name}`);
function colourOf(frame: Frame): string {
  if (frame.highlight) return hitColour();
  const { element, module } = frame.data;
  if (element < 0 && module === "") return groupColour();
  return elementColour(element, module === "" ? 1 : stepOf(module));
}

const tip = (content: (frame: Frame) => HTMLElement): Tip =>
  Object.assign(() => undefined, {
    show: (event: MouseEvent, frame: Frame) => showTip(event, content(frame)),
    hide: hideTip,
  });
