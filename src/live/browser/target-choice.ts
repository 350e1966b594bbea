// Which target does the page follow? The one that it shows; once that has ended, one of the same service that runs.
// SPDX-License-Identifier: MPL-2.0

import type { TargetStatus } from "../live-target.js";

export interface Followed {
  /** What is shown; null: nothing yet. */
  shown: TargetStatus | null;
  /** Number that the address of the page names, NaN = none: with it the page begins. */
  wanted: number;
  /** Number of one that was chosen by hand after its end: there is no other one to go on to. */
  held: number | null;
}

/** null: there is none. */
export function nextTarget(targets: readonly TargetStatus[], { shown, wanted, held }: Followed): TargetStatus | null {
  const running = targets.filter(({ state }) => state === "running");
  const first = running[0] ?? targets[0] ?? null;
  if (shown === null) return targets.find(({ id }) => id === wanted) ?? first;
  const same = targets.find(({ id, pid }) => id === shown.id && pid === shown.pid);
  if (same?.state === "running" || (same !== undefined && same.id === held)) return same;
  return running.findLast(({ service }) => service === shown.service) ?? same ?? first;
}
