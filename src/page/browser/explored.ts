// What is drawn of the chosen stacks: a function between callers and callees, what ran first, or what was called? And what is said of it.
// SPDX-License-Identifier: MPL-2.0

import { callTree, type OwnedStack } from "../../analysis/call-tree.js";
import type { FlameNode } from "../../analysis/flame.js";
import type { FunctionIndex, FunctionName } from "../../analysis/functions.js";
import { type Edge, sandwich } from "../../analysis/sandwich.js";
import { duration, percent } from "../../analysis/units.js";

export interface Explored {
  /** Of the graph: a function, an element, a thread. */
  name: string;
  says: string;
  /** Callers, with their root below; null = there is one graph. */
  above: FlameNode | null;
  /** null: there is nothing to draw, as `says` says. */
  below: FlameNode | null;
  what: string;
  edges: { callers: readonly Edge[]; callees: readonly Edge[]; ns: number } | null;
}

export interface Wanted {
  /** null: a graph of all chosen stacks. */
  of: FunctionName | null;
  inverted: boolean;
  /** What is chosen: "all", an element, a thread. */
  scope: string;
  /** "CPU time", "wall time". */
  what: string;
}

export function explored(index: FunctionIndex, stacks: readonly OwnedStack[], wanted: Wanted): Explored {
  const { of, inverted, scope, what } = wanted;
  if (of !== null) return around(of, index, stacks, wanted);
  const says = inverted ? "inverted: what ran, and its callers below" : "what it called";
  const below = callTree(scope, index, stacks, inverted ? "inverted" : "calls");
  return { name: scope, says, above: null, below, what, edges: null };
}

export const notExplored = (name: string, says: string, what: string): Explored => {
  return { name, says, above: null, below: null, what, edges: null };
};

function around(
  of: FunctionName,
  index: FunctionIndex,
  stacks: readonly OwnedStack[],
  { scope, what }: Wanted,
): Explored {
  const found = sandwich(index, stacks, of);
  if (found === null) return notExplored(of.name, `is on no stack of ${scope} in this ${what}`, what);
  const { ns, totalNs, above, below, callers, callees } = found;
  const share = percent(
    totalNs /
      Math.max(
        1,
        stacks.reduce((sum, one) => sum + one.ns, 0),
      ),
  );
  const says = `self ${duration(ns)}, total ${duration(totalNs)}: ${share} of the ${what} of ${scope}`;
  return { name: of.name, says, above, below, what, edges: { callers, callees, ns: totalNs } };
}
