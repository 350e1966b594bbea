// What is the tree of a flame graph that is made of chosen stacks alone: downwards, inverted, or around one function? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "./flame.js";
import type { CountedStack, FunctionIndex, FunctionName } from "./functions.js";

/** A stack of an element, by its index; -1 = of none. */
export interface OwnedStack extends CountedStack {
  readonly element: number;
}

/** Functions below the root, nearest first. */
export interface Walk {
  ns: number;
  element: number;
  path: readonly number[];
}

/** Limits memory: a branch takes a few hundred bytes. A page shows at most four thousand. */
const MAX_BRANCHES = 150_000;
/** Collects the time of walks beyond MAX_BRANCHES. */
const NO_BRANCH = "(other stacks)";

export type Direction = "calls" | "inverted";

/** All of these stacks; inverted: the functions that ran themselves first, each with its callers below. */
export function callTree(name: string, index: FunctionIndex, stacks: readonly OwnedStack[], to: Direction): FlameNode {
  const walks = stacks.map(({ ns, element, stack }) => {
    const path = index.path(stack);
    return { ns, element, path: to === "inverted" ? path.reverse() : path };
  });
  return treeOfWalks({ name, module: "" }, index, walks);
}

export function treeOfWalks(
  root: FunctionName,
  index: FunctionIndex,
  walks: readonly Walk[],
  most = MAX_BRANCHES,
): FlameNode {
  const tree = new Branch(root);
  let size = 1;
  // The largest first: where there is no room for all, the smallest share a branch.
  for (const { ns, element, path } of [...walks].sort((a, b) => b.ns - a.ns)) {
    let at = tree.add(ns, element);
    for (const number of path) {
      const known = at.branches.get(number);
      if (known === undefined && size >= most) {
        at.child(-1, { name: NO_BRANCH, module: "" }).add(ns, element);
        break;
      }
      if (known === undefined) size++;
      at = (known ?? at.child(number, index.functions[number] as FunctionName)).add(ns, element);
    }
  }
  return tree.settled();
}

class Branch {
  readonly branches = new Map<number, Branch>();
  #ns = 0;
  /** undefined: of none yet; -1: of none, or of several. */
  #element: number | undefined;

  constructor(private readonly of: FunctionName) {}

  add(ns: number, element: number): this {
    this.#ns += ns;
    this.#element = (this.#element ?? element) === element ? element : -1;
    return this;
  }

  child(number: number, of: FunctionName): Branch {
    const child = this.branches.get(number) ?? new Branch(of);
    this.branches.set(number, child);
    return child;
  }

  /** Longest first. */
  settled(): FlameNode {
    const children = [...this.branches.values()].map((branch) => branch.settled()).sort((a, b) => b.ns - a.ns);
    return { ...this.of, ns: this.#ns, element: this.#element ?? -1, callers: [], children };
  }
}
