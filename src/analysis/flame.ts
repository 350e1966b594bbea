// What does the flame graph by element look like? all > pipeline > element (> its loop) > thread > native frames > wait; time sums up.
// SPDX-License-Identifier: MPL-2.0

import type { StackFrame, StackSample } from "../model/recording.js";

export interface FlameNode {
  name: string;
  /** Of this frame and everything it called. */
  ns: number;
  /** Index of the element it belongs to, -1 = none. */
  element: number;
  module: string;
  /** Frames above this one that led only here, from the thread's first; they are drawn on request. */
  callers: string[];
  children: FlameNode[];
  /** Of its time, that of stacks in which a caller was searched for. */
  inferredNs?: number;
}

/** Shorter runs of callers are drawn as they are. */
const MIN_CALLERS = 4;

/** Where a sample's element stands in the report. */
export interface Place {
  pipeline: string;
  name: string;
  element: number;
  /** Of the element, where its pads' functions did not run. */
  part?: Part;
}

export const LOOP = "(its loop)";
export const WORKERS = "(its own threads)";
export type Part = typeof LOOP | typeof WORKERS;
const isPart = ({ name }: FlameNode): boolean => name === LOOP || name === WORKERS;

/** A branch takes some hundred bytes, and a page shows four thousand. */
const MAX_BRANCHES = 150_000;
/** Where time goes that would have needed more of them. */
const NO_BRANCH = "(other stacks)";
/** Fewer are looked through one by one: most branches have one child. */
const FEW = 8;

class Branch implements FlameNode {
  ns = 0;
  readonly callers: string[] = [];
  readonly children: Branch[] = [];
  inferredNs?: number;
  #byName: Map<string, Branch> | undefined;

  constructor(
    readonly name: string,
    readonly element: number,
    readonly module: string,
  ) {}

  child(name: string, module: string): Branch | undefined {
    if (this.children.length < FEW) return this.children.find((one) => one.name === name && one.module === module);
    this.#byName ??= new Map(this.children.map((one) => [keyOf(one.name, one.module), one]));
    return this.#byName.get(keyOf(name, module));
  }

  add(child: Branch): Branch {
    this.children.push(child);
    this.#byName?.set(keyOf(child.name, child.module), child);
    return child;
  }
}

const keyOf = (name: string, module: string): string => `${module}\0${name}`;

export function flameTree(
  samples: readonly StackSample[],
  frames: readonly StackFrame[],
  placeOf: (sample: StackSample) => Place,
  leafOf: (sample: StackSample) => string = () => "",
): FlameNode {
  const tree = new Tree();
  // The largest first: where there is no room for all, the smallest share a branch.
  for (const sample of [...samples].sort((a, b) => b.ns - a.ns)) {
    const place = placeOf(sample);
    let node = tree.root;
    node.ns += sample.ns;
    const from = sample.inferred ? sample.ns : 0;
    if (place.pipeline !== "") node = tree.grow(node, place.pipeline, -1, "", sample.ns);
    node = tree.grow(node, place.name, place.element, "", sample.ns);
    if (place.part !== undefined) node = tree.grow(node, place.part, place.element, "", sample.ns);
    node = tree.grow(node, sample.thread || "(unknown thread)", place.element, "", sample.ns);
    for (const id of sample.stack) {
      const frame = frames[id];
      if (frame === undefined) continue;
      if (tree.full && node.child(frame.name, frame.module) === undefined) {
        node = tree.grow(node, NO_BRANCH, place.element, "", sample.ns);
        break;
      }
      node = tree.grow(node, frame.name, place.element, frame.module, sample.ns);
      if (from > 0) node.inferredNs = (node.inferredNs ?? 0) + from;
    }
    const leaf = leafOf(sample);
    if (leaf !== "") tree.grow(node, leaf, place.element, "", sample.ns);
  }
  return settle(tree.root);
}

class Tree {
  readonly root = new Branch("all", -1, "");
  #size = 1;

  get full(): boolean {
    return this.#size >= MAX_BRANCHES;
  }

  grow(parent: Branch, name: string, element: number, module: string, ns: number): Branch {
    let child = parent.child(name, module);
    if (child === undefined) {
      this.#size++;
      child = parent.add(new Branch(name, element, module));
    }
    child.ns += ns;
    return child;
  }
}

/** The branches themselves, in order. */
function settle(root: Branch): FlameNode {
  root.children.sort((a, b) => b.ns - a.ns);
  for (const child of root.children) settle(child);
  return root;
}

/** Below every thread, frames that only led on to one other are folded into the first that did more; a part is no depth. */
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
