// Which labels does a sample carry? Element and thread in, one small number for each combination out. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { SampleBatch } from "./batch.js";
import { type CappedLabel, labelCaps, OVERFLOW } from "./label-policy.js";
import type { Topology } from "./topology.js";

export interface SampleLabels {
  /** Each "" when unknown. */
  pipeline: string;
  element: string;
  factory: string;
  thread: string;
  /** The element's real path, "(driver:<path>)" between pushes, "" for none: for a capture, never for a server. */
  path: string;
  /** Directory ids of all elements that the sample is inside of, innermost first, "" for none: for a capture as well. */
  chain: string;
}

/** Set in a sample's element: the thread was between two pushes, in the loop of that element (native/wire/records.h). */
const DRIVER = 2 ** 31;
const NO_CHAIN = new Uint32Array(0);
const MAX_KNOWN = 5000;

/** Reached by element, thread and chain, one id after the other: finding it makes no object. */
interface Known {
  number: number;
  next: Map<number, Known>;
}
const UNKNOWN = -1;
const perLabel = <T>(make: () => T): Record<CappedLabel, T> =>
  Object.fromEntries(Object.keys(labelCaps).map((label) => [label, make()])) as Record<CappedLabel, T>;
const unknown = (): Known => ({ number: UNKNOWN, next: new Map() });

export class LabelSets {
  /** Values that were not allowed any more, by label. */
  readonly overflowed = perLabel(() => 0);
  readonly #topology: Topology;
  readonly #caps: Readonly<Record<CappedLabel, number>>;
  /** Value as it is to value as it is shown. */
  readonly #values = perLabel(() => new Map<string, string>());
  readonly #numbers = new Map<string, number>();
  /** For as long as the topology says the same. */
  #known = unknown();
  #knownSize = 0;
  #generation = 0;
  readonly #sets: SampleLabels[] = [];

  constructor(topology: Topology, caps = labelCaps) {
    this.#topology = topology;
    this.#caps = caps;
  }

  labelSet(batch: SampleBatch, index: number): number {
    const element = batch.element[index] ?? 0;
    const thread = batch.thread[index] ?? 0;
    const from = batch.chainStart[index] ?? 0;
    const to = batch.chainStart[index + 1] ?? 0;
    let known = this.#next(this.#next(this.#current(), element), thread);
    for (let at = from; at < to; at++) known = this.#next(known, batch.chain[at] ?? 0);
    if (known.number === UNKNOWN) known.number = this.numberOf(element, thread, batch.chain.subarray(from, to));
    return known.number;
  }

  /** Of directory ids. Equal numbers, equal labels, for as long as this object lives. */
  numberOf(element: number, thread: number, chain: Uint32Array = NO_CHAIN): number {
    const threadLabel = this.#topology.threadLabel(thread);
    const id = element >= DRIVER ? element - DRIVER : element;
    const known = this.#topology.elements.has(id) ? id : 0;
    const driver = known !== 0 && known !== element;
    const inside = chain.join(" ");
    const key = `${known} ${driver} ${inside} ${threadLabel}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#sets.push(this.#describe(known, driver, threadLabel, inside)) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  #current(): Known {
    if (this.#generation !== this.#topology.generation || this.#knownSize > MAX_KNOWN) {
      this.#generation = this.#topology.generation;
      this.#known = unknown();
      this.#knownSize = 0;
    }
    return this.#known;
  }

  #next(from: Known, id: number): Known {
    let known = from.next.get(id);
    if (known === undefined) {
      known = unknown();
      from.next.set(id, known);
      this.#knownSize++;
    }
    return known;
  }

  labels(number: number): SampleLabels {
    return this.#sets[number] ?? { pipeline: "", element: "", factory: "", thread: "", path: "", chain: "" };
  }

  /** A value as it is shown everywhere, "(other)" beyond the cap. */
  shown(label: CappedLabel, value: string): string {
    if (value === "") return "";
    const values = this.#values[label];
    const known = values.get(value);
    if (known !== undefined) return known;
    const full = values.size >= this.#caps[label];
    if (full) this.overflowed[label]++;
    // The refused are remembered as well, so that each counts once; the directory bounds how many there can be.
    values.set(value, full ? OVERFLOW : value);
    return full ? OVERFLOW : value;
  }

  #describe(id: number, driver: boolean, thread: string, chain: string): SampleLabels {
    const element = this.#topology.elements.get(id);
    const pipeline = this.#topology.pipelines.get(element?.pipeline ?? 0);
    return {
      pipeline: this.shown("pipeline", pipeline?.label ?? ""),
      element: this.shown("element", element?.label ?? ""),
      factory: this.shown("factory", element?.factory ?? ""),
      thread: this.shown("thread", thread),
      path: element === undefined ? "" : driver ? `(driver:${element.path})` : element.path,
      chain,
    };
  }
}
