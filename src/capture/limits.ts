// How much room may each file of a capture take, so that all together stay below its limit at every instant? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { AgentCounter } from "../model/counter-kinds.js";

export interface CaptureLimits {
  /** Of all files of one process together. */
  maxBytes: number;
  /** Profiles and spans older than this are dropped; 0: none is. */
  maxAgeMs: number;
}

export const defaultLimits: CaptureLimits = { maxBytes: 1024 ** 3, maxAgeMs: 0 };

/** The page has at most half of it; the old one lies beside the new one until that is whole. */
const REPORT_BYTES = 3_000_000;
/** At most so many profiles, however small: each is a file, which a reader opens. */
export const MAX_PROFILES = 10_000;
const METRICS_SHARE = 1 / 16;
/** A log that is thinned lies beside what it becomes, half as long. */
const THINNED = 1.6;
const SPANS_SHARE = 1 / 8;
/** Windows are read whole by who draws or compares them. */
const WINDOWS_SHARE = 1 / 32;
const MOST_WINDOWS_BYTES = 16e6;
/** Of the spans' share, what stays of the newest when it is full. */
export const SPANS_KEPT = 1 / 5;

export const metricsShare = ({ maxBytes }: CaptureLimits): number => maxBytes * METRICS_SHARE;
export const windowsShare = ({ maxBytes }: CaptureLimits): number =>
  Math.min(maxBytes * WINDOWS_SHARE, MOST_WINDOWS_BYTES);
export const spansShare = ({ maxBytes }: CaptureLimits): number => maxBytes * SPANS_SHARE;

/** What is left for profiles and their index. `others`: bytes of the files that are written whole. */
export function profilesShare(limits: CaptureLimits, others: number, spans: boolean, windows = false): number {
  const { maxBytes } = limits;
  const ofWindows = windows ? windowsShare(limits) * THINNED : 0;
  const logs = ofWindows + maxBytes * (METRICS_SHARE * THINNED + (spans ? SPANS_SHARE * (1 + SPANS_KEPT) : 0));
  return maxBytes - REPORT_BYTES - logs - 2 * others;
}

/** What the writer itself loses, for want of room or of age. */
export const captureLosses = ["capture_dropped", "span_capture_dropped"] as const satisfies readonly AgentCounter[];

/** An unfinished capture may be so much behind: a hundredth of its time, five minutes at most. */
const LAG = 100;
const MAX_LAG_NS = 300e9;
export const lagNs = (passedNs: number): number => Math.min(passedNs / LAG, MAX_LAG_NS);
