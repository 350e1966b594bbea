// How do stacks travel to the page, where functions are added up and sandwiches are made? As lists of numbers: equal beginnings once.
// SPDX-License-Identifier: MPL-2.0

import type { OwnedStack } from "../analysis/call-tree.js";
import { idleThreads } from "../analysis/idle-threads.js";
import type { RecordedProfiles, StackFrame, StackSample } from "../model/recorded-profiles.js";
import { type Names, nameOriginNumber, nameOrigins } from "./packed-tree.js";

export interface PackedSamples {
  /** Three numbers a stack: its innermost frame's place in `nodes` (-1 = no frames), index of its owner, nanoseconds. */
  rows: number[];
  /** Stacks that have no room, and their nanoseconds: those with the least time. */
  left: number;
  leftNs: number;
}

/** Names, modules and threads are indexes into the page's strings; -1 = none. */
export interface PackedStacks {
  /** The origin is left out where a symbol named it. */
  frames: [name: number, module: number, origin?: number][];
  /** Two numbers each: index of the frame, and how many places before it its caller stands (0 = it has none). */
  nodes: number[];
  owners: [element: number, thread: number][];
  cpu: PackedSamples;
  /** null: blocked threads were not sampled. */
  wall: PackedSamples | null;
  /** Threads that did nothing but wait. */
  idle: number[];
}

/** A stack on the page: whose it is, in numbers and names of the page. */
export interface PageStack extends OwnedStack {
  thread: string;
}

export interface PageStacks {
  frames: StackFrame[];
  cpu: PageStack[];
  wall: PageStack[] | null;
  idle: ReadonlySet<string>;
}

/** `elementOf`: index on the page; `most`: nodes of both profiles together. */
export function packStacks(
  { cpu, wall }: { cpu: RecordedProfiles | null; wall: RecordedProfiles | null },
  elementOf: (path: string) => number,
  names: Names,
  most: number,
): PackedStacks {
  const packer = new Packer(elementOf, names, most);
  return {
    cpu: packer.pack(cpu?.stacks ?? { frames: [], samples: [] }),
    wall: wall && packer.pack(wall.stacks),
    frames: packer.frames,
    nodes: packer.nodes,
    owners: packer.owners,
    idle: [...idleThreads(wall?.stacks.samples ?? [])].map((thread) => names.number(thread)),
  };
}

class Packer {
  readonly frames: PackedStacks["frames"] = [];
  readonly nodes: number[] = [];
  readonly owners: PackedStacks["owners"] = [];
  readonly #frameNumbers = new Map<string, number>();
  readonly #ownerNumbers = new Map<string, number>();
  /** By node, -1 = none: its callees, by frame. */
  readonly #callees = new Map<number, Map<number, number>>();
  readonly #elementOf: (path: string) => number;
  readonly #names: Names;
  readonly #most: number;

  constructor(elementOf: (path: string) => number, names: Names, most: number) {
    this.#elementOf = elementOf;
    this.#names = names;
    this.#most = most;
  }

  pack({ frames, samples }: RecordedProfiles["stacks"]): PackedSamples {
    const numbers: number[] = [];
    const numberOf = (index: number): number => {
      const known = numbers[index] ?? this.#frame(frames[index] ?? { name: "(no stack)", module: "" });
      numbers[index] = known;
      return known;
    };
    const packed: PackedSamples = { rows: [], left: 0, leftNs: 0 };
    for (const sample of [...samples].sort((a, b) => b.ns - a.ns)) {
      const node = this.#place(sample.stack.map(numberOf));
      if (node !== undefined) packed.rows.push(node, this.#owner(sample), sample.ns);
      else {
        packed.left++;
        packed.leftNs += sample.ns;
      }
    }
    return packed;
  }

  /** Of the innermost frame; undefined: there is no room. */
  #place(stack: readonly number[]): number | undefined {
    let [at, known] = [-1, 0];
    for (const frame of stack) {
      const callee = this.#callees.get(at)?.get(frame);
      if (callee === undefined) break;
      at = callee;
      known++;
    }
    if (this.nodes.length / 2 + stack.length - known > this.#most) return undefined;
    for (const frame of stack.slice(known)) at = this.#add(at, frame);
    return at;
  }

  #add(caller: number, frame: number): number {
    const node = this.nodes.length / 2;
    this.nodes.push(frame, caller < 0 ? 0 : node - caller);
    const callees = this.#callees.get(caller) ?? new Map<number, number>();
    this.#callees.set(caller, callees.set(frame, node));
    return node;
  }

  #frame({ name, module, origin }: StackFrame): number {
    const key = `${origin} ${module}\0${name}`;
    return numbered(this.#frameNumbers, key, () => {
      const named = [this.#names.number(name), module === "" ? -1 : this.#names.number(module)] as const;
      return this.frames.push(origin === undefined ? [...named] : [...named, nameOriginNumber(origin)]) - 1;
    });
  }

  #owner({ path, thread }: StackSample): number {
    const element = this.#elementOf(path);
    return numbered(this.#ownerNumbers, `${element} ${thread}`, () => {
      return this.owners.push([element, this.#names.number(thread || "(unknown thread)")]) - 1;
    });
  }
}

function numbered(known: Map<string, number>, key: string, add: () => number): number {
  const number = known.get(key) ?? add();
  known.set(key, number);
  return number;
}

/** `move`: the element's index here. */
export function unpackStacks(
  strings: readonly string[],
  { frames, nodes, owners, cpu, wall, idle }: PackedStacks,
  move: (element: number) => number = (element) => element,
): PageStacks {
  const ownerOf = owners.map(([element, thread]) => ({
    element: element < 0 ? -1 : move(element),
    thread: strings[thread] ?? "",
  }));
  const stackOf = (place: number): number[] => {
    const stack: number[] = [];
    for (let node = place; node >= 0; ) {
      stack.push(nodes[2 * node] ?? -1);
      const back = nodes[2 * node + 1] ?? 0;
      node = back === 0 ? -1 : node - back;
    }
    return stack.reverse();
  };
  const samples = ({ rows }: PackedSamples): PageStack[] => {
    const found: PageStack[] = [];
    for (let at = 0; at < rows.length; at += 3) {
      const [place = -1, owner = -1, ns = 0] = rows.slice(at, at + 3);
      found.push({ ...(ownerOf[owner] ?? { element: -1, thread: "" }), ns, stack: stackOf(place) });
    }
    return found;
  };
  return {
    frames: frames.map(([name, module, origin = -1]) => {
      const named = nameOrigins[origin];
      return {
        name: strings[name] ?? "",
        module: strings[module] ?? "",
        ...(named !== undefined && { origin: named }),
      };
    }),
    cpu: samples(cpu),
    wall: wall && samples(wall),
    idle: new Set(idle.map((thread) => strings[thread] ?? "")),
  };
}
