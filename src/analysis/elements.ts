// What did each element do? Counts of hops and times of functions, booked on the element that they belong to.
// SPDX-License-Identifier: MPL-2.0

import { type CellSnapshot, type FlowName, type HistogramCounts, isHop } from "../model/batch.js";
import type { ElementSummary, Spent } from "../model/element-summary.js";
import { ENDED_ID } from "../model/ended.js";
import { addHistogram, distribution, emptyHistogram } from "../model/histogram.js";
import type { StackSample } from "../model/recorded-profiles.js";
import type { Recording } from "../model/recording.js";
import { blank } from "./blank-element.js";
import { inclusiveCpu } from "./inclusive.js";
import { elementPath, pathParts, withoutElement } from "./paths.js";
import { bookQueue, passesOn, settleQueue } from "./queue-counts.js";
import { ElementStates } from "./thread-states.js";

const timed = ["inclusive", "exclusive", "driver", "queueWait", "transit"] as const;
type TimeName = (typeof timed)[number];
type Times = Partial<Record<TimeName, HistogramCounts>>;

/** Names of threads that are kept of one element: how many there are is up to the program. */
const MAX_THREADS = 500;

/** So many hops ended that some have no row: then whatever has no counts may have been theirs. */
export const isSummed = ({ cells }: Pick<Recording, "cells">): boolean => cells.some(({ pad }) => pad === ENDED_ID);

/** What it reads of a recording. */
export type Booked = Pick<Recording, "topology" | "cells" | "complete" | "cpu" | "wall">;

/** Adds cells and samples to elements; elements appear in the order of the topology, unknown ones behind. */
export class ElementTable {
  /** By path. */
  readonly #elements = new Map<string, ElementSummary>();
  /** Bins, and what has no pipeline (yet) or one of a former name. */
  readonly #quiet = new Set<string>();
  readonly #times = new Map<string, Times>();
  /** Path of an element; of the one that a pad belongs to. */
  readonly #paths = new Map<number, string>();
  readonly #pads = new Map<number, string>();
  /** Histograms that are sums of our own; all others are those of cells, and stay as they are. */
  readonly #sums = new Set<HistogramCounts>();
  readonly #states = new ElementStates();

  constructor(capture: Booked) {
    const gone = new Set(["", ...(capture.topology.renamed ?? [])]);
    const summed = isSummed(capture);
    for (const { id, path, pipeline, name, factory, plugin, bin, leaky, sync } of capture.topology.elements) {
      this.#paths.set(id, path);
      if (!this.#elements.has(path)) this.#elements.set(path, blank(path, name, factory, plugin));
      if (leaky) this.#element(path).leaky = true;
      if (sync) this.#element(path).sync = true;
      if (bin || summed || gone.has(pipeline)) this.#quiet.add(path);
      if (bin) this.#element(path).bin = true;
    }
    for (const pad of capture.topology.pads) {
      const path = pad.element === 0 ? withoutElement(pad.name) : this.#paths.get(pad.element);
      if (path !== undefined) this.#pads.set(pad.id, path);
    }
    for (const cell of capture.cells) this.#addCell(cell);
    if (capture.complete) this.#settleQueues(capture);
    for (const { path, factory, thread, ns } of capture.cpu?.stacks.samples ?? []) {
      const own = elementPath(path);
      if (own !== "") this.#addCpu(own, factory, thread, ns);
    }
    if (capture.wall !== null) this.#addStates(capture.wall.stacks.samples);
    const inclusive = inclusiveCpu(capture);
    if (inclusive === null) return;
    for (const element of this.#elements.values()) element.cpuInclusiveNs = inclusive.get(element.path) ?? 0;
  }

  /** Bins, elements linked before they were put anywhere, and what stands for names that did not fit: only if something was booked on them. */
  summaries(): ElementSummary[] {
    const quiet = (e: ElementSummary): boolean => this.#quiet.has(e.path) || e.factory === "";
    const booked = (e: ElementSummary): boolean =>
      e.buffersIn > 0 || e.buffersOut > 0 || e.cpuNs > 0 || (e.cpuInclusiveNs ?? 0) > 0;
    return [...this.#elements.values()]
      .filter((e) => !quiet(e) || booked(e))
      .map((e) => {
        const times = this.#times.get(e.path);
        const timed = times === undefined ? e : { ...e, ...timesOf(times, e) };
        const seenNs = this.#states.seenNs(e);
        return seenNs > (timed.wallNs ?? 0) ? { ...timed, wallNs: seenNs } : timed;
      });
  }

  /**
   * The function of `pad` ran. For a chain it received what the peer's element sent; for a pull it delivered what the
   * peer's element asked for.
   */
  #addCell(cell: CellSnapshot): void {
    if (!isHop(cell)) {
      this.#addBeside(cell);
      return;
    }
    const mine = this.#pads.get(cell.pad);
    const other = this.#pads.get(cell.peer);
    const [from, to] = cell.kind === "pull" ? [mine, other] : [other, mine];
    if (to !== undefined) {
      const element = this.#element(to);
      element.buffersIn += cell.buffers;
      element.bytesIn += cell.bytes;
    }
    if (from !== undefined) {
      const element = this.#element(from);
      element.buffersOut += cell.buffers;
      element.bytesOut += cell.bytes;
    }
    if (mine !== undefined) this.#addTimes(mine, cell);
    if (from === undefined || to === undefined || cell.buffers === 0) return;
    const { feeds } = this.#element(from);
    if (!feeds.includes(to)) feeds.push(to);
  }

  #addTimes(path: string, cell: CellSnapshot): void {
    const element = this.#element(path);
    for (const [name, n] of Object.entries(cell.flow) as [FlowName, number][]) {
      if (n > 0) element.flow[name] = (element.flow[name] ?? 0) + n;
    }
    const times = this.#timesAt(path);
    this.#add(times, "inclusive", cell.inclusive);
    this.#add(times, "exclusive", cell.exclusive);
  }

  #addBeside(cell: CellSnapshot): void {
    const path =
      cell.kind === "state"
        ? this.#paths.get(cell.pad)
        : this.#pads.get(cell.kind === "transit" ? cell.peer : cell.pad);
    if (path === undefined) return;
    const times = this.#timesAt(path);
    const element = this.#element(path);
    if (cell.kind === "driver") this.#add(times, "driver", cell.exclusive);
    else if (cell.kind === "queue") this.#add(times, "queueWait", cell.inclusive);
    else if (cell.kind === "transit") this.#add(times, "transit", cell.inclusive);
    else if (cell.kind === "reported") element.reported = report(element.reported, cell);
    else if (cell.kind === "event") element.events = spend(element.events, cell);
    else if (cell.kind === "query") element.queries = spend(element.queries, cell);
    else if (cell.kind === "link") element.link = spend(element.link, cell);
    else if (cell.kind === "state") {
      const change = stateChange(cell.peer);
      element.states[change] = spend(element.states[change] ?? null, cell);
    }
    if (cell.kind === "queue") bookQueue(element, cell);
  }

