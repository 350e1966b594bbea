// What did each element do? Counts of hops and times of functions, booked on the element that they belong to.
// SPDX-License-Identifier: MPL-2.0

import type { Capture } from "../capture/reader.js";
import { type CellSnapshot, type FlowName, type HistogramCounts, isHop } from "../model/batch.js";
import { addHistogram, distribution, emptyHistogram } from "../model/histogram.js";
import type { ElementSummary } from "../model/summary.js";
import { inclusiveCpu } from "./inclusive.js";
import { elementPath, pathParts } from "./paths.js";

interface Times {
  inclusive: HistogramCounts;
  exclusive: HistogramCounts;
  driver: HistogramCounts;
  queueWait: HistogramCounts;
}

const noTimes = (): Times => ({
  inclusive: emptyHistogram(),
  exclusive: emptyHistogram(),
  driver: emptyHistogram(),
  queueWait: emptyHistogram(),
});

/** Adds cells and samples to elements; elements appear in the order of the topology, unknown ones behind. */
export class ElementTable {
  /** By path. */
  readonly #elements = new Map<string, ElementSummary>();
  readonly #bins = new Set<string>();
  readonly #times = new Map<string, Times>();
  /** Path of the element that a pad belongs to. */
  readonly #pads = new Map<number, string>();
  readonly #sampled: boolean;

  constructor(capture: Capture) {
    this.#sampled = capture.file.settings.sampleRate > 0;
    const paths = new Map<number, string>();
    for (const { id, path, name, factory, plugin, bin, leaky, sync } of capture.topology.elements) {
      paths.set(id, path);
      if (!this.#elements.has(path)) this.#elements.set(path, blank(path, name, factory, plugin));
      if (leaky) this.#element(path).leaky = true;
      if (sync) this.#element(path).sync = true;
      if (!bin) continue;
      this.#bins.add(path);
      this.#element(path).bin = true;
    }
    for (const pad of capture.topology.pads) {
      const path = paths.get(pad.element);
      if (path !== undefined) this.#pads.set(pad.id, path);
    }
    for (const cell of capture.cells) this.#addCell(cell);
    if (capture.complete) this.#settleQueues(capture);
    for (const { path, factory, thread, ns } of capture.cpu?.stacks.samples ?? []) {
      if (path !== "") this.#addCpu(elementPath(path), factory, thread, ns);
    }
    const inclusive = inclusiveCpu(capture);
    if (inclusive === null) return;
    for (const element of this.#elements.values()) element.cpuInclusiveNs = inclusive.get(element.path) ?? 0;
  }

  /** Bins, and what stands for names that did not fit, are listed only if something was booked on them. */
  summaries(): ElementSummary[] {
    const quiet = (e: ElementSummary): boolean => this.#bins.has(e.path) || e.factory === "";
    const booked = (e: ElementSummary): boolean =>
      e.buffersIn > 0 || e.buffersOut > 0 || e.cpuNs > 0 || (e.cpuInclusiveNs ?? 0) > 0;
    return [...this.#elements.values()]
      .filter((e) => !quiet(e) || booked(e))
      .map((e) => {
        const times = this.#times.get(e.path);
        return times === undefined ? e : { ...e, ...this.#timesOf(times, e.cpuNs) };
      });
  }

  /**
   * The function of `pad` ran. For a chain it received what the peer's element sent; for a pull it delivered what the
   * peer's element asked for.
   */
  #addCell(cell: CellSnapshot): void {
    if (!isHop(cell)) {
      this.#addLoopOrQueue(cell);
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
    addHistogram(times.inclusive, cell.inclusive);
    addHistogram(times.exclusive, cell.exclusive);
  }

  #addLoopOrQueue(cell: CellSnapshot): void {
    const path = this.#pads.get(cell.pad);
    if (path === undefined) return;
    const times = this.#timesAt(path);
    if (cell.kind === "driver") addHistogram(times.driver, cell.exclusive);
    if (cell.kind !== "queue") return;
    addHistogram(times.queueWait, cell.inclusive);
    const element = this.#element(path);
    element.drops += cell.dropped;
    element.flushed += cell.flushed;
    const { last, highest } = element.queueLevel ?? { last: 0, highest: 0 };
    element.queueLevel = { last: last + cell.level, highest: Math.max(highest, cell.highestLevel) };
  }

  /**
   * When all is over, what did not come out of a leaky queue was thrown away, and what did not come out of another one lies in
   * it: drops = in − out − level − flushed. Exact also where a queue threw away more at a time than is followed one by one. Not of a queue that gives on copies: those are others.
   */
  #settleQueues(capture: Capture): void {
    const known = capture.cells.filter((cell) => cell.kind === "queue" && cell.buffers > cell.invocations / 2);
    for (const path of new Set(known.map((cell) => this.#pads.get(cell.pad)))) {
      if (path === undefined) continue;
      const element = this.#element(path);
      const left = Math.max(0, element.buffersIn - element.buffersOut - element.flushed - element.drops);
      if (element.leaky) element.drops += left;
      if (element.queueLevel !== null) element.queueLevel.last = element.leaky ? 0 : left;
    }
  }

  /** Wall time is what its functions and its loop took; what the samples did not see on a CPU was blocked. */
  #timesOf(times: Times, cpuNs: number): Partial<ElementSummary> {
    const wallNs = times.exclusive.sumNs + times.driver.sumNs;
    return {
      inclusive: distribution(times.inclusive),
      exclusive: distribution(times.exclusive),
      driver: distribution(times.driver),
      queueWait: distribution(times.queueWait),
      wallNs,
      blockedNs: this.#sampled ? Math.max(0, wallNs - cpuNs) : null,
    };
  }

  #timesAt(path: string): Times {
    const times = this.#times.get(path) ?? noTimes();
    this.#times.set(path, times);
    return times;
  }

  #addCpu(path: string, factory: string, thread: string, ns: number): void {
    const element = this.#element(path, factory);
    element.cpuNs += ns;
    if (thread !== "" && !element.threads.includes(thread)) element.threads.push(thread);
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

function blank(path: string, name: string, factory: string, plugin: string): ElementSummary {
  return {
    path,
    name,
    factory,
    plugin,
    threads: [],
    buffersIn: 0,
    bytesIn: 0,
    buffersOut: 0,
    bytesOut: 0,
    flow: {},
    exclusive: null,
    inclusive: null,
    queueWait: null,
    driver: null,
    reported: null,
    drops: 0,
    flushed: 0,
    queueLevel: null,
    feeds: [],
    leaky: false,
    sync: false,
    bin: false,
    cpuNs: 0,
    cpuInclusiveNs: null,
    wallNs: null,
    blockedNs: null,
  };
}
