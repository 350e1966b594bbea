// How does a page that has only folded call stacks of one element draw the report's flame graph? The one file of src that the
// dashboard of the session service takes in.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../../analysis/flame.js";
import { foldCallers } from "../../analysis/fold-callers.js";
import { Flame } from "./flame.js";

export interface FoldedStack {
  /** The thread's first function first. */
  frames: string[];
  ms: number;
}

/** What the page may do with it later; `redraw` after a change of width or colour scheme. */
export interface DrawnFlame {
  search(term: string): void;
  reset(): void;
  redraw(): void;
  show(stacks: readonly FoldedStack[]): void;
}

/** Into #flame; the page has also #crumbs, #found, #reset, #reading and #tip. */
export function drawStacks(stacks: readonly FoldedStack[], element: string, what: string): DrawnFlame {
  const flame = new Flame(treeOf(stacks, element), what, () => undefined);
  return {
    search: (term) => flame.search(term),
    reset: () => flame.reset(),
    redraw: () => flame.redraw(),
    show: (others) => flame.show(treeOf(others, element), what),
  };
}

const nodeOf = (name: string): FlameNode => ({ name, ns: 0, element: 0, module: "", callers: [], children: [] });

/** Equal beginnings of stacks are one branch; what they all begin with is folded. */
export function treeOf(stacks: readonly FoldedStack[], element: string): FlameNode {
  const root = nodeOf(element);
  for (const { frames, ms } of stacks) {
    let at = root;
    at.ns += ms * 1e6;
    for (const name of frames) {
      at = childOf(at, name);
      at.ns += ms * 1e6;
    }
  }
  return foldCallers(root, 0);
}

function childOf(parent: FlameNode, name: string): FlameNode {
  const there = parent.children.find((child) => child.name === name);
  if (there !== undefined) return there;
  const child = nodeOf(name);
  parent.children.push(child);
  return child;
}
