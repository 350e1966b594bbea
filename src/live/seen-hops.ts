// What has each hop counted since it was last looked at? Cumulative cells in, what is new of them out; hops that are no more are let go.
// SPDX-License-Identifier: MPL-2.0

import { type CellSnapshot, type HistogramCounts, isHop } from "../model/batch.js";
import { addCell, copyCell } from "../model/cells.js";
import { ENDED_ID } from "../model/ended.js";
import { GRID_BUCKETS } from "../model/histogram.js";
import { flowNames } from "../model/wire.js";
import { CountsWriter, countNames, type HopCounts, type SparseTimes } from "./packed-counts.js";

/** A histogram without the empty buckets at its ends. */
interface SeenTimes extends Omit<HistogramCounts, "counts"> {
  /** Bucket of the first count. */
  low: number;
  counts: Float64Array;
}

/** One hop, as it was when it was last looked at. */
export interface SeenHop extends Omit<CellSnapshot, "inclusive" | "exclusive"> {
  number: number;
  inclusive: SeenTimes;
  exclusive: SeenTimes;
  /** Since when it is no more, nanoseconds since the recording's begin; null: it is there. */
  goneNs: number | null;
}

/** Hops that are followed: a target has far fewer. */
const MOST_HOPS = 20_000;

export class SeenHops {
  readonly #byKey = new Map<string, SeenHop>();
  readonly #byNumber: SeenHop[] = [];
  readonly #free: number[] = [];
  readonly #writer = new CountsWriter();
  readonly #most: number;
  /** Hops that there was no room for. */
  refused = 0;

  constructor(most = MOST_HOPS) {
    this.#most = most;
  }

  get size(): number {
    return this.#byKey.size;
  }

  at(number: number): SeenHop | undefined {
    return this.#byNumber[number];
  }

  all(): IterableIterator<SeenHop> {
    return this.#byKey.values();
  }

  /** From here on what they count is new; what they have is not. */
  begin(cells: readonly CellSnapshot[]): void {
    for (const [key, cell] of summed(cells)) this.#seen(key, cell);
  }

  /** What is new, packed, and how many buffers that is. */
  look(cells: readonly CellSnapshot[], atNs: number): { packed: Uint8Array; buffers: number } {
    const now = summed(cells);
    for (const [key, hop] of this.#byKey) if (!now.has(key) && hop.goneNs === null) this.#gone(hop, atNs, now);
    let buffers = 0;
    for (const [key, cell] of now) {
      const known = this.#byKey.get(key);
      if (known !== undefined && isSame(known, cell)) continue;
      const number = known?.number ?? this.#number();
      if (number === undefined) continue;
      // What came again has begun again: what it had counted is in the sum.
      const before = known?.goneNs === null ? known : undefined;
      const counts = since(number, cell, before);
      if (isHop(cell)) buffers += counts.counts[0] ?? 0;
      this.#writer.add(counts);
      this.#seen(key, cell, number);
    }
    return { packed: this.#writer.take(), buffers };
  }

  /** Those that were no more before this: no window has anything of them. */
  forgetBefore(atNs: number): void {
    for (const [key, { goneNs, number }] of this.#byKey) {
      if (goneNs === null || goneNs >= atNs) continue;
      this.#byKey.delete(key);
      delete this.#byNumber[number];
      this.#free.push(number);
    }
  }

  /** What it counted is in the sum of those that ended from now on, where there is one: that is not new. */
  #gone(hop: SeenHop, atNs: number, now: ReadonlyMap<string, CellSnapshot>): void {
    hop.goneNs = atNs;
    const key = keyOf({ ...hop, pad: ENDED_ID, peer: 0 });
    const sum = now.get(key);
    if (sum === undefined || hop.pad === ENDED_ID) return;
    const known = this.#byKey.get(key);
    const moved = cellOf(hop);
    if (known !== undefined) addCell(moved, cellOf(known));
    this.#seen(key, { ...moved, pad: ENDED_ID, peer: 0, startUnixNs: sum.startUnixNs });
  }

  #seen(key: string, cell: CellSnapshot, known = this.#byKey.get(key)?.number): void {
    const number = known ?? this.#number();
    if (number === undefined) return;
    const before = this.#byNumber[number];
    const { inclusive, exclusive, ...rest } = cell;
    const times = {
      inclusive: trimmed(inclusive, before?.inclusive),
      exclusive: trimmed(exclusive, before?.exclusive),
    };
    if (before !== undefined) Object.assign(before, rest, times, { goneNs: null });
    else {
      const hop: SeenHop = { ...rest, number, ...times, goneNs: null };
      this.#byKey.set(key, hop);
      this.#byNumber[number] = hop;
    }
  }

