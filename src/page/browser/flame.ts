// Where in an element does the time go? d3-flame-graph behind one class: zoom, search, breadcrumb, keyboard.
// SPDX-License-Identifier: MPL-2.0

import flamegraph, { type Chart, type Frame } from "d3-flame-graph";
import { select } from "d3-selection";
import type { FlameNode } from "../../analysis/flame.js";
import { duration, percent } from "../../analysis/units.js";
import { crumbsTo, type FlameParts, usualParts } from "./flame-parts.js";
import { colourOf, describeFrame, isRest, label } from "./frame-words.js";
import { type Pattern, patternOf } from "./pattern.js";
import { below, frameAt, frameOf, matchedNs, matches, neighbour, placeOf, samePlace } from "./places.js";
import { frameTip } from "./tip.js";

const CELL = 20;
/** The chart hides the words of narrower frames, in pixels. */
const LABEL_WIDTH = 35;

export class Flame {
  readonly #parts: FlameParts;
  readonly #box: HTMLElement;
  #tree: FlameNode;
  #what: string;
  readonly #zoomed: (element: number) => void;
  #chart: Chart;
  #root: Frame;
  #current: Frame;
  #focus: Frame;
  #pattern: Pattern = patternOf("");
  /** A match that was stepped to is marked without the keyboard being in the graph. */
  #pointed = false;
  #stepping = false;

  constructor(tree: FlameNode, what: string, zoomed: (element: number) => void, parts = usualParts()) {
    this.#parts = parts;
    this.#box = parts.box;
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
    this.search(this.#pattern.text);
  }

  /** Of the frame that is shown whole, -1 = none. */
  get element(): number {
    return this.#current.data.element;
  }

  /** Somebody looks into it: with the mouse, with the keyboard, or at frames inside of an element. */
  get held(): boolean {
    return this.#isInside || this.#box.matches(":hover") || document.activeElement === this.#box;
  }

  /** What a link says of the zoom; "" where all is shown, or all of an element in the page's own graph: that is chosen. */
  get place(): string {
    const isChosen = this.#parts.crumbs !== null && this.element >= 0 && !this.#isInside;
    return isChosen ? "" : placeOf(this.#current);
  }

  /** False: there is no such frame. */
  goTo(place: string): boolean {
    return this.#zoomIf(frameAt(this.#root, place));
  }

  get #isInside(): boolean {
    return (this.#current.parent?.data.element ?? -1) >= 0;
  }

  /** Shows one element only, with its loop and its own threads; false when the graph has nothing of it. */
  showElement(element: number): boolean {
    return this.#zoomIf(frameOf(this.#root, element));
  }

  reset(): void {
    this.#zoom(this.#root);
  }

  search(term: string): void {
    if (term.trim() !== this.#pattern.text) {
      this.#pattern = patternOf(term);
      this.#pointed = false;
    }
    const { text, problem } = this.#pattern;
    if (text === "") this.#chart.clear();
    else this.#chart.search(text);
    // Found to take too long on the way: frames before that were searched as it was typed.
    if (this.#pattern.problem !== problem) this.#chart.search(text);
    this.#found();
    this.#mark();
  }

  /** Frames that match what is searched for, from the left, callers before what they called. */
  get matching(): Frame[] {
    const { text } = this.#pattern;
    return text === "" ? [] : below(this.#root).filter(({ data }) => matches(data, this.#pattern));
  }

  /** Marks a frame, and zooms as far as it has to be to be seen. */
  point(frame: Frame): void {
    this.#stepping = true; // no zoom on the way is a choice
    if (!below(this.#current).includes(frame)) this.#zoom(this.#root);
    const width = ((frame.x1 - frame.x0) / (this.#current.x1 - this.#current.x0)) * this.#width();
    if (width < LABEL_WIDTH && frame.parent !== null) this.#zoom(frame.parent);
    this.#stepping = false;
    this.#pointed = true;
    this.#focus = frame;
    this.#mark();
    [...this.#box.querySelectorAll("g.frame")]
      .find((group) => drawnBy(group) === frame)
      ?.scrollIntoView({ block: "nearest" });
  }

  /** What is shown whole, with what is below it. */
  get shown(): FlameNode {
    return this.#current.data;
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
      .inverted(!this.#parts.upwards)
      .resetHeightOnZoom(true)
      .getName((frame) => label(frame.data))
      .getValue((value) => ("ns" in value ? value.ns : value.value))
      .sort((a, b) => Number(isRest(a.data)) - Number(isRest(b.data)) || b.data.ns - a.data.ns)
      .setColorMapper(colourOf)
      .setSearchMatch((frame) => matches(frame.data, this.#pattern))
      .setSearchHandler(() => undefined) // its sum leaves out what a zoom hides
      .tooltip(frameTip((frame) => this.#describe(frame)));
    chart.onClick((frame) => this.#arrived(frame));
    const selection = select(this.#box).datum(this.#tree).call(chart);
    this.#dressLabels();
    return [chart, selection.datum() as Frame];
  }

  #zoomIf(frame: Frame | null): boolean {
    if (frame !== null) this.#zoom(frame);
    return frame !== null;
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
    this.#found();
    if (this.#stepping) return;
    this.#pointed = false;
    this.#zoomed(frame.data.element);
  }

  #crumbs(): void {
    const { crumbs } = this.#parts;
    if (crumbs === null) return;
    crumbs.crumbs.replaceChildren(...crumbsTo(this.#current, (frame) => this.#zoom(frame)));
    crumbs.reset.hidden = this.#current === this.#root;
  }

  /** Of what is shown, in its own quantity. */
  #found(): void {
    const { found } = this.#parts.crumbs ?? {};
    if (found === undefined) return;
    const { data } = this.#current;
    const ns = matchedNs(data, this.#pattern);
    const share = `${duration(ns)}, ${percent(ns / Math.max(1, data.ns))} of the ${this.#what}`;
    const here = this.#current === this.#root ? "" : " shown";
    const says = ns === 0 ? `no frame matches${here && " here"}` : share + here;
    const { text, problem } = this.#pattern;
    found.textContent = text === "" ? "" : problem === "" ? says : `${says}. ${problem}`;
  }

  #describe(frame: Frame): HTMLElement {
    return describeFrame(frame, this.#tree.ns, this.#what);
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
    const active = this.#pointed || document.activeElement === this.#box;
    for (const group of this.#box.querySelectorAll("g.frame")) {
      const here = active && drawnBy(group) === this.#focus;
      group.toggleAttribute("data-focus", here);
    }
    this.#parts.reading.replaceChildren(active ? this.#describe(this.#focus) : "");
  }
}

/** The frame that the chart drew as this group. */
const drawnBy = (group: Element | null) => (group as (Element & { __data__?: Frame }) | null)?.__data__;
