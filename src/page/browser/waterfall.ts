// Where were the slowest buffers? A waterfall each: time from left to right, what a push led to below it.
// SPDX-License-Identifier: MPL-2.0

import { count, duration } from "../../analysis/units.js";
import type { PageData, PageSlowBuffer, PageSpan } from "../page-data.js";
import { elementColour, groupColour } from "./colours.js";
import { byId, foreign, h } from "./dom.js";

const INDENT = 10;
/** Deeper ones stand below each other. */
const MAX_INDENT = 8;

export class Waterfalls {
  /** Each is drawn when it is opened; the slowest one is open. */
  constructor({ traced }: PageData) {
    byId("slow-section").hidden = traced === null;
    if (traced === null) return;
    byId("slow-note").textContent = `Of ${count(traced.traces)} that were traced.`;
    byId("slow").replaceChildren(...traced.slowest.map((buffer, i) => this.#buffer(buffer, i === 0)));
  }

  /** Colours follow the scheme. */
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

function place(bar: HTMLElement, startNs: number, ns: number, whole: number): void {
  bar.style.setProperty("left", `min(${(100 * startNs) / whole}%, 100% - 2px)`);
  bar.style.setProperty("width", `max(2px, ${(100 * ns) / whole}%)`);
}

const colourOf = (element: number): string => (element < 0 ? groupColour() : elementColour(element));
