// What limits a pipeline? A slow element, a queue that is too small or drops buffers, or only the clock.
// SPDX-License-Identifier: MPL-2.0

import type { ElementSummary } from "../model/element-summary.js";

/** Shares are between 0 and 1, of the time of the threads in question: those that fill the queue, or the sink's. */
export type Verdict =
  /** `element` is slower than its upstream: `queue` before it is full, its producers wait `backpressure` of the time. */
  | { kind: "limited"; element: ElementSummary; queue: ElementSummary; backpressure: number }
  /** `element` is slower than its upstream, and the leaky `queue` before it dropped buffers. */
  | { kind: "dropping"; element: ElementSummary; queue: ElementSummary }
  /** Both sides of `queue` wait in turn: upstream for room, downstream for buffers. The shares add up to at most 1. */
  | { kind: "undersized-queue"; queue: ElementSummary; backpressure: number; starvation: number }
  /** `sink` waits for the clock for this share of its time: the pipeline keeps up. */
  | { kind: "clock"; sink: ElementSummary; waits: number };
