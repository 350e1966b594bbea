// What did each element do in one window? Growth of its hops and samples of its threads, added up by path. Pure.
// SPDX-License-Identifier: MPL-2.0

import { type CellKind, isHop } from "../model/batch.js";
import { isBelieved } from "../model/matched.js";
import type { NamedSamples } from "../model/named-samples.js";
import {
  addCounts,
  addElements,
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

  addHop(hop: GrownHop): void {
    if (hop.kind === "latency") this.#addLatency(hop);
    else if (isHop(hop)) this.#addFlow(hop);
    else if (hop.kind === "driver") this.#add(hop.pad, { driverNs: hop.exclusive.sumNs });
    else if (hop.kind === "queue") this.#addQueue(hop);
  }

  addSamples({ stacks }: Pick<NamedSamples, "stacks">): void {
    for (const { owner, ns } of stacks) {
      const path = elementPath(owner.path);
      if (owner.blockedOn === "") {
        if (path === "") this.#otherCpuNs += ns;
        else this.#addTo(path, { cpuNs: ns });
      } else if (path !== "" && !isWorker(owner.path))
        this.#addTo(path, owner.blockedOn === READY ? { readyNs: ns } : { blockedNs: ns });
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
  #addFlow(hop: GrownHop): void {
    const { buffers, bytes, exclusive } = hop;
    this.#add(hop.pad, { ownNs: exclusive.sumNs, own: exclusive.buckets });
    const [from, to] = hop.kind === "pull" ? [hop.pad, hop.peer] : [hop.peer, hop.pad];
    this.#add(to, { buffersIn: buffers, bytesIn: bytes });
    this.#add(from, { buffersOut: buffers });
  }

  #addQueue({ pad, dropped, level, highestLevel, inclusive }: GrownHop): void {
    const path = this.#places.ofPad(pad);
    if (path === undefined) return;
    // Several pairs of pads of one multiqueue: their levels are added.
    const before = this.#elements.get(path)?.level ?? 0;
    this.#addTo(path, { drops: dropped, level: before + level, highestLevel, wait: inclusive.buckets });
  }

  #addLatency({ pad, peer, invocations, buffers, inclusive }: GrownHop): void {
    const [source, sink] = [this.#places.ofPad(peer), this.#places.ofPad(pad)];
    if (source === undefined || sink === undefined || !isBelieved({ invocations, buffers })) return;
    const key = JSON.stringify([source, sink]);
    const known = this.#pairs.get(key) ?? { source, sink, sumNs: 0, times: [] };
    const times = addCounts(known.times, inclusive.buckets);
    this.#pairs.set(key, { ...known, sumNs: known.sumNs + inclusive.sumNs, times });
  }

  #add(pad: number, more: Partial<RecordedElement>): void {
    const path = this.#places.ofPad(pad);
    if (path !== undefined) this.#addTo(path, more);
  }

  #addTo(path: string, more: Partial<RecordedElement>): void {
    const known = this.#elements.get(path) ?? noElement(path);
    this.#elements.set(path, addElements(known, { ...noElement(path), level: known.level, ...more }));
  }
}

/** As a report's row for a pad without an element is called. */
export const pathOf = (pad: { element: number; name: string }, element: string | undefined): string | undefined =>
  pad.element === 0 ? withoutElement(pad.name) : element;
