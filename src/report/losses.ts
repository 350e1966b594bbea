// Which counters are losses? All, but those that are kept only to check sums or to tell how stacks and labels were made.
// SPDX-License-Identifier: MPL-2.0

const notLosses = new Set([
  "samples_written",
  "spans_written",
  "wall_written",
  "inferred",
  "deferred",
  "agent_restarts",
  // Their time is booked all the same: at the next look, or without a stack.
  "wall_torn",
  "wall_skipped",
  "wall_no_stack",
]);
/** How labels were found, of threads with pads and without, one of them a sample: nothing is lost by any. */
const isOfLabels = (reason: string): boolean => reason.startsWith("label_") || reason.startsWith("worker_");

export interface Loss {
  reason: string;
  count: number;
  /** What it means; "" when the capture does not say. */
  help: string;
}

/** What was lost, largest first. */
export function lossesOf(counters: Record<string, number>, help: Record<string, string>): Loss[] {
  return Object.entries(counters)
    .filter(([reason, n]) => n > 0 && !notLosses.has(reason) && !isOfLabels(reason))
    .map(([reason, n]) => ({ reason, count: n, help: Object.hasOwn(help, reason) ? (help[reason] ?? "") : "" }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}