  #number(): number | undefined {
    if (this.#byKey.size < this.#most) return this.#free.pop() ?? this.#byNumber.length;
    this.refused++;
    return undefined;
  }
}

/** Without its begin: a hop that ended and came again is one. */
const keyOf = ({ kind, pad, peer }: Pick<CellSnapshot, "kind" | "pad" | "peer">): string => `${kind} ${pad} ${peer}`;

function summed(cells: readonly CellSnapshot[]): Map<string, CellSnapshot> {
  const hops = new Map<string, CellSnapshot>();
  for (const cell of cells) {
    const key = keyOf(cell);
    const known = hops.get(key);
    const sum = known === undefined ? cell : copyCell(known);
    if (known !== undefined) addCell(sum, cell);
    hops.set(key, sum);
  }
  return hops;
}

const isSame = (seen: SeenHop, now: CellSnapshot): boolean =>
  seen.goneNs === null &&
  countNames.every((name) => seen[name] === now[name]) &&
  seen.level === now.level &&
  seen.highestLevel === now.highestLevel &&
  seen.inclusive.sumNs === now.inclusive.sumNs &&
  seen.exclusive.sumNs === now.exclusive.sumNs;

function since(hop: number, now: CellSnapshot, before: SeenHop | undefined): HopCounts {
  const flow = flowNames.flatMap((name, place) => {
    const n = whole(now.flow[name] - (before?.flow[name] ?? 0));
    return n > 0 ? [place, n] : [];
  });
  return {
    hop,
    counts: countNames.map((name) => whole(now[name] - (before?.[name] ?? 0))),
    level: whole(now.level),
    highest: now.highestLevel > (before?.highestLevel ?? 0) ? whole(now.highestLevel) : 0,
    flow,
    inclusive: timesSince(now.inclusive, before?.inclusive),
    exclusive: timesSince(now.exclusive, before?.exclusive),
  };
}

function timesSince(now: HistogramCounts, before: SeenTimes | undefined): SparseTimes {
  const buckets: number[] = [];
  for (let bucket = 0; bucket < GRID_BUCKETS; bucket++) {
    const n = now.counts[bucket] ?? 0;
    if (n === 0) continue;
    const more = whole(n - countAt(before, bucket));
    if (more > 0) buckets.push(bucket, more);
  }
  const { minNs, maxNs } = now;
  const [lowest, highest] = [before?.minNs ?? null, before?.maxNs ?? null];
  return {
    sumNs: whole(now.sumNs - (before?.sumNs ?? 0)),
    raisedNs: maxNs !== null && (highest === null || maxNs > highest) ? whole(maxNs) : 0,
    loweredNs: minNs !== null && (lowest === null || minNs < lowest) ? whole(minNs) + 1 : 0,
    buckets,
  };
}

const countAt = (seen: SeenTimes | undefined, bucket: number): number =>
  seen === undefined || bucket < seen.low ? 0 : (seen.counts[bucket - seen.low] ?? 0);

/** A target may say anything. */
const whole = (n: number): number => (n > 0 ? Math.min(Math.floor(n), Number.MAX_SAFE_INTEGER) : 0);

/** In the place of `before`, whose room it takes where it has as much: hundreds change each second. */
function trimmed({ counts, sumNs, minNs, maxNs }: HistogramCounts, before: SeenTimes | undefined): SeenTimes {
  let [low, end] = [0, counts.length];
  while (low < end && (counts[low] ?? 0) === 0) low++;
  while (end > low && (counts[end - 1] ?? 0) === 0) end--;
  const same = before !== undefined && before.low === low && before.counts.length === end - low;
  if (same) before.counts.set(counts.subarray(low, end));
  return { low, counts: same ? before.counts : counts.slice(low, end), sumNs, minNs, maxNs };
}

function cellOf({ number: _, goneNs: __, inclusive, exclusive, ...rest }: SeenHop): CellSnapshot {
  return { ...rest, flow: { ...rest.flow }, inclusive: dense(inclusive), exclusive: dense(exclusive) };
}

function dense({ low, counts, sumNs, minNs, maxNs }: SeenTimes): HistogramCounts {
  const all = new Float64Array(GRID_BUCKETS);
  all.set(counts.subarray(0, GRID_BUCKETS - low), low);
  return { counts: all, sumNs, minNs, maxNs };
}
