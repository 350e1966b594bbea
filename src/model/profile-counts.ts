// Which counts does a profile have, and how are those of several added up? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { ProfileCounts } from "./recorded-profiles.js";

/** In the order in which the index of a capture has them. */
export const countNames = [
  "samples",
  "reachedRoot",
  "inferred",
  "frames",
  "framesNamed",
  "framesByType",
  "framesByRole",
] as const satisfies readonly (keyof ProfileCounts)[];

export const noCounts = (): ProfileCounts =>
  Object.fromEntries(countNames.map((name) => [name, 0])) as Record<(typeof countNames)[number], number>;

export function addCounts(into: ProfileCounts, ...more: readonly ProfileCounts[]): void {
  for (const counts of more) for (const name of countNames) into[name] += counts[name];
}
