// Where on a page is a flame graph drawn, and what stands around it?
// SPDX-License-Identifier: MPL-2.0

import { byId } from "./dom.js";

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
