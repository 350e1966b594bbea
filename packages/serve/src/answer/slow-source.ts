// Did the pipeline get too little to publish in time?
// SPDX-License-Identifier: MPL-2.0
import { fastLoads } from "./delivery.js";
import { fact, nameOf, type Shown } from "./facts.js";
import { allowed, type Finding, finding, type Known, published, sourcePaces } from "./finding.js";
import { IN_TIME } from "./flow.js";
import { nearestQueues } from "./graph.js";
import { sum } from "./numbers.js";
import type { KnownWindow } from "./stall-case.js";

/**
 * It gave fewer buffers, not because nobody took them: it spent the time in getting them, and nothing waits behind it.
 * While it gets nothing at all, that time is not booked yet.
 */
export function slowSource(known: Known): Finding | null {
  const { elements, wall } = known.measured.totals;
  const silent = (path: string) =>
    sum(known.measured.inside.filter(givesNothing(path)).map((one) => (one.toMs - one.fromMs) / 1000));
  const slow = sourcePaces(known, allowed(known)).filter(({ element, pace }) => {
    const queues = nearestQueues(elements, element.path, "behind");
    const full = queues.some(({ queue }) => queue !== null && queue.level > 0.5 * (queue.capacity ?? Infinity));
    const fetches = element.driver + silent(element.path) >= 0.8 * wall;
    return pace < IN_TIME && fetches && !full;
  });
  const [worst] = slow.toSorted((a, b) => a.pace - b.pace);
  if (worst === undefined) return null;
  const { path, factory } = worst.element;
  const say = (shown: Shown) =>
    `${nameOf(path)} (${factory}) got ${shown("rate")} of its usual buffers, and nothing behind it held it up.`;
  const reasons = [fact("source_rate", { rate: worst.pace }, say, path), ...published(known)];
  return finding("source", 2, reasons, fastLoads(known.input.stall));
}

const givesNothing = (path: string) => (known: KnownWindow) =>
  known.window.elements.some((one) => one.path === path && one.buffers_out === 0);
