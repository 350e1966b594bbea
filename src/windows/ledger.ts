// What did each element do in one window? Growth of its hops and time of its samples, booked in columns by the element's path.
// SPDX-License-Identifier: MPL-2.0

import { elementPath, isWorker } from "../analysis/paths.js";
import { isHop } from "../model/batch.js";
import type { NamedSamples, NamedStack } from "../model/named-samples.js";
import type { Topology } from "../model/topology.js";
import { failures, GROWN_WIDTH, type Growth, grownColumns, type Hop } from "./growth.js";

/** Of an element's row. Failures follow, each by its place in the list. */
export const did = {
  ...{ buffersIn: 0, buffersOut: 1, bytesIn: 2, ownNs: 3, driverNs: 4, queueWaitNs: 5, drops: 6, level: 7, highest: 8 },
  ...{ cpuNs: 9, readyNs: 10, blockedNs: 11, runningNs: 12, worked: 13, failures: 14 },
} as const;
const WIDTH = did.failures + failures.length;
const NOBODY = -1;

/** In whose rows a hop is booked. */
interface Places {
  mine: number;
  from: number;
  to: number;
}

/** Whose a sample is: known by the path that its owner has. */
interface Owner {
  row: number;
  isWorker: boolean;
}

/** A target with ever new elements has ever new owners. */
const MOST_OWNERS = 20_000;

export class Ledger {
  readonly #topology: Topology;
  #generation = -1;
  #hops: readonly Hop[] = [];
  /** By path: first the rows of elements, then what places hops have in them. */
  #rows = new Map<string, number>();
  #places: readonly Places[] = [];
  #owners = new Map<string, Owner>();
  #sums = new Float64Array(0);
  /** Nanoseconds by system call, of those that were blocked. */
  readonly #blockedOn = new Map<number, Record<string, number>>();

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** Of one window; the former one is forgotten. */
  book(growth: Growth, samples: NamedSamples): void {
    if (this.#generation !== this.#topology.generation) this.#makeRows();
    if (this.#hops !== growth.hops) this.#placeHops(growth.hops);
    this.#sums.fill(0);
    this.#blockedOn.clear();
    for (let hop = 0; hop < this.#places.length; hop++) this.#bookHop(growth, hop);
    for (const stack of samples.stacks) this.#bookSample(stack);
  }

  /** -1: nothing is known of such an element. */
  row(path: string): number {
    return this.#rows.get(path) ?? NOBODY;
  }

  of(row: number, column: number): number {
    return this.#sums[row * WIDTH + column] ?? 0;
  }

  blockedOn(row: number): Readonly<Record<string, number>> {
    return this.#blockedOn.get(row) ?? {};
  }

  /** Flow returns other than success. */
  failed(row: number): number {
    let sum = 0;
    for (let i = 0; i < failures.length; i++) sum += this.of(row, did.failures + i);
    return sum;
  }

  #makeRows(): void {
    const { elements, generation } = this.#topology;
    this.#generation = generation;
    this.#rows = new Map();
    for (const { path } of elements.values()) if (!this.#rows.has(path)) this.#rows.set(path, this.#rows.size);
    this.#sums = new Float64Array(this.#rows.size * WIDTH);
    this.#owners.clear();
    this.#hops = [];
  }

  #placeHops(hops: readonly Hop[]): void {
    this.#hops = hops;
    this.#places = hops.map(({ kind, pad, peer }) => {
      const [mine, other] = [this.#rowOfPad(pad), this.#rowOfPad(peer)];
      if (!isHop({ kind })) return { mine, from: NOBODY, to: NOBODY };
      return kind === "pull" ? { mine, from: mine, to: other } : { mine, from: other, to: mine };
    });
  }

  #rowOfPad(pad: number): number {
    return this.row(this.#topology.elementOfPad(pad)?.path ?? "");
  }

  #bookHop(growth: Growth, hop: number): void {
    const { mine, from, to } = this.#places[hop] as Places;
    const { kind } = this.#hops[hop] as Hop;
    const at = hop * GROWN_WIDTH;
    const grown = (column: number): number => growth.grown[at + column] as number;
    if (kind === "driver") this.#add(mine, did.driverNs, grown(grownColumns.exclusiveNs));
    else if (kind === "queue") this.#bookQueue(mine, growth, hop);
    else {
      this.#add(to, did.buffersIn, grown(grownColumns.buffers));
      this.#add(to, did.bytesIn, grown(grownColumns.bytes));
      this.#add(from, did.buffersOut, grown(grownColumns.buffers));
      this.#add(mine, did.ownNs, grown(grownColumns.exclusiveNs));
      for (let i = 0; i < failures.length; i++) this.#add(mine, did.failures + i, grown(grownColumns.failures + i));
    }
  }

  /** A queue with several pads has several hops. */
  #bookQueue(row: number, growth: Growth, hop: number): void {
    const at = hop * GROWN_WIDTH;
    this.#add(row, did.queueWaitNs, growth.grown[at + grownColumns.inclusiveNs] as number);
    this.#add(row, did.drops, growth.grown[at + grownColumns.dropped] as number);
    this.#add(row, did.level, growth.levels[hop] as number);
    const more = (growth.highest[hop] as number) - this.of(row, did.highest);
    if (more > 0) this.#add(row, did.highest, more);
  }

  /** Threads of an element's own are CPU time of it; that they wait for work delays no buffer. */
  #bookSample({ owner: { path, blockedOn }, ns }: NamedStack): void {
    const { row, isWorker } = this.#owners.get(path) ?? this.#newOwner(path);
    if (row === NOBODY) return;
    if (isWorker) this.#add(row, did.worked, 1);
    if (blockedOn === "") this.#add(row, did.cpuNs, ns);
    if (isWorker) return;
    if (blockedOn === "") this.#add(row, did.runningNs, ns);
    else if (blockedOn === READY) this.#add(row, did.readyNs, ns);
    else this.#bookBlocked(row, blockedOn, ns);
  }

  #bookBlocked(row: number, call: string, ns: number): void {
    this.#add(row, did.blockedNs, ns);
    const calls = this.#blockedOn.get(row) ?? Object.create(null);
    calls[call] = (calls[call] ?? 0) + ns;
    this.#blockedOn.set(row, calls);
  }

  #newOwner(path: string): Owner {
    if (this.#owners.size > MOST_OWNERS) this.#owners.clear();
    const owner = { row: this.row(elementPath(path)), isWorker: isWorker(path) };
    this.#owners.set(path, owner);
    return owner;
  }

  #add(row: number, column: number, more: number): void {
    if (row !== NOBODY) this.#sums[row * WIDTH + column] = (this.#sums[row * WIDTH + column] as number) + more;
  }
}

/** What a sample waits in whose thread could have run: its turn on a CPU. */
const READY = "cpu";
