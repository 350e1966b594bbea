// How did times change while the capture was written? Cumulative lines in, counts by instant and octave of duration out. Pure.
// SPDX-License-Identifier: MPL-2.0

import { type CellSnapshot, type HistogramCounts, isHop } from "../model/batch.js";
import { GRID_BUCKETS } from "../model/histogram.js";
import {
  HISTORY_COLUMNS,
  HISTORY_ROWS,
  type HopHistory,
  type RecordedHistory,
  rowOf,
  spreadCalls,
} from "../model/recorded-history.js";
import { cellKey } from "./cells.js";

/** A hop's history takes sixteen kilobytes, and the page shows two hundred. */
const MAX_HOPS = 2000;

export class History {
  readonly #beginNs: number;
  readonly #columnNs: number;
  readonly #hops = new Map<string, { hop: HopHistory; before: Float64Array }>();
  /** Instants of the latest lines and of those before, since the begin. */
  #now = 0;
  #earlier = 0;
  #moments = 0;

  constructor(beginUnixNs: bigint, durationNs: number) {
    this.#beginNs = Number(beginUnixNs);
    this.#columnNs = Math.max(1, durationNs) / HISTORY_COLUMNS;
  }

  /** Lines in the order of the file. */
  add(cell: CellSnapshot, timeUnixNs: bigint): void {
    if (!isHop(cell) && cell.kind !== "driver" && cell.kind !== "queue") return;
    const at = Math.max(this.#now, Number(timeUnixNs) - this.#beginNs);
    if (at > this.#now) {
      [this.#earlier, this.#now] = [this.#now, at];
      this.#moments++;
    }
    const known = this.#hops.get(cellKey(cell));
    if (known === undefined && this.#hops.size >= MAX_HOPS) return;
    const from =
      known === undefined ? Math.max(this.#earlier, Number(cell.startUnixNs) - this.#beginNs) : this.#earlier;
    const { hop, before } = known ?? this.#open(cell);
    const { counts } = timesOf(cell);
    const time = { fromNs: Math.min(from, at), toNs: at, columnNs: this.#columnNs };
    for (let bucket = 0; bucket < GRID_BUCKETS; bucket++) {
      const n = (counts[bucket] ?? 0) - (before[bucket] ?? 0);
      if (n > 0) spreadCalls(hop.counts, rowOf(bucket), n, time);
    }
    before.set(counts);
  }

  /** It ended long ago: its place is for others. */
  remove(cell: CellSnapshot): void {
    this.#hops.delete(cellKey(cell));
  }

  all(): RecordedHistory {
    return { moments: this.#moments, hops: [...this.#hops.values()].map(({ hop }) => hop) };
  }

  #open(cell: CellSnapshot) {
    const hop = { pad: cell.pad, kind: cell.kind, counts: new Float64Array(HISTORY_COLUMNS * HISTORY_ROWS) };
    const opened = { hop, before: new Float64Array(GRID_BUCKETS) };
    this.#hops.set(cellKey(cell), opened);
    return opened;
  }
}

/** Of a queue how long a buffer stayed, of all others what their own code took. */
const timesOf = (cell: CellSnapshot): HistogramCounts => (cell.kind === "queue" ? cell.inclusive : cell.exclusive);
