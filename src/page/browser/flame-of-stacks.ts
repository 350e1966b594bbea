// How does a page that has only call stacks of one element draw the report's flame graph? The one file of src that the dashboard of
// the session service takes in.
// SPDX-License-Identifier: MPL-2.0

import { type FoldedStack, stackTree } from "../stack-tree.js";
import { Flame } from "./flame.js";

/** What the page may do with it later; `redraw` after a change of width or colour scheme. */
export interface DrawnFlame {
  search(term: string): void;
  reset(): void;
  redraw(): void;
  show(stacks: readonly FoldedStack[]): void;
}

/** Into #flame; the page has also #crumbs, #found, #reset, #reading and #tip. */
export function drawStacks(stacks: readonly FoldedStack[], element: string, what: string): DrawnFlame {
  const flame = new Flame(stackTree(stacks, element), what, () => undefined);
  return {
    search: (term) => flame.search(term),
    reset: () => flame.reset(),
    redraw: () => flame.redraw(),
    show: (others) => flame.show(stackTree(others, element), what),
  };
}
