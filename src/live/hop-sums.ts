// What did each hop count in several windows together? Packed counts in, cells as a capture has them out, and when it took how long.
// SPDX-License-Identifier: MPL-2.0

import { type CellSnapshot, type FlowName, type HistogramCounts, isHop } from "../model/batch.js";
import { GRID_BUCKETS, gridBoundsSeconds } from "../model/histogram.js";
import { HISTORY_COLUMNS, HISTORY_ROWS, type HopHistory, rowOf, spreadCalls } from "../model/recorded-history.js";
import { flowNames } from "../model/wire.js";
import { CountsWriter, countNames, eachHop, type HopCounts, type SparseTimes } from "./packed-counts.js";
import type { SeenHop, SeenHops } from "./seen-hops.js";

/** A window's counts, and when they came. */
export interface CountedWindow {
  atNs: number;
  durationNs: number;
  packed: Uint8Array;
}

/** Of one hop. Its histograms have a shortest or longest duration only where a window brought one. */
interface Sums extends Pick<CellSnapshot, "level" | "highestLevel" | "inclusive" | "exclusive"> {
  /** As `countNames` has them. */
  counts: number[];
  flow: number[];
  raisedLevel: number;
}

const noSums = (): Sums => ({
  counts: countNames.map(() => 0),
  level: 0,
  highestLevel: 0,
  inclusive: noTimes(),
  exclusive: noTimes(),
  flow: flowNames.map(() => 0),
  raisedLevel: 0,
});

/** Of all that have none: most hops have one of their two at most, and a histogram is 2 kB. Nobody writes into it. */
const noCounts = new Float64Array(GRID_BUCKETS);
const noTimes = (): HistogramCounts => ({ counts: noCounts, sumNs: 0, minNs: null, maxNs: null });

/** Histograms as pieces of a few large ones: each array of its own would be memory of its own outside of the heap. */
class HistogramRoom {
  #room = new Float64Array();

  take(): Float64Array {
    if (this.#room.length === 0) this.#room = new Float64Array(HISTOGRAMS_AT_ONCE * GRID_BUCKETS);
    const counts = this.#room.subarray(0, GRID_BUCKETS);
    this.#room = this.#room.subarray(GRID_BUCKETS);
    return counts;
  }
}

const HISTOGRAMS_AT_ONCE = 32;

/** Of hops by their number. */
export class HopSums {
  readonly #sums = new Map<number, Sums>();
  readonly #room = new HistogramRoom();

  constructor(windows: readonly Pick<CountedWindow, "packed">[] = []) {
    for (const window of windows) this.add(window);
  }

  add({ packed }: Pick<CountedWindow, "packed">): void {
    eachHop(packed, (counts) => this.#add(counts));
  }

  /** The same as one window. */
  packed(): Uint8Array {
    const writer = new CountsWriter();
    for (const [hop, sums] of this.#sums) {
      writer.add({
        hop,
        counts: sums.counts,
        level: sums.level,
        highest: sums.raisedLevel,
        flow: sums.flow.flatMap((n, place) => (n > 0 ? [place, n] : [])),
        inclusive: sparse(sums.inclusive),
        exclusive: sparse(sums.exclusive),
      });
    }
    return writer.take();
  }

  /** As cells: of hops that counted something, and of all that are there. */
  cells(hops: Pick<SeenHops, "all">): CellSnapshot[] {
    const nothing = noSums();
    const cells: CellSnapshot[] = [];
    for (const hop of hops.all()) {
      const sums = this.#sums.get(hop.number);
      if (sums !== undefined || hop.goneNs === null) cells.push(cellOf(hop, sums ?? nothing, sums === undefined));
    }
    return cells;
  }

  /** Numbers of those that took longest, the first one most of all. */
  longest(hops: SeenHops, most: number): Set<number> {
    const timed = [...this.#sums].flatMap(([number, sums]) => {
      const hop = hops.at(number);
      return hop !== undefined && hasHistory(hop) ? [{ number, ns: timesOf(hop, sums).sumNs }] : [];
    });
    timed.sort((a, b) => b.ns - a.ns);
    return new Set(timed.slice(0, most).map(({ number }) => number));
  }

