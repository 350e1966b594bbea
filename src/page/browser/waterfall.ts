// Where did the slowest buffers spend their time? One waterfall each: time runs to the right, calls are nested below.
// SPDX-License-Identifier: MPL-2.0

import { count, duration } from "../../analysis/units.js";
import type { PageData, PageSlowBuffer, PageSpan } from "../page-data.js";
import { elementColour, groupColour } from "./colours.js";
import { byId, foreign, h } from "./dom.js";

/** Pixels per level of depth. */
const INDENT = 10;
/** Spans deeper than this are not indented further. */
const MAX_INDENT = 8;

/** The list of the slowest traced buffers. */
export class Waterfalls {
  #shown = "";

  constructor(data: PageData) {
    this.update(data);
  }

  /**
   * Fills the section, or hides it without traces. A waterfall is drawn when it is opened; the first is open. The same ones are
   * left as they are.
   */
  update({ traced }: PageData): void {
    const text = JSON.stringify(traced);
    if (text === this.#shown) return;
    this.#shown = text;
    byId("slow-section").hidden = traced === null;
    if (traced === null) return;
    byId("slow-note").textContent = `Of ${count(traced.traces)} that were traced.`;
    byId("slow").replaceChildren(...traced.slowest.map((buffer, i) => this.#buffer(buffer, i === 0)));
  }

  /** Sets the colours of all bars again, after a change of the colour scheme. */
  repaint(): void {
    for (const bar of byId("slow").querySelectorAll<HTMLElement>("[data-element]"))
      bar.style.setProperty("background", colourOf(Number(bar.dataset.element)));
  }

  #buffer(buffer: PageSlowBuffer, open: boolean): HTMLElement {
    const took = h("strong", {}, duration(buffer.durationNs));
    const head = h("summary", {}, took, ` at ${duration(buffer.atNs)}: `, foreign(buffer.parts));
    const details = h("details", {}, head);
    const draw = () => {
      if (details.open && details.childElementCount === 1) details.append(this.#drawing(buffer));
    };
    details.addEventListener("toggle", draw);
    details.open = open;
    draw();
    return h("li", {}, details);
  }

  #drawing(buffer: PageSlowBuffer): HTMLElement {
    const rows = buffer.spans.map((span) => this.#row(span, Math.max(1, buffer.durationNs)));
    const more = buffer.more === 0 ? [] : [h("li", {}, `and ${count(buffer.more)} more pushes`)];
    return h("ol", { class: "waterfall" }, ...rows, ...more);
  }

  #row({ name, element, depth, startNs, durationNs, waitedNs, thread, slow }: PageSpan, whole: number): HTMLElement {
    const label = h("span", { class: "what" }, foreign(name));
    label.style.setProperty("padding-left", `${Math.min(depth, MAX_INDENT) * INDENT}px`);
    const bar = h("span", { class: "span", "data-element": String(element) });
    bar.style.setProperty("background", colourOf(element));
    place(bar, startNs, durationNs, whole);
    const track = h("span", { class: "track" }, bar);
    if (waitedNs > 0) {
      const wait = h("span", { class: "wait" });
      place(wait, startNs - waitedNs, waitedNs, whole);
      track.prepend(wait);
    }
    const waited = waitedNs > 0 ? `, after ${duration(waitedNs)} between two threads` : "";
    const row = h("li", {}, label, track, h("span", { class: "took" }, duration(durationNs)));
    row.title = `${name}: ${duration(durationNs)} from ${duration(startNs)}${waited}; ${thread}${slow ? "; kept because it was slow" : ""}`;
    return row;
  }
}

/** Sets the horizontal position and width of `bar`: `startNs` and `ns` in relation to `whole`, all in nanoseconds. */
function place(bar: HTMLElement, startNs: number, ns: number, whole: number): void {
  bar.style.setProperty("left", `min(${(100 * startNs) / whole}%, 100% - 2px)`);
  bar.style.setProperty("width", `max(2px, ${(100 * ns) / whole}%)`);
}

const colourOf = (element: number): string => (element < 0 ? groupColour() : elementColour(element));
