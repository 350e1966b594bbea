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

export const nameOrigins: readonly NameOrigin[] = ["type", "role"];
export const nameOriginNumber = (origin: NameOrigin | undefined): number =>
  origin === undefined ? -1 : nameOrigins.indexOf(origin);

/** Names repeat a lot: each is looked at once, and written once. */
export class Names {
  readonly strings: string[] = [];
  readonly #shown: (name: string) => string;
  /** By the name as it came. A name that is found is not shortened again: a new text would have to be hashed. */
  readonly #numbers = new Map<string, number>();
  readonly #written = new Map<string, number>();

  constructor(shown: (name: string) => string) {
    this.#shown = shown;
  }

  number(name: string): number {
    return this.#numbers.get(name) ?? this.#add(name);
  }

  #add(name: string): number {
    const shown = this.#shown(name);
    const number = this.#written.get(shown) ?? this.strings.push(shown) - 1;
    this.#written.set(shown, number);
    this.#numbers.set(name, number);
    return number;
  }
}

/** `shown`: how names are written. Two that are written alike have one number. */
export function packTrees(
  roots: readonly FlameNode[],
  shown: Names | ((name: string) => string) = (name) => name,
): { strings: string[]; trees: PackedNode[] } {
  const names = shown instanceof Names ? shown : new Names(shown);
  const pack = (node: FlameNode): PackedNode => {
    const name = names.number(node.name);
    const module = node.module === "" ? -1 : names.number(node.module);
    const packed: PackedNode = [name, node.ns, node.element, module, node.children.map(pack)];
    const last = lengthOf(node);
    if (last > 5) packed.push(node.callers.map((caller) => names.number(caller)));
    if (last > 6) packed.push(Math.round(node.inferredNs ?? -1));
    if (last > 7) packed.push(nameOriginNumber(node.origin));
    if (last > 8) packed.push(1);
    return packed;
  };
  const trees = roots.map(pack);
  return { strings: names.strings, trees };
}

/** Of the packed node: what is behind the last thing that it has is left out. */
function lengthOf({ callers, inferredNs, origin, idle }: FlameNode): number {
  if (idle === true) return 9;
  if (origin !== undefined) return 8;
  if (inferredNs !== undefined) return 7;
  return callers.length > 0 ? 6 : 5;
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
