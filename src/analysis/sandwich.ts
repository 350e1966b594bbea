// Who calls a function, and what does it call? Both trees around it, and what each caller and callee has of its time. Pure.
// SPDX-License-Identifier: MPL-2.0

import { type OwnedStack, treeOfWalks } from "./call-tree.js";
import type { FlameNode } from "./flame.js";
import type { FunctionIndex, FunctionName } from "./functions.js";

export interface Edge extends FunctionName {
  /** On stacks where one calls the other directly; of one stack it counts once. */
  ns: number;
}

export interface Sandwich {
  of: FunctionName;
  /** Of the function itself. */
  ns: number;
  /** With all that it called; one that calls itself counts once. */
  totalNs: number;
  /** Longest first, itself left out. */
  callers: Edge[];
  callees: Edge[];
  /** The function, then its callers, nearest first, as it was first called: of recursive calls the outermost. */
  above: FlameNode;
  /** The function, then what it called, from its outermost call on. */
  below: FlameNode;
}

/** null: it is on none of these stacks. */
export function sandwich(
  index: FunctionIndex,
  stacks: readonly OwnedStack[],
  { name, module }: Pick<FunctionName, "name" | "module">,
): Sandwich | null {
  const paths = stacks.map(({ ns, element, stack }) => ({ ns, element, path: index.path(stack) }));
  const wanted = index.find(name, module);
  const on = paths.filter(({ path }) => path.includes(wanted));
  const of = index.functions[wanted];
  if (of === undefined || on.length === 0) return null;
  const [callers, callees] = [new Map<number, number>(), new Map<number, number>()];
  let self = 0;
  for (const { ns, path } of on) {
    if (path.at(-1) === wanted) self += ns;
    const places = path.flatMap((number, place) => (number === wanted ? [place] : []));
    addOnce(callers, wanted, ns, new Set(places.map((place) => path[place - 1])));
    addOnce(callees, wanted, ns, new Set(places.map((place) => path[place + 1])));
  }
  const above = on.map((one) => ({ ...one, path: one.path.slice(0, one.path.indexOf(wanted)).reverse() }));
  const below = on.map((one) => ({ ...one, path: one.path.slice(one.path.indexOf(wanted) + 1) }));
  return {
    of,
    ns: self,
    totalNs: on.reduce((sum, { ns }) => sum + ns, 0),
    callers: edges(index, callers),
    callees: edges(index, callees),
    above: treeOfWalks(of, index, above),
    below: treeOfWalks(of, index, below),
  };
}

function addOnce(times: Map<number, number>, wanted: number, ns: number, beside: Set<number | undefined>): void {
  for (const number of beside) {
    if (number !== undefined && number !== wanted) times.set(number, (times.get(number) ?? 0) + ns);
  }
}

const edges = (index: FunctionIndex, times: ReadonlyMap<number, number>): Edge[] =>
  [...times]
    .map(([number, ns]) => ({ ...(index.functions[number] as FunctionName), ns }))
    .sort((a, b) => b.ns - a.ns || (a.name < b.name ? -1 : 1));
