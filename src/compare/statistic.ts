// By how much does a figure differ between two sets of units, and how sure is that? Sums of units in, change and its error out. Pure.
// SPDX-License-Identifier: MPL-2.0

/**
 * One figure over all units of both sides. A ratio: sums of `x` over sums of `y`, compared by their logarithm, or as they are (a
 * share). A mean: of `x` where `y` is 1, and of nothing where it is 0: `x` is a logarithm already.
 */
export interface Series {
  kind: "ratio" | "share" | "mean";
  x: Float64Array;
  y: Float64Array;
  /** The part of the error that no unit shows: how two runs differ where there is one of each, and what another load does. */
  between: number;
  /** Of `x`: what it is counted in. */
  grain: number;
}

/** Sums over some of the units: number, x, y, xx, xy, yy. */
export type Sums = [number, number, number, number, number, number];

export function addUnit(sums: Sums, x: number, y: number): void {
  if (y === 0) return;
  sums[0]++;
  sums[1] += x;
  sums[2] += y;
  sums[3] += x * x;
  sums[4] += x * y;
  sums[5] += y * y;
}

export interface Estimate {
  /** A logarithm, a share, or a mean of logarithms. */
  value: number;
  /** Of its standard error, squared. */
  variance: number;
}

/** null: too few units say anything. */
export function estimate({ kind, grain }: Pick<Series, "kind" | "grain">, sums: Sums): Estimate | null {
  const [n, x, y, xx, xy, yy] = sums;
  if (n < 2 || y <= 0) return null;
  const ratio = x / y;
  const residuals = Math.max(0, xx - 2 * ratio * xy + ratio * ratio * yy);
  const variance = ((residuals / (n - 1)) * n) / (y * y);
  if (kind !== "ratio") return { value: ratio, variance };
  // Nothing was seen: less than half of what would have been.
  const seen = Math.max(x, grain / 2);
  if (seen === 0) return null;
  const counted = (n * grain * grain) / 6 / (seen * seen);
  return { value: Math.log(seen / y), variance: (variance * y * y) / (seen * seen) + counted };
}

export interface Difference {
  by: number;
  /** As units tell; what they do not show comes on top. */
  error: number;
}

export function difference(series: Series, a: Sums, b: Sums): Difference | null {
  const [of, to] = [estimate(series, a), estimate(series, b)];
  if (of === null || to === null) return null;
  return { by: to.value - of.value, error: Math.sqrt(of.variance + to.variance) };
}

/** No figure is known better, however alike all units are. */
const LEAST_ERROR = 0.002;

export const score = ({ by, error }: Difference, between = 0): number =>
  Math.abs(by) / Math.hypot(error, between, LEAST_ERROR);