  #add({ hop, counts, level, highest, flow, inclusive, exclusive }: HopCounts): void {
    const sums = this.#sums.get(hop) ?? noSums();
    this.#sums.set(hop, sums);
    for (let i = 0; i < counts.length; i++) sums.counts[i] = (sums.counts[i] ?? 0) + (counts[i] ?? 0);
    for (let i = 0; i < flow.length; i += 2)
      sums.flow[flow[i] ?? 0] = (sums.flow[flow[i] ?? 0] ?? 0) + (flow[i + 1] ?? 0);
    sums.level = level;
    sums.raisedLevel = Math.max(sums.raisedLevel, highest);
    sums.highestLevel = Math.max(sums.highestLevel, highest, level);
    addTimes(sums.inclusive, inclusive, this.#room);
    addTimes(sums.exclusive, exclusive, this.#room);
  }
}

/** When the hops in `chosen` took how long; `beginNs`, `endNs`: of the time that is looked at. */
export function historyOf(
  windows: readonly CountedWindow[],
  hops: SeenHops,
  chosen: ReadonlySet<number>,
  { beginNs, endNs }: { beginNs: number; endNs: number },
): HopHistory[] {
  const found = new Map<number, HopHistory>();
  const columnNs = Math.max(1, endNs - beginNs) / HISTORY_COLUMNS;
  for (const { atNs, durationNs, packed } of windows) {
    const fromNs = atNs - beginNs;
    const time = { fromNs, toNs: fromNs + durationNs, columnNs };
    eachHop(packed, (counts) => {
      const hop = chosen.has(counts.hop) ? hops.at(counts.hop) : undefined;
      if (hop === undefined) return;
      const history = found.get(counts.hop) ?? blankHistory(hop);
      found.set(counts.hop, history);
      const { buckets } = timesOf(hop, counts);
      for (let i = 0; i < buckets.length; i += 2)
        spreadCalls(history.counts, rowOf(buckets[i] ?? 0), buckets[i + 1] ?? 0, time);
    });
  }
  return [...found.values()];
}

const blankHistory = ({ pad, kind }: SeenHop): HopHistory => ({
  ...{ pad, kind },
  counts: new Float64Array(HISTORY_COLUMNS * HISTORY_ROWS),
});

const hasHistory = (hop: SeenHop): boolean => isHop(hop) || hop.kind === "driver" || hop.kind === "queue";

/** Of a queue how long a buffer stayed, of all others what their own code took. */
const timesOf = <Times>({ kind }: SeenHop, of: { inclusive: Times; exclusive: Times }): Times =>
  kind === "queue" ? of.inclusive : of.exclusive;

function addTimes(
  into: HistogramCounts,
  { sumNs, raisedNs, loweredNs, buckets }: SparseTimes,
  room: HistogramRoom,
): void {
  if (buckets.length > 0 && into.counts === noCounts) into.counts = room.take();
  for (let i = 0; i < buckets.length; i += 2)
    into.counts[buckets[i] ?? 0] = (into.counts[buckets[i] ?? 0] ?? 0) + (buckets[i + 1] ?? 0);
  into.sumNs += sumNs;
  if (raisedNs > 0) into.maxNs = raisedNs;
  if (loweredNs > 0) into.minNs = loweredNs - 1;
}

function sparse({ counts, sumNs, minNs, maxNs }: HistogramCounts): SparseTimes {
  const buckets: number[] = [];
  counts.forEach((n, bucket) => {
    if (n > 0) buckets.push(bucket, n);
  });
  return { sumNs, raisedNs: maxNs ?? 0, loweredNs: minNs === null ? 0 : minNs + 1, buckets };
}

/** `quiet`: it counted nothing, so that its last level is still the one. */
function cellOf(hop: SeenHop, sums: Sums, quiet: boolean): CellSnapshot {
  const { kind, pad, peer, startUnixNs } = hop;
  const [buffers = 0, bytes = 0, invocations = 0, nested = 0, dropped = 0, flushed = 0] = sums.counts;
  // Of others than queues levels are none, but facts that stay.
  const isQueue = kind === "queue";
  return {
    pad,
    peer,
    kind,
    startUnixNs,
    buffers,
    bytes: kind === "reported" ? hop.bytes : bytes,
    invocations,
    nested,
    dropped,
    flushed,
    level: isQueue && !quiet ? sums.level : hop.level,
    highestLevel: !isQueue ? hop.highestLevel : quiet ? hop.level : sums.highestLevel,
    flow: flowOf(sums.flow),
    inclusive: bounded(sums.inclusive, hop.inclusive),
    exclusive: bounded(sums.exclusive, hop.exclusive),
  };
}

function flowOf(counts: readonly number[]): Record<FlowName, number> {
  const flow = {} as Record<FlowName, number>;
  for (let i = 0; i < flowNames.length; i++) flow[flowNames[i] as FlowName] = counts[i] ?? 0;
  return flow;
}

/** Where no window brought the longest or shortest one, it lies in the last or first bucket, and was not longer or shorter than any. */
function bounded(h: HistogramCounts, { minNs, maxNs }: Pick<HistogramCounts, "minNs" | "maxNs">): HistogramCounts {
  const { counts } = h;
  if (counts === noCounts || (h.minNs !== null && h.maxNs !== null)) return h;
  let [first, last] = [0, counts.length - 1];
  while (first < last && counts[first] === 0) first++;
  while (last > first && counts[last] === 0) last--;
  if (counts[first] === 0) return h;
  const low = Math.floor((gridBoundsSeconds[first - 1] ?? 0) * 1e9);
  const high = Math.floor((gridBoundsSeconds[last] ?? Number.POSITIVE_INFINITY) * 1e9);
  return {
    ...{ counts, sumNs: h.sumNs },
    minNs: h.minNs ?? Math.max(low, minNs ?? 0),
    maxNs: h.maxNs ?? Math.min(high, maxNs ?? high),
  };
}
