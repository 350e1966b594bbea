// When did an element take how long? Counts by instant and octave, booked on elements and cut to what is not empty. Pure.
// SPDX-License-Identifier: MPL-2.0

import { HISTORY_COLUMNS, HISTORY_ROWS, type HopHistory } from "../model/recorded-history.js";
import type { Recording } from "../model/recording.js";
import { Places } from "./origins.js";

export interface HeatMap {
  /** Of a buffer in the element's own code, of its stay in a queue, of the loop of a source. */
  what: "own" | "queue" | "loop";
  columns: number;
  /** Durations of row 0 are above 2^(low - 28) s and at most 2^(low - 27) s; each row has twice those of the one before. */
  low: number;
  rows: number;
  /** column * rows + row; tenths, where a look's time lies in two columns, and above 0 where there was anything. */
  counts: number[];
}

/** By path of elements. */
export function heatMaps(capture: Recording): Map<string, HeatMap> {
  const places = new Places(capture);
  const found = new Map<string, Map<HeatMap["what"], Float64Array>>();
  for (const hop of capture.history.hops) {
    const path = places.ofPad(hop.pad);
    if (path === undefined || hop.kind === "overflow") continue;
    const kinds = found.get(path) ?? new Map<HeatMap["what"], Float64Array>();
    found.set(path, kinds.set(whatOf(hop), added(kinds.get(whatOf(hop)), hop.counts)));
  }
  const columns = columnsFor(capture.history.moments);
  const maps = [...found].flatMap(([path, kinds]): [string, HeatMap][] => {
    // A queue's stay says more than how long it takes to fill it; a source has nothing but its loop.
    for (const what of ["queue", "own", "loop"] as const) {
      const map = cutOut(what, kinds.get(what), columns);
      if (map !== null) return [[path, map]];
    }
    return [];
  });
  return new Map(maps);
}

const whatOf = ({ kind }: HopHistory): HeatMap["what"] =>
  kind === "queue" ? "queue" : kind === "driver" ? "loop" : "own";

function added(into: Float64Array | undefined, counts: Float64Array): Float64Array {
  return into === undefined ? counts.slice() : into.map((n, i) => n + (counts[i] ?? 0));
}

/** No more than there were looks, and whole ones of the history's. */
function columnsFor(moments: number): number {
  for (let columns = HISTORY_COLUMNS; columns > 1; columns--)
    if (HISTORY_COLUMNS % columns === 0 && columns <= moments) return columns;
  return 1;
}

function cutOut(what: HeatMap["what"], counts: Float64Array | undefined, columns: number): HeatMap | null {
  if (counts === undefined) return null;
  const used = Array.from({ length: HISTORY_ROWS }, (_, row) => row).filter((row) =>
    Array.from({ length: HISTORY_COLUMNS }).some((_, column) => (counts[column * HISTORY_ROWS + row] ?? 0) > 0),
  );
  const [low, high] = [used[0], used.at(-1)];
  if (low === undefined || high === undefined) return null;
  const rows = high - low + 1;
  const each = HISTORY_COLUMNS / columns;
  const sums = new Array<number>(columns * rows).fill(0);
  for (let column = 0; column < HISTORY_COLUMNS; column++) {
    for (let row = 0; row < rows; row++) {
      const place = Math.floor(column / each) * rows + row;
      sums[place] = (sums[place] ?? 0) + (counts[column * HISTORY_ROWS + low + row] ?? 0);
    }
  }
  return { what, columns, low, rows, counts: sums.map((n) => (n > 0 ? Math.max(1, Math.round(n * 10)) / 10 : 0)) };
}
