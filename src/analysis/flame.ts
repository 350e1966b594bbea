// What is the tree of the flame graph? all > pipeline > element (> its loop) > thread > frames > reason of a wait.
// SPDX-License-Identifier: MPL-2.0

import type { StackFrame, StackSample } from "../model/recorded-profiles.js";
import type { NameOrigin } from "../model/symbol.js";

export interface FlameNode {
  name: string;
  /** Nanoseconds of this frame and its callees. */
  ns: number;
  /** Index of the element it belongs to, -1 = none. */
  element: number;
  module: string;
  /** What named it in the place of a symbol. */
  origin?: NameOrigin;
  /** Names of the folded frames above this one, outermost first (see foldCallers). */
  callers: string[];
  children: FlameNode[];
  /** The part of `ns` from stacks with a caller that was found by a stack search, without unwind tables. */
  inferredNs?: number;
  /** A thread that did nothing but wait, here and everywhere (see idle-threads.ts). */
  idle?: true;
}

/** Where a sample belongs in the tree: pipeline, element, and a part of the element. */
export interface Place {
  pipeline: string;
  name: string;
  element: number;
  /** Set if the element used the time outside of its pad functions: in its streaming loop or in threads of its own. */
  part?: Part;
}

export const LOOP = "(its loop)";
export const WORKERS = "(its own threads)";
export type Part = typeof LOOP | typeof WORKERS;
export const isPart = ({ name }: Pick<FlameNode, "name">): boolean => name === LOOP || name === WORKERS;

/** Limits memory: a branch takes a few hundred bytes. A page shows at most four thousand. */
const MAX_BRANCHES = 150_000;
/** Name of the frame that collects the time of stacks beyond MAX_BRANCHES. */
const NO_BRANCH = "(other stacks)";
/** Fewer children than this are searched linearly, more by a map. Most branches have one child. */
const FEW = 8;

/** A node of the tree while it is built. */
class Branch implements FlameNode {
  ns = 0;
  readonly callers: string[] = [];
  readonly children: Branch[] = [];
  inferredNs?: number;
  origin?: NameOrigin;
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

/**
 * Builds the tree. `sample.stack` holds indexes of `frames`, outermost first; `leafOf` names a frame to add below the
 * innermost one, "" = none.
 */
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
      if (frame.origin !== undefined) node.origin = frame.origin;
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

/** Sorts the children of every branch by time, longest first, in place. */
function settle(root: Branch): FlameNode {
  root.children.sort((a, b) => b.ns - a.ns);
  for (const child of root.children) settle(child);
  return root;
}
