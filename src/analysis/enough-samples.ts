// Are there samples enough to say a share? Its standard error decides, and the time that would give enough is said.
// SPDX-License-Identifier: MPL-2.0

import { duration, plural } from "./units.js";

/** A share is said where its standard error is no more than five points. */
export const SHARE_ERROR = 0.05;
/** Of the share that needs most, a half: p (1 - p) / n. */
export const ENOUGH = Math.round(0.25 / SHARE_ERROR ** 2);

/**
 * Two samples for it and two against it are added, as Agresti and Coull do: else one sample alone would be 100 %, without an
 * error.
 */
export function isEnough(share: number, samples: number): boolean {
  const n = samples + 4;
  const p = (share * samples + 2) / n;
  return Math.sqrt((p * (1 - p)) / n) <= SHARE_ERROR;
}

/** How long to run: as long as gives enough at the pace of this run. */
export const runLonger = (samples: number, durationNs: number): string =>
  `run it for ${duration(Math.ceil((durationNs * ENOUGH) / Math.max(1, samples) / 1e8) * 1e8)} or longer`;

export const RULE = `A share needs up to ${plural(ENOUGH, "sample")}.`;
