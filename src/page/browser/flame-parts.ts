// Where on a page is a flame graph drawn, and what stands around it?
// SPDX-License-Identifier: MPL-2.0

import type { Frame } from "d3-flame-graph";
import { byId, foreign, h } from "./dom.js";

export interface FlameParts {
  box: HTMLElement;
  /** Says of the frame that the keyboard is at. */
  reading: HTMLElement;
  /** The breadcrumb and what it belongs to; null = there is none. */
  crumbs: { crumbs: HTMLElement; reset: HTMLElement; found: HTMLElement } | null;
  /** The root stands below, what leads to it above. */
  upwards: boolean;
}

export const usualParts = (): FlameParts => ({
  box: byId("flame"),
  reading: byId("reading"),
  crumbs: { crumbs: byId("crumbs"), reset: byId("reset"), found: byId("found") },
  upwards: false,
});

/** The way from the root, its middle left out where it is long. */
export function crumbsTo(current: Frame, zoom: (frame: Frame) => void): HTMLElement[] {
  const path: Frame[] = [];
  for (let frame: Frame | null = current; frame !== null; frame = frame.parent) path.unshift(frame);
  const shown = path.length <= 6 ? path : [...path.slice(0, 3), null, ...path.slice(-2)];
  return shown.map((frame, i) => {
    if (frame === null) return h("li", {}, "…");
    const button = h("button", { type: "button" }, foreign(frame.data.name));
    if (i === shown.length - 1) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => zoom(frame));
    return h("li", {}, button);
  });
}
