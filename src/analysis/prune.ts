// How is a tree made small enough to be shown, so that no nanosecond is lost? The smallest go into one child of their parent.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "./flame.js";

export function countNodes(node: FlameNode): number {
  return node.children.reduce((n, child) => n + countNodes(child), 1);
}

/** At most `most` nodes: the smallest go, and each parent says in one child "(other)" what went. */
export function prune(root: FlameNode, most: number): FlameNode {
  const sizes = allSizes(root).sort((a, b) => b - a);
  if (sizes.length <= most) return root;
  for (let keep = most; keep >= 1; keep = Math.floor(keep * 0.8)) {
    const pruned = cutBelow(root, sizes[keep] ?? 0);
    if (countNodes(pruned) <= most) return pruned;
  }
  return { ...root, children: [] };
}

function allSizes(node: FlameNode, sizes: number[] = []): number[] {
  sizes.push(node.ns);
  for (const child of node.children) allSizes(child, sizes);
  return sizes;
}

/** Keeps what is larger than `limit`; a parent is never smaller than its child, so the tree stays connected. */
function cutBelow(node: FlameNode, limit: number): FlameNode {
  const kept = node.children.filter((child) => child.ns > limit);
  const gone = node.children.length - kept.length;
  const children = kept.map((child) => cutBelow(child, limit));
  if (gone > 0) children.push(other(node, kept, gone));
  return { ...node, children };
}

function other(parent: FlameNode, kept: readonly FlameNode[], gone: number): FlameNode {
  const sum = (nodes: readonly FlameNode[]): number => nodes.reduce((ns, child) => ns + child.ns, 0);
  return {
    name: `(other: ${gone} smaller)`,
    ns: sum(parent.children) - sum(kept),
    element: parent.element,
    module: "",
    callers: [],
    children: [],
  };
}
