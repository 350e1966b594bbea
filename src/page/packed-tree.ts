// How does a flame graph travel to the page? As lists of numbers, with each name written once.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../analysis/flame.js";
import type { NameOrigin } from "../model/symbol.js";

/**
 * [name, nanoseconds, element, module, children, callers, inferredNs, origin, idle]; names and modules are indexes into `strings`,
 * origins into `nameOrigins`; -1 = none; idle is 1 or left out.
 */
export type PackedNode = [
  name: number,
  ns: number,
  element: number,
  module: number,
  children: PackedNode[],
  callers?: number[],
  inferredNs?: number,
  origin?: number,
  idle?: number,
];

/** Stands where flame graphs were left out. The root of one that is there has a name. */
export const withoutTrees: { strings: string[]; flame: PackedNode; wallFlame: null } = {
  strings: [""],
  flame: [0, 0, -1, -1, []],
  wallFlame: null,
};

export const isWithoutTrees = ({ strings, flame }: { strings: readonly string[]; flame: PackedNode }): boolean =>
  (strings[flame[0]] ?? "") === "";

const nameOrigins: readonly NameOrigin[] = ["type", "role"];
const nameOriginNumber = (origin: NameOrigin | undefined): number =>
  origin === undefined ? -1 : nameOrigins.indexOf(origin);

/** Names repeat a lot: each is written once. */
export function packTrees(...roots: readonly FlameNode[]): { strings: string[]; trees: PackedNode[] } {
  const ids = new Map<string, number>();
  const id = (text: string): number => {
    const known = ids.get(text) ?? ids.size;
    ids.set(text, known);
    return known;
  };
  const pack = (node: FlameNode): PackedNode => {
    const packed: PackedNode = [
      id(node.name),
      node.ns,
      node.element,
      node.module === "" ? -1 : id(node.module),
      node.children.map(pack),
    ];
    const { callers, inferredNs, origin, idle = false } = node;
    const last = idle ? 4 : origin !== undefined ? 3 : inferredNs !== undefined ? 2 : callers.length > 0 ? 1 : 0;
    const more = [callers.map(id), Math.round(inferredNs ?? -1), nameOriginNumber(origin), 1].slice(0, last);
    return [...packed, ...more] as PackedNode;
  };
  const trees = roots.map(pack);
  return { strings: [...ids.keys()], trees };
}

export function unpackTree(strings: readonly string[], packed: PackedNode): FlameNode {
  const [name, ns, element, module, children, callers = [], inferredNs = -1, originNumber = -1, idle] = packed;
  const origin = nameOrigins[originNumber];
  return {
    name: strings[name] ?? "",
    ns,
    element,
    module: strings[module] ?? "",
    callers: callers.map((i) => strings[i] ?? ""),
    children: children.map((child) => unpackTree(strings, child)),
    ...(inferredNs >= 0 && { inferredNs }),
    ...(origin !== undefined && { origin }),
    ...(idle === 1 && { idle: true }),
  };
}
