// What do the buckets of the shared grid mean? Sums, percentiles, coarser bounds. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { HistogramCounts } from "./batch.js";
import type { Distribution } from "./element-summary.js";

/** Must equal native/wire/grid.h; test/rules proves it against the addon. */
export const GRID_SCALE = 3;
const GRID_PER_OCTAVE = 2 ** GRID_SCALE;
const GRID_LOW_EXPONENT = -27;
const GRID_HIGH_EXPONENT = 5;
const GRID_BOUNDS = (GRID_HIGH_EXPONENT - GRID_LOW_EXPONENT) * GRID_PER_OCTAVE + 1;
export const GRID_BUCKETS = GRID_BOUNDS + 1;
/** Bucket i is OTLP exponential bucket i + GRID_OTLP_OFFSET at scale 3. */
export const GRID_OTLP_OFFSET = GRID_LOW_EXPONENT * GRID_PER_OCTAVE - 1;

/** Upper bounds in seconds, inclusive; the bucket after the last one is open. */
export const gridBoundsSeconds: readonly number[] = Array.from(
  { length: GRID_BOUNDS },
  (_, i) => 2 ** (i / GRID_PER_OCTAVE + GRID_LOW_EXPONENT),
);

export function emptyHistogram(): HistogramCounts {
  return { counts: new Float64Array(GRID_BUCKETS), sumNs: 0, minNs: null, maxNs: null };
}

/** Adds `from` to `into` in place. */
export function addHistogram(into: HistogramCounts, from: HistogramCounts): void {
  for (let i = 0; i < GRID_BUCKETS; i++) into.counts[i] = (into.counts[i] ?? 0) + (from.counts[i] ?? 0);
  into.sumNs += from.sumNs;
  if (from.minNs !== null) into.minNs = Math.min(into.minNs ?? from.minNs, from.minNs);
  if (from.maxNs !== null) into.maxNs = Math.max(into.maxNs ?? from.maxNs, from.maxNs);
}

export function histogramCount(h: HistogramCounts): number {
  let sum = 0;
  for (const n of h.counts) sum += n;
  return sum;
}

/** `count`: of all. Value in nanoseconds below which a share q of the counts lies; log-linear inside a bucket, within [min, max]. */
export function quantileNs(h: HistogramCounts, q: number, count = histogramCount(h)): number {
  const rank = q * count;
  let below = 0;
  for (let i = 0; i < GRID_BUCKETS; i++) {
    const inside = h.counts[i] ?? 0;
    if (inside > 0 && below + inside >= rank) {
      const high = gridBoundsSeconds[i] ?? Number.POSITIVE_INFINITY;
      const low = gridBoundsSeconds[i - 1] ?? high / 2 ** (1 / GRID_PER_OCTAVE);
      const ns = Number.isFinite(high) ? low * (high / low) ** ((rank - below) / inside) * 1e9 : (h.maxNs ?? low * 1e9);
      return Math.min(Math.max(ns, h.minNs ?? ns), h.maxNs ?? ns);
    }
    below += inside;
  }
  return h.maxNs ?? 0;
}

/** null when nothing was counted. */
export function distribution(h: HistogramCounts): Distribution | null {
  const count = histogramCount(h);
  if (count === 0) return null;
  return {
    count,
    sumNs: h.sumNs,
    minNs: h.minNs ?? 0,
    maxNs: h.maxNs ?? 0,
    p50Ns: quantileNs(h, 0.5, count),
    p90Ns: quantileNs(h, 0.9, count),
    p99Ns: quantileNs(h, 0.99, count),
  };
}
