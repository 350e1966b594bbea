// How is a histogram of the shared grid written as OTLP? Without loss of a count: published bounds are bounds of the grid.
// SPDX-License-Identifier: MPL-2.0

import type { ExponentialHistogram, Histogram } from "@opentelemetry/sdk-metrics";
import type { HistogramCounts } from "../model/batch.js";
import { GRID_BUCKETS, GRID_OTLP_OFFSET, GRID_SCALE, gridBoundsSeconds, histogramCount } from "../model/histogram.js";

/** Doubling bounds, 2^-23 s (119 ns) to 2^5 s (32 s): a bound of the grid an octave; finer below would be noise. */
const PER_OCTAVE = 2 ** GRID_SCALE;
const FIRST = gridBoundsSeconds.indexOf(2 ** -23);
const publishedIndexes: readonly number[] = Array.from(
  { length: (gridBoundsSeconds.length - 1 - FIRST) / PER_OCTAVE + 1 },
  (_, i) => FIRST + i * PER_OCTAVE,
);

/** Upper bounds in seconds, inclusive. */
export const publishedBoundsSeconds: readonly number[] = publishedIndexes.map((i) => gridBoundsSeconds[i] ?? 0);

/** What one second is in the unit of the metric. */
export type UnitsPerSecond = 1 | 1e9;

/** One array of bounds for all histograms of a unit: nobody changes it. */
const boundariesIn: Record<UnitsPerSecond, number[]> = {
  1: [...publishedBoundsSeconds],
  1e9: publishedBoundsSeconds.map((bound) => bound * 1e9),
};
const lastOfEach: readonly number[] = [...publishedIndexes, GRID_BUCKETS - 1];

export function explicitHistogram(h: HistogramCounts, perSecond: UnitsPerSecond): Histogram {
  let k = 0;
  const counts = lastOfEach.map((to) => {
    let sum = 0;
    for (; k <= to; k++) sum += h.counts[k] ?? 0;
    return sum;
  });
  return { buckets: { boundaries: boundariesIn[perSecond], counts }, ...totals(h, perSecond) };
}

/** Scale 3. What took longer than the grid's last bound stands in the next bucket. */
export function exponentialHistogram(h: HistogramCounts): ExponentialHistogram {
  let from = 0;
  let to = GRID_BUCKETS;
  while (from < to && !h.counts[from]) from++;
  while (to > from && !h.counts[to - 1]) to--;
  const bucketCounts = Array.from(h.counts.subarray(from, to));
  return {
    ...totals(h, 1),
    scale: GRID_SCALE,
    zeroCount: 0, // the grid's first bucket holds everything below it
    positive: { offset: from === to ? 0 : from + GRID_OTLP_OFFSET, bucketCounts },
    negative: { offset: 0, bucketCounts: [] },
  };
}

function totals(h: HistogramCounts, perSecond: UnitsPerSecond) {
  const scaled = (ns: number): number => (perSecond === 1e9 ? ns : ns / 1e9);
  return {
    count: histogramCount(h),
    sum: scaled(h.sumNs),
    ...(h.minNs !== null && { min: scaled(h.minNs) }),
    ...(h.maxNs !== null && { max: scaled(h.maxNs) }),
  };
}
