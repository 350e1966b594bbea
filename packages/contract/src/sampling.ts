// Which part of all sessions does a player report, and does it keep to what it said first?
// SPDX-License-Identifier: MPL-2.0
import type { Meta } from "./wire.js";

export const ALL_PPM = 1_000_000;
/** The first rate of a session holds; a later one that differs by more is counted as a drift. */
export const DRIFT_LIMIT_PPM = 100;

/** In millionths; null when the event does not say. */
export function sampleRatePpm(meta: Meta | null): number | null {
  const rate = meta?.session_sample_rate;
  return typeof rate === "number" ? Math.min(ALL_PPM, Math.max(1, Math.round(rate * ALL_PPM))) : null;
}

export function isDrift(firstPpm: number, laterPpm: number): boolean {
  return Math.abs(firstPpm - laterPpm) > DRIFT_LIMIT_PPM;
}
