// What does `report --json` print of one element?
// SPDX-License-Identifier: MPL-2.0

import type { FlowName } from "./batch.js";

/** A distribution of durations. count = sum of buckets; percentiles are interpolated and lie within [min, max]. */
export interface Distribution {
  count: number;
  sumNs: number;
  minNs: number;
  maxNs: number;
  p50Ns: number;
  p90Ns: number;
  p99Ns: number;
}

export interface ElementSummary {
  /** pipeline/bin/element with the real names; a "/" inside a name is escaped as "\/". */
  path: string;
  name: string;
  factory: string;
  plugin: string;
  /** Names of the threads whose samples fell on it. */
  threads: string[];
  buffersIn: number;
  bytesIn: number;
  /** Received by the peers. */
  buffersOut: number;
  bytesOut: number;
  /** What the element returned to its callers, by flow return; only those that occurred. */
  flow: Partial<Record<FlowName, number>>;
  exclusive: Distribution | null;
  inclusive: Distribution | null;
  queueWait: Distribution | null;
  driver: Distribution | null;
  /** What it says that it adds to the latency; `maxNs` is null where it sets no limit. */
  reported: { live: boolean; minNs: number; maxNs: number | null } | null;
  /** From a buffer's arrival to the push that followed; measured when the parameter `flags` asks for element. */
  transit: Distribution | null;
  /** Its event functions, and its query functions; null below a tenth of a millisecond. */
  events: Spent | null;
  queries: Spent | null;
  /** Between its pushes and the next function; with timing=hooks, like the next one. */
  link: Spent | null;
  /** Changes of its state, without those of its children, as "null-ready". */
  states: Record<string, Spent>;
  /** Of a queue that is leaky: went in and never came out. */
  drops: number;
  /** Of a queue: thrown away by a flush; none of the drops. */
  flushed: number;
  /** Of a queue: buffers inside when the last one was taken, and the most at a time, one that waits for room included. */
  queueLevel: { last: number; highest: number } | null;
  /** Paths of the elements that received its buffers. */
  feeds: string[];
  /** A queue that throws away what does not fit. */
  leaky: boolean;
  /** A sink that waits for the clock: what it is blocked is that wait. */
  sync: boolean;
  /** A bin: a row of its own where something burned inside of it. */
  bin: boolean;
  cpuNs: number;
  /** CPU time of it and of everything that it called, downstream or inside; null where stacks do not name elements. */
  cpuInclusiveNs: number | null;
  /** Of its functions and its loop; of calls that have not returned, as the wall profile saw it. */
  wallNs: number | null;
  /** Of threads that worked for it, by the wall profile: ready, but on no CPU; blocked; null without one. */
  readyNs: number | null;
  blockedNs: number | null;
  /** In which system calls; sums to blockedNs. */
  blockedOn: Record<string, number> | null;
}

/** Calls, and the time that they took. */
export interface Spent {
  count: number;
  sumNs: number;
  maxNs: number;
}
