// How are figures from outside made fit for arithmetic, and how are they shown?
// SPDX-License-Identifier: MPL-2.0

/** Figures come from other machines: what is no positive finite number counts as 0. */
export const positive = (value: number | null | undefined): number =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;

/** As it is shown and kept: two decimals. */
export const rounded = (value: number): number => Math.round(Math.max(-1e9, Math.min(1e9, value)) * 100) / 100 || 0;

/** A part of sorted values: 0.5 is the median; 0 of none. */
export function quantile(values: number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return low + (high - low) * (place - Math.floor(place));
}

export const median = (values: number[]): number => quantile(values, 0.5);

/** Mean of the middle half: neither one bad value nor two kinds of values in turn move it much; 0 of none. */
export function middle(values: number[]): number {
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(sorted.length / 4);
  const half = sorted.subarray(cut, sorted.length - cut);
  return half.length === 0 ? 0 : half.reduce((total, value) => total + value) / half.length;
}

export const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** What has the same name, in the order of its coming. */
export function byNames<T>(named: Iterable<readonly [string, T]>): Map<string, T[]> {
  const all = new Map<string, T[]>();
  for (const [name, one] of named) {
    const others = all.get(name);
    if (others === undefined) all.set(name, [one]);
    else others.push(one);
  }
  return all;
}

export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
