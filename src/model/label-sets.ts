// Which labels does a sample carry? Element, thread and chain in, one small number for each combination out. Pure.
// SPDX-License-Identifier: MPL-2.0

import { type CappedLabel, labelCaps, OVERFLOW } from "./label-policy.js";
import type { ElementInfo, Topology } from "./topology.js";
import { ELEMENT_DRIVER } from "./wire.js";

export interface SampleLabels {
  /** Each "" when unknown. */
  pipeline: string;
  element: string;
  factory: string;
  thread: string;
  /** Its real name, "#2" for the second living one: for a capture, never for a server. */
  thread_name: string;
  /** The element's real path, "(driver:<path>)" between pushes, "(worker:<path>)", "(factory:<name>)", "" for none: for a capture, never for a server. */
  path: string;
  /** Directory ids of all elements that the sample is inside of, innermost first, "" for none: for a capture as well. */
  chain: string;
}

const NO_CHAIN = new Uint32Array(0);
/** Numbers that are remembered: a target with ever new kinds of samples pushes out the oldest and does not fill our memory. */
const MAX_SETS = 20_000;
/** Values that are remembered of one label, those beyond its cap among them. */
const MAX_VALUES = 20_000;

/** What a label set was made of: directory ids. */
export interface LabelIds {
  /** 0 = none. */
  element: number;
  thread: number;
  chain: readonly number[];
}

const allOf = (value: string): SampleLabels => ({
  pipeline: value,
  element: value,
  factory: value,
  thread: value,
  thread_name: value,
  path: "",
  chain: "",
});
const NOTHING = allOf("");
const FORGOTTEN = allOf(OVERFLOW);
const NO_IDS: LabelIds = { element: 0, thread: 0, chain: [] };
const perLabel = <T>(make: () => T): Record<CappedLabel, T> =>
  Object.fromEntries(Object.keys(labelCaps).map((label) => [label, make()])) as Record<CappedLabel, T>;

export class LabelSets {
  /** Values that were not allowed any more, by label. */
  readonly overflowed = perLabel(() => 0);
  readonly #topology: Topology;
  readonly #caps: Readonly<Record<CappedLabel, number>>;
  /** Value as it is to value as it is shown. */
  readonly #values = perLabel(() => new Map<string, string>());
  readonly #numbers = new Map<string, number>();
  /** By number, the oldest first. */
  readonly #sets = new Map<number, { key: string; labels: SampleLabels; ids: LabelIds }>();
  #lastNumber = 0;
  /** Numbers that mean nothing any more. */
  #forgotten = 0;

  constructor(topology: Topology, caps = labelCaps) {
    this.#topology = topology;
    this.#caps = caps;
  }

  /** While it is the same, the same ids have the same number: one question is enough. */
  get version(): number {
    return this.#topology.generation + this.#forgotten;
  }

  /** Of directory ids. Equal numbers, equal labels, for as long as this object lives. */
  numberOf(element: number, thread: number, chain: Uint32Array = NO_CHAIN): number {
    const id = element >= ELEMENT_DRIVER ? element - ELEMENT_DRIVER : element;
    const known = this.#topology.elements.has(id) ? id : 0;
    const driver = known !== 0 && known !== element;
    const inside = chain.join(" ");
    const key = `${known} ${driver} ${inside} ${this.#threadKey(thread)}`;
    const ids = { element: known, thread, chain: [...chain] };
    return this.#numbers.get(key) ?? this.#add(key, this.#describe(known, driver, thread, inside), ids);
  }

  /** Of a thread whose loop is the element's. */
  numberOfDriver(element: number, thread: number): number {
    return this.numberOf(element + ELEMENT_DRIVER, thread);
  }

  /** Of a thread of the element's own, that never crosses a pad. */
  numberOfWorker(element: number, thread: number): number {
    const key = `worker ${element} ${this.#threadKey(thread)}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const labels = this.#describe(element, false, thread, "");
    return this.#add(key, { ...labels, path: `(worker:${labels.path})` }, { ...NO_IDS, element, thread });
  }

  /** Of a thread that works for one of these elements of one factory; for which of them is not known. */
  numberOfFactory(elements: readonly ElementInfo[], thread: number): number {
    const { factory = "" } = elements[0] ?? {};
    const pipelines = new Set(elements.map(({ pipeline }) => pipeline));
    const only = pipelines.size === 1 ? this.#topology.pipelines.get([...pipelines][0] ?? 0) : undefined;
    const labels: SampleLabels = {
      pipeline: this.shown("pipeline", only?.label ?? ""),
      element: "",
      factory: this.shown("factory", factory),
      ...this.#threadOf(thread),
      path: `(factory:${factory})`,
      chain: "",
    };
    const key = `factory ${factory} ${labels.pipeline} ${this.#threadKey(thread)}`;
    return this.#numbers.get(key) ?? this.#add(key, labels, { ...NO_IDS, thread });
  }

  /** Of an element by its directory id, whatever thread works for it. */
  ofElement(element: number): SampleLabels {
    return this.labels(this.numberOf(element, 0));
  }

  ids(number: number): LabelIds {
    return this.#sets.get(number)?.ids ?? NO_IDS;
  }

  #add(key: string, labels: SampleLabels, ids: LabelIds): number {
    const number = this.#lastNumber++;
    this.#sets.set(number, { key, labels, ids });
    this.#numbers.set(key, number);
    if (this.#sets.size > MAX_SETS) this.#forgetOldest();
    return number;
  }

  #forgetOldest(): void {
    for (const [number, { key }] of this.#sets) {
      this.#sets.delete(number);
      this.#numbers.delete(key);
      break;
    }
    this.#forgotten++; // the number may be kept where it was asked for
  }

  labels(number: number): SampleLabels {
    return this.#sets.get(number)?.labels ?? (number < this.#lastNumber ? FORGOTTEN : NOTHING);
  }

  /** A value as it is shown everywhere, "(other)" beyond the cap. */
  shown(label: CappedLabel, value: string): string {
    if (value === "") return "";
    const values = this.#values[label];
    const known = values.get(value);
    if (known !== undefined) return known;
    const full = values.size >= this.#caps[label];
    if (full) this.overflowed[label]++;
    // The refused are remembered as well, so that each counts once, unless there are far too many.
    if (values.size < MAX_VALUES) values.set(value, full ? OVERFLOW : value);
    return full ? OVERFLOW : value;
  }

  #threadKey(thread: number): string {
    return `${this.#topology.threadLabel(thread)} ${this.#topology.threadPath(thread)}`;
  }

  #threadOf(thread: number): Pick<SampleLabels, "thread" | "thread_name"> {
    return {
      thread: this.shown("thread", this.#topology.threadLabel(thread)),
      thread_name: this.#topology.threadPath(thread),
    };
  }

  #describe(id: number, driver: boolean, thread: number, chain: string): SampleLabels {
    const element = this.#topology.elements.get(id);
    const pipeline = this.#topology.pipelines.get(element?.pipeline ?? 0);
    return {
      pipeline: this.shown("pipeline", pipeline?.label ?? ""),
      element: this.shown("element", element?.label ?? ""),
      factory: this.shown("factory", element?.factory ?? ""),
      ...this.#threadOf(thread),
      path: element === undefined ? "" : driver ? `(driver:${element.path})` : element.path,
      chain,
    };
  }
}
