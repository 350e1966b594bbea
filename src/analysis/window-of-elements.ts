// What did each element do in one window? Growth of its hops and samples of its threads, added up by path. Pure.
// SPDX-License-Identifier: MPL-2.0

import { type CellKind, isHop } from "../model/batch.js";
import { isBelieved } from "../model/matched.js";
import type { NamedStack } from "../model/named-samples.js";
import {
  addCounts,
  noElement,
  type RecordedElement,
  type RecordedLatency,
  type RecordedWindow,
  type SparseCounts,
} from "../model/recorded-windows.js";
import { elementPath, isWorker, withoutElement } from "./paths.js";
import { READY } from "./thread-states.js";

/** Durations that came in a window. */
export interface GrownTimes {
  sumNs: number;
  buckets: SparseCounts;
}

/** What one hop counted in a window. */
export interface GrownHop {
  kind: CellKind;
  pad: number;
  peer: number;
  buffers: number;
  bytes: number;
  invocations: number;
  dropped: number;
  level: number;
  highestLevel: number;
  inclusive: GrownTimes;
  exclusive: GrownTimes;
}

export interface Places {
  /** Path of a pad's element, or what stands for it; undefined: the pad is not known. */
  ofPad: (pad: number) => string | undefined;
}

type Sums = Pick<RecordedWindow, "otherCpuNs" | "elements" | "latency">;

/** Collects one window: first its hops, then its samples. */
export class WindowOfElements {
  readonly #places: Places;
  readonly #elements = new Map<string, RecordedElement>();
  readonly #pairs = new Map<string, RecordedLatency>();
  #otherCpuNs = 0;

  constructor(places: Places) {
    this.#places = places;
  }

  /** For every hop in every second: sums are made in place, for new objects take longer than all else. */
  addHop(hop: GrownHop): void {
    if (hop.kind === "latency") this.#addLatency(hop);
    else if (isHop(hop)) this.#addFlow(hop);
    else if (hop.kind === "driver") {
      const row = this.#ofPad(hop.pad);
      if (row !== undefined) row.driverNs += hop.exclusive.sumNs;
    } else if (hop.kind === "queue") this.#addQueue(hop);
  }

  addSamples({ stacks }: { stacks: readonly Pick<NamedStack, "owner" | "ns">[] }): void {
    for (const { owner, ns } of stacks) {
      const path = elementPath(owner.path);
      if (path === "") {
        if (owner.blockedOn === "") this.#otherCpuNs += ns;
        continue;
      }
      if (owner.blockedOn === "") this.#row(path).cpuNs += ns;
      else if (owner.blockedOn === READY) this.#row(path).readyNs += ns;
      // Threads of its own wait for work most of the time, which says nothing of the element.
      else if (isWorker(owner.path)) continue;
      else this.#row(path).blockedNs += ns;
    }
  }

  sums(): Sums {
    return {
      otherCpuNs: this.#otherCpuNs,
      elements: [...this.#elements.values()],
      latency: [...this.#pairs.values()],
    };
  }

  /** A chain function received what the peer sent; a pulled one delivered what the peer asked for. */
  #addFlow({ kind, pad, peer, buffers, bytes, exclusive }: GrownHop): void {
    const [mine, other] = [this.#ofPad(pad), this.#ofPad(peer)];
    const [from, to] = kind === "pull" ? [mine, other] : [other, mine];
    if (mine !== undefined) {
      mine.ownNs += exclusive.sumNs;
      mine.own = addCounts(mine.own, exclusive.buckets);
    }
    if (to !== undefined) {
      to.buffersIn += buffers;
      to.bytesIn += bytes;
    }
    if (from !== undefined) from.buffersOut += buffers;
  }

  /** Several pairs of pads of one multiqueue: their levels are added. */
  #addQueue({ pad, dropped, level, highestLevel, inclusive }: GrownHop): void {
    const row = this.#ofPad(pad);
    if (row === undefined) return;
    row.drops += dropped;
    row.level += level;
    row.highestLevel = Math.max(row.highestLevel, highestLevel);
    row.wait = addCounts(row.wait, inclusive.buckets);
  }

  #addLatency({ pad, peer, invocations, buffers, inclusive }: GrownHop): void {
    const [source, sink] = [this.#places.ofPad(peer), this.#places.ofPad(pad)];
    if (source === undefined || sink === undefined || !isBelieved({ invocations, buffers })) return;
    const key = JSON.stringify([source, sink]);
    const known = this.#pairs.get(key) ?? { source, sink, sumNs: 0, times: [] };
    const times = addCounts(known.times, inclusive.buckets);
    this.#pairs.set(key, { ...known, sumNs: known.sumNs + inclusive.sumNs, times });
  }

  #ofPad(pad: number): RecordedElement | undefined {
    const path = this.#places.ofPad(pad);
    return path === undefined ? undefined : this.#row(path);
  }

  #row(path: string): RecordedElement {
    const known = this.#elements.get(path);
    if (known !== undefined) return known;
    const row = noElement(path);
    this.#elements.set(path, row);
    return row;
  }
}

/** As a report's row for a pad without an element is called. */
export const pathOf = (pad: { element: number; name: string }, element: string | undefined): string | undefined =>
  pad.element === 0 ? withoutElement(pad.name) : element;
