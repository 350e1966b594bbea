// How did the times of hops change while a recording was made? Counts by part of its time, and by octave of the duration.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "./batch.js";
import { GRID_BUCKETS, GRID_SCALE } from "./histogram.js";

/** Equal parts of the capture's time. */
export const HISTORY_COLUMNS = 60;
const PER_OCTAVE = 2 ** GRID_SCALE;
/** Octaves of the grid: row r ends at 2^(r - 27) s, as every eighth bound of the grid does; the last one is open. */
export const HISTORY_ROWS = Math.ceil((GRID_BUCKETS - 1) / PER_OCTAVE) + 1;
export const rowOf = (bucket: number): number => Math.ceil(bucket / PER_OCTAVE);

export interface HopHistory {
  pad: number;
  kind: CellSnapshot["kind"];
  /** Calls, or stays in a queue: column * HISTORY_ROWS + row. May have fractions: a line tells of the time since the one before. */
  counts: Float64Array;
}

export interface RecordedHistory {
  /** How often something was written: more is not known. */
  moments: number;
  hops: HopHistory[];
}

/** Books `n` calls of one row on the columns between two instants since the begin: nothing is known of when in between, so evenly. */
export function spreadCalls(
  counts: Float64Array,
  row: number,
  n: number,
  time: { fromNs: number; toNs: number; columnNs: number },
): void {
  const { fromNs: from, toNs: to, columnNs } = time;
  const last = HISTORY_COLUMNS - 1;
  const column = (ns: number): number => Math.min(last, Math.max(0, Math.floor(ns / columnNs)));
  const [first, end] = [column(from), column(to)];
  for (let at = first; at <= end; at++) {
    const begins = at === first ? from : at * columnNs;
    const ends = at === end ? to : (at + 1) * columnNs;
    const share = to > from ? (ends - begins) / (to - from) : 1 / (end - first + 1);
    const place = at * HISTORY_ROWS + row;
    counts[place] = (counts[place] ?? 0) + n * share;
  }
}
