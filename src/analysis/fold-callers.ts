// Which callers need no row of their own in the flame graph? Those of whole threads, which are the same on every stack.
// SPDX-License-Identifier: MPL-2.0

import { type FlameNode, isPart } from "./flame.js";

/** Runs of fewer callers are not folded. */
const MIN_CALLERS = 4;

/**
 * Folds the outermost frames of each thread as long as they have a single child and no time of their own: their names
 * become `callers` of the first other frame. `depth`: levels from `root` down to its threads, without "(its loop)" and
 * "(its own threads)".
 */
export function foldCallers(root: FlameNode, depth: number): FlameNode {
  if (depth > 0)
    return { ...root, children: root.children.map((child) => foldCallers(child, isPart(child) ? depth : depth - 1)) };
  return { ...root, children: root.children.map(foldRun) };
}

function foldRun(first: FlameNode): FlameNode {
  const callers: string[] = [];
  let node = first;
  for (let only = node.children[0]; only !== undefined && node.children.length === 1 && only.ns === node.ns; ) {
    callers.push(node.name);
    node = only;
    only = node.children[0];
  }
  return callers.length < MIN_CALLERS ? first : { ...node, callers };
}
