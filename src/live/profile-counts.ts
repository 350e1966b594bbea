// How are the counts of several profiles added up? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { ProfileCounts } from "../model/recorded-profiles.js";

const names = [
  "samples",
  "reachedRoot",
  "inferred",
  "frames",
  "framesNamed",
  "framesByType",
  "framesByRole",
] as const satisfies (keyof ProfileCounts)[];

export const noCounts = (): ProfileCounts =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<(typeof names)[number], number>;

export function addCounts(into: ProfileCounts, ...more: readonly ProfileCounts[]): void {
  for (const counts of more) for (const name of names) into[name] += counts[name];
}
