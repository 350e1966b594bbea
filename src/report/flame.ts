// What does the flame graph by element look like? all > pipeline > element > thread > native frames > wait; time sums up.
// SPDX-License-Identifier: MPL-2.0

import type { StackFrame, StackSample } from "../capture/stacks.js";
import type { FlameNode } from "./page-data.js";

/** Shorter runs of callers are drawn as they are. */
const MIN_CALLERS = 4;

/** Where a sample's element stands in the report. */
export interface Place {
  pipeline: string;
  name: string;
  element: number;
}

interface Branch extends FlameNode {
  byName: Map<string, Branch>;
}

export function flameTree(
  samples: readonly StackSample[],
  frames: readonly StackFrame[],
  placeOf: (sample: StackSample) => Place,
  leafOf: (sample: StackSample) => string = () => "",
): FlameNode {
  const root = branch("all", -1, "");
  for (const sample of samples) {
    const place = placeOf(sample);
    let node = root;
    node.ns += sample.ns;
    const from = sample.inferred ? sample.ns : 0;
    if (place.pipeline !== "") node = grow(node, place.pipeline, -1, "", sample.ns);
    node = grow(node, place.name, place.element, "", sample.ns);
    node = grow(node, sample.thread || "(unknown thread)", place.element, "", sample.ns);
    for (const id of sample.stack) {
      const frame = frames[id];
      if (frame === undefined) continue;
      node = grow(node, frame.name, place.element, frame.module, sample.ns);
      if (from > 0) node.inferredNs = (node.inferredNs ?? 0) + from;
    }
    const leaf = leafOf(sample);
    if (leaf !== "") grow(node, leaf, place.element, "", sample.ns);
  }
  return settle(root);
}

function branch(name: string, element: number, module: string): Branch {
  return { name, ns: 0, element, module, callers: [], children: [], byName: new Map() };
}

function grow(parent: Branch, name: string, element: number, module: string, ns: number): Branch {
  const key = `${module}\0${name}`;
  let child = parent.byName.get(key);
  if (child === undefined) {
    child = branch(name, element, module);
    parent.byName.set(key, child);
    parent.children.push(child);
  }
  child.ns += ns;
  return child;
}

function settle({ name, ns, element, module, callers, byName, inferredNs }: Branch): FlameNode {
  const children = [...byName.values()].map(settle).sort((a, b) => b.ns - a.ns);
  return { name, ns, element, module, callers, children, ...(inferredNs !== undefined && { inferredNs }) };
}

/** Below every thread, frames that only led on to one other are folded into the first that did more. */
export function foldCallers(root: FlameNode, depth: number): FlameNode {
  if (depth > 0) return { ...root, children: root.children.map((child) => foldCallers(child, depth - 1)) };
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

function allSizes(node: FlameNode): number[] {
  return [node.ns, ...node.children.flatMap(allSizes)];
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
