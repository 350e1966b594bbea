// What differences does chance alone make? Units are dealt out to the two sides anew, many times; for all figures together. Pure.
//
// The largest difference of any figure, in units of its error, is what a single one is held against: so the chance that any figure
// at all is called changed where nothing changed is the level, however many figures there are (Westfall and Young).
// SPDX-License-Identifier: MPL-2.0

import { addUnit, type Difference, difference, type Series, type Sums, score } from "./statistic.js";

/** All ways to deal are tried where they are no more than this. */
const MOST_DEALS = 2000;

export interface Judged extends Difference {
  /** Chance of a difference like this in any of the figures. */
  p: number;
}

export interface Judgement {
  /** As the series stand; null: it cannot be told. */
  figures: (Judged | null)[];
  /** Errors that a difference must be away from nothing to be called a change. */
  critical: number;
}

/** The first `ofA` of all units are those of the first side. */
export function judge(series: readonly Series[], ofA: number, units: number, level: number): Judgement {
  const asTheyAre = Uint8Array.from({ length: units }, (_, unit) => (unit < ofA ? 1 : 0));
  const seen = series.map((one) => differenceOf(one, asTheyAre));
  const isFlipped = (seen.find((one) => one !== null && one.by !== 0)?.by ?? 0) < 0;
  const dealt = isFlipped ? flipped(ofA, units) : deals(ofA, units);
  const largest = Array.from(dealt, (isA) => largestScore(series, isA)).sort((a, b) => a - b);
  const critical = largest[Math.ceil((1 - level) * largest.length) - 1] ?? Number.POSITIVE_INFINITY;
  const p = (of: number): number => largest.filter((one) => one >= of - 1e-9).length / largest.length;
  const figures = seen.map((one, i) => {
    if (one === null) return null;
    const between = series[i]?.between ?? 0;
    return { by: one.by, error: Math.hypot(one.error, between), p: p(score(one, between)) };
  });
  return { figures, critical };
}

/** The same deals as if the sides were swapped: which one is called the first must not change the answer. */
function* flipped(ofA: number, units: number): Generator<Uint8Array> {
  for (const isB of deals(units - ofA, units))
    yield Uint8Array.from({ length: units }, (_, unit) => 1 - (isB[(unit - ofA + units) % units] ?? 0));
}

function largestScore(series: readonly Series[], isA: Uint8Array): number {
  let largest = 0;
  for (const one of series) {
    const seen = differenceOf(one, isA);
    if (seen !== null) largest = Math.max(largest, score(seen));
  }
  return largest;
}

function differenceOf(series: Series, isA: Uint8Array): Difference | null {
  const { x, y } = series;
  const sides: [Sums, Sums] = [
    [0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0],
  ];
  for (let unit = 0; unit < x.length; unit++) addUnit(sides[1 - (isA[unit] ?? 0)] as Sums, x[unit] ?? 0, y[unit] ?? 0);
  return difference(series, ...sides);
}

/** 1: the unit is of the first side. All ways, or as many at random, the real one among them; the same ones at every call. */
function* deals(ofA: number, units: number): Generator<Uint8Array> {
  if (ways(units, ofA) <= MOST_DEALS) yield* allDeals(ofA, units);
  else yield* randomDeals(ofA, units);
}

function ways(n: number, k: number): number {
  let count = 1;
  for (let i = 1; i <= k; i++) count = (count * (n - k + i)) / i;
  return count;
}

function* allDeals(ofA: number, units: number): Generator<Uint8Array> {
  const chosen = Array.from({ length: ofA }, (_, i) => i);
  for (;;) {
    yield mask(chosen, units);
    let at = ofA - 1;
    while (at >= 0 && chosen[at] === units - ofA + at) at--;
    if (at < 0) return;
    chosen[at] = (chosen[at] ?? 0) + 1;
    for (let i = at + 1; i < ofA; i++) chosen[i] = (chosen[i - 1] ?? 0) + 1;
  }
}

function* randomDeals(ofA: number, units: number): Generator<Uint8Array> {
  const next = numbers();
  const order = Array.from({ length: units }, (_, i) => i);
  yield mask(order.slice(0, ofA), units);
  for (let deal = 1; deal < MOST_DEALS; deal++) {
    for (let i = 0; i < ofA; i++) {
      const j = i + Math.floor(next() * (units - i));
      [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
    }
    yield mask(order.slice(0, ofA), units);
  }
}

function mask(chosen: readonly number[], units: number): Uint8Array {
  const isA = new Uint8Array(units);
  for (const unit of chosen) isA[unit] = 1;
  return isA;
}

/** In [0, 1), the same ones each time: a comparison gives one answer (mulberry32). */
function numbers(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
