// What is the tree of a flame graph when only call stacks of one element are known, without threads and modules?
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../analysis/flame.js";
import { foldCallers } from "../analysis/fold-callers.js";

export interface FoldedStack {
  /** The thread's first function first. */
  frames: string[];
  ms: number;
}

const NS_PER_MS = 1e6;

/** Equal beginnings of stacks are one branch; what they all begin with is folded. */
export function stackTree(stacks: readonly FoldedStack[], element: string): FlameNode {
  const root = nodeOf(element);
  for (const { frames, ms } of stacks) {
    let at = root;
    at.ns += ms * NS_PER_MS;
    for (const name of frames) {
      at = childOf(at, name);
      at.ns += ms * NS_PER_MS;
    }
  }
  return foldCallers(root, 0);
}

const nodeOf = (name: string): FlameNode => ({ name, ns: 0, element: 0, module: "", callers: [], children: [] });

function childOf(parent: FlameNode, name: string): FlameNode {
  const there = parent.children.find((child) => child.name === name);
  if (there !== undefined) return there;
  const child = nodeOf(name);
  parent.children.push(child);
  return child;
}