  #settleQueues(capture: Booked): void {
    const known = capture.cells.filter(passesOn);
    for (const path of new Set(known.map((cell) => this.#pads.get(cell.pad)))) {
      if (path !== undefined) settleQueue(this.#element(path));
    }
  }

  /** Most elements have one cell for each: only a second one makes a sum. */
  #add(times: Times, name: TimeName, more: HistogramCounts): void {
    const known = times[name];
    if (known === undefined) {
      times[name] = more;
      return;
    }
    const sum = this.#sums.has(known) ? known : emptyHistogram();
    if (sum !== known) addHistogram(sum, known);
    addHistogram(sum, more);
    this.#sums.add(sum);
    times[name] = sum;
  }

  #timesAt(path: string): Times {
    const times = this.#times.get(path) ?? {};
    this.#times.set(path, times);
    return times;
  }

  #addStates(samples: Iterable<StackSample>): void {
    for (const sample of samples) {
      const own = elementPath(sample.path);
      if (own !== "") this.#states.add(this.#element(own, sample.factory), sample);
    }
    for (const element of this.#elements.values()) this.#states.book(element);
  }

  #addCpu(path: string, factory: string, thread: string, ns: number): void {
    const element = this.#element(path, factory);
    element.cpuNs += ns;
    const room = element.threads.length < MAX_THREADS;
    if (room && thread !== "" && !element.threads.includes(thread)) element.threads.push(thread);
  }

  /** Samples may name an element that a damaged topology does not. */
  #element(path: string, factory = ""): ElementSummary {
    let element = this.#elements.get(path);
    if (element === undefined) {
      element = blank(path, pathParts(path).at(-1) ?? path, factory, "");
      this.#elements.set(path, element);
    }
    return element;
  }
}

const spend = (spent: Spent | null, { invocations, exclusive }: CellSnapshot): Spent => ({
  count: (spent?.count ?? 0) + invocations,
  sumNs: (spent?.sumNs ?? 0) + exclusive.sumNs,
  maxNs: Math.max(spent?.maxNs ?? 0, exclusive.maxNs ?? 0),
});

/** Several source pads of one element: the slowest counts. */
function report(known: ElementSummary["reported"], { bytes, level, highestLevel }: CellSnapshot) {
  const maxNs = highestLevel >= 2 ** 63 ? null : highestLevel;
  if (known === null) return { live: bytes === 1, minNs: level, maxNs };
  return {
    live: known.live || bytes === 1,
    minNs: Math.max(known.minNs, level),
    maxNs: known.maxNs === null || maxNs === null ? null : Math.max(known.maxNs, maxNs),
  };
}

/** Wall time is what its functions and its loop took. */
function timesOf(times: Times, { events, queries }: ElementSummary): Partial<ElementSummary> {
  const sumNs = (of: { sumNs: number } | null | undefined): number => of?.sumNs ?? 0;
  const found = Object.entries(times).map(([name, sum]) => [name, distribution(sum)]);
  return {
    ...Object.fromEntries(found),
    wallNs: sumNs(times.exclusive) + sumNs(times.driver) + sumNs(events) + sumNs(queries),
  };
}

const stateNames = ["void", "null", "ready", "paused", "playing"];
const stateChange = (code: number): string => `${stateNames[code >> 3] ?? ""}-${stateNames[code & 7] ?? ""}`;
