// How long does an element hold a buffer? One figure where it stands for nearly all buffers, else the median and what differs.
// SPDX-License-Identifier: MPL-2.0

import type { Distribution } from "../model/element-summary.js";
import { duration } from "./units.js";

/** A mean that is further from the median is that of a few buffers. */
const ALIKE = 2;

/** "5.04 ms", or "2.60 µs (half of them; the longest 4.00 s, 13.2 ms on average)". */
export function bufferTime(h: Distribution): string {
  const mean = h.sumNs / h.count;
  if (mean <= ALIKE * h.p50Ns && h.p50Ns <= ALIKE * mean) return duration(mean);
  return `${duration(h.p50Ns)} (half of them; the longest ${duration(h.maxNs)}, ${duration(mean)} on average)`;
}
